"""A trial before the rules: each met and not met by real trials."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

import anew
from anew.errors import AnewWarning
from anew.guards import check
from anew.guards.evidence import Evidence
from anew.guards.neurips import RULES as ITEMS
from anew.guards.sandve import RULES

pytestmark = pytest.mark.filterwarnings("ignore:parameter 'alpha'")

SANDVE = "ten simple rules"
NEURIPS = "NeurIPS"


@pytest.fixture(autouse=True)
def _apart(home, git, project, monkeypatch):
    """Each project lies in a repository of its own without a commit, and is run by a script."""
    main = ModuleType("__main__")
    main.__file__ = str(project / "study.py")
    monkeypatch.setitem(sys.modules, "__main__", main)
    monkeypatch.setattr(sys, "argv", ["study.py"])
    monkeypatch.setattr(sys, "orig_argv", ["python", "study.py"])
    git("init")
    (project / ".gitignore").write_text(".anew/\n")


@pytest.fixture
def study(project):
    """Make an experiment whose result is a function, and run it."""
    (project / "data.csv").write_text("x\n1\n2\n")

    def run(function=lambda: None, seed=None, **parameters):
        ex = anew.Experiment("study")
        ex.parameter("alpha", default=1)
        ex.result(pure=False)(function)
        return ex.run(seed, **parameters)

    return run


@pytest.fixture
def judge():
    """Give the verdict and the reason of one rule."""

    def find(trial, number, source=SANDVE):
        items = check(trial.source, trial)
        (item,) = [
            i for i in items if i.source.startswith(source) and i.rule.startswith(f"{number} ")
        ]
        assert bool(item.mend) == (item.verdict == "not met")
        return item.verdict, item.why

    return find


def publish(git, project):
    """Commit all, with a remote that others can reach."""
    git("remote", "add", "origin", "https://example.org/study.git")
    git("add", ".")
    git("commit", "-m", "study")


def test_each_rule_is_judged_once(study):
    trial = study()
    items = check(trial.source, trial)
    assert len(items) == len(RULES) + len(ITEMS) == 10 + 5
    assert [int(re.match(r"\d+", item.rule)[0]) for item in items] == [*range(1, 11), *range(4, 9)]


def test_1_a_trial_that_ended_well_says_how_its_result_was_produced(study, judge):
    assert judge(study(), 1)[0] == "met"


def test_1_a_trial_that_failed_has_no_result_to_keep_track_of(study, judge, project):
    with pytest.raises(ZeroDivisionError):
        study(lambda: 1 / 0)
    from anew.stores import open_store

    assert judge(open_store(root=project).trial("last"), 1) == ("not met", "the trial failed")


def test_2_without_data_nothing_was_edited(study, judge):
    assert judge(study(), 2)[0] == "not applicable"


def test_2_data_that_changed_by_no_trial_was_edited_by_hand(study, judge, project):
    def read():
        return anew.input("data.csv").read_text()

    assert judge(study(read), 2)[0] == "met"
    (project / "data.csv").write_text("x\n5\n")
    told = "data.csv is not as trial 1 read it, and no trial wrote it"
    assert judge(study(read), 2) == ("not met", told)
    assert judge(study(read), 2)[0] == "met"


def test_2_data_that_a_trial_wrote_was_not_edited(study, judge, project):
    def read():
        return anew.input("data.csv").read_text()

    def write():
        (project / "data.csv").write_text("x\n5\n")

    study(read)
    study(write)
    assert judge(study(read), 2)[0] == "met"


@pytest.mark.parametrize(
    ("packages", "verdict"),
    [
        ({"versions": {"a": "1"}, "origins": {"a": "git+https://example.org/a@12"}}, "met"),
        ({"versions": {"a": "1"}, "origins": {"a": "editable ."}}, "met"),
        ({"versions": {"a": "1"}, "origins": {"a": "editable /lib"}}, "not met"),
        ({"versions": {}}, "not met"),
    ],
    ids=["commit", "itself", "folder", "nothing"],
)
def test_3_packages_have_versions(study, packages, verdict):
    trial = study()
    evidence = Evidence(trial.source, trial)
    vars(evidence)["facets"] = {**trial.facets, "packages": packages}
    assert dict(RULES)["3 archive the exact versions of all programs"](evidence)[0] == verdict


def test_3_a_folder_with_a_snapshot_is_as_good_as_a_version(study):
    trial = study()
    evidence = Evidence(trial.source, trial)
    packages = {"versions": {"a": "1"}, "origins": {"a": "editable /lib"}}
    snapshot = {"editable": {"a": {"path": "/lib", "commit": "12"}}}
    vars(evidence)["facets"] = {**trial.facets, "packages": packages, "snapshot": snapshot}
    assert dict(RULES)["3 archive the exact versions of all programs"](evidence)[0] == "met"


def test_3_programs_other_than_python_have_none(study):
    trial = study()
    evidence = Evidence(trial.source, trial)
    held = {"versions": {"a": "1"}}
    program = {"kind": "command", "argv": ["Rscript", "fit.R"]}
    vars(evidence)["facets"] = {**trial.facets, "packages": held, "program": program}
    verdict, why, _ = dict(RULES)["3 archive the exact versions of all programs"](evidence)
    assert (verdict, why) == ("not met", "no version is recorded of Rscript")


def test_4_code_that_is_too_large_for_the_snapshot_is_not_controlled(
    study, judge, project, monkeypatch
):
    (project / "model.py").write_text("# " + 100 * "x")
    assert judge(study(), 4)[0] == "met"
    monkeypatch.setenv("ANEW_SNAPSHOT_LIMIT", "50")
    assert judge(study(), 4)[0] == "met"
    monkeypatch.setenv("ANEW_KEEP_INPUTS", "50")
    assert judge(study(), 4) == ("not met", "not in the snapshot: model.py")


def test_5_values_that_were_not_stored_are_missed(study, judge):
    assert judge(study(lambda: np.ones(3)), 5)[0] == "met"
    with pytest.warns(AnewWarning, match="was not stored"):
        trial = study(lambda: (x for x in ()))
    assert judge(trial, 5)[0] == "not met"


def test_6_a_seed_is_noted_where_numbers_were_drawn(study, judge):
    assert judge(study(lambda: 1), 6)[0] == "not applicable"

    def draw(rng):
        return rng.normal()

    assert judge(study(draw, seed=3), 6) == ("met", "seed 3")


def test_6_a_draw_without_a_seed_is_not_noted(study, judge):
    def draw():
        from anew.recorder import active_recorder

        active_recorder().add_event("unseeded", "random was used unseeded at a.py:1")

    assert judge(study(draw), 6) == ("not met", "random was used unseeded at a.py:1")


@pytest.mark.parametrize(
    ("kind", "parameters", "verdict"),
    [("script", {}, "met"), ("command", {}, "not met"), ("command", {"seed": 1}, "met")],
)
def test_6_the_seeds_of_programs_are_their_own(study, kind, parameters, verdict):
    trial = replace(study(), parameters=parameters)
    evidence = Evidence(trial.source, trial)
    vars(evidence)["facets"] = {**trial.facets, "program": {"kind": kind, "argv": ["fit"]}}
    assert dict(RULES)["6 note the seeds of random numbers"](evidence)[0] == verdict


def figure():
    """Save a picture alone."""
    anew.save("curve.svg", "<svg/>")


def test_7_the_data_behind_a_plot_are_asked_for(study, judge, project):
    def with_data():
        figure()
        anew.input("data.csv").read_text()

    assert judge(study(lambda: None), 7)[0] == "not applicable"
    assert judge(study(with_data), 7)[0] == "met"


def test_7_a_picture_alone_has_no_data_behind_it(study, judge):
    assert judge(study(figure), 7) == ("not met", "the data behind curve.svg are not kept")


def test_8_a_result_alone_has_no_layers(study, judge):
    assert judge(study(lambda: 1), 8)[0] == "not met"

    def detailed():
        anew.save("table.csv", "a\n1\n")
        return 1

    assert judge(study(detailed), 8)[0] == "met"


def test_9_a_text_that_names_the_trial_is_found(study, judge, project):
    trial = study(lambda: 1)
    assert judge(trial, 9)[0] == "not met"
    (project / "paper.md").write_text(f"It is 1 (trial {trial.uuid}).\n")
    study(lambda: 2)
    assert judge(trial, 9) == ("met", "paper.md names the trial")


def test_10_public_code_is_committed_and_has_a_remote(study, judge, project, git):
    assert judge(study(), 10) == ("not met", "the code was in no commit")
    publish(git, project)
    assert judge(study(), 10)[0] == "met"
    (project / "data.csv").write_text("x\n")
    assert judge(study(), 10) == ("not met", "there were uncommitted edits")


def test_10_a_remote_on_the_same_disk_is_not_public(study, judge, project, git, tmp_path):
    git("remote", "add", "origin", str(tmp_path))
    git("add", ".")
    git("commit", "-m", "study")
    why = "no remote that others could reach is recorded"
    assert judge(study(), 10) == ("not met", why)


# --- NeurIPS ------------------------------------------------------------------------------------


def test_a_result_without_its_data_cannot_be_reproduced(study, judge, monkeypatch):
    def read():
        return anew.input("data.csv").read_text()

    assert judge(study(read), 4, NEURIPS)[0] == "met"
    monkeypatch.setenv("ANEW_KEEP_INPUTS", "1")
    told = "the record lacks the content of data.csv"
    assert judge(study(read), 4, NEURIPS) == ("not met", told)


def test_open_access_is_to_code_and_data(study, judge, project, git, tmp_path):
    def read():
        return anew.input("data.csv").read_text()

    def read_other():
        return anew.input(tmp_path / "other.csv").read_text()

    assert judge(study(read), 5, NEURIPS)[0] == "not met"
    publish(git, project)
    assert judge(study(read), 5, NEURIPS)[0] == "met"
    (tmp_path / "other.csv").write_text("1\n")
    assert judge(study(read_other), 5, NEURIPS)[0] == "not met"


def test_settings_are_parameters(study, judge):
    told = "parameters alpha are recorded"
    assert judge(study(), 6, NEURIPS) == ("met", told)


def test_significance_takes_several_seeds(study, judge):
    def draw(rng):
        return float(rng.normal())

    assert judge(study(lambda: "text", alpha=5), 7, NEURIPS)[0] == "not applicable"
    study(draw, seed=1)
    assert judge(study(draw, seed=2), 7, NEURIPS)[0] == "not met"
    assert judge(study(draw, seed=3), 7, NEURIPS)[0] == "met"
    assert judge(study(draw, seed=3, alpha=2), 7, NEURIPS)[0] == "not met"


def test_significance_may_be_a_recorded_spread(study, judge):
    assert judge(study(lambda: anew.log(rmse_std=1.0)), 7, NEURIPS)[0] == "met"
    assert judge(study(lambda: anew.log(standard=1.0)), 7, NEURIPS)[0] == "not met"


def test_compute_resources_are_processor_memory_and_time(study, judge):
    assert judge(study(), 8, NEURIPS)[0] == "met"
