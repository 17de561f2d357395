"""What is said when a trial has ended."""

from __future__ import annotations

import ast
from types import SimpleNamespace

import pytest

import anew
from anew.guards import Concern, Seen, after_trial, say_concerns, sum_up
from anew.guards.data import find_unkept
from anew.guards.draws import UnseededDraw
from anew.guards.reading import find_unread
from anew.guards.twins import Told, find_twin, name_differences
from anew.model import FileUse
from anew.provenance import _instead, make_facet
from anew.tracker.records import Draw

pytestmark = pytest.mark.filterwarnings("ignore:parameter 'alpha'")

ARGPARSE = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--alpha", help="alpha")
parser.add_argument("--step-size")
arguments = parser.parse_args()
"""


def unread(text: str, *given: str) -> list[str]:
    """Name the parameters that a program does not read."""
    return find_unread(given, [("a.py", ast.parse(text))])


def test_a_parameter_that_nothing_reads_is_found():
    assert unread(ARGPARSE, "alpha", "step_size") == ["alpha", "step_size"]


@pytest.mark.parametrize(
    "use",
    [
        "print(arguments.alpha)",
        "print(arguments['alpha'])",
        "print(arguments['--alpha'])",
        "print(arguments.get('alpha'))",
        "print(getattr(arguments, 'alpha'))",
        "def main(alpha): return alpha + 1",
        "print('{a.alpha:.2f}'.format(a=arguments))",
        "print(vars(arguments))",
        "print(arguments.__dict__)",
        "for n in names: print(getattr(arguments, n))",
        "match arguments:\n  case X(alpha=a): print(a)",
    ],
)
def test_a_parameter_that_something_may_read_is_not(use):
    assert unread(ARGPARSE + use, "alpha") == []


@pytest.mark.parametrize(
    "use",
    [
        "arguments.alpha = 3",
        "def main(alpha): return 1",
        "print('alpha')",
        "class Settings:\n  alpha: float = 0.1",
        "print(arguments.alphabet)",
    ],
)
def test_what_is_only_named_is_not_read(use):
    assert unread(ARGPARSE + use, "alpha") == ["alpha"]


def test_of_a_dotted_name_the_last_part_counts():
    assert unread("print(cfg.model.depth)", "model.depth", "model.width") == ["model.width"]


def test_an_option_is_read_as_the_attribute_that_it_becomes():
    assert unread(ARGPARSE + "print(arguments.step_size)", "--step-size") == []


def test_without_sources_nothing_can_be_told():
    assert find_unread(["alpha"], []) == []


# --- files --------------------------------------------------------------------------------------


def use(path: str, *, kept: bool, size: int = 5) -> FileUse:
    """A file that was read."""
    return FileUse(path, "input", "blake3:1", size, None, kept)


def test_files_that_are_too_large_to_keep_are_counted():
    files = [use("a", kept=False), use("b", kept=False, size=9), use("c", kept=False)]
    (found,) = find_unkept([*files, use("d", kept=True)])
    told = "3 files read are not under version control and too large to keep: a, b, c"
    assert found.text == told
    assert found.mend.startswith("keep_inputs = 9 ")


def test_files_under_version_control_need_not_be_kept():
    assert find_unkept([use("a", kept=False)], {"a"}) == []


def test_what_was_fetched_and_not_kept_is_said():
    (found,) = find_unkept([use("https://example.org/a", kept=False)])
    assert found.text == "1 file fetched is not kept: https://example.org/a"


def test_content_that_the_store_lost_is_said():
    (found,) = find_unkept([use("a", kept=True)], has=lambda _: False)
    assert found.text == "1 file read is not in the store any more: a"


# --- the same, with another result --------------------------------------------------------------


@pytest.fixture
def ex(project):
    """An experiment whose outcome depends on what only the test knows."""
    (project / "data.csv").write_text("x\n1\n")
    made = anew.Experiment("dice")
    made.parameter("alpha", default=1)
    made.secret = {"value": 1.0}

    def total():
        made.log(loss=made.secret["value"])
        return float(anew.input("data.csv").read_text()[2:]) * made.secret["value"]

    made.result(pure=False)(total)
    return made


def run(ex, **more):
    return ex.run(fresh=True, **more)


def test_a_result_that_changed_without_a_reason_is_named(ex):
    old = run(ex)
    ex.secret["value"] = 2.0
    new = run(ex)
    found = after_trial(new, Seen(), earlier=[old])
    assert [each.kind for each in found] == ["unexplained"]
    assert found[0].text == (
        "result changed though code, data, parameters and packages are the same as in trial 1: "
        "result total, metric loss"
    )
    assert found[0].mend == "anew diff 1 2"


def test_the_same_result_is_not_worth_a_word(ex):
    assert after_trial(run(ex), Seen(), earlier=[run(ex)]) == []


@pytest.mark.parametrize("what", ["code", "data", "seed", "parameter", "conda"])
def test_a_result_that_changed_with_a_reason_is_not_minded(ex, project, what, monkeypatch):
    old = run(ex, seed=1)
    ex.secret["value"] = 2.0
    if what == "code":
        (project / "a.py").touch()
    if what == "data":
        (project / "data.csv").write_text("x\n2\n")
    if what == "conda":
        monkeypatch.setitem(_instead, "conda", make_facet("conda", {"explicit": ["a-1-0.conda"]}))
    parameters = {"alpha": 2} if what == "parameter" else {}
    new = run(ex, seed=2 if what == "seed" else 1, **parameters)
    assert find_twin(Told(new), [old]) is None
    assert after_trial(new, Seen(), earlier=[old]) == []


def test_the_newest_twin_is_compared(ex):
    first = run(ex)
    other = run(ex, alpha=2)
    assert find_twin(Told(run(ex)), [other, first]).trial.number == first.number


def test_a_metric_that_is_no_number_is_itself(ex):
    ex.secret["value"] = float("nan")
    assert name_differences(Told(run(ex)), Told(run(ex))) == []


# --- what was seen ------------------------------------------------------------------------------


def test_a_draw_without_a_seed_is_said_with_its_place_and_mend(ex):
    seen = Seen(draws=(UnseededDraw("random", "train.py", 12),))
    (found,) = after_trial(run(ex), seen)
    told = "this trial will not come out the same: random was used unseeded at train.py:12"
    assert found.text == told
    assert found.mend == "random.seed(0) before the first draw"


def test_what_could_not_be_seen_is_said(ex):
    (found,) = after_trial(run(ex), Seen(unseen=("files that h5py opens by itself",)))
    assert found.text == "could not be seen: files that h5py opens by itself"


def test_an_unread_parameter_is_said(ex, project):
    (project / "train.py").write_text(ARGPARSE)
    (found,) = after_trial(run(ex), Seen(given=("alpha",), sources=(project / "train.py",)))
    assert found.text == "parameter alpha was given but nothing read it"


def test_what_several_processes_saw_is_summed_up(project):
    def process(**more):
        base = {"arguments": (), "modules": {}, "argv": (), "unseen": (), "draws": ()}
        return SimpleNamespace(folder=str(project), **(base | more))

    for name in ("train", "model"):
        (project / f"{name}.py").write_text("import random\n\nrandom.random()\n")
    parsed = SimpleNamespace(by="argparse", values={"alpha": 1, "beta": 2}, given=("alpha",))
    seen = sum_up(
        [
            process(arguments=(parsed,), argv=("train.py", "--alpha"), unseen=("x",)),
            process(draws=(Draw("random"), Draw("random")), unseen=("x",)),
            process(modules={"model": str(project / "model.py"), "json": "/usr/lib/json.py"}),
        ],
        project,
    )
    assert seen == Seen(
        given=("alpha",),
        sources=(project / "train.py", project / "model.py"),
        draws=(UnseededDraw("random", "train.py", 3),),
        unseen=("x",),
    )


def test_what_is_said_is_a_line_with_its_mend(caplog):
    caplog.set_level("INFO", logger="anew")
    say_concerns([Concern("lock", "it is old", "uv lock"), Concern("data", "they are gone")])
    assert [r.getMessage() for r in caplog.records] == ["it is old (uv lock)", "they are gone"]
