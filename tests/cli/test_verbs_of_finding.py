"""`anew ls` with filters, `metrics`, `tag`, `note`, `rm` and `export`, as one types them."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pandas as pd
import pytest

SCRIPT = """
import math
import anew

for alpha, model in [(1, "ridge"), (2, "lasso"), (3, "ridge")]:
    with anew.trial("bikes", alpha=alpha, model=model, features=["lag"] * (alpha > 1)) as trial:
        for step in range(50):
            trial.log(loss=alpha / (step + 1))
        trial.log(rmse=40.5 - alpha)
with anew.trial("other") as trial:
    trial.log(rmse=math.nan)
    with anew.trial("inner"):
        pass
"""


@pytest.fixture
def trials(do, own_study):
    """A study with five trials; run the command in it."""
    (own_study / "many.py").write_text(SCRIPT, encoding="utf-8")
    subprocess.run([sys.executable, "many.py"], cwd=own_study, check=True)
    return do


def listed(done):
    return [int(line.split()[0]) for line in done.stdout.splitlines()[1:]]


def test_trials_are_found_tagged_and_removed(trials):
    assert listed(trials("ls", "--where", '"lag" in features and min.loss < 0.05')) == [2]
    assert listed(trials("ls", "--where", "missing(rmse)")) == [5]
    assert listed(trials("ls", "--where", 'package.numpy >= "1"', "--sort", "-rmse")) == [
        *(1, 2, 3, 4, 5)
    ]

    assert trials("tag", "1", "paper", "best").stdout.split()[-2:] == ["paper", "best"]
    assert json.loads(trials("tag", "1", "best", "--remove", "--json").stdout)["tags"] == ["paper"]
    assert "good" in trials("note", "1", "looks good").stdout
    shown = trials("ls", "--where", "tag.paper")
    assert listed(shown) == [1]
    assert "paper" in shown.stdout
    assert "looks good" in trials("show", "1").stdout

    refused = trials("rm", "4", status=2)
    assert "error: other trials refer to what would be removed: trial 4: trial 5" in refused.stderr
    assert "hint: anew rm --force 4" in refused.stderr
    removed = json.loads(trials("rm", "4", "--force", "--json").stdout)
    assert removed["numbers"] == [4]
    assert removed["references"] == [{"to": 4, "kind": "child", "by": 5, "count": 1}]
    assert trials("rm", "2", "3").stdout == "removed trials 2, 3\n"
    assert listed(trials("ls")) == [1, 5]
    assert "no such trial: '2'" in trials("rm", "2", status=2).stderr


def test_metrics_are_told_and_drawn(trials):
    assert [line.split() for line in trials("metrics", "2").stdout.splitlines()] == [
        ["metric", "count", "first", "last", "min", "max"],
        ["loss", "50", "2", "0.04", "0.04", "2"],
        ["rmse", "1", "38.5", "38.5", "38.5", "38.5"],
    ]
    points = trials("metrics", "2", "loss").stdout.splitlines()
    assert (points[0], points[1], len(points)) == ("step\tvalue", "0\t2.0", 51)
    told = json.loads(trials("metrics", "2", "loss", "--json").stdout)
    assert (told[0]["step"], told[0]["value"], len(told)) == (0, 2.0, 50)
    assert json.loads(trials("metrics", "4", "--json").stdout)["rmse"]["last"] == "NaN"
    plot = trials("metrics", "2", "loss", "--plot", COLUMNS="60").stdout.splitlines()
    assert plot[0] == "loss"
    assert max(map(len, plot)) <= 60
    assert "logged no metrics" in trials("metrics").stderr
    unknown = trials("metrics", "2", "los", status=2)
    assert "did you mean 'loss'?" in unknown.stderr


def test_trials_are_exported(trials, own_study):
    text = trials("export", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["number"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert rows[1]["features"] == '["lag"]'
    assert rows[1]["rmse"] == "38.5"
    assert rows[4]["parent"]

    trials("export", "parquet", "1", "3", "-o", "some.parquet", "--columns", "model,rmse,started")
    frame = pd.read_parquet(own_study / "some.parquet")
    assert frame.index.tolist() == [1, 3]
    assert frame["model"].tolist() == ["ridge", "ridge"]
    assert str(frame["started"].dtype).startswith("datetime64")
    trials("export", "parquet", "-o", "all.parquet")
    assert len(pd.read_parquet(own_study / "all.parquet")) == 5

    told = json.loads(trials("export", "json", "--where", "rmse < 40", "--sort", "rmse").stdout)
    assert [row["number"] for row in told] == [3, 2, 1]
    assert told[0]["parameters"] == {"alpha": 3, "model": "ridge", "features": ["lag"]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["export", "xml"], "xml"),
        (["export", "csv", "99"], "no such trial: '99'"),
        (["export", "csv", "-o", "nowhere/x.csv"], "cannot write 'nowhere/x.csv'"),
        (["ls", "--where", "model == 'ridge' or"], "^"),
        (["ls", "--where", "open('x')"], "a call cannot stand here"),
        (["ls", "--where", "tag.papr"], "no fact, parameter or metric 'tag.papr'"),
        (["tag", "1"], "missing argument"),
        (["tag", "1", ""], "is empty"),
        (["note", "1", " "], "the note is empty"),
        (["rm"], "missing argument"),
    ],
)
def test_what_cannot_be_done_is_said_and_ends_with_2(do_once, arguments, said):
    done = do_once(*arguments, status=2)
    assert done.stderr.startswith("error: ")
    assert said in done.stderr
    assert done.stdout == ""


@pytest.fixture
def do_once(look):
    """Run the command where nothing is changed."""
    return look
