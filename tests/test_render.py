"""Records as text for a terminal."""

from __future__ import annotations

import io
import json
import math
import sys
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console
from rich.text import Text

from anew.compare import Difference
from anew.model import UNSET, Artifact, Change, Failure, FileUse, StepRecord, Trial, Verdict
from anew.query import Report, select
from anew.render import screen
from anew.render.difference import make_difference, paint_diff, print_difference
from anew.render.listing import choose_columns, make_listing, print_listing
from anew.render.screen import (
    count_rows,
    note,
    open_screen,
    print_console,
    print_json,
    print_rendered,
    progress,
)
from anew.render.text import count, cut, join_names, show_seconds, show_value, show_when
from anew.render.trial import make_report
from anew.render.verdicts import make_verdicts, print_reproduction, summarize_verdicts
from anew.reproduce import Reproduction

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Source:
    """A source without results."""

    def artifacts(self, uuid):
        return []

    def results(self, uuids):
        return {uuid: each for uuid in uuids for each in self.artifacts(uuid)}

    def numbers(self, uuids):
        return {uuid: int(uuid[5:]) for uuid in uuids}

    def facet_of(self, name, uuids=None):
        return {}


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def open_terminal(monkeypatch):
    """Make standard output and error one terminal of 80 columns and 24 lines."""

    def open_one():
        stream = Terminal()
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "stderr", stream)
        return stream

    for name, value in {"COLUMNS": "80", "LINES": "24", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    return open_one


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    """The streams of a test have no width, unless it gives them one."""
    monkeypatch.delenv("COLUMNS", raising=False)


def make_trial(number=1, **facts):
    defaults = {
        "uuid": f"uuid-{number}",
        "experiment": "bikes",
        "status": "finished",
        "started": NOON - timedelta(minutes=number),
        "seconds": 1.5,
        "seed": 7,
        "parameters": {},
        "metrics": {},
    }
    return Trial(number, **(defaults | facts), source=Source())


def text_of(content, width=100):
    """Render as a pipe of some width would get it."""
    stream = io.StringIO()
    Console(file=stream, width=width, markup=False, highlight=False).print(content)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


# --- pieces of text -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1 / 3, "0.333333"),
        (1e-12, "1e-12"),
        (math.nan, "nan"),
        (12345678, "12345678"),
        (True, "True"),
        (None, "None"),
        ("ridge", "ridge"),
        ("", "''"),
        (" x", "' x'"),
        ("two\nlines", "'two\\nlines'"),
        ("\033[31mred", "'\\x1b[31mred'"),
        (["lag", 1, None], '["lag", 1, null]'),
        ({"é": 1}, '{"é": 1}'),
        (["\x9b"], "'[\"\\x9b\"]'"),
        ([1j], '["1j"]'),
    ],
)
def test_a_value_is_shown_on_one_line(value, shown):
    assert show_value(value) == shown


def test_a_time_is_shown_as_local_time():
    assert show_value(NOON) == f"{NOON.astimezone():%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, ""),
        (0, "0 ms"),
        (0.0123, "12.3 ms"),
        (0.25, "250 ms"),
        (0.9999, "1 s"),
        (59.99, "1 min 0 s"),
        (3599.9, "1 h 0 min"),
        (90061, "25 h 1 min"),
    ],
)
def test_a_duration_has_a_unit(seconds, shown):
    assert show_seconds(seconds) == shown


@pytest.mark.parametrize(
    ("age", "shown"),
    [
        (timedelta(seconds=4.4), "4 s ago"),
        (timedelta(seconds=59.9), "59 s ago"),
        (timedelta(minutes=59.9), "59 min ago"),
        (timedelta(hours=23.9), "23 h ago"),
        (timedelta(days=2), f"{(NOON - timedelta(days=2)).astimezone():%Y-%m-%d %H:%M}"),
        (timedelta(seconds=-9), f"{(NOON + timedelta(seconds=9)).astimezone():%Y-%m-%d %H:%M}"),
    ],
)
def test_an_age_is_said_as_long_as_it_is_short(age, shown):
    assert show_when(NOON - age, now=NOON) == shown


def test_text_is_cut_with_a_mark():
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdefg", 6) == "abcde…"


def test_names_are_joined_and_the_rest_counted():
    assert join_names("abc") == "a, b, c"
    assert join_names("abcdef", 2) == "a, b, 4 more"


def test_things_are_counted_in_the_plural():
    assert [count(n, "row") for n in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]


# --- the listing --------------------------------------------------------------------------------


def make_found(*trials, **wishes):
    return select(trials, **wishes)


