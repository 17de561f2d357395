"""What a step prints and warns of."""

from __future__ import annotations

import io
import logging
import runpy
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout

import pytest

from anew.errors import AnewWarning
from anew.watch import Printed, Streams, Warned, current, touching


def warn(text="careful", category=UserWarning):
    """Warn from this file."""
    warnings.warn(text, category, stacklevel=1)


class OwnWarning(UserWarning):
    """A warning of the project."""


def test_what_is_printed_is_noted_in_one_piece_and_shown_once(project, capsys):
    with touching(project) as touch:
        print("a", 1)
        print("b")
        print("c", file=sys.stderr)
        sys.stdout.writelines(["d", "e"])
    assert touch.notes == [
        Printed("stdout", "a 1\nb\n"),
        Printed("stderr", "c\n"),
        Printed("stdout", "de"),
    ]
    assert capsys.readouterr() == ("a 1\nb\nde", "c\n")


def test_a_trial_around_the_step_hears_it_too(project, capsys):
    heard = []
    streams = Streams(lambda stream, text: heard.append(text))
    streams.start()
    with touching(project) as touch:
        print("a")
    print("b")
    streams.stop()
    assert touch.notes == [Printed("stdout", "a\n")]
    assert "".join(heard) == capsys.readouterr().out == "a\nb\n"


def test_a_trial_within_the_step_hears_it_too(project, capsys):
    heard = []
    streams = Streams(lambda stream, text: heard.append(text))
    with touching(project) as touch:
        streams.start()
        print("a")
        streams.stop()
        print("b")
    assert touch.notes == [Printed("stdout", "a\nb\n")]
    assert "".join(heard) == "a\n"
    assert capsys.readouterr().out == "a\nb\n"


def test_what_a_step_keeps_to_itself_is_not_noted(project):
    with touching(project) as touch, redirect_stdout(io.StringIO()) as kept:
        print("mine")
    assert kept.getvalue() == "mine\n"
    assert touch.notes == []


def test_what_an_outer_step_keeps_to_itself_is_noted_for_the_inner_one_alone(project):
    with touching(project) as outer, redirect_stdout(io.StringIO()) as kept:
        with touching(project) as inner:
            print("inner")
        print("outer")
    assert inner.notes == [Printed("stdout", "inner\n")]
    assert outer.notes == []
    assert kept.getvalue() == "inner\nouter\n"


def test_the_streams_are_put_back_whoever_ends_first(project):
    before = (sys.stdout, sys.stderr)
    one, other = touching(project), touching(project)
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    assert sys.stdout is not before[0]
    other.__exit__(None, None, None)
    assert (sys.stdout, sys.stderr) == before


def test_a_program_without_a_console_is_fine(project):
    with redirect_stdout(None), redirect_stderr(None), touching(project) as touch:
        print("nowhere")
    assert touch.notes == []


def test_a_warning_is_noted_and_shown_as_ever(project):
    with pytest.warns(UserWarning, match="careful") as shown, touching(project) as touch:
        warn()
    assert len(shown) == 1
    (note,) = touch.notes
    assert note == Warned("builtins.UserWarning", "careful", __file__, shown[0].lineno)


def test_a_warning_names_its_own_class(project):
    with pytest.warns(OwnWarning), touching(project) as touch:
        warn(category=OwnWarning)
    assert touch.notes[0].category == f"{__name__}.OwnWarning"


def test_a_warning_in_the_project_names_its_file_from_there(project, put):
    put("deep/a.py", "import warnings\nwarnings.warn('x')\n")
    with pytest.warns(UserWarning, match="x"), touching(project) as touch:
        runpy.run_path(str(project / "deep/a.py"))
    assert (touch.notes[0].filename, touch.notes[0].lineno) == ("deep/a.py", 2)


def test_a_warning_shown_on_the_stream_is_not_noted_as_text(project, put):
    put(
        "a.py",
        """
import warnings
from anew.watch import touching
with touching(".") as touch:
    warnings.warn("careful")
assert [type(note).__name__ for note in touch.notes] == ["Warned"], touch.notes
""",
    )
    done = subprocess.run([sys.executable, "a.py"], capture_output=True, text=True, check=True)
    assert done.stderr.count("UserWarning: careful") == 1


def test_a_warning_that_the_step_catches_is_its_own(project):
    with touching(project) as touch, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn()
    assert len(caught) == 1
    assert touch.notes == []


def test_a_warning_that_an_outer_step_catches_is_noted_for_the_inner_one_alone(project):
    with touching(project) as outer, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with touching(project) as inner:
            warn()
    assert len(caught) == len(inner.notes) == 1
    assert outer.notes == []


def test_a_warning_that_is_ignored_is_not_noted(project):
    with warnings.catch_warnings(), touching(project) as touch:
        warnings.simplefilter("ignore")
        warn()
    assert touch.notes == []


def test_a_warning_that_is_an_error_is_one(project):
    with touching(project) as touch, pytest.raises(UserWarning):
        warn()
    assert touch.notes == []


def test_warnings_of_anew_are_not_the_steps(project):
    with pytest.warns(AnewWarning), touching(project) as touch:
        warn(category=AnewWarning)
    assert touch.notes == []


def test_who_shows_warnings_is_put_back(project):
    before = warnings._showwarnmsg
    with touching(project):
        pass
    assert warnings._showwarnmsg is before


def test_warnings_that_go_to_logging_are_noted(project, caplog):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        with touching(project) as touch:
            warn()
        logging.captureWarnings(capture=False)
    assert [type(note) for note in touch.notes] == [Warned]
    assert "careful" in caplog.text


def test_notes_of_others_keep_their_place(project):
    with touching(project) as outer:
        print("a")
        with touching(project) as inner:
            current().note(Warned("builtins.UserWarning", "w", "f", 1))
            print("b")
        print("c")
    assert inner.notes == [Warned("builtins.UserWarning", "w", "f", 1), Printed("stdout", "b\n")]
    assert outer.notes == [
        Printed("stdout", "a\n"),
        Warned("builtins.UserWarning", "w", "f", 1),
        Printed("stdout", "b\nc\n"),
    ]


def test_threads_of_the_only_step_are_heard(project):
    with touching(project) as touch, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: sys.stdout.write(f"{number}\n"), range(50)))
    text = "".join(note.text for note in touch.notes)
    assert sorted(text.split()) == sorted(map(str, range(50)))
