"""Something is done when a library is imported."""

from __future__ import annotations

import importlib
import sys

import pytest

from anew.tracker.imports import when_imported


@pytest.fixture
def library(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)

    def make(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(text)

    yield make
    for name in [name for name in sys.modules if name.startswith("tracked_")]:
        del sys.modules[name]


def test_it_is_done_once_the_module_is_complete(library) -> None:
    library("tracked_one", "a = 1")
    seen = []
    when_imported("tracked_one", lambda module: seen.append(module.a))
    assert seen == []
    import tracked_one

    importlib.reload(tracked_one)
    assert seen == [1]
    assert "exec_module" not in vars(tracked_one.__loader__)


def test_it_is_done_at_once_for_one_that_is_imported() -> None:
    seen = []
    when_imported("sys", seen.append)
    assert seen == [sys]


def test_it_is_done_by_import_module(library) -> None:
    library("tracked_two", "")
    seen = []
    when_imported("tracked_two", seen.append)
    assert seen == [importlib.import_module("tracked_two")]


def test_a_failing_import_fails_as_ever_and_is_tried_again(library, tmp_path) -> None:
    library("tracked_three", "1 / 0")
    seen = []
    when_imported("tracked_three", seen.append)
    with pytest.raises(ZeroDivisionError) as caught:
        importlib.import_module("tracked_three")
    assert caught.traceback[-1].path == tmp_path / "tracked_three.py"
    library("tracked_three", "a = 'longer than before'")
    importlib.invalidate_caches()
    module = importlib.import_module("tracked_three")
    assert seen == [module]


def test_an_action_that_fails_is_not_noticed(library) -> None:
    library("tracked_four", "")
    when_imported("tracked_four", lambda module: module.missing)
    importlib.import_module("tracked_four")


def test_several_actions_are_done_in_order(library) -> None:
    library("tracked_five", "")
    seen = []
    when_imported("tracked_five", lambda _: seen.append(1))
    when_imported("tracked_five", lambda _: seen.append(2))
    importlib.import_module("tracked_five")
    assert seen == [1, 2]
