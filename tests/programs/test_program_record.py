"""How ends, output and files are put into words."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from anew.programs.child import Ended
from anew.programs.ending import describe_end
from anew.programs.metrics import Lines
from anew.programs.request import Request, name_experiment
from anew.programs.strace import find_strace, read_log, wait_for_log
from anew.programs.streams import Heard

TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    f()\n'


def end(status, last="", asked=()):
    return describe_end(Ended(status, frozenset(asked), last, 0))


@pytest.mark.parametrize(
    ("last", "kind", "message"),
    [
        (f"noise\n{TRACEBACK}ValueError: too small\n", "ValueError", "too small"),
        (f"{TRACEBACK}ValueError: two\nlines\n", "ValueError", "two\nlines"),
        (f"{TRACEBACK}KeyError\n", "KeyError", ""),
        (f"{TRACEBACK}a.b.MyError: no\n", "MyError", "no"),
        (f"\x1b[31m{TRACEBACK}\x1b[0mValueError: red\n", "ValueError", "red"),
        ("usage: a.py\n", "ExitStatus", "1"),
        ("", "ExitStatus", "1"),
    ],
    ids=["plain", "lines", "no-text", "dotted", "coloured", "usage", "nothing"],
)
def test_the_exception_is_read_from_what_was_printed(last, kind, message):
    status, failure = end(1, last)
    assert (status, failure.type, failure.message) == ("failed", kind, message)


def test_a_chain_of_exceptions_is_kept_whole():
    link = "\nDuring handling of the above exception, another exception occurred:\n\n"
    _, failure = end(1, f"x\n{TRACEBACK}KeyError: 1\n{link}{TRACEBACK}ValueError: 2\n")
    assert failure.type == "ValueError"
    assert failure.traceback.count("Traceback") == 2


@pytest.mark.parametrize(
    ("status", "asked", "expected"),
    [
        (0, {signal.SIGTERM}, "finished"),
        (1, {signal.SIGTERM}, "interrupted"),
        (-signal.SIGINT, (), "interrupted"),
        (-signal.SIGSEGV, (), "failed"),
        (-signal.SIGKILL, (), "killed"),
        (-signal.SIGKILL, {signal.SIGTERM}, "interrupted"),
    ],
    ids=["well", "asked", "interrupted", "crashed", "killed", "asked and killed"],
)
def test_who_was_asked_to_end_was_interrupted(status, asked, expected):
    assert end(status, asked=asked)[0] == expected


def test_of_much_output_the_beginning_and_the_end_are_recorded():
    told = []
    heard = Heard(lambda stream, text: told.append(text), limit=10)
    for number in range(100):
        heard.add("stdout", f"{number:04d}\n")
    heard.end()
    text = "".join(told)
    assert text.startswith("0000\n0001\n")
    assert text.endswith("0098\n0099\n")
    assert f"[{heard.left_out} characters were not recorded]" in text


def test_metrics_are_lines_of_a_name_and_a_number():
    found = []
    lines = Lines(found.append)
    for piece in (
        "loss: 0.",
        "5\nval loss = 1e-3\r\nacc: 93.1 %\nepoch 1\n",
        "x: y\n",
        "url: http://a:1\nlast: 2",
    ):
        lines.add(piece)
    lines.end()
    assert found == [{"loss": 0.5}, {"val loss": 0.001}, {"acc": 93.1}, {"last": 2.0}]


@pytest.mark.parametrize(
    ("words", "kind", "name"),
    [
        (("scripts/train.py", "-x"), "script", "train"),
        (("package.module",), "module", "module"),
        (("package.__main__",), "module", "package"),
        (("a/b.ipynb",), "notebook", "b"),
        (("/usr/bin/make", "all"), "command", "make"),
        (("a\\..\\b.py",), "script", "a-..-b"),
    ],
    ids=["script", "module", "main", "notebook", "command", "odd"],
)
def test_an_experiment_is_called_after_its_program(words, kind, name):
    assert name_experiment(Request(words, kind)) == name


def test_strace_tells_what_every_process_opened(tmp_path):
    log = tmp_path / "log"
    words, problem = find_strace(log)
    if not words:
        pytest.skip(problem)
    place = tmp_path / "földer x"
    place.mkdir()
    (place / "a b").write_text("a")
    script = "cat 'a b' > one; mv one two; cp two three; rm two; cat none; exit 3"
    done = subprocess.run(
        [*words, "sh", "-c", script], cwd=place, stderr=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 3
    wait_for_log(log)
    processes = read_log(log, str(place))
    used = {(os.path.relpath(p, place), m) for each in processes for p, m in each.files}
    assert {use for use in used if not use[0].startswith("..")} == {
        ("a b", "read"),
        ("one", "write"),
        ("one", "gone"),
        ("two", "write"),
        ("two", "read"),
        ("two", "gone"),
        ("three", "write"),
    }
    assert ("rm", "two") in {each.argv for each in processes}
