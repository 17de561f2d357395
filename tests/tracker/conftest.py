"""Programs that the tracker follows, in processes of their own."""

from __future__ import annotations

import importlib.util
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

_spec = importlib.util.spec_from_file_location(
    "tracker_following", Path(__file__).with_name("following.py")
)
_following = importlib.util.module_from_spec(_spec)
sys.modules["tracker_following"] = _following
_spec.loader.exec_module(_following)


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    folder = tmp_path / "traces"
    folder.mkdir()
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A folder with a file to read."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "a.csv").write_text("1,2\n")
    return folder


@pytest.fixture
def follow(work: Path, traces: Path) -> Callable[..., object]:
    """Run the text of a program with the tracker and give what was seen."""

    def run(program: str, *words: str, **options: object) -> object:
        (work / "program.py").write_text(textwrap.dedent(program), encoding="utf-8")
        return _following.run_followed(work, traces, ["program.py", *words], **options)

    return run
