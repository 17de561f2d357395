"""`anew ls`, `anew show` and `anew console`, as one types them."""

from __future__ import annotations

import pytest


def listed(done):
    """Give the numbers of the trials in a table."""
    return [int(line.split()[0]) for line in done.stdout.splitlines()[1:]]


# --- ls -----------------------------------------------------------------------------------------


def test_trials_are_listed_the_most_recent_last(look):
    done = look("ls")
    head = " ".join(done.stdout.splitlines()[0].split())
    assert head == "number experiment alpha model loss result status started seconds"
    assert listed(done) == [1, 2, 3, 4, 5]
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--where", "alpha > 0 and loss < 1.2"], [2]),
        (["--where", "status == 'failed'"], [3]),
        (["--where", 'experiment == "other"'], [5]),
        (["--sort", "-alpha"], [2, 1, 4, 3, 5]),
        (["--sort", "result", "-n", "2"], [2, 1]),
        (["-n", "2"], [4, 5]),
        (["-n", "0"], [1, 2, 3, 4, 5]),
        (["--experiment", "bikes", "-n", "2"], [3, 4]),
    ],
)
def test_trials_are_filtered_sorted_and_limited(look, arguments, expected):
    assert listed(look("ls", *arguments)) == expected


def test_what_is_left_out_is_said(look):
    assert look("ls", "-n", "2").stderr == "3 more trials (anew ls -n 0)\n"


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_table_fits_the_terminal(look, width):
    done = look("ls", COLUMNS=str(width))
    assert max(map(len, done.stdout.splitlines())) <= width
    assert listed(done) == [1, 2, 3, 4, 5]


def test_columns_are_chosen(look):
    done = look("ls", "--columns", "status,param.alpha", "-n", "1", "--experiment", "bikes")
    assert done.stdout.split() == ["number", "status", "param.alpha", "4", "finished", "1"]


def test_an_unknown_name_gets_near_misses(look):
    done = look("ls", "--where", "alphas > 3", status=2)
    assert "error: no fact, parameter or metric 'alphas' (filter)" in done.stderr
    assert "did you mean 'alpha'?" in done.stderr


def test_a_syntax_error_shows_its_place(look):
    done = look("ls", "--where", "alpha < < 3", status=2)
    assert "    alpha < < 3\n            ^\n" in done.stderr


def test_an_unknown_experiment_gets_near_misses(look):
    done = look("ls", "--experiment", "bike", status=2)
    assert "hint: did you mean 'bikes'?" in done.stderr


def test_the_list_is_json(look_json):
    rows = look_json("ls")
    assert [row["number"] for row in rows] == [1, 2, 3, 4, 5]
    assert rows[0]["parameters"] == {"alpha": 1.0, "model": "ridge"}
    assert rows[0]["result"] == 3.0
    assert rows[2]["error"]["type"] == "ValueError"
    assert rows[4]["result"] == "NaN"


def test_json_has_the_columns_that_are_asked_for(look_json):
    assert look_json("ls", "-n", "1", "--columns", "result") == [{"number": 5, "result": "NaN"}]


def test_a_folder_without_trials_says_how_to_record_one(do, own_study):
    done = do("ls")
    assert done.stdout == ""
    assert done.stderr.splitlines()[0] == f"no trials yet in {own_study / '.anew'}"
    assert "anew run FILE" in done.stderr


def test_a_folder_without_trials_is_an_empty_list_in_json(do):
    done = do("ls", "--json")
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize(
    "arguments",
    [["ls"], ["ls", "--json"], ["show"], ["console", "1"], ["diff", "1", "2"], ["reproduce", "1"]],
)
def test_reading_makes_no_store(do, own_study, arguments):
    do(*arguments, status=0 if arguments[0] == "ls" else 2)
    assert not (own_study / ".anew").exists()


def test_another_store_is_read(do, study):
    assert listed(do("ls", "--store", str(study))) == [1, 2, 3, 4, 5]
    assert "bikes: trial 1" in do("show", "1", "--store", str(study / ".anew")).stdout


def test_a_store_that_is_not_there_is_an_error(do, own_study):
    done = do("ls", "--store", "elsewhere", status=4)
    assert "error: no store in 'elsewhere'" in done.stderr
    assert not (own_study / "elsewhere").exists()


# --- show ---------------------------------------------------------------------------------------


def test_a_trial_is_shown_on_one_screen(look):
    done = look("show", "1", COLUMNS="80")
    for shown in (
        "bikes: trial 1  finished",
        "seed         7  (given)",
        "command      anew run bikes.py --seed 7",
        "parameters   alpha 1   model ridge",
        "metrics      loss 1.5",
        "result       3",
        "total",
        "← load",
        "values.json",
        "value of step load",
        "data.csv  input  8 B  3 rows",
        "code         snapshot ",
        "anew console 1 ",
        "anew reproduce 1 ",
    ):
        assert shown in done.stdout
    lines = done.stdout.splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 80


def test_the_last_trial_is_shown_by_default(look):
    assert look("show").stdout.startswith("other: trial 5  finished\n")


@pytest.mark.parametrize(("reference", "number"), [("first", 1), ("last", 5), ("3", 3)])
def test_a_trial_is_named_by_a_word_or_its_number(look_json, reference, number):
    assert look_json("show", reference)["number"] == number


def test_a_trial_is_named_by_the_beginning_of_its_uuid(look_json):
    uuid = look_json("show", "2")["uuid"]
    assert look_json("show", uuid)["number"] == 2


def test_an_unknown_trial_is_said(look):
    done = look("show", "99", status=2)
    assert done.stderr.startswith("error: no such trial: '99' (store ")
    assert "hint: `anew ls` lists the trials" in done.stderr


def test_a_failed_trial_shows_its_error(look):
    done = look("show", "3")
    assert "bikes: trial 3  failed" in done.stdout
    assert "in shrink" in done.stdout
    assert "execution.py" not in done.stdout
    assert "ValueError: alpha is -1, expected 0 or more" in done.stdout


def test_a_trial_is_json(look_json):
    record = look_json("show", "1")
    assert record["seed"] == 7
    assert [step["label"] for step in record["steps"]] == ["load", "fit", "total"]
    assert {each["role"] for each in record["artifacts"]} == {"artifact", "result", "value"}
    assert record["files"][0]["path"] == "data.csv"
    assert record["facets"]["python"]["version"]
    assert record["reproduced_by"] == []


# --- console ------------------------------------------------------------------------------------


def test_what_was_printed_goes_where_it_went(look):
    done = look("console", "1")
    assert (done.stdout, done.stderr) == ("fitting ridge\n", "a warning\n")


def test_the_console_is_json(look_json):
    printed = look_json("console", "1")
    assert "".join(p["text"] for p in printed if p["stream"] == "stdout") == "fitting ridge\n"
    assert "".join(p["text"] for p in printed if p["stream"] == "stderr") == "a warning\n"
