"""What two trials differ in."""

from __future__ import annotations

import json
import math
import shutil
from typing import TYPE_CHECKING, Any

import pytest

import anew
from anew.compare import Difference
from anew.errors import AnewWarning, UsageError
from anew.model import UNSET, Change
from anew.provenance import make_facet

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ex(project: Path) -> anew.Experiment:
    made = anew.Experiment("pairs", scheduler="sync")
    made.parameter("alpha", default=1)
    made.parameter("path", default="data.csv")

    @made.step
    def read(path: str) -> str:
        return anew.input(path).read_text() if path else ""

    @made.result
    def score(text: str, alpha: Any) -> Any:
        made.log(length=len(text), **({"share": math.nan} if alpha == 1 else {}))
        return {"alpha": alpha}

    declared = made.declared
    made.outcome = score(read(declared["path"]), declared["alpha"])
    (project / "data.csv").write_text("x\n1\n2\n")
    (project / "model.py").write_text("def fit():\n    return 1\n")
    return made


def replace_facet(trial: anew.Trial, name: str, content: dict[str, Any]) -> None:
    trial.source.add_facets(trial.uuid, [make_facet(name, content)])  # type: ignore[attr-defined]


def test_two_trials_of_the_same_do_not_differ(ex: anew.Experiment):
    difference = anew.diff(ex.run(), ex.run())
    assert not difference
    assert difference == Difference(1, 2)


def test_parameters_metrics_and_result_are_given_as_pairs(ex: anew.Experiment):
    difference = anew.diff(ex.run(alpha=1), ex.run(alpha=2, path=""))
    assert difference
    assert difference.parameters == {"alpha": (1, 2), "path": ("data.csv", "")}
    assert difference.metrics["length"] == (6.0, 0.0)
    assert difference.metrics["share"][1] is None
    assert difference.result is not None
    assert difference.result.detail == "['alpha']: 1 → 2, by 1 (relative 1)"


def test_a_parameter_that_one_trial_lacks_is_unset(ex: anew.Experiment):
    a = ex.run()
    ex.parameter("beta", default=None)
    with pytest.warns(AnewWarning, match="read by no step"):
        difference = anew.diff(a, ex.run())
    assert difference.parameters == {"beta": (UNSET, None)}
    assert difference.to_dict()["parameters"] == {"beta": {"b": None}}


def test_seeds_that_differ_are_given(ex: anew.Experiment):
    assert anew.diff(ex.run(seed=1), ex.run(seed=2)).seeds == (1, 2)


def test_code_is_a_unified_diff_without_the_data(ex: anew.Experiment, project: Path):
    a = ex.run()
    (project / "model.py").write_text("def fit():\n    return 2\n")
    (project / "data.csv").write_text("x\n1\n2\n3\n")
    difference = anew.diff(a, ex.run())
    assert "-    return 1\n+    return 2\n" in difference.code
    assert "data.csv" not in difference.code


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x\n1\n2\n3\n", "2 rows → 3"),
        ("x\n1\n5\n", "content changed, still 2 rows"),
    ],
)
def test_data_that_changed_is_told_in_rows(
    ex: anew.Experiment, project: Path, text: str, told: str
):
    a = ex.run()
    (project / "data.csv").write_text(text)
    assert anew.diff(a, ex.run()).data == [Change("data.csv", told)]


@pytest.mark.parametrize(
    ("text", "told"),
    [("12345", "3 bytes → 5"), ("321", "content changed, still 3 bytes")],
)
def test_data_without_rows_is_told_in_bytes(
    ex: anew.Experiment, project: Path, text: str, told: str
):
    (project / "blob").write_text("123")
    a = ex.run(path="blob")
    (project / "blob").write_text(text)
    assert anew.diff(a, ex.run(path="blob")).data == [Change("blob", told)]


def test_data_that_one_trial_alone_read_is_told(ex: anew.Experiment, project: Path):
    (project / "blob").write_text("123")
    assert anew.diff(ex.run(), ex.run(path="blob")).data == [
        Change("blob", "read by the second alone (3 bytes)"),
        Change("data.csv", "read by the first alone (2 rows, 6 bytes)"),
    ]


def test_packages_are_compared_with_their_origins(ex: anew.Experiment):
    a, b = ex.run(), ex.run()
    origins = {"mine": "git+https://example.org@abc"}
    replace_facet(a, "packages", {"versions": {"numpy": "1", "gone": "2", "mine": "1"}})
    replace_facet(
        b, "packages", {"versions": {"numpy": "2", "new": "3", "mine": "1"}, "origins": origins}
    )
    assert anew.diff(a, b).packages == {
        "gone": ("2", None),
        "mine": ("1", "1 (git+https://example.org@abc)"),
        "new": (None, "3"),
        "numpy": ("1", "2"),
    }


def test_other_facets_are_told_in_lines(ex: anew.Experiment):
    a, b = ex.run(), ex.run()
    replace_facet(b, "platform", a.facets["platform"] | {"system": "Plan 9"})
    replace_facet(b, "fridge", {"open": True})
    facets = anew.diff(a, b).facets
    assert facets[0].kind == "platform"
    assert facets[0].text.endswith(" → Plan 9")
    assert facets[1:] == [Change("fridge", "not compared: recorded for the second alone")]


def test_code_that_cannot_be_compared_is_said(ex: anew.Experiment, project: Path):
    a = ex.run()
    (project / "model.py").write_text("def fit():\n    return 2\n")
    b = ex.run()
    shutil.rmtree(project / ".anew" / "git")
    (change,) = anew.diff(a, b).facets
    assert change.text.startswith("not compared: ")


def test_a_trial_without_snapshot_is_said(ex: anew.Experiment, project: Path):
    a = ex.run()
    (project / "anew.toml").write_text("snapshot_files = 1")
    with pytest.warns(anew.AnewWarning, match="snapshot"):
        b = ex.run()
    assert Change("code", "not compared: trial 2 has no snapshot") in anew.diff(a, b).facets


def test_trials_of_two_stores_are_refused(ex: anew.Experiment, project: Path):
    other = anew.Experiment("pairs", store=project / "other", scheduler="sync")
    b = other.result(lambda: 1).node().compute() and other.trial(1)
    with pytest.raises(UsageError, match="trials of two stores"):
        anew.diff(ex.run(), b)


def test_a_difference_is_plain_data(ex: anew.Experiment, project: Path):
    a = ex.run(seed=1)
    (project / "data.csv").write_text("x\n")
    told = json.loads(json.dumps(anew.diff(a, ex.run(alpha=2, seed=2)).to_dict()))
    assert told["a"] == 1
    assert told["seeds"] == [1, 2]
    assert told["parameters"] == {"alpha": {"a": 1, "b": 2}}
    assert told["metrics"]["length"] == {"a": 6.0, "b": 2.0}
    assert told["result"]["verdict"] == "different"
    assert told["data"] == [{"kind": "data.csv", "text": "2 rows → 0"}]