def list_text(found, width):
    listing = make_listing(found.rows, found.columns, width=width, now=NOON)
    return text_of(listing.table, width), listing.left_out


def test_trials_are_a_table():
    found = make_found(
        make_trial(1, parameters={"alpha": 0.1}, metrics={"rmse": 2 / 3}),
        make_trial(10, parameters={"alpha": 1}, status="failed", seconds=None),
    )
    text, left_out = list_text(found, 80)
    assert text.splitlines() == [
        "number  alpha      rmse  result  status    started     seconds",
        "     1    0.1  0.666667          finished  1 min ago       1.5",
        "    10      1                    failed    10 min ago",
    ]
    assert left_out == []


def test_columns_that_find_no_room_are_left_out_and_named():
    parameters = {f"p{n}": n * 1.5 for n in range(30)}
    metrics = {f"m{n}": n / 3 for n in range(30)}
    found = make_found(make_trial(1, parameters=parameters, metrics=metrics))
    text, left_out = list_text(found, 80)
    assert max(map(len, text.splitlines())) <= 80
    assert set(left_out) == {*found.columns} - set(text.split("\n")[0].split())
    assert text.split()[:5] == ["number", "p0", "p1", "p2", "p3"]
    assert "m3" in text


def test_long_texts_are_cut_before_columns_are_left_out():
    found = make_found(make_trial(1, parameters={"a": "x" * 70, "b": "y" * 30}))
    wide, _ = list_text(found, 200)
    narrow, left_out = list_text(found, 100)
    assert "x" * 70 in wide
    assert "x" * 23 + "…" in narrow
    assert "y" * 23 + "…" in narrow
    assert left_out == []


def test_the_number_is_shown_on_the_narrowest_terminal():
    found = make_found(make_trial(1))
    text, left_out = list_text(found, 3)
    assert "1" in text
    assert left_out == found.columns[1:]


def test_columns_of_both_kinds_share_the_room():
    columns = ["number", "a", "b", "c", "x", "y"]
    widths = dict.fromkeys(columns, 5)
    assert choose_columns(columns, widths, 26, metrics={"x", "y"}) == ["number", "a", "b", "x"]


def test_what_the_table_does_not_show_is_said_beside_it(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    print_listing(make_found(make_trial(1), make_trial(2), limit=1), store="place")
    out, err = capsys.readouterr()
    assert out.splitlines() == ["number  status", "     2  finished"]
    assert err.splitlines() == [
        "1 more trial (anew ls -n 0)",
        "no room for result, started, seconds (anew ls --columns …)",
    ]


def test_that_there_are_very_many_more_is_said_as_such(capsys, monkeypatch):
    monkeypatch.setattr("anew.query.selection._COUNTED", 2)
    trials = [make_trial(number) for number in range(1, 6)]
    print_listing(make_found(*trials, limit=1, where="number > 0"), store="place")
    assert "over 2 more trials (anew ls -n 0)" in capsys.readouterr().err


def test_an_empty_store_says_how_to_record_a_trial(capsys):
    print_listing(make_found(), store="place")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "no trials yet in place",
        "hint: record one: anew run FILE; or look on first: anew demo",
    ]


def test_a_filter_that_nothing_passes_says_so(capsys):
    print_listing(make_found(make_trial(1), where="number > 1"), store="place")
    assert capsys.readouterr() == ("", "none of 1 trial matches\n")


# --- one trial ----------------------------------------------------------------------------------

DIGEST = "blake3:00"


def make_step(label="fit", **facts):
    defaults = {
        "function": f"bikes.{label}",
        "started": 0.0,
        "seconds": 0.25,
        "worker": "w",
        "status": "finished",
        "seed": 1,
        "digest": None,
    }
    return StepRecord(label, **(defaults | facts))


def make_artifact(name="a.png", role="artifact", digest=DIGEST):
    form = "png" if digest else None
    return Artifact(name, role, form, digest, None, 12_345, "a picture")


def make_full(trial=None, **facts):
    defaults = {
        "trial": trial or make_trial(12),
        "result": None,
        "steps": [],
        "artifacts": [],
        "files": [],
        "facets": {},
        "events": [],
        "lines": 0,
        "before": None,
        "reproduces": None,
        "reproduced_by": [],
    }
    return Report(**(defaults | facts))


def report_text(trial=None, *, width=100, **facts):
    return text_of(make_report(make_full(trial, **facts)), width)


