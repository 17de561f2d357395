"""A study with trials of each kind, and places to share them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

import anew
from anew.sharing import bundle
from anew.stores.sqlite import SQLiteStore

TIME_LIMIT_S = 120

STUDY = """
import anew

ex = anew.Experiment("bikes")
alpha = ex.parameter("alpha", default=0.5)


@ex.step(persist=True)
def load(path):
    return [float(word) for word in open(path).read().split()]


@ex.step(persist=True)
def fit(values):
    return set(values)  # for which there is no format but pickle


@ex.result
def total(values, model, alpha):
    for number in range(5):
        ex.log(loss=number * alpha)
    print("héllo")
    ex.save("values.json", values)
    if alpha < 0:
        raise ValueError(f"alpha is {alpha}")
    return sum(values) * alpha


values = load.node("data.txt")
total(values, fit(values), alpha)
"""

PROGRAM = """
import json
from pathlib import Path

words = Path("data.txt").read_text().split()
Path("out").mkdir(exist_ok=True)
Path("out/numbers.txt").write_text("\\n".join(words))
Path("metrics.json").write_text(json.dumps({"count": len(words)}))
print("done")
"""


def run_command(folder, *words, home=None, check=True):
    """Run the real command in a folder, as another user when there is another home."""
    variables = {n: v for n, v in os.environ.items() if not n.startswith(("ANEW_", "COVERAGE"))}
    if home is not None:
        variables |= {"HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "anew", *map(str, words)],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIME_LIMIT_S,
        stdin=subprocess.DEVNULL,
    )
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """A project with five trials that nobody changes: each test has its own copy."""
    folder = tmp_path_factory.mktemp("study") / "bikes"
    folder.mkdir()
    (folder / "anew.toml").touch()
    (folder / "data.txt").write_text("1 2 3")
    (folder / "study.py").write_text(STUDY)
    (folder / "program.py").write_text(PROGRAM)
    run_command(folder, "run", "study.py")
    run_command(folder, "run", "study.py", "alpha=0.25")
    run_command(folder, "run", "study.py", "alpha=-1", check=False)
    run_command(folder, "run", "program.py", "--token=hunter2hunter2", "x")
    run_command(folder, "run", "--", "sh", "-c", f"{sys.executable} program.py inner")
    return folder


@pytest.fixture
def store(study, tmp_path):
    """The store of the study, in the hands of one test."""
    shutil.copytree(study / ".anew", tmp_path / "copy" / ".anew")
    made = SQLiteStore(tmp_path / "copy" / ".anew")
    yield made
    made.close()


@pytest.fixture
def make(tmp_path, project):
    """Record a small trial, and give its store and the trial."""

    def make_trial(work=lambda _: None, *, name="bikes", folder="own", **parameters):
        place = tmp_path / folder
        with anew.trial(name, parameters, store=place / ".anew") as running:
            work(running)
        return SimpleNamespace(store=running.record.source, trial=running.record)

    return make_trial


@pytest.fixture(scope="session")
def made_once(study, tmp_path_factory):
    """A bundle of the second trial, which no test changes."""
    made = SQLiteStore(study / ".anew")
    path = tmp_path_factory.mktemp("bundle") / "bikes.zip"
    bundle([made.trial(2)], path)
    made.close()
    return path


@pytest.fixture
def bundled(made_once, tmp_path):
    """A bundle of the second trial, in the hands of one test."""
    return Path(shutil.copy(made_once, tmp_path))


@pytest.fixture
def other(tmp_path):
    """An empty store of somebody else."""
    made = SQLiteStore(tmp_path / "other" / ".anew")
    yield made
    made.close()


@pytest.fixture
def rewrite(tmp_path):
    """Write a bundle again, with members added, replaced (None removes) or described otherwise."""

    def write_again(path, changes=(), added=(), **options):
        target = tmp_path / "rewritten.zip"
        changes = dict(changes)
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", **options) as new:
            for info in old.infolist():
                data = changes.pop(info.filename, old.read(info))
                if data is not None:
                    new.writestr(info, data)
            for name, data in (*changes.items(), *added):
                new.writestr(name, data)
        return target

    return write_again


@pytest.fixture
def run():
    """Run the real command in a folder."""
    return run_command


@pytest.fixture
def rows():
    """Give all that a store has of a trial, but where it is."""

    def rows_of(store, uuid):
        record = store.export(uuid)
        record["trial"].pop("number")
        return record

    return rows_of


@pytest.fixture
def files_below():
    """List the files below a folder with their content."""

    def list_files(folder: Path):
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    return list_files
