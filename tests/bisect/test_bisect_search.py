"""How a search goes: pairs of causes, mixtures that cannot run, ends that say nothing, resuming."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from anew.errors import EnvironmentProblemError, UsageError
from anew.stores import open_store

if TYPE_CHECKING:
    from conftest import Project

PAIR = '\n\ndef scale():\n    return 1 + (X7 - 1) * (open("data/b.csv").read() != "1\\n2\\n")\n'


def _alter(study: Project) -> None:
    """Alter all twenty places of the code, and all but one of the data files."""
    study.replace("features.py", " = 1\n", " = 2\n")
    for name in "bcdefgh":
        study.replace(f"data/{name}.csv", "2\n", "4\n")


def test_a_hunk_and_a_data_file_that_act_together_are_found(study: Project):
    study.replace(
        "features.py", "\ndef scale(*words):\n    return X7", PAIR + "\ndef rest():\n    return X7"
    )
    study.run("study.py")
    _alter(study)
    study.run("study.py")
    found = study.bisect()
    assert found.lines == [
        "hunk 8 of features.py and data/b.csv together change score 3.0 → 6.0, by 3 (relative 1)"
    ]
    assert found.causes[0].is_minimal
    assert found.runs <= 2 * (math.ceil(math.log2(found.candidates)) + 6)


def test_two_causes_that_act_each_on_its_own_are_both_named(study: Project):
    study.run("study.py", "1")
    study.replace("data/a.csv", "2\n", "4\n")
    study.run("study.py", "2")
    found = study.bisect()
    assert found.lines == [
        "data/a.csv alone changes score 3.0 → 5.0, by 2 (relative 0.67)",
        "with that, parameter argument 2 1 → 2 changes score 5.0 → 10.0, by 5 (relative 1)",
    ]
    assert found.is_explained


def test_a_change_that_another_one_hides_is_not_called_a_cause(study: Project):
    study.write("features.py", "SHIFT = 0\n\n\ndef scale():\n    x = 1\n    return x + SHIFT\n")
    study.run("study.py")
    study.write("features.py", "SHIFT = 5\n\n\ndef scale():\n    x = 1\n    return x + 7\n")
    study.run("study.py")
    found = study.bisect()
    assert [cause.title for cause in found.causes] == ["hunk 2 of features.py"]


def test_mixtures_that_cannot_run_are_listed_and_stepped_over(study: Project):
    study.write("features.py", "from parts import old\n\n\ndef scale():\n    return old()\n")
    study.write("parts.py", "def old():\n    return 1\n")
    study.run("study.py")
    study.write("features.py", "from parts import new\n\n\ndef scale():\n    return new()\n")
    study.write("parts.py", "def new():\n    return 4\n")
    study.run("study.py")
    found = study.bisect()
    assert found.is_explained
    assert {change.name for change in found.causes[0].changes} == {"features.py", "parts.py"}
    assert not found.causes[0].is_minimal
    assert any("ImportError" in text for text in found.unresolved)


def test_a_mixture_that_hangs_is_ended_and_stepped_over(study: Project):
    hanging = (
        "import time\nfrom parts import Y\nX = {}\n\n\ndef scale():\n    time.sleep(60 * (X > Y))\n"
    )
    study.write("features.py", hanging.format(1) + "    return X + Y\n")
    study.write("parts.py", "Y = 1\n")
    study.run("study.py")
    study.write("features.py", hanging.format(2) + "    return X + Y\n")
    study.write("parts.py", "Y = 4\n")
    study.run("study.py")
    found = study.bisect(timeout=4)
    assert found.is_explained
    assert any("it did not end within 4 s" in text for text in found.unresolved)


def test_a_test_decides_what_is_as_a(study: Project):
    study.run("study.py")
    study.replace("features.py", " = 1\n", " = 2\n")
    study.replace("data/a.csv", "2\n", "4\n")
    study.run("study.py")
    found = study.bisect(test="! grep -q 'X3 = 2' features.py")
    assert [cause.title for cause in found.causes] == ["hunk 4 of features.py"]
    assert found.is_explained


def test_a_test_that_cannot_tell_leaves_a_mixture_unresolved(study: Project):
    study.run("study.py")
    study.replace("features.py", "X3 = 1", "X3 = 2")
    study.replace("features.py", "X9 = 1", "X9 = 2")
    study.run("study.py")
    both = "grep -q 'X3 = 2' features.py; x=$?; grep -q 'X9 = 2' features.py; y=$?; "
    found = study.bisect(test=f"{both} [ $x = $y ] || exit 125; exit $x$y && exit $((1 - x))")
    assert not found.is_explained
    found = study.bisect(test=f"{both} [ $x = $y ] || exit 125; exit $((1 - x))")
    assert len(found.causes[0].changes) == 2
    assert not found.causes[0].is_minimal
    assert all("125" in text for text in found.unresolved)


def test_a_trial_that_is_not_deterministic_is_said_to_be(study: Project):
    study.replace("study.py", "sum(rows)", "__import__('time').time()")
    study.run("study.py")
    study.replace("features.py", "X7 = 1", "X7 = 2")
    study.run("study.py")
    found = study.bisect()
    assert not found.is_explained
    assert "trial 1 does not come out as it did" in found.problem
    assert "anew verify 1" in found.hint
    assert found.runs == 1


def test_trials_without_a_difference_leave_nothing_to_find(study: Project):
    study.run("study.py")
    study.replace("features.py", "X3 = 1", "X3 = 2")
    study.run("study.py")
    found = study.bisect()
    assert not found.is_explained
    assert found.problem == "no difference is known in what the trials made"
    assert found.runs == 0


def test_a_difference_within_the_tolerance_is_none(study: Project):
    study.run("study.py")
    study.replace("features.py", "X7 = 1", "X7 = 1.001")
    study.run("study.py")
    assert study.bisect(rtol=0.01).problem == "no difference is known in what the trials made"


def test_one_trial_cannot_be_compared_with_itself(study: Project):
    study.run("study.py")
    with pytest.raises(UsageError, match="with itself"):
        study.bisect(1, 1)


def test_a_step_that_hides_what_it_depends_on_does_not_lead_astray(project: Project):
    project.write(
        "study.py",
        """
        import subprocess
        import anew

        ex = anew.Experiment("study", scheduler="sync")
        A, B, C = 1, 1, 1

        @ex.step
        def load(name):
            return float(subprocess.run(["cat", name], capture_output=True).stdout)

        @ex.result
        def total(value):
            return value

        total(load.node("a.txt"))
        if __name__ == "__main__":
            ex.run()
        """,
    )
    project.write("a.txt", "1\n")
    project.run("study.py")
    project.write("a.txt", "2\n")
    project.replace("study.py", "A, B, C = 1", "A, B, C = 2")
    project.run("study.py", "x")
    trial = project.trial(2)
    if any(step.status == "reused" for step in trial.steps):
        pytest.skip("the step was reused where it was recorded already")
    found = project.bisect()
    assert [cause.title.split()[0] for cause in found.causes] == ["a.txt"]


def test_a_search_that_was_killed_goes_on_where_it_was(study: Project):
    study.run("study.py")
    _alter(study)
    study.run("study.py")
    words = [sys.executable, "-m", "anew", "bisect", "1", "2", "--json"]
    place = {"cwd": study.root, "env": study.environ(TMPDIR=str(study.root.parent))}
    with subprocess.Popen(words, **place, stdout=subprocess.DEVNULL) as killed:
        while sum(len(path.read_bytes().splitlines()) for path in _answers(study)) < 3:
            assert killed.poll() is None
            time.sleep(0.05)
        killed.send_signal(signal.SIGKILL)
    with _answers(study)[0].open("ab") as file:
        file.write(b'{"key": "half of a li')
    found = json.loads(subprocess.run(words, **place, capture_output=True, check=True).stdout)
    assert found["text"][0].startswith("hunk 8 of features.py alone changes score 3.0 → 6.0")
    assert found["known"] >= 3
    again = json.loads(subprocess.run(words, **place, capture_output=True, check=True).stdout)
    assert again["text"] == found["text"]
    assert again["runs"] == 0


def _answers(study: Project) -> list:
    return list((study.root / ".anew").glob("searches/*/answers.jsonl"))


def test_a_budget_ends_a_search_and_another_goes_on(study: Project):
    study.run("study.py")
    _alter(study)
    study.run("study.py")
    stopped = study.bisect(budget=3)
    assert not stopped.is_explained
    assert stopped.problem == "stopped after 3 runs"
    found = study.bisect()
    assert found.is_explained
    assert found.known >= 3


def test_the_same_search_is_not_done_twice_at_once(study: Project):
    from anew.bisect.answers import open_answers

    study.run("study.py")
    study.replace("features.py", "X7 = 1", "X7 = 2")
    study.run("study.py")
    told = (study.trial(1).uuid, study.trial(2).uuid, None, "exact", False)
    here = pytest.raises(EnvironmentProblemError, match="by another process")
    with open_answers(study.store.folder, told), here:
        study.bisect()


def test_nothing_of_the_project_is_touched(study: Project, scratch):
    study.run("study.py")
    study.replace("features.py", "X7 = 1", "X7 = 2")
    study.run("study.py")
    study.write("features.py", "this is something else by now")
    before, trials = study.describe_tree(), len(study.store.trials())
    assert study.bisect().is_explained
    assert study.describe_tree() == before
    assert len(study.store.trials()) == trials
    assert list(scratch.iterdir()) == []


def test_the_commit_that_brought_a_hunk_is_named(study: Project):
    def commit(message: str) -> None:
        for words in (["add", "-A"], ["commit", "-qm", message]):
            subprocess.run(["git", *words], cwd=study.root, env=identity, check=True)

    names = {
        f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    identity = os.environ | names
    study.write(".gitignore", ".anew/\n__pycache__/\n")
    subprocess.run(["git", "init", "-q"], cwd=study.root, check=True)
    commit("begin")
    study.run("study.py")
    for number in (3, 7, 9):
        study.replace("features.py", f"X{number} = 1\n", f"X{number} = 2\n")
        commit(f"raise number {number}")
    study.run("study.py")
    found = study.bisect()
    assert [text.partition(" ")[2] for text in found.causes[0].commits] == ["raise number 7"]


def test_the_command_says_the_cause_and_ends_well(study: Project):
    study.run("study.py")
    study.replace("features.py", "X7 = 1", "X7 = 2")
    study.run("study.py")
    done = study.run("-m", "anew", "bisect", "1", "2")
    assert done.stdout.splitlines() == [
        "features.py (line 16) alone changes score 3.0 → 6.0, by 3 (relative 1)",
        "  -X7 = 1",
        "  +X7 = 2",
    ]
    assert study.run("-m", "anew", "bisect", "2", "2", check=False).returncode == 2
    assert study.run("-m", "anew", "bisect", "1", "2", "--atol", "9", check=False).returncode == 1


def test_a_metric_that_is_another_one_each_time_is_left_out(study: Project):
    study.replace("study.py", "anew.log(", "anew.log(draw=__import__('random').random(), ")
    study.run("study.py")
    study.replace("features.py", "X7 = 1", "X7 = 2")
    study.run("study.py")
    found = study.bisect()
    assert found.lines == ["features.py (line 16) alone changes score 3.0 → 6.0, by 3 (relative 1)"]
    assert found.noise == ("draw",)


def test_steps_that_did_not_change_are_not_computed_again(project: Project):
    project.write(
        "study.py",
        """
        import anew

        ex = anew.Experiment("study", scheduler="sync")
        alpha = ex.parameter("alpha", default=1.0)
        beta = ex.parameter("beta", default=1.0)

        @ex.step
        def load(name):
            return [float(line) for line in open(anew.input(name))]

        @ex.step
        def clean(rows, beta):
            return [row for row in rows if row > beta]

        @ex.result
        def total(rows, alpha):
            return sum(rows) * alpha

        total(clean(load.node("a.txt"), beta), alpha)
        """,
    )
    project.write("a.txt", "1\n2\n3\n")
    project.run("-m", "anew", "run", "study.py", "alpha=1", "beta=0.5")
    project.run("-m", "anew", "run", "study.py", "alpha=2", "beta=0.7")
    found = project.bisect()
    assert [cause.title for cause in found.causes] == ["parameter alpha 1 → 2"]
    stores = (project.root / ".anew" / "searches").glob("*/*/")
    trials = [trial for folder in stores for trial in open_store(folder).trials()]
    assert any(step.status == "reused" for trial in trials for step in trial.steps)
    assert all(step.status == "finished" for step in trials[0].steps)


def test_what_was_found_before_the_budget_was_spent_is_told(study: Project):
    study.run("study.py", "1")
    study.replace("data/a.csv", "2\n", "4\n")
    study.run("study.py", "2", "0", "0")
    found = study.bisect(budget=3)
    assert [cause.title for cause in found.causes] == ["data/a.csv"]
    assert not found.is_explained
