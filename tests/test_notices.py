"""What anew says reaches people, and only once, and where a program wants it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import textwrap

import pytest

from anew.errors import AnewWarning
from anew.notices import show_error, warn_once


def run(code, *options, **arguments):
    """Run a program that has not set up logging, unlike pytest."""
    preamble = "import logging, sys\nfrom anew.notices import logger, say, warn_once\n"
    return subprocess.run(
        [sys.executable, *options, "-c", preamble + textwrap.dedent(code)],
        check=True,
        text=True,
        **{"capture_output": True} | arguments,
    )


def test_a_line_goes_to_standard_error():
    done = run("say('packages: numpy 2.4.6 → 2.5.0')")
    assert (done.stdout, done.stderr) == ("", "anew: packages: numpy 2.4.6 → 2.5.0\n")


def test_nothing_is_loaded_to_say_a_line():
    code = "import sys; from anew.notices import INFO, say; say('a'); say('b', level=INFO)"
    words = [sys.executable, "-c", code + "; say('c', level=10); print('logging' in sys.modules)"]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("False\n", "anew: a\nanew: b\n")


@pytest.mark.parametrize("stream", ["None", "open('/dev/full', 'w')", "open('x', 'w')"])
def test_a_standard_error_that_takes_nothing_is_no_error(stream, tmp_path):
    code = f"import sys; from anew.notices import say; sys.stderr = {stream}; say('a'); print('on')"
    words = [sys.executable, "-c", code + "; sys.stderr = None"]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == "on\n"


def test_every_line_is_said_once():
    done = run("say('a'); say('b', level=logging.INFO); say('c', level=logging.DEBUG); say('a')")
    assert done.stderr == "anew: a\nanew: b\nanew: a\n"


def test_a_line_is_no_format():
    assert run("say('100 %s %d')").stderr == "anew: 100 %s %d\n"


def test_a_line_goes_to_the_standard_error_of_the_moment():
    done = run("say('a'); sys.stderr = sys.stdout; say('b')")
    assert (done.stdout, done.stderr) == ("anew: b\n", "anew: a\n")


def test_a_program_that_has_set_up_logging_gets_the_line_there_only():
    done = run("logging.basicConfig(stream=sys.stdout, format='%(name)s %(message)s'); say('a')")
    assert (done.stdout, done.stderr) == ("anew a\n", "")


def test_a_program_that_sets_up_logging_later_gets_the_line_there_only():
    done = run("say('a'); logging.basicConfig(stream=sys.stdout, format='%(message)s'); say('b')")
    assert (done.stdout, done.stderr) == ("b\n", "anew: a\n")


def test_a_handler_of_our_own_name_gets_the_line_alone():
    done = run("say('a'); logger.addHandler(logging.StreamHandler(sys.stdout)); say('b')")
    assert (done.stdout, done.stderr) == ("b\n", "anew: a\n")


def test_a_level_that_a_program_chose_is_kept():
    done = run("logger.setLevel(logging.ERROR); say('a'); say('b', level=logging.ERROR)")
    assert done.stderr == "anew: b\n"


def test_a_standard_error_that_is_gone_is_no_error():
    done = run("sys.stderr = None; say('a'); print('on')")
    assert done.stdout == "on\n"


def read_from_terminal(code):
    """Run a program whose standard error is a terminal, and give what it shows."""
    ours, its = pty.openpty()
    run(code, capture_output=False, stderr=its)
    os.close(its)
    shown = b""
    try:
        while data := os.read(ours, 1024):
            shown += data
    except OSError:  # how a terminal ends on Linux
        pass
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def test_a_line_is_coloured_on_a_terminal():
    code = "say('a'); say('b', level=logging.INFO); say('c', level=logging.CRITICAL)"
    assert read_from_terminal(code) == (
        "\033[33manew: a\033[0m\n\033[2manew: b\033[0m\n\033[0manew: c\033[0m\n"
    )


def test_the_same_warning_is_given_once():
    done = run(
        "for _ in range(3): warn_once('a'); warn_once('b', about='c'); warn_once('d', about='c')"
    )
    assert done.stderr.count("AnewWarning: a") == 1
    assert done.stderr.count("AnewWarning: b") == 1
    assert "AnewWarning: d" not in done.stderr


def test_a_warning_is_of_our_own_class():
    with pytest.warns(AnewWarning, match="only here"):
        warn_once("only here")


def test_a_program_may_make_our_warnings_errors():
    code = """
        try:
            warn_once("a")
        except UserWarning as warning:
            print(type(warning).__name__, warning)
    """
    assert run(code, "-W", "error").stdout == "AnewWarning a\n"


def test_an_error_is_shown_in_its_parts(capsys):
    show_error("it is wrong", "do better")
    assert capsys.readouterr().err == "error: it is wrong\nhint: do better\n"


def test_an_error_without_a_hint_is_shown_without_one(capsys):
    show_error("it is wrong")
    assert capsys.readouterr().err == "error: it is wrong\n"


def test_an_error_is_red_on_a_terminal():
    code = """
        from anew.notices import show_error
        show_error("no")
    """
    assert read_from_terminal(code) == "\033[1;31merror:\033[0m no\n"
