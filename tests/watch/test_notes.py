"""What a step gave besides its value, written down and given again."""

from __future__ import annotations

import json
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.watch import (
    Logged,
    Printed,
    Saved,
    Warned,
    notes_from_json,
    notes_to_json,
    replay,
    touching,
)

texts = st.text(st.characters(exclude_categories=()))
notes = st.one_of(
    st.builds(Printed, st.sampled_from(["stdout", "stderr"]), texts),
    st.builds(Warned, texts, texts, texts, st.integers(0)),
    st.builds(Logged, texts, st.none() | st.integers(), st.floats(allow_nan=False)),
    st.builds(Saved, *[texts] * 2, *[st.none() | texts] * 3, st.integers(0), texts),
)


@given(st.lists(notes))
def test_notes_come_back_from_json_as_they_were(given_notes):
    assert notes_from_json(json.loads(json.dumps(notes_to_json(given_notes)))) == given_notes


def test_notes_of_a_later_version_are_left_out():
    assert notes_from_json([["sung", {"melody": "la"}]]) == []


class FussyWarning(UserWarning):
    """A warning that wants two arguments."""

    def __init__(self, one, two):
        super().__init__(one, two)


def test_what_was_printed_and_warned_of_is_given_again(project, capsys):
    given_notes = [
        Printed("stdout", "out\n"),
        Warned("builtins.DeprecationWarning", "old", "deep/a.py", 3),
        Printed("stderr", "err\n"),
        Logged("m", 1, 2.0),
    ]
    with pytest.warns(DeprecationWarning, match="old") as shown:
        replay(given_notes, project)
    assert (shown[0].filename, shown[0].lineno) == (str(project / "deep/a.py"), 3)
    assert capsys.readouterr() == ("out\n", "err\n")


@pytest.mark.parametrize(
    "category", ["gone.Warning", "builtins.Gone", "builtins.int", "nodots", f"{__name__}.Gone"]
)
def test_a_warning_whose_class_is_gone_is_given_all_the_same(category):
    with pytest.warns(UserWarning, match="text"):
        replay([Warned(category, "text", "a.py", 1)])


def test_a_warning_that_cannot_be_made_of_its_text_is_given_all_the_same(monkeypatch):
    monkeypatch.setattr(warnings, "FussyWarning", FussyWarning, raising=False)
    with pytest.warns(UserWarning, match="text"):
        replay([Warned("warnings.FussyWarning", "text", "a.py", 1)])


def test_what_is_given_again_in_a_step_is_noted_there(project, capsys):
    given_notes = [Printed("stdout", "a\n"), Warned("builtins.UserWarning", "w", "a.py", 1)]
    with pytest.warns(UserWarning, match="w"), touching(project) as touch:
        replay(given_notes, project)
    assert touch.notes == given_notes
