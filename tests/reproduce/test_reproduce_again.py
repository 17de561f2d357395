"""Trials of real commands, made anew."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

import anew
from anew.amend import remove_trials
from anew.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Project

ALL_IDENTICAL = {
    ("status", "finished"): "identical",
    ("result", "score"): "identical",
    ("metric", "largest"): "identical",
    ("artifact", "data.npy"): "identical",
    ("console", "stdout"): "identical",
    ("value", "load"): "identical",
    ("step", "load"): "identical",
    ("step", "simulate"): "identical",
    ("step", "score"): "identical",
}


def list_verdicts(found) -> dict[tuple[str, str], str]:
    return {(v.kind, v.name): v.verdict for v in found.verdicts}


def test_a_trial_is_made_anew_after_code_helper_and_data_have_changed(study: Project):
    study.run("study.py")
    study.write("study.py", "raise SystemExit('all is different now')")
    (study.root / "helper.py").unlink()
    study.write("data.csv", "y\n100\n")
    found = study.reproduce()
    assert list_verdicts(found) == ALL_IDENTICAL
    assert found.is_good
    assert found.first_difference is None
    assert found.warnings == []


def test_the_new_trial_is_recorded_as_a_reproduction_of_the_old_one(study: Project):
    study.run("study.py")
    found = study.reproduce()
    made = study.trial(2)
    assert found.made == made
    assert made.reproduces == study.trial(1).uuid
    assert made.console == "the score is known\n"
    assert made.facets["snapshot"] == study.trial(1).facets["snapshot"]
    assert made.seed == study.trial(1).seed


def test_the_working_tree_and_its_repository_are_not_touched(study: Project):
    who = ["-c", "user.name=me", "-c", "user.email=me@localhost"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "begin"]):
        subprocess.run(["git", *words], cwd=study.root, check=True)
    study.run("study.py")
    study.write("helper.py", "raise RuntimeError\n")
    before = study.describe_tree()
    found = study.reproduce()
    assert found.is_good
    assert study.describe_tree() == before
    assert found.made is not None
    assert not anew.diff(found.trial, found.made)  # neither the repository nor a path is told


def test_the_scratch_folder_is_gone_afterwards(study: Project, scratch: Path):
    study.run("study.py")
    study.reproduce()
    assert list(scratch.iterdir()) == []


def test_the_scratch_folder_stays_when_it_is_to_be_kept(study: Project, scratch: Path):
    study.run("study.py")
    kept = study.reproduce(keep=True).folder
    study.reproduce()
    assert [str(path) for path in scratch.iterdir()] == [kept]
    assert (scratch / kept / "project" / "my study" / "study.py").exists()


def test_the_second_trial_of_a_loop_is_made_anew_alone(study: Project):
    study.run("-c", "import study\nfor alpha in (1, 2, 3): study.ex.run(alpha=alpha, seed=alpha)")
    found = study.reproduce(2)
    assert found.is_good
    assert found.made is not None
    assert found.made.parameters == {"alpha": 2}
    assert len(study.store.trials()) == 4


def test_trials_of_anew_run_are_made_anew(study: Project):
    study.run("-m", "anew", "run", "study.py", "alpha=0.25", "--seed", "7")
    found = study.reproduce()
    assert list_verdicts(found) == ALL_IDENTICAL
    assert found.made is not None
    assert found.made.parameters == {"alpha": 0.25}
    assert found.made.seed == 7


def test_a_drawn_seed_is_used_again(study: Project):
    study.run("-c", "import study; study.ex.run(seed='new')")
    assert study.reproduce().is_good


def test_a_script_named_by_its_absolute_path_runs_in_the_scratch_folder(
    study: Project, tmp_path: Path
):
    study.run(str(study.root / "study.py"))
    (study.root / "study.py").unlink()
    assert study.reproduce().is_good


def test_a_script_started_from_outside_of_its_project_is_found(study: Project, tmp_path: Path):
    study.write(
        "study.py",
        """
        import anew
        from pathlib import Path
        from helper import scale
        ex = anew.Experiment("study", scheduler="sync")
        @ex.result
        def score(path, rng):
            return scale(anew.input(path).read_text()) + str(rng.random())
        score.node(Path(__file__).parent / "data.csv").compute()
        """,
    )
    study.write("helper.py", "def scale(x):\n    return x\n")
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (outside / "anew.toml").touch()
    study.run("../my study/study.py", cwd=outside)
    study.write("data.csv", "other")
    (study.root / "study.py").unlink()
    assert study.reproduce().is_good
    assert list(outside.iterdir()) == [outside / "anew.toml"]


def test_a_module_of_a_package_is_run_again(project: Project):
    project.write("anew.toml", "")
    project.write("src/pkg/__init__.py", "")
    project.write(
        "src/pkg/fit.py",
        """
        import anew
        ex = anew.Experiment("pkg", scheduler="sync")
        @ex.result
        def fit(n): return list(range(n))
        fit.node(3).compute()
        """,
    )
    project.run("-m", "pkg.fit", PYTHONPATH=str(project.root / "src"))
    (project.root / "src/pkg/__init__.py").write_text("raise ImportError")
    assert project.reproduce().is_good


def test_a_trial_begun_in_a_folder_below_the_root_reads_its_files_there(project: Project):
    subprocess.run(["git", "init", "-q"], cwd=project.root, check=True)
    project.write("sub/data.txt", "three")
    project.write(
        "sub/read.py",
        """
        import anew
        ex = anew.Experiment("sub", scheduler="sync")
        @ex.result
        def read(path): return anew.input(path).read_text()
        read.node("data.txt").compute()
        """,
    )
    project.run("read.py", cwd=project.root / "sub")
    project.write("sub/data.txt", "four")
    found = project.reproduce()
    assert found.is_good
    assert found.made is not None
    assert [use.path for use in found.made.files] == ["sub/data.txt"]


RANDOM = """
    import os, anew
    import numpy as np
    ex = anew.Experiment("random", scheduler="sync")
    @ex.step
    def base(): return 1.0
    @ex.step(persist={persist})
    def draw(x): return x + {size} * int.from_bytes(os.urandom(4)) / 2**32
    @ex.result
    def double(x): return 2 * x
    double(draw(base.node())).compute()