FACETS = {
    "command": {"argv": ["/venv/bin/python", "/venv/bin/anew", "run", "b.py"], "cwd": "."},
    "seeds": {"root": 7, "origin": "experiment"},
    "snapshot": {"commit": "0123456789abcdef", "skipped": ["big.bin"]},
    "git": {"commit": "fedcba9876543210", "branch": "main", "dirty": False, "untracked": 0},
    "python": {"implementation": "CPython", "version": "3.12.1"},
    "packages": {"versions": {"numpy": "2.4.6"}},
    "platform": {"system": "Linux", "distribution": "Debian 12", "machine": "x86_64"},
    "cpu": {"model": "A CPU", "usable": 2},
    "memory": {"total_bytes": 25_000_000_000},
    "gpu": {"devices": [{"model": "A GPU"}]},
    "numerics": {"libraries": [{"library": "openblas", "version": "0.3"}, {"library": "x"}]},
}


def test_a_trial_is_shown_with_all_that_is_known():
    text = report_text(
        make_trial(12, parameters={"alpha": 0.1, "model": "ridge"}, metrics={"rmse": 2.5}),
        result=2.5,
        steps=[make_step("load"), make_step("fit", inputs=("load",), status="failed")],
        artifacts=[make_artifact(), make_artifact("fit", "value"), make_artifact("r", "result")],
        files=[FileUse("data.csv", "input", DIGEST, 348, 50, kept=False)],
        facets=FACETS,
        events=[("collector", "gpu: no driver")],
        lines=2,
        before=11,
        reproduced_by=[13, 14],
    )
    assert [line for line in text.splitlines() if not line.startswith("started")] == [
        "bikes: trial 12  finished",
        "took          1.5 s",
        "uuid          uuid-12",
        "seed          7  (the experiment's own)",
        "made anew by  trials 13, 14",
        "command       anew run b.py",
        "parameters    alpha 0.1   model ridge",
        "metrics       rmse 2.5",
        "result        2.5",
        "steps         load  250 ms",
        "              fit   250 ms  failed  ← load",
        "artifacts     a.png              12 kB png  a picture",
        "              value of step fit  12 kB png  a picture",
        "files         data.csv  input  348 B  50 rows  not kept",
        "code          snapshot 0123456789, without big.bin, commit fedcba9876, branch main",
        "environment   CPython 3.12.1, 1 package, Debian 12, x86_64",
        "              A CPU, 2 cores, 25 GB, A GPU, openblas 0.3",
        "remarks       collector  gpu: no driver",
        "",
        "anew console 12      2 lines printed",
        "anew diff 11 12      what differs from the one before",
        "anew reproduce 12    make it anew and compare",
        "anew show 12 --json  all of the record",
    ]


def test_a_trial_of_which_little_is_known_is_shown_all_the_same():
    text = report_text(make_trial(1, status="running", seconds=None))
    labels = [line.split()[0] for line in text.splitlines() if line and line[0] != " "]
    assert labels == ["bikes:", "started", "uuid", "seed", "anew", "anew"]


def test_a_reproduction_names_its_trial():
    text = report_text(reproduces=3, before=2)
    assert "reproduces  trial 3" in text
    assert "anew diff 3 12" in text
    assert "what differs from the one made anew" in text


def test_an_error_is_shown_from_the_step_on():
    trace = (
        "Traceback (most recent call last):\n"
        '  File "/site/anew/execution.py", line 9, in _compute\n'
        "    compute()\n"
        '  File "/site/dask/base.py", line 1, in compute\n'
        "    run()\n"
        '  File "/site/anew/execution.py", line 5, in __call__\n'
        "    value = function()\n"
        "            ^^^^^^^^^^\n"
        '  File "bikes.py", line 27, in fit\n'
        "    raise ValueError(1)\n"
        "ValueError: no\n"
    )
    error = Failure("ValueError", "no", trace)
    text = report_text(make_trial(status="failed", error=error))
    shown = text[text.index("error") : text.index("anew reproduce")].rstrip()
    assert [line[8:].strip() for line in shown.splitlines()] == [
        'File "bikes.py", line 27, in fit',
        "raise ValueError(1)",
        "ValueError: no",
    ]


def test_an_error_outside_of_any_step_is_shown_with_the_end_of_its_traceback():
    lines = [f'  File "a.py", line {n}, in f{n}\n    call{n}()\n' for n in range(20)]
    trace = f"Traceback (most recent call last):\n{''.join(lines)}KeyError: 1\n"
    text = report_text(make_trial(status="failed", error=Failure("KeyError", "1", trace)))
    assert "in f15" not in text
    assert "in f16" in text
    assert "call19()" in text
    assert "KeyError: 1" in text


