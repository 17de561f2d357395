"""Rows of the table of source edits: two states of a tiny project, told as one marked text.

A row begins with ``## what is edited: reuse`` or ``: recompute``, with ``, if compiler`` where one
is needed and ``, if one Python`` where compiled code or the insides of the standard library
count, which differ from one Python to the next. ``@ name`` begins a file of both states,
``@- name`` and ``@+ name`` one of the state before or after. Each line of a file has two marks in
front: ``- `` stands only before the edit, ``+ `` only after it, two spaces in both. ``! installed
NAME VERSION [MODULE]`` and ``! editable NAME VERSION FOLDER`` write what installing leaves (``!-``,
``!+`` as above). Files below ``site-packages/`` are installed, others are the project's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = "main.py"


@dataclass(eq=False)
class State:
    """The files of a project at one time, and what is installed around it."""

    files: dict[str, str] = field(default_factory=dict)
    installed: list[list[str]] = field(default_factory=list)


@dataclass
class Row:
    """One edit, and what it must lead to."""

    group: str
    name: str
    expected: str
    condition: str
    before: State = field(default_factory=State)
    after: State = field(default_factory=State)

    @property
    def id(self) -> str:
        return f"{self.group}: {self.name}"

    def states(self, mark: str) -> list[State]:
        """Give the states that a line with this mark belongs to."""
        return [state for state, other in ((self.before, "+"), (self.after, "-")) if mark != other]


def read_rows(path: Path) -> Iterator[Row]:
    """Read one file of the table."""
    text = path.read_text(encoding="utf-8")
    for block in text.split("\n## ")[1:]:
        title, _, body = block.partition("\n")
        name, _, verdict = title.rpartition(": ")
        expected, _, condition = verdict.partition(", if ")
        if expected not in {"reuse", "recompute"}:
            message = f"{path.name}: {title!r} says neither reuse nor recompute"
            raise ValueError(message)
        row = Row(path.stem, name, expected, condition)
        _fill(row, body.splitlines())
        for state in (row.before, row.after):
            if SCRIPT not in state.files and "cell-1" not in state.files:
                state.files[SCRIPT] = "from study import step\n"
        yield row


def _fill(row: Row, lines: list[str]) -> None:
    """Share the lines of a row among its two states."""
    file, owners = "", row.states(" ")
    for line in lines:
        head, mark = line[:1], line[1:2]
        if head in {"@", "!"}:
            words = line[2:].split()
            owners = row.states(mark)
            for state in owners:
                if head == "@":
                    file = words[0]
                    state.files[file] = ""
                else:
                    state.installed.append(words)
        elif file:
            for state in owners:
                if state in row.states(head):
                    state.files[file] += line[2:] + "\n"


FILES = sorted(Path(__file__).with_name("rows").glob("*.txt"))
ROWS = [row for path in FILES for row in read_rows(path)]
