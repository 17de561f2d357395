"""Marks of files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from anew.code.watch import watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_unchanged_files_hold(tmp_path: Path, settle: Callable[[], None]) -> None:
    (tmp_path / "a").touch()
    settle()
    marks = watch([str(tmp_path), str(tmp_path / "a")], since_ns=time.time_ns())
    assert marks is not None
    assert marks.holds()


def test_an_absent_file_that_appears_is_seen(tmp_path: Path) -> None:
    marks = watch([str(tmp_path / "absent")], since_ns=time.time_ns())
    assert marks is not None
    assert marks.holds()
    (tmp_path / "absent").touch()
    assert not marks.holds()


def test_nothing_is_said_of_files_written_a_moment_ago(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert watch([str(tmp_path / "a")], since_ns=time.time_ns()) is None


def test_nothing_is_said_of_files_written_while_reading(
    tmp_path: Path, settle: Callable[[], None]
) -> None:
    began_ns = time.time_ns()
    settle()
    (tmp_path / "a").touch()
    assert watch([str(tmp_path / "a")], since_ns=began_ns) is None
