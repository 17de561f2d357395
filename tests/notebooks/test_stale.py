"""Values in a notebook whose cell is not what it was."""

from __future__ import annotations

import pytest

from anew.notebooks.cells import Cell
from anew.notebooks.stale import find_stale


def stale(*cells: tuple[str, str], saved: dict[str, str] | None = None) -> list[str]:
    found = find_stale([Cell(source, identity) for source, identity in cells], saved or {})
    return [f"{each.name} {each.number} {each.why}" for each in found]


def test_a_notebook_run_from_top_to_bottom_has_nothing_stale() -> None:
    assert stale(("x = 1", "a"), ("y = x + 1", "b"), ("print(y)", "c")) == []


def test_a_value_of_a_cell_that_was_edited_and_run_again_is_stale() -> None:
    assert stale(("x = 1", "a"), ("y = 2", "a"), ("print(x)", "b")) == ["x 1 edited"]


def test_a_value_that_the_edited_cell_gave_again_is_not_stale() -> None:
    assert stale(("x = 1", "a"), ("x = 2", "a"), ("print(x)", "b")) == []


def test_a_cell_that_was_edited_but_not_run_is_seen_in_the_saved_notebook() -> None:
    saved = {"a": "x = 2", "b": "print(x)"}
    assert stale(("x = 1", "a"), ("print(x)", "b"), saved=saved) == ["x 1 edited"]


def test_a_value_of_a_deleted_cell_is_stale() -> None:
    assert stale(("x = 1", "a"), ("print(x)", "b"), saved={"b": "print(x)"}) == ["x 1 deleted"]


def test_a_value_made_of_a_stale_one_names_the_stale_one() -> None:
    cells = ("x = 1", "a"), ("y = x", "b"), ("z = 0", "a"), ("print(y)", "c")
    assert stale(*cells) == ["x 1 edited"]


def test_what_a_function_uses_when_it_is_called_counts() -> None:
    cells = ("scale = 2", "a"), ("def f(x):\n    return scale * x", "b"), ("w = 1", "a")
    assert stale(*cells, ("f(1)", "c")) == ["scale 1 edited"]


@pytest.mark.parametrize(
    "source",
    [
        "x = 2\nprint(x)",
        "import x\nx.y",
        "def x(): ...\nx()",
        "for x in []: print(x)",
        "print('x')",
    ],
    ids=["assigned", "imported", "defined", "loop", "text"],
)
def test_what_the_cell_gives_itself_is_not_stale(source: str) -> None:
    assert stale(("x = 1", "a"), ("y = 1", "a"), (source, "b")) == []


@pytest.mark.parametrize("source", ["x += 1", "x = x + 1", "y = x; x = 3", "[x for _ in 'a']"])
def test_what_the_cell_takes_before_it_gives_it_is_stale(source: str) -> None:
    assert stale(("x = 1", "a"), ("y = 1", "a"), (source, "b")) == ["x 1 edited"]


def test_cells_without_identity_tell_nothing() -> None:
    assert stale(("x = 1", ""), ("print(x)", ""), saved={"q": "z"}) == []


def test_a_cell_that_is_no_python_does_not_matter() -> None:
    assert stale(("%%bash\nls", "a"), ("print(1)", "b")) == []
