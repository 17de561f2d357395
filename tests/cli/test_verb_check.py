"""`anew check` holds a trial against rules."""

from __future__ import annotations


def test_each_rule_has_a_line_and_what_is_not_met_its_mend(look):
    lines = look("check", "1", status=1).stdout.splitlines()
    assert lines[0] == "bikes: trial 1"
    assert lines[2].startswith("ten simple rules, doi:10.1371/")
    assert any(line.startswith("NeurIPS checklist, ") for line in lines)
    place = next(n for n, line in enumerate(lines) if "10 give public access" in line)
    assert lines[place].startswith("not met")
    assert "git push" in lines[place + 1]
    assert " not met, " in lines[-1]


def test_a_check_is_json(look_json):
    found = look_json("check", "1", status=1)
    assert (found["trial"], found["is_met"]) == (1, False)
    assert len(found["items"]) == 15
    assert set(found["items"][0]) == {"rule", "source", "verdict", "why", "mend"}
    assert {i["verdict"] for i in found["items"]} <= {"met", "not met", "not applicable"}


def test_a_trial_that_failed_is_told_from_one_that_did_not(look_json):
    well, failed = (look_json("check", n, status=1)["items"][0] for n in ("1", "3"))
    assert (well["verdict"], failed["verdict"]) == ("met", "not met")
    assert failed["why"] == "the trial failed"


def test_an_unknown_trial_is_said(look):
    assert "error: no such trial: '99'" in look("check", "99", status=2).stderr
