"""The answers of searches, and when they are removed."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from anew.bisect.answers import Answer, open_answers, prune_searches
from anew.errors import EnvironmentProblemError

if TYPE_CHECKING:
    from pathlib import Path


def search(store: Path, name: str, *, days_ago: float = 0.0) -> Path:
    with open_answers(store, [name]) as answers:
        answers.add(Answer("key"))
    then = time.time() - days_ago * 86_400
    for path in (answers.folder, *answers.folder.iterdir()):
        os.utime(path, (then, then))
    return answers.folder


def test_a_search_that_nobody_goes_on_with_is_removed(tmp_path: Path):
    old, new = search(tmp_path, "old", days_ago=8), search(tmp_path, "new", days_ago=6)
    planned = prune_searches(tmp_path, dry_run=True)
    assert old.exists()
    assert prune_searches(tmp_path) == planned
    assert sum(planned) > 0
    assert not old.exists()
    assert new.exists()


def test_a_search_that_is_going_on_stays(tmp_path: Path):
    folder = search(tmp_path, "old", days_ago=8)
    with open_answers(tmp_path, ["old"]):
        assert prune_searches(tmp_path) == []
    assert folder.exists()


def test_without_a_search_there_is_nothing_to_remove(tmp_path: Path):
    assert prune_searches(tmp_path) == []


def test_the_same_search_is_done_by_one_process_at_a_time(tmp_path: Path):
    with (
        open_answers(tmp_path, ["one"]),
        pytest.raises(EnvironmentProblemError, match="by another process"),
        open_answers(tmp_path, ["one"]),
    ):
        pass