def test_long_lists_are_shown_in_part():
    text = report_text(steps=[make_step(f"s{n}") for n in range(25)])
    assert "s9 " in text
    assert "s10" not in text
    assert "and 15 more" in text


def test_a_result_that_was_not_stored_says_why():
    text = report_text(
        result="cannot be pickled", artifacts=[make_artifact("r", "result", digest=None)]
    )
    assert "cannot be pickled  (not stored)" in text


def test_many_parameters_flow_over_lines():
    text = report_text(make_trial(parameters={f"parameter_{n}": n for n in range(20)}), width=80)
    lines = [line for line in text.splitlines() if "parameter_" in line]
    assert 4 <= len(lines) <= 10
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("argv", "shown"),
    [
        (["/venv/bin/python", "-m", "anew", "run", "b.py"], "anew run b.py"),
        (["/venv/bin/python", "b.py", "name=a b"], "python b.py 'name=a b'"),
        (["/venv/bin/python"], "python"),
    ],
)
def test_a_command_is_shown_as_it_may_be_typed(argv, shown):
    text = report_text(facets={"command": {"argv": argv, "cwd": "sub"}})
    assert f"{shown}  (in sub)" in text


@pytest.mark.parametrize(
    ("dirty", "untracked", "shown"),
    [(True, 1, "uncommitted edits"), (False, 1, "1 new file"), (False, 2, "2 new files")],
)
def test_what_is_not_committed_is_said(dirty, untracked, shown):
    git = {"commit": None, "branch": None, "dirty": dirty, "untracked": untracked}
    assert f"code     {shown}" in report_text(facets={"git": git})


# --- differences --------------------------------------------------------------------------------

DIFF = """diff --git a/b.py b/b.py
index 1..2 100644
--- a/b.py
+++ b/b.py
@@ -1 +1 @@
-x\r
+y
 z
"""


def test_a_difference_has_a_line_for_each_thing_that_differs():
    found = Difference(
        1,
        2,
        parameters={"alpha": (0.1, 0.3), "lag": (UNSET, 3)},
        seeds=(1, 2),
        metrics={
            "rmse": (2.0, 1.5),
            "loss": (None, 1.0),
            "zero": (0.0, 1.0),
            "bad": (1.0, math.inf),
        },
        result=Verdict("result", "rmse", "different", "2 → 1"),
        packages={"numpy": ("1", "2"), "new": (None, "3"), "old": ("4", None)},
        data=[Change("data.csv", "50 rows → 51")],
        facets=[Change("platform", "release 1 → 2")],
    )
    assert text_of(make_difference(found)).splitlines() == [
        "parameters  alpha     0.1 → 0.3",
        "            lag       none → 3",
        "seed                  1 → 2",
        "metrics     rmse      2 → 1.5  (-25 %)",
        "            loss      none → 1",
        "            zero      0 → 1",
        "            bad       1 → inf",
        "result      rmse      2 → 1",
        "packages    numpy     1 → 2",
        "            new       added 3",
        "            old       removed 4",
        "data        data.csv  50 rows → 51",
        "platform              release 1 → 2",
    ]


@pytest.mark.parametrize(
    ("verdict", "detail", "shown"),
    [
        ("different", "", "different"),
        ("missing", "trial 2 has none", "missing: trial 2 has none"),
        ("same content", "", "same content"),
    ],
)
def test_a_result_is_shown_with_its_verdict(verdict, detail, shown):
    found = Difference(1, 2, result=Verdict("result", "rmse", verdict, detail))
    assert text_of(make_difference(found)) == f"result  rmse  {shown}"


def test_code_is_printed_as_a_diff_that_can_be_applied(capsys):
    print_difference(Difference(1, 2, code=DIFF))
    assert capsys.readouterr().out == f"trial 1 → trial 2\ncode\n{DIFF}"


def test_no_difference_is_said(capsys):
    print_difference(Difference(1, 2))
    assert capsys.readouterr().out == "no difference between trial 1 and trial 2\n"


def test_code_is_coloured_on_a_terminal(open_terminal):
    terminal = open_terminal()
    print_difference(Difference(1, 2, parameters={"a": (1, 2)}, code=DIFF))
    assert "\033[31m-x^M\033[0m\n\033[32m+y\033[0m\n z\n" in terminal.getvalue()


def test_no_color_is_respected(open_terminal, monkeypatch):
    terminal = open_terminal()
    monkeypatch.setenv("NO_COLOR", "1")
    print_difference(Difference(1, 2, code=DIFF))
    assert "\033[3" not in terminal.getvalue()


