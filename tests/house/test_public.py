"""The public face is what ``anew.__all__`` says, and no more."""

from __future__ import annotations

from types import ModuleType

import anew

LIMIT = 25
# Seen in every module that is typed; no name of anew's.
TYPING_MARKS = {"Any", "TYPE_CHECKING", "annotations"}


def is_submodule(value: object) -> bool:
    """Tell anew's own modules, which come into its namespace when they are imported."""
    return isinstance(value, ModuleType) and value.__name__.startswith("anew.")


def test_names_are_few_sorted_and_unique() -> None:
    assert list(anew.__all__) == sorted(set(anew.__all__))
    assert len(anew.__all__) <= LIMIT


def test_every_name_resolves() -> None:
    assert [name for name in anew.__all__ if getattr(anew, name, None) is None] == []


def test_no_other_name_is_public() -> None:
    for name in anew.__all__:
        getattr(anew, name)
    found = {
        name
        for name, value in vars(anew).items()
        if not name.startswith("_") and not is_submodule(value) and name not in TYPING_MARKS
    }
    assert found == {name for name in anew.__all__ if not name.startswith("_")}


def test_dir_shows_the_public_names() -> None:
    assert set(anew.__all__) <= set(dir(anew))
