"""The command of a trial, as it has to be to run again elsewhere."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.errors import NotReproducibleError
from anew.provenance.masking import MASK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anew.reproduce.move import Move

__all__ = ["find_masked", "find_stdin", "make_command", "words_by_hand"]

_WITH_VALUE: Final = "WX"
_LAST: Final = {"c": "code", "m": "module"}
_LONG_WITH_VALUE: Final = frozenset({"--check-hash-based-pycs"})


@dataclass(frozen=True)
class _Line:
    """A command line of Python: options of the interpreter, what it runs, and its arguments."""

    options: list[str]
    kind: str
    target: str
    arguments: list[str]


def make_command(
    facets: Mapping[str, Mapping[str, Any]], move: Move, python: Path, *, where: str
) -> list[str]:
    """Give the command that runs a trial again.

    Parameters
    ----------
    facets
        Content of the trial's facets by name.
    move
        Where the project was and is.
    python
        The interpreter that it runs in.
    where
        What the trial is called in an error.

    Returns
    -------
    list of str
        The words, paths inside of the project moved.

    Raises
    ------
    NotReproducibleError
        When there was no command that could be given again: in a notebook, in an interactive
        session, or with a program that came from standard input.
    """
    facet = facets["command"]
    how = facet["how"]
    # A program that knows nothing of anew is run by the anew of today, in its own interpreter.
    program = sys.executable if "program" in facets else str(python)
    line = _parse(facet["argv"][1:])
    if how in {"notebook", "interactive"} or line.kind == "stdin":
        said = {"notebook": "in a notebook", "interactive": "in an interactive session"}
        origin = said.get(how, "by a program from standard input")
        message = f"the trial was begun {origin}, not by a command that can be given again"
        hint = "put the code into a script, and run that: python FILE, or anew run FILE"
        raise NotReproducibleError(message, where=where, hint=hint)
    options = [move.relocate(option) for option in line.options]
    arguments = [move.place_word(word) for word in line.arguments]
    if line.kind == "script" and Path(line.target).name == "anew":
        return [program, *options, "-m", "anew", *arguments]
    if line.kind == "script":
        script = move.place_word(line.target)
        _check_script(Path(move.new_cwd, script), line.target, move, where)
        return [program, *options, script, *arguments]
    flag = "-m" if line.kind == "module" else "-c"
    return [program, *options, flag, move.relocate(line.target), *arguments]


def _check_script(path: Path, asked: str, move: Move, where: str) -> None:
    """Say at once that a script is not there, better than the interpreter would."""
    if path.exists():
        return
    if path.is_relative_to(move.new_root):
        message = f"script {asked!r} is not in the snapshot of the code"
        hint = "is it ignored by git, or larger than the setting snapshot_limit?"
    else:
        message = f"program {asked!r} is not there"
        hint = "install what it belongs to"
    raise NotReproducibleError(message, where=where, hint=hint)


def _parse(words: list[str]) -> _Line:
    """Take a command line of Python apart, as the interpreter does."""
    options: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "-" or not word.startswith("-"):
            return _Line(options, "stdin" if word == "-" else "script", word, rest)
        if word.startswith("--"):
            options += [word, rest.pop(0)] if word in _LONG_WITH_VALUE and rest else [word]
            continue
        flags, letter, value = _split(word)
        if letter in _LAST:
            options += [f"-{flags}"] if flags else []
            target = value or (rest.pop(0) if rest else "")
            return _Line(options, _LAST[letter], target, rest)
        options += [word, rest.pop(0)] if letter and not value and rest else [word]
    return _Line(options, "stdin", "", [])


def _split(word: str) -> tuple[str, str, str]:
    """Split a cluster of options, as ``-Im``, into flags, the one that takes a value, its value."""
    for at, letter in enumerate(word[1:], start=1):
        if letter in _WITH_VALUE or letter in _LAST:
            return word[1:at], letter, word[at + 1 :]
    return word[1:], "", ""


def find_masked(facet: Mapping[str, Any]) -> list[str]:
    """Say which credentials the record does not have.

    Parameters
    ----------
    facet
        The facet ``command`` of the trial.

    Returns
    -------
    list of str
        One line for each word of the command, and for each variable, that was masked.
    """
    words = facet["argv"]
    warnings = []
    for before, word in zip(["", *words], words, strict=False):
        if MASK in word:
            shown = f"{before} {word}" if word == MASK else word
            warnings.append(f"the command had a credential that was not recorded: {shown}")
    for name, value in facet["environment"].items():
        if MASK in value:
            warnings.append(f"variable {name} was masked as a credential: it is as it is today")
    return warnings


def find_stdin(
    facets: Mapping[str, Mapping[str, Any]], move: Move, redirected: Mapping[str, str]
) -> Path | None:
    """Give the file that the standard input of a trial came from; None where there was none.

    Parameters
    ----------
    facets
        Content of the trial's facets by name.
    move
        Where its project was and is.
    redirected
        Where inputs are that were elsewhere, by their absolute paths.
    """
    told = facets.get("program", {}).get("stdin")
    if told is None:
        return None
    path = Path(told).expanduser()
    return Path(redirected.get(str(path), path)) if path.is_absolute() else move.new_root / path


def words_by_hand(facets: Mapping[str, Mapping[str, Any]], words: list[str]) -> list[str]:
    """Give the command of a trial as one types it in its environment, without anew where it can be.

    Parameters
    ----------
    facets
        Content of the trial's facets by name.
    words
        The command, as `make_command` gives it.
    """
    program = facets.get("program")
    if program is None:
        return ["python", *words[1:]]
    given = list(program["argv"])
    if program["kind"] == "script":
        return ["python", *given]
    if program["kind"] == "module":
        return ["python", "-m", *given]
    if program["kind"] == "notebook":
        return ["anew", "run", *given]
    return given
