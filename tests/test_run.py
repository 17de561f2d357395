"""Scripts as commands, run as a user runs them."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

import anew
from anew.errors import UsageError
from anew.run import parse_assignments

SCRIPT = """
    import anew

    ex = anew.Experiment("bikes")
    alpha = ex.parameter("alpha", default=0.1, help="the penalty")
    name = ex.parameter("name", default="ridge")
    count = ex.parameter("count", default=None)

    @ex.result
    def show(alpha, name, count):
        return f"{alpha!r} {name!r} {count!r}"

    show(alpha, name, count)
"""


def run(*arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    """Run Python with arguments, expecting an exit status."""
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done


@pytest.fixture
def script(write):
    """A script without a main line."""
    return write("bikes.py", SCRIPT)


@pytest.fixture
def main(write):
    """The script with one."""
    return write("main.py", SCRIPT + "\n    ex.main()\n")


@pytest.mark.usefixtures("main")
def test_a_script_that_ends_in_main_is_a_command():
    done = run("main.py", "alpha=0.3", "name=lasso", "count=[1, 2]", "--seed", "1")
    assert done.stdout.startswith("trial 1: show = 0.3 'lasso' [1, 2]")
    assert anew.open_store().trial(1).seed == 1


@pytest.mark.parametrize("name", ["bikes.py", "main.py"])
@pytest.mark.usefixtures("script", "main")
def test_anew_run_runs_a_script_with_or_without_a_main_line(name):
    done = run("-m", "anew", "run", name, "alpha=-1", "--seed", "1")
    assert done.stdout.startswith("trial 1: show = -1 'ridge' None")
    assert len(anew.open_store().trials()) == 1


@pytest.mark.usefixtures("main")
def test_the_help_of_a_script_lists_parameters_defaults_and_help():
    for command in (["main.py"], ["-m", "anew", "run", "main.py"]):
        text = run(*command, "--help").stdout
        assert "alpha=0.1" in text
        assert "the penalty" in text
        assert "--seed" in text
    assert not anew.open_store().trials()


@pytest.mark.usefixtures("main")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["alhpa=1"], "did you mean 'alpha'"),
        (["alpha"], "name=value"),
        (["alpha=1", "alpha=2"], "given twice"),
        (["--seed", "x"], "seed is 'x'"),
        (["--sed", "1"], "--seed"),
        (["seed=1"], "'seed' is an option"),
    ],
)
def test_bad_arguments_are_told_with_a_hint(arguments, message):
    for done in (
        run("main.py", *arguments, status=2),
        run("-m", "anew", "run", "main.py", *arguments, status=2),
    ):
        assert message in done.stderr
        assert "Traceback" not in done.stderr


def test_a_missing_script_is_told_with_near_misses(script):
    done = run("-m", "anew", "run", "bike.py", status=2)
    assert "did you mean 'bikes.py'" in done.stderr


def test_a_script_without_an_experiment_is_a_program(write):
    write("plain.py", "print(1)\n")
    assert run("-m", "anew", "run", "plain.py").stdout == "1\n"


def test_of_several_experiments_one_is_chosen_by_name(write):
    write(
        "two.py",
        """
        import anew
        a, b = anew.Experiment("a"), anew.Experiment("b")
        a.result(lambda: "A")
        b.result(lambda: "B")
        """,
    )
    assert "has 2 experiments" in run("-m", "anew", "run", "two.py", status=2).stderr
    done = run("-m", "anew", "run", "--experiment", "b", "two.py")
    assert "trial 1: <lambda> = B" in done.stdout
    assert "trial 2: <lambda> = A" in run("-m", "anew", "run", "two.py", "--experiment", "a").stdout
    assert "trial 3: <lambda> = A" in run("-m", "anew", "run", "two.py", "--experiment=a").stdout
    done = run("-m", "anew", "run", "--experiment", "c", "two.py", status=2)
    assert "no experiment 'c'" in done.stderr


def test_a_script_with_an_odd_name_or_that_of_a_module_runs(write):
    for name in ("2-odd name.py", "abc.py"):
        write(name, SCRIPT)
        run("-m", "anew", "run", name)


def test_a_script_in_a_sub_folder_imports_its_neighbours(write):
    write("study/neighbour.py", "value = 5\n")
    write(
        "study/go.py",
        "import anew, neighbour\nex = anew.Experiment('x')\nex.result(lambda: neighbour.value)\n",
    )
    assert "trial 1: <lambda> = 5" in run("-m", "anew", "run", "study/go.py").stdout


def test_a_script_of_another_project_keeps_its_trials_there(write, tmp_path, monkeypatch, script):
    monkeypatch.chdir(tmp_path)
    run("-m", "anew", "run", str(script))
    assert (script.parent / ".anew" / "trials.db").exists()
    assert not (tmp_path / ".anew").exists()


def test_a_script_that_raises_shows_its_own_traceback(write):
    write("bad.py", "import anew\nex = anew.Experiment('x')\nex.result(lambda: 1 / 0)\nex.main()\n")
    for done in (run("bad.py", status=1), run("-m", "anew", "run", "bad.py", status=1)):
        assert "ZeroDivisionError" in done.stderr


def test_an_interrupt_ends_a_script_at_once_and_is_recorded(write):
    write(
        "slow.py",
        """
        import time, anew
        ex = anew.Experiment("slow")

        @ex.result
        def wait():
            print("waiting", flush=True)
            time.sleep(600)

        ex.main()
        """,
    )
    command = [sys.executable, "slow.py"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == b""
    trial = anew.open_store().trial(1)
    assert trial.status == "interrupted"
    assert trial.console == "waiting\n"


def test_processes_work_in_a_script_without_a_main_guard(main):
    done = run("main.py", "--scheduler", "processes")
    assert done.stdout.startswith("trial 1: show = 0.1")
    assert len(anew.open_store().trials()) == 1


def test_values_are_python_literals_else_text():
    assert parse_assignments(["a=1", "b=x=y", "c=None", "d=", "e=(1, 'z')", "f=1e-3"]) == {
        "a": 1, "b": "x=y", "c": None, "d": "", "e": (1, "z"), "f": 0.001,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["=1", "1=2", "a b=3", "alpha"])
def test_what_is_no_assignment_is_told(text):
    with pytest.raises(UsageError, match="name=value"):
        parse_assignments([text])