"""


def test_a_step_that_is_not_repeatable_is_named_as_the_first_difference(project: Project):
    project.write("anew.toml", "")
    project.write("draw.py", RANDOM.format(persist=True, size=1))
    project.run("draw.py")
    found = project.reproduce()
    assert not found.is_good
    assert found.first_difference is not None
    assert found.first_difference.startswith("draw: 1.")
    assert list_verdicts(found) == {
        ("result", "double"): "different",
        ("value", "draw"): "different",
        ("step", "base"): "identical",
        ("step", "draw"): "different",
        ("step", "double"): "different",
        ("status", "finished"): "identical",
    }


def test_a_tolerance_makes_close_results_good(project: Project):
    project.write("anew.toml", "")
    project.write("draw.py", RANDOM.format(persist=False, size=1e-12))
    project.run("draw.py")
    exact = project.reproduce()
    assert not exact.is_good
    assert "--rtol 1e-9" in exact.verdicts[0].detail
    found = project.reproduce(rtol=1e-9)
    assert list_verdicts(found)["result", "double"] == "close"
    assert list_verdicts(found)["step", "draw"] == "not compared"
    assert found.is_good


def test_a_tolerance_that_is_none_is_refused_before_anything_runs(study: Project):
    study.run("study.py")
    with pytest.raises(UsageError, match="rtol is -1"):
        study.reproduce(rtol=-1)
    assert len(study.store.trials()) == 1


def test_a_reproduction_is_made_anew_from_the_original(study: Project):
    study.run("study.py")
    study.reproduce(1)
    found = study.reproduce(2)
    assert found.trial.number == 1
    assert found.made is not None
    assert found.made.reproduces == study.trial(1).uuid


def test_a_reproduction_whose_original_was_removed_is_made_anew_itself(study: Project):
    study.run("study.py")
    study.reproduce(1)
    remove_trials(study.store, [1], force=True)
    found = study.reproduce(2)
    assert found.trial.number == 2
    assert found.is_good


def test_two_reproductions_at_once_do_not_meet(study: Project):
    study.run("study.py")
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(study.reproduce, [1, 1]))
    assert {f.made.number for f in found if f.made} == {2, 3}
    assert all(f.is_good for f in found)


FAILING = """
    import anew, pathlib
    ex = anew.Experiment("failing", scheduler="sync")
    @ex.step
    def load(): return 1
    @ex.result
    def fail(x): raise ValueError({message})
    fail(load.node()).compute()
"""


def test_a_trial_that_failed_fails_again(project: Project):
    project.write("anew.toml", "")
    project.write("fail.py", FAILING.format(message="'no data'"))
    project.run("fail.py", check=False)
    found = project.reproduce()
    assert list_verdicts(found)["error", "ValueError"] == "identical"
    assert found.is_good


def test_a_trial_that_fails_in_another_way_is_not_made_anew(project: Project):
    project.write("anew.toml", "")
    project.write("fail.py", FAILING.format(message="__import__('os').getpid()"))
    project.run("fail.py", check=False)
    found = project.reproduce()
    assert list_verdicts(found)["error", "ValueError"] == "different"
    assert not found.is_good


def test_a_trial_that_does_not_fail_again_is_not_made_anew(project: Project, tmp_path: Path):
    switch = tmp_path / "switch"
    project.write("anew.toml", "")
    project.write(
        "fail.py",
        FAILING.format(message="1").replace(
            "raise",
            f"""
        if not pathlib.Path({str(switch)!r}).exists(): raise""",
        ),
    )
    project.run("fail.py", check=False)
    switch.touch()
    found = project.reproduce()
    assert list_verdicts(found)["status", "failed"] == "different"
    assert found.first_difference == "fail: failed → finished"
