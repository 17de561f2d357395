"""What modules draw while they are imported is nobody's; each case in fresh processes."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import traceback

import pytest

import anew
from anew.errors import AnewWarning

HIDDEN = "import random\npick = {'draw': random.random}\ndef draw():\n    return pick['draw']()\n"
"""A generator that the text of a step does not show."""

NOISY = "import random\nfirst = random.random()\n"
"""A module that draws when it is imported."""

STUDY = """
import json, sys
import anew
import hidden

ex = anew.Experiment("imports")

@ex.step(persist=True)
def step(x):
    {body}

@ex.result
def result(value):
    return value

result(step.node(1))
if __name__ == "__main__":
    trial = ex.run(seed=int(sys.argv[1]))
    told = {{s.label: (s.status, s.drew) for s in trial.steps}}
    print(json.dumps([*told["step"], trial.result]))
"""

CACHED = """
import anew

@anew.cache
def call():
    import {module}
    print("computing")
    return 1

print(call.has(), call())
"""


@pytest.fixture
def run(project, write):
    """Run a script of the project in a process of its own, and give what it printed."""
    write("hidden.py", HIDDEN)
    write("noisy.py", NOISY)

    def run_script(name, *arguments):
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ANEW_")}
        command = [sys.executable, "-W", "error::anew.AnewWarning", name, *map(str, arguments)]
        done = subprocess.run(
            command, cwd=project, env=kept, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run_script


@pytest.fixture
def noisy(write, monkeypatch):
    """Give a module that draws when it is imported, and is not yet."""
    write("noisy.py", NOISY)
    monkeypatch.syspath_prepend(".")
    monkeypatch.delitem(sys.modules, "noisy", raising=False)


@pytest.mark.parametrize("module", ["noisy", "rich.style", "sklearn.linear_model"])
def test_a_step_that_imports_what_draws_ignores_the_seed(run, write, module):
    write("study.py", STUDY.format(body=f"import {module}; return x"))
    assert json.loads(run("study.py", 1)) == ["finished", False, 1]
    assert json.loads(run("study.py", 2)) == ["reused", False, 1]


def test_a_step_that_imports_what_draws_and_draws_itself_is_seen(run, write):
    write("study.py", STUDY.format(body="import noisy; return hidden.draw()"))
    _, drew, first = json.loads(run("study.py", 1))
    status, _, second = json.loads(run("study.py", 2))
    assert (drew, status) == (True, "finished")
    assert first != second


def test_what_is_imported_does_not_shift_what_is_drawn_after(run, write):
    body = "before = hidden.draw(); {} return [before, hidden.draw()]"
    drawn = []
    for number, imported in enumerate(("", "import noisy;", "import noisy;")):
        write("study.py", STUDY.format(body=body.format(imported)))
        if number == 2:
            write("study.py", f"import noisy\n{STUDY.format(body=body.format(imported))}")
        drawn.append(json.loads(run("study.py", 1))[2])
    assert drawn[0] == drawn[1] == drawn[2]


@pytest.mark.parametrize("module", ["noisy", "rich.style", "sklearn.ensemble"])
def test_the_first_call_of_a_cached_function_is_kept_though_it_imports(run, write, module):
    write("study.py", CACHED.format(module=module))
    assert run("study.py") == "computing\nFalse 1\n"
    assert run("study.py") == "computing\nTrue 1\n"  # what it printed is printed again


def test_what_a_function_draws_that_a_module_calls_is_its_own(run, write):
    write("caller.py", "import anew, hidden\nkept = anew.cache(hidden.draw)\nfirst = kept()\n")
    body = "import caller; return caller.kept.has()"
    write("study.py", STUDY.format(body=body))
    assert json.loads(run("study.py", 1))[2] is False  # not before it is known to draw


def test_an_import_that_fails_does_so_as_ever(project, write):
    write("broken.py", "import random\nrandom.random()\n1 / 0\n")
    ex = anew.Experiment("failing")

    @ex.result
    def result():
        told = []
        for name in ("nothing_there", "broken"):
            try:
                exec(f"import {name}", {})  # noqa: S102 - the name is given
            except (ImportError, ZeroDivisionError) as error:
                files = [each.filename for each in traceback.extract_tb(error.__traceback__)]
                told.append([type(error).__name__, len(files), "anew" in files[-1]])
        return told

    sys.path.insert(0, str(project))
    try:
        assert ex.run(1).result == [
            ["ModuleNotFoundError", 2, False],
            ["ZeroDivisionError", 3, False],
        ]
    finally:
        sys.path.remove(str(project))


BESIDE = """
import json, threading
import anew

ex = anew.Experiment("beside")
meeting = threading.Barrier(2, timeout=60)

@ex.step(persist=True)
def other():
    meeting.wait()
    meeting.wait()
    return 1

@ex.step(persist=True)
def importing():
    meeting.wait()
    import {module}
    meeting.wait()
    return 2

@ex.result
def result(*values):
    return values

result(other.node(), importing.node())
trial = ex.run(scheduler="threads")
print(json.dumps({{s.label: [s.drew, s.reason] for s in trial.steps}}))
"""


@pytest.mark.parametrize("module", ["rich.style", "email.mime.text"])
def test_a_step_beside_one_that_imports_did_not_draw(run, write, module):
    write("study.py", BESIDE.format(module=module))
    told = json.loads(run("study.py"))
    assert told == {name: [False, ""] for name in ("other", "importing", "result")}


def test_a_step_beside_a_module_that_draws_may_have_been_the_one(run, write):
    write("study.py", BESIDE.format(module="noisy"))
    told = json.loads(run("study.py"))
    assert told["importing"] == [False, ""]
    assert told["other"][0] is False
    assert "a module was imported beside it" in told["other"][1]


def test_a_step_that_draws_beside_an_import_is_still_warned_of(noisy):
    ex = anew.Experiment("both")
    meeting = threading.Barrier(2, timeout=60)
    pick = {"draw": random.random}

    @ex.step
    def drawing():
        pick["draw"]()
        meeting.wait()
        meeting.wait()

    @ex.step
    def importing():
        meeting.wait()
        import noisy

        meeting.wait()
        return noisy.first

    ex.result(lambda *values: len(values))(drawing.node(), importing.node())
    with pytest.warns(AnewWarning, match="ran beside other steps"):
        ex.run(scheduler="threads")


TOGETHER = """
import anew

ex = anew.Experiment("together")

@ex.step(persist=True)
def make(i):
    return i

@ex.result
def result(*values):
    return len(values)

result(*[make.node(i) for i in range(8)])
print(any(step.drew for step in ex.run(scheduler="threads", fresh=True).steps))
"""


def test_steps_that_start_together_are_not_taken_as_drawing(run, write):
    write("study.py", TOGETHER)
    assert [run("study.py") for _ in range(4)] == ["False\n"] * 4
