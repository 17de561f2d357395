"""What all verbs have in common: help, errors, exit statuses."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import threading
import time
import warnings

import click
import pytest
from click.testing import CliRunner

import anew
from anew.cli import main
from anew.errors import AnewWarning, StoreError

VERBS = [
    *("run", "status", "ls", "show", "metrics", "diff", "why", "whence", "data", "get", "console"),
    *("reproduce", "checkout", "verify", "bisect", "bundle", "unbundle"),
    *("remote", "push", "pull", "ci"),
    *("tag", "note", "rm", "stamp", "export", "claims"),
    *("check", "doctor", "snapshot", "gc", "demo"),
]


@pytest.fixture
def invoke():
    """Run the command in this process."""

    def run(*arguments):
        return CliRunner().invoke(main, list(arguments))

    return run


@pytest.fixture
def failing(monkeypatch):
    """Make `anew ls` raise an error."""

    def make(error):
        def fail(*_, **__):
            raise error

        monkeypatch.setattr("anew.query.open_to_read", fail)

    return make


def test_without_a_verb_help_is_shown(invoke):
    done = invoke()
    assert done.exit_code == 0
    assert done.stdout == invoke("--help").stdout
    assert done.stdout.startswith("Usage: anew [OPTIONS]")


def test_help_lists_the_verbs_in_the_order_of_use(invoke):
    listed = invoke("--help").stdout.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed if line[2] != " "] == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(invoke, verb):
    done = invoke(verb, "--help")
    assert done.exit_code == 0
    assert done.stdout.startswith(f"Usage: anew {verb} ")


def test_the_version_is_said(invoke):
    assert invoke("--version").stdout == f"anew {anew.__version__}\n"


def test_python_m_anew_is_the_command(look):
    assert look("--version").stdout == f"anew {anew.__version__}\n"


def test_an_unknown_verb_gets_near_misses(invoke):
    done = invoke("shows")
    assert done.exit_code == 2
    assert done.stderr == "error: no such command: 'shows'\nhint: did you mean 'show'?\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ls", "--jsn"], "error: no such option '--jsn'\nhint: did you mean --json?\n"),
        (["ls", "--xyz"], "error: no such option '--xyz'\nhint: anew ls --help\n"),
        (["--xyz"], "error: no such option '--xyz'\nhint: anew --help\n"),
        (["run"], "error: missing argument 'FILE'\nhint: anew run --help\n"),
        (["ls", "-n", "-1"], "error: invalid value for '-n': -1 is not in the range x>=0\n"),
        (["ls", "more"], "error: got unexpected extra argument (more)\nhint: anew ls --help\n"),
    ],
)
def test_a_wrong_call_is_said_in_our_words(invoke, arguments, said):
    done = invoke(*arguments)
    assert done.exit_code == 2
    assert done.stderr.startswith(said)


def test_an_error_of_ours_has_a_hint_and_no_traceback(invoke, failing):
    failing(StoreError("no store", where="here", hint="make one"))
    done = invoke("ls")
    assert done.exit_code == 4
    assert done.stderr == "error: no store (here)\nhint: make one\n"


def test_an_error_may_have_no_hint(invoke, failing):
    failing(StoreError("no store"))
    assert invoke("ls").stderr == "error: no store\n"


def test_with_debug_an_error_has_a_traceback(invoke, failing):
    failing(StoreError("no store"))
    done = invoke("--debug", "ls")
    assert done.exit_code == 4
    assert "Traceback (most recent call last)" in done.stderr
    assert done.stderr.endswith("error: no store\n")


def test_a_fault_of_our_own_is_called_one(invoke, failing):
    failing(ZeroDivisionError("by zero"))
    done = invoke("ls")
    assert done.exit_code == 70
    assert done.stderr == (
        "error: ZeroDivisionError: by zero\n"
        "hint: a fault of anew itself; `anew --debug ls …` shows where\n"
    )


def test_with_debug_a_fault_of_our_own_is_raised(invoke, failing):
    failing(ZeroDivisionError("by zero"))
    assert isinstance(invoke("--debug", "ls").exception, ZeroDivisionError)


def test_an_error_of_click_without_a_context_is_said(invoke, failing):
    failing(click.ClickException("No luck."))
    done = invoke("ls")
    assert done.exit_code == 1
    assert done.stderr == "error: no luck\n"


def test_a_warning_of_ours_is_one_line(invoke, monkeypatch):
    error = StoreError("no store")

    def warn(*_, **__):
        warnings.warn("not recorded", AnewWarning, stacklevel=1)
        raise error

    monkeypatch.setattr("anew.query.open_to_read", warn)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        done = invoke("ls")
    assert done.stderr == "warning: not recorded\nerror: no store\n"


def test_an_interrupt_ends_the_command_with_130(own_study):
    script = own_study / "slow.py"
    script.write_text(
        "import time, anew\n"
        "ex = anew.Experiment('slow')\n"
        "@ex.result\n"
        "def wait():\n"
        "    print('waiting', flush=True)\n"
        "    time.sleep(60)\n"
        "wait.node()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-m", "anew", "run", "slow.py"],
        cwd=own_study,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert anew.open_store(own_study / ".anew").trial(1).status == "interrupted"


@pytest.mark.parametrize("is_daemon", [True, False])
def test_only_threads_that_python_would_wait_for_are_left_behind(
    invoke, failing, monkeypatch, is_daemon
):
    ended = []
    others = [threading.main_thread(), threading.Thread(daemon=is_daemon)]
    monkeypatch.setattr(threading, "enumerate", lambda: others)
    monkeypatch.setattr(os, "_exit", ended.append)
    failing(KeyboardInterrupt())
    assert invoke("ls").exit_code == 130
    assert ended == ([] if is_daemon else [130])


def test_a_closed_pipe_ends_the_command_quietly(study):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "anew", "ls", "--json"],
        cwd=study,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 141


def read_terminal(arguments, cwd, **environment):
    """Run the command on a terminal of 80 columns and give what it shows."""
    ours, theirs = pty.openpty()
    kept = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "COLUMNS", "LINES"}}
    process = subprocess.Popen(
        [sys.executable, "-m", "anew", *arguments],
        cwd=cwd,
        env=kept | {"TERM": "xterm"} | environment,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        try:
            if select.select([ours], [], [], 0.1)[0]:
                shown += os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
    os.close(ours)
    process.wait(timeout=60)
    return shown.decode()


def test_a_terminal_gets_colours(study):
    assert "\033[32mfinished" in read_terminal(["ls"], study)
    assert "\033[1;31merror:\033[0m no such trial" in read_terminal(["show", "99"], study)


def test_no_color_is_respected(study):
    assert "\033[3" not in read_terminal(["ls"], study, NO_COLOR="1")
    assert "\033[3" not in read_terminal(["show", "99"], study, NO_COLOR="1")
