"""Execute the code of every Markdown page: what the documentation shows is what happens.

A page is one test. Its blocks run in order, in a new folder of the page's own and without any
``ANEW_*`` variable:

* ``python`` blocks share one namespace, as in a notebook;
* each ``console`` block is one bash script of its ``$`` lines, which must succeed. The output shown
  below them is for the reader: numbers and times differ;
* other languages are data, and must be among :data:`DATA`.

A comment directly before a block changes that::

    <!-- file: bikes.py -->     the block is written to this file
    <!-- exit: 1 -->            the script ends with this exit status
    <!-- skip: reason -->       the block is not executed
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = {"bibtex", "json", "text", "toml"}
TIME_LIMIT_S = 300

collect_ignore = [
    "docs/conf.py",
    "src/anew/demo/study",
    "src/anew/tracker/inject",
    "tests/typing",
]  # no doctests there

_BLOCK = re.compile(
    r"""
    (?:^[ ]*<!--[ ](?P<order>file|exit|skip):[ ](?P<argument>.+?)[ ]-->\n)?
    ^[ ]*(?P<fence>`{3,})(?P<language>[^`\n]*)\n
    (?P<text>.*?)
    ^[ ]*(?P=fence)$
    """,
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)


class Block(NamedTuple):
    """A fenced block of a page, with the order given in the comment before it."""

    line: int
    language: str
    text: str
    order: str
    argument: str


def read_blocks(page: str) -> Iterator[Block]:
    """Find the fenced blocks of a page; of MyST's directives, only those that show code."""
    for match in _BLOCK.finditer(page):
        if match["language"].startswith("{") and "code" not in match["language"]:
            continue
        yield Block(
            line=page.count("\n", 0, match.start("text")),
            language=match["language"].strip(),
            text=textwrap.dedent(match["text"]),
            order=match["order"] or "",
            argument=match["argument"] or "",
        )


def run_python(block: Block, path: Path, namespace: dict[str, object]) -> None:
    """Execute a block so that tracebacks, and whoever reads sources, find it in its page."""
    code = compile("\n" * block.line + block.text, str(path), "exec", dont_inherit=True)
    exec(code, namespace)  # noqa: S102 - executing the pages' code is the point


def run_console(block: Block, path: Path) -> None:
    """Execute the ``$`` lines of a block, and what continues them, as one script."""
    commands = re.findall(r"^\$ ((?:.*\\\n)*.*)$", block.text, re.MULTILINE)
    script = "\n".join(["set -eo pipefail", *commands])
    done = subprocess.run(
        ["bash", "-c", script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=TIME_LIMIT_S,
    )
    expected = int(block.argument) if block.order == "exit" else 0
    if done.returncode != expected:
        pytest.fail(
            f"{path}:{block.line}: exit status {done.returncode}, expected {expected}\n"
            f"{script}\n{done.stdout}",
            pytrace=False,
        )


class Page(pytest.Item):
    """All blocks of one page."""

    def runtest(self) -> None:
        """Execute the blocks in order."""
        main = ModuleType("__main__")
        with (
            tempfile.TemporaryDirectory(prefix="anew-page-", ignore_cleanup_errors=True) as around,
            pytest.MonkeyPatch.context() as patch,
        ):
            folder = Path(around, "page")  # what a page puts beside its folder goes with it
            folder.mkdir()
            for name in [name for name in os.environ if name.startswith("ANEW_")]:
                patch.delenv(name)
            patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
            patch.setenv("MPLBACKEND", "agg")
            patch.setattr(sys, "argv", [""])
            patch.setitem(sys.modules, "__main__", main)
            patch.syspath_prepend(folder)
            patch.chdir(folder)
            for block in read_blocks(self.path.read_text(encoding="utf-8")):
                self._run(block, main)

    def _run(self, block: Block, main: ModuleType) -> None:
        """Do with one block what its language or order says."""
        if block.order == "skip":
            return
        if block.order == "file":
            target = Path(block.argument)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            run_python(block, self.path, vars(main))
        elif block.language == "console":
            run_console(block, self.path)
        elif block.language not in DATA:
            pytest.fail(
                f"{self.path}:{block.line}: a {block.language!r} block is not executed: write it "
                f"as python or console, or as one of {sorted(DATA)}",
                pytrace=False,
            )

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say what the test is, for reports."""
        return self.path, 0, f"blocks of {self.path.name}"


class PageFile(pytest.File):
    """A Markdown file."""

    def collect(self) -> Iterator[pytest.Item]:
        """Make one test of the page, when it has blocks."""
        if any(read_blocks(self.path.read_text(encoding="utf-8"))):
            yield Page.from_parent(self, name="blocks")


@pytest.fixture(autouse=True)
def _examples_run_elsewhere(request: pytest.FixtureRequest) -> None:
    """Give each docstring's example a new folder, too."""
    if isinstance(request.node, pytest.DoctestItem):
        patch = request.getfixturevalue("monkeypatch")
        patch.chdir(request.getfixturevalue("tmp_path"))
        patch.delenv("ANEW_STORE", raising=False)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect Markdown pages."""
    if file_path.suffix == ".md":
        return PageFile.from_parent(parent, path=file_path)
    return None