def test_escapes_in_sources_do_not_reach_the_terminal():
    assert paint_diff(" \033]0;title\n") == " ^[]0;title\n"


# --- reproductions ------------------------------------------------------------------------------

GOOD = Verdict("result", "rmse", "identical")
BAD = Verdict("step", "fit", "different", "2 → 1")


def test_verdicts_are_a_table():
    other = Verdict("metric", "x" * 50, "not compared", "why")
    assert text_of(make_verdicts([GOOD, other, BAD])).splitlines() == [
        f"result  {'rmse':<40}  identical",
        f"metric  {'x' * 39}…  not compared  why",
        f"step    {'fit':<40}  different     2 → 1",
    ]


def test_of_many_identical_outputs_a_few_are_shown():
    verdicts = [Verdict("step", f"s{n}", "identical") for n in range(30)]
    text = text_of(make_verdicts([*verdicts, BAD]))
    assert len(text.splitlines()) == 12
    assert "and 20 more  identical" in text
    assert "fit" in text


def test_a_reproduction_ends_with_what_came_of_it(capsys):
    found = Reproduction(make_trial(1), make_trial(2), [GOOD, GOOD])
    print_reproduction(found)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["", "trial 1 was made anew as trial 2: 2 identical"]


def test_a_failed_reproduction_says_where_it_differs_and_what_was_not_given_back(capsys):
    found = Reproduction(
        make_trial(1),
        make_trial(2),
        [GOOD, BAD],
        first_difference="fit: 2 → 1",
        warnings=["packages: numpy 1 → 2"],
        folder="place",
    )
    print_reproduction(found)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "warning: packages: numpy 1 → 2"
    assert lines[-3:] == [
        "first difference  fit: 2 → 1",
        "scratch folder    place",
        "trial 1 was not made anew as trial 2: 1 identical, 1 different",
    ]


def test_a_reproduction_without_a_trial_names_none():
    missing = Verdict("trial", "1", "missing", "the command came to its end")
    text = summarize_verdicts(Reproduction(make_trial(1), None, [missing])).plain
    assert text == "trial 1 was not made anew: 1 missing"


# --- screens ------------------------------------------------------------------------------------


def test_what_goes_to_a_file_has_no_colour_and_no_trailing_blanks(capsys):
    print_rendered(make_report(make_full(facets=FACETS)))
    out = capsys.readouterr().out
    assert "\033" not in out
    assert all(line == line.rstrip() for line in out.splitlines())


def test_a_terminal_gets_colours(open_terminal):
    terminal = open_terminal()
    print_rendered(make_report(make_full()))
    assert "\033[32mfinished" in terminal.getvalue()


def test_json_has_no_numbers_that_json_lacks(capsys):
    print_json({"a": math.nan, "b": [math.inf], "é": NOON})
    assert json.loads(capsys.readouterr().out) == {
        "a": "NaN",
        "b": ["Infinity"],
        "é": "2026-11-21T12:00:00+00:00",
    }


def test_what_the_encoding_lacks_is_escaped(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    print_rendered("a → b")
    sys.stdout.flush()
    assert raw.getvalue() == b"a \\u2192 b\n"


def test_what_was_printed_goes_where_it_went(capsys):
    print_console([("stdout", "a\n"), ("stderr", "b"), ("stdout", "\033[1mc")])
    assert capsys.readouterr() == ("a\n\033[1mc", "b")


def test_notes_go_to_standard_error(capsys):
    note("a long note " * 20)
    assert capsys.readouterr() == ("", "a long note " * 20 + "\n")


def test_a_listing_fits_the_height_of_the_terminal(open_terminal, monkeypatch):
    open_terminal()
    assert count_rows() == 24 - screen._OTHER_LINES
    monkeypatch.setenv("LINES", "3")
    assert count_rows() == screen._ROWS


def test_a_listing_in_a_pipe_has_no_height():
    assert count_rows() is None


def test_a_closed_pipe_is_left_to_the_caller():
    with pytest.raises(BrokenPipeError):
        open_screen().on_broken_pipe()


def test_progress_is_shown_on_a_terminal(open_terminal):
    terminal = open_terminal()
    with progress("making it") as tell:
        tell("x" * 200)
        tell("running")
    assert "running" in terminal.getvalue()


def test_progress_is_silent_elsewhere(capsys):
    with progress("making it") as tell:
        tell("running")
    assert capsys.readouterr() == ("", "")


def test_a_record_cannot_command_the_terminal(capsys):
    print_rendered(Text("a\x1b[2Jb\x9bc é"))
    assert capsys.readouterr().out == "a\\x1b[2Jb\\x9bc é\n"
