"""What differs from run to run, and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.compare.files import Way, compare_files
from anew.compare.finding import Tolerance
from anew.compare.noise import RULES, Noise, choose_rules, is_duration
from anew.errors import UsageError

# Saturday, 21 November 2026, from 17:40:30 to 17:41:00 UTC.
START = 1795282830.0
NOISE = Noise(spans=((START, START + 30), (START, START + 30)))
TMP = "/" + "tmp"  # in which nothing is made here
ONE, OTHER = (f"{TMP}/{name}" for name in ("tmpab12cd34", "tmpzz12cd34"))
UUIDS = "0190163d-8694-739b-aea5-966c26f8ad91", "0190163d-8694-739b-aea5-966c26f8ad92"


@pytest.mark.parametrize(
    ("a", "b", "rules"),
    [
        ("<A at 0x7f00aabbccdd>", "<A at 0x7f00aabbccde>", ("address",)),
        (UUIDS[0], UUIDS[1], ("id",)),
        ("worker (pid 123)", "worker (pid 99)", ("id",)),
        ("2026-11-21 17:40:34,123 INFO x", "2026-11-21 17:40:41,001 INFO x", ("time",)),
        ("2026-11-21T17:40:34Z", "2026-11-21T17:40:35Z", ("time",)),
        ("at 2026-11-21 18:40:34", "at 2026-11-21 09:40:35", ("time",)),  # another time zone
        ("Sat Nov 21 17:40:34 2026", "Sat Nov 21 17:40:35 2026", ("time",)),
        ("[17:40:34] x", "[17:40:35] x", ("time",)),
        ("t=1795282834.5", "t=1795282839.1", ("time",)),
        (f"made in {ONE}/x", f"made in {OTHER}/x", ("path",)),
        (
            "100%|#| 9/9 [00:00<00:00, 12.5it/s]",
            "100%|#| 9/9 [00:00<00:00, 13.5it/s]",
            ("progress",),
        ),
        ("9/9 - 3s 2ms/step - loss: 0.1", "9/9 - 4s 3ms/step - loss: 0.1", ("progress",)),
        ("took 1m 2.5s", "took 1m 3.5s", ("duration",)),
        ("Training time: 12.3", "Training time: 13", ("duration",)),
        ("finished in 1.2 s", "finished in 1.25 s", ("duration",)),
        ("Wall time: 1.2 s", "Wall time: 980 ms", ("duration",)),
        ("real\t0m1.2s", "real\t0m1.3s", ("duration",)),
        (f"{UUIDS[0]} took 1 s", f"{UUIDS[1]} took 2 s", ("id", "duration")),
    ],
)
def test_noise_is_ignored_by_the_rules_that_are_needed(a: str, b: str, rules: tuple[str, ...]):
    assert NOISE.explain(a, b) == rules


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("rmse 0.5", "rmse 0.6"),
        ("period 2.01 s", "period 2.02 s"),
        ("eta: 0.1", "eta: 0.2"),
        ("3 laps of 5 m in May", "3 laps of 6 m in May"),
        ("t=1695282834.5", "t=1695282839.1"),
        ("peak on 2011-03-12 05:00:00", "peak on 2011-03-12 06:00:00"),
        ("due 2026-11-21 17:50:00", "due 2026-11-21 17:55:00"),
        ("flight 11:30:00 late", "flight 11:31:00 late"),
        ("[00:00<00:00, 12.5it/s, loss=0.1]", "[00:00<00:00, 13.5it/s, loss=0.2]"),
        (TMP + "/study/model_a", TMP + "/study/model_b"),
        (f"{ONE}/x", f"{OTHER}/y"),
        ("colour 0xff", "colour 0xfe"),
        ("checksum 0x1a2b3c4d", "checksum 0x1a2b3c4e"),
        ("processed 500 rows in 3.0 s", "processed 499 rows in 3.1 s"),
        ("12 files to process 40 times", "12 files to process 41 times"),
        ("took 1 s, rmse 0.5", "took 2 s, rmse 0.6"),
        ("sha256 " + "0" * 64, "sha256 " + "1" * 64),
    ],
)
def test_a_result_is_no_noise(a: str, b: str):
    assert NOISE.explain(a, b) is None


def test_a_time_is_no_noise_where_nobody_knows_when_the_trial_ran():
    assert Noise().explain("2026-11-21 17:40:34", "2026-11-21 17:40:35") is None


def test_folders_that_moved_are_named_as_before():
    noise = Noise(moved=(("/home/one/study", "/scratch/x/study"),))
    assert noise.explain("in /home/one/study/a.py", "in /scratch/x/study/a.py") == ("place",)
    assert noise.explain("in /home/one/study/a.py", "in /scratch/x/study2/a.py") is None


def test_a_rule_that_is_switched_off_ignores_nothing():
    without = Noise(rules=choose_rules(["-duration"]))
    assert without.explain("took 1 s", "took 2 s") is None
    assert without.explain("0x7f00aabbccdd", "0x7f00aabbccde") == ("address",)
    assert not without.is_duration("seconds")


def test_rules_are_chosen_by_name():
    assert choose_rules() == RULES
    assert choose_rules([]) == ()
    assert [rule.name for rule in choose_rules(["time", "id"])] == ["id", "time"]
    with pytest.raises(UsageError, match="no rule 'tme'") as raised:
        choose_rules(["tme"])
    assert raised.value.hint == "did you mean 'time'?"


@pytest.mark.parametrize(
    "name", ["seconds", "time", "train/time", "fit_time", "trainSeconds", "epoch time", "time_s"]
)
def test_some_names_are_those_of_durations(name: str):
    assert is_duration(name)


@pytest.mark.parametrize("name", ["rmse", "half_life", "lifetime", "time_constant", "timeliness"])
def test_other_names_are_not(name: str):
    assert not is_duration(name)


def test_a_column_may_be_of_the_durations_that_are_studied():
    assert not is_duration("duration", in_table=True)
    assert is_duration("fit_time", in_table=True)


def judge(a: str, b: str, name: str, rtol: float = 0.0) -> tuple[str, str]:
    found = compare_files(a.encode(), b.encode(), Way(Tolerance(rtol), NOISE, name))
    return found.verdict, found.text


def test_the_rules_are_named_beside_the_verdict():
    assert judge("a\ntook 1 s\n", "a\ntook 2 s\n", "out.txt") == (
        "same content",
        "ignoring durations (rule: duration)",
    )


def test_noise_does_not_hide_the_difference_beside_it():
    a, b = "took 1 s\nrmse 0.5\n", "took 2 s\nrmse 0.6\n"
    assert judge(a, b, "out.txt") == ("different", "line 2: 0.5 → 0.6, by 0.1 (relative 0.2)")
    verdict, detail = judge(a, b, "out.txt", 0.5)
    assert verdict == "close"
    assert detail.endswith("; ignoring durations (rule: duration)")


def test_noise_in_json_is_ignored_leaf_by_leaf():
    a, b = '{"seconds": 1.5, "rmse": 0.5}', '{"seconds": 1.7, "rmse": 0.5}'
    told = "ignoring durations (rule: duration)"
    assert judge(a, b, "metrics.json") == ("same content", told)
    assert judge(a, b.replace("0.5}", "0.6}"), "metrics.json")[0] == "different"


def test_many_times_in_json_are_data():
    a, b = '[{"time": 0.5}, {"time": 1}]', '[{"time": 0.6}, {"time": 1}]'
    assert judge(a, b, "x.json")[0] == "different"
    assert judge('{"time": [1, 2]}', '{"time": [1, 3]}', "x.json")[0] == "different"
    assert judge('{"mean_fit_time": [1, 2]}', '{"mean_fit_time": [1, 3]}', "x.json") == (
        "same content",
        "ignoring durations (rule: duration)",
    )


def test_a_column_of_how_long_the_work_took_is_noise():
    a, b = "epoch,loss,epoch_time\n1,0.5,3.1\n", "epoch,loss,epoch_time\n1,0.5,3.2\n"
    assert judge(a, b, "log.csv") == ("same content", "ignoring durations (rule: duration)")
    assert (
        judge(a.replace("epoch_time", "duration"), b.replace("epoch_time", "duration"), "log.csv")[
            0
        ]
        == "different"
    )


@given(st.text(max_size=30), st.text(max_size=30))
def test_what_differs_in_one_way_differs_in_the_other(a: str, b: str):
    one, other = Noise().explain(a, b), Noise().explain(b, a)
    assert (one is None) == (other is None)


@given(st.text(st.characters(codec="ascii", exclude_characters="\r"), max_size=40))
def test_the_same_text_needs_no_rule(text: str):
    assert judge(text, text, "x.txt") == ("identical", "")
