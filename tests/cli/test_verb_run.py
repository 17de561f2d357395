"""`anew run` and `anew demo`, as one types them."""

from __future__ import annotations

import sys

import pytest

import anew
from anew.cli.script import run_showing_errors
from anew.errors import UsageError


def trial_of(folder, number=1):
    return anew.open_store(folder / ".anew").trial(number)


def test_a_script_is_run_as_a_trial(do, own_study):
    done = do("run", "bikes.py", "alpha=2.0", "model=lasso")
    assert done.stdout.startswith("fitting lasso\ntrial 1: ")
    assert trial_of(own_study).parameters == {"alpha": 2.0, "model": "lasso"}


@pytest.mark.parametrize("arguments", [["--seed", "5", "bikes.py"], ["bikes.py", "--seed", "5"]])
def test_options_stand_before_or_after_the_script(do, own_study, arguments):
    do("run", *arguments)
    assert trial_of(own_study).seed == 5


def test_help_after_the_script_lists_its_parameters(do, own_study):
    done = do("run", "bikes.py", "--help")
    assert "alpha=1.0" in done.stdout
    assert "strength of the penalty" in done.stdout
    assert not (own_study / ".anew").exists()


def test_one_of_several_experiments_is_named(do, own_study):
    (own_study / "two.py").write_text("from bikes import ex as a\nfrom other import ex as b\n")
    done = do("run", "two.py", status=2)
    assert "has 2 experiments: bikes, other" in done.stderr
    do("run", "--experiment", "other", "two.py")
    assert trial_of(own_study).experiment == "other"


def test_an_unknown_parameter_gets_near_misses(do):
    done = do("run", "bikes.py", "alphas=1", status=2)
    assert done.stderr == (
        "error: unknown parameter 'alphas' (experiment 'bikes')\nhint: did you mean 'alpha'?\n"
    )


def test_a_script_that_is_not_there_gets_near_misses(do):
    done = do("run", "bike.py", status=2)
    assert done.stderr == "error: no such script: 'bike.py'\nhint: did you mean 'bikes.py'?\n"


def test_an_exception_of_a_step_shows_its_own_part_of_the_traceback(do, own_study):
    done = do("run", "bikes.py", "alpha=-1", status=1)
    frames = [line for line in done.stderr.splitlines() if line.startswith("  File ")]
    assert [line.rpartition(" in ")[2] for line in frames] == ["fit", "shrink"]
    assert done.stderr.endswith("ValueError: alpha is -1, expected 0 or more\n")
    assert trial_of(own_study).status == "failed"


def test_with_debug_the_whole_traceback_is_shown(do):
    done = do("--debug", "run", "bikes.py", "alpha=-1", status=1)
    assert "execution" in done.stderr
    assert done.stderr.endswith("ValueError: alpha is -1, expected 0 or more\n")


def test_an_exception_of_the_script_itself_is_shown(do, own_study):
    (own_study / "bad.py").write_text("try:\n    {}['x']\nexcept KeyError:\n    1 / 0\n")
    done = do("run", "bad.py", status=1)
    assert "KeyError: 'x'" in done.stderr
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")
    assert "importlib" not in done.stderr
    assert "anew/cli" not in done.stderr


def test_a_syntax_error_is_shown_as_python_does(do, own_study):
    (own_study / "bad.py").write_text("def f(:\n")
    done = do("run", "bad.py", status=1)
    assert "SyntaxError: " in done.stderr
    assert 'bad.py", line 1' in done.stderr


def test_an_error_of_ours_in_a_script_names_the_line(do, own_study):
    (own_study / "bad.py").write_text("import anew\n\nanew.Experiment('../x')\n")
    done = do("run", "bad.py", status=2)
    assert done.stderr.startswith("error: experiment name '../x' would leave its folder (bad.py:3)")


def test_warnings_of_a_script_are_shown_as_python_does(do, own_study):
    (own_study / "old.py").write_text("import warnings\nwarnings.warn('old')\nimport bikes\n")
    done = do("run", "old.py", VIRTUAL_ENV=sys.prefix)
    assert "old.py:2: UserWarning: old" in done.stderr


def test_a_script_may_exit_with_its_own_status(do, own_study):
    (own_study / "leave.py").write_text("raise SystemExit(9)\n")
    do("run", "leave.py", status=9)


def test_an_error_that_no_line_of_a_script_caused_has_no_place(project):
    with pytest.raises(UsageError) as caught:
        run_showing_errors("none.py", [], whole=False)
    assert caught.value.where is None


def test_an_exception_without_any_own_line_is_shown_whole(monkeypatch, capsys):
    def fail(*_, **__):
        raise OSError

    monkeypatch.setattr("anew.run.run_file", fail)
    monkeypatch.setattr("anew.cli.script._is_own", lambda _: False)
    assert run_showing_errors("none.py", [], whole=False) == 1
    assert "in run_showing_errors" in capsys.readouterr().err


def test_the_demo_refuses_a_folder_that_is_not_empty(do, own_study):
    done = do("demo", ".", status=2)
    assert "is not empty" in done.stderr
