"""What must be recomputed after an edit of the source, and what must not: one row each."""

from __future__ import annotations

import os

import pytest
from edit_rows import ROWS
from tiny_projects import Project, compiler

WITHOUT_VALUES = {"names", "scopes", "spelling", "syntax"}  # nothing that could differ by process

# A handful of rows through `ex.step` and `ex.run` belongs below, when steps are reused there.

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_edit_leads_to(row, tiny, tmp_path, runner, second_runner) -> None:
    if row.condition == "compiler" and compiler() is None:
        pytest.skip("no C compiler with the headers of Python here")
    tiny.write(row.before)
    before = tiny.run(runner, row.before)
    if row.expected == "recompute" and row.group not in WITHOUT_VALUES:  # not by chance
        elsewhere = Project(tmp_path / "elsewhere")
        elsewhere.write(row.before)
        again = elsewhere.run(second_runner, row.before)
        assert before["key"] == again["key"], "another folder and hash seed"
    tiny.write(row.after)
    after = tiny.run(second_runner, row.after)
    led_to = "reuse" if before["key"] == after["key"] else "recompute"
    parts = "\n".join(["before:", *before["parts"], "after:", *after["parts"]])
    assert led_to == row.expected, parts


def test_names_of_rows_are_told_apart() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS) >= 120
