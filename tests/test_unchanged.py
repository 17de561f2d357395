"""What changes between two trials of one process is seen, however little each of them asks."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np  # noqa: F401 - its threads are told
import pytest
from threadpoolctl import threadpool_limits

import anew

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def git(*words: str) -> None:
    identity = ("-c", "user.name=ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", *identity, *words], check=True, capture_output=True)


@pytest.fixture
def study(project: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in a repository, that was left alone for a while: nothing in it is too new."""
    for name in ("fit.py", "data.csv", "steps/load.py"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text("x = 1\n")
    site = project.parent / "site"
    (site / "one-1.dist-info").mkdir(parents=True)
    (site / "one-1.dist-info/METADATA").write_text("Name: one\nVersion: 1\n")
    monkeypatch.syspath_prepend(str(site))
    git("init")
    git("add", "--all")
    git("commit", "-m", "one")
    time.sleep(0.05)  # as the clock of the file system needs
    return project


def run() -> dict[str, str]:
    """Run a trial; give the digests of its facets."""
    with anew.trial("bikes") as trial:
        pass
    return anew.open_store().facet_digests(trial.uuid)


def edit(study: Path) -> None:
    (study / "steps/load.py").write_text("x = 2\n")  # as long as before


def replace(study: Path) -> None:
    (study / "new.py").write_text("x = 3\n")
    (study / "new.py").replace(study / "fit.py")


def add(study: Path) -> None:
    (study / "steps/more.py").touch()


def remove(study: Path) -> None:
    (study / "fit.py").unlink()


def commit(_: Path) -> None:
    git("commit", "--allow-empty", "-m", "two")


def switch(_: Path) -> None:
    git("checkout", "-b", "other")


def require(study: Path) -> None:
    (study / "requirements.txt").write_text("one\n")


def install(study: Path) -> None:
    metadata = study.parent / "site/two-2.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Name: two\nVersion: 2\n")


def set_threads(_: Path) -> None:
    os.environ["OMP_NUM_THREADS"] = "3"


def set_zone(_: Path) -> None:
    os.environ["TZ"] = "Pacific/Auckland"


def enter(study: Path) -> None:
    os.chdir(study / "steps")


CHANGES = [
    (edit, {"git", "snapshot"}),
    (replace, {"git", "snapshot"}),
    (add, {"git", "snapshot"}),
    (remove, {"git", "snapshot"}),
    (commit, {"git"}),
    (switch, {"git"}),
    (require, {"git", "requirements", "snapshot"}),
    (install, {"packages"}),
    (set_threads, {"command", "numerics"}),
    (set_zone, {"command", "locale"}),
    (enter, {"command"}),
]


@contextmanager
def kept_environment() -> Iterator[None]:
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.mark.parametrize(("change", "facets"), CHANGES)
def test_a_change_between_two_trials_is_seen(
    study: Path, change: Callable[[Path], None], facets: set[str]
) -> None:
    run()
    before, still = run(), run()
    assert still == before
    with kept_environment():
        change(study)
        after, again = run(), run()
    assert {name for name in after if after[name] != before.get(name)} == facets
    assert again == after


def test_another_edit_of_what_was_dirty_is_seen(study: Path) -> None:
    seen = [run(), run()]
    for number in range(3):
        (study / "fit.py").write_text(f"x = {number + 5}\n")
        seen.append(run())
    assert len({each["snapshot"] for each in seen}) == 4
    assert len({each["git"] for each in seen}) == 2


@pytest.mark.usefixtures("study")
def test_threads_that_are_set_between_two_trials_are_seen() -> None:
    with threadpool_limits(2):
        before = [run(), run()]
    with threadpool_limits(1):
        after = run()
    assert before[0] == before[1]
    assert {name for name in after if after[name] != before[0][name]} == {"numerics"}


def test_code_that_is_loaded_between_two_trials_is_seen(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = study.parent / "elsewhere"
    other.mkdir()
    monkeypatch.syspath_prepend(str(other))
    run()
    seen = []
    for number in range(2):  # a module of the same name, perhaps in the same place in memory
        (other / f"version{number}").mkdir()
        path = other / f"version{number}/anew_plugin.py"
        path.write_text(f"x = {number}\n")
        monkeypatch.syspath_prepend(str(path.parent))
        sys.modules.pop("anew_plugin", None)
        __import__("anew_plugin")
        with anew.trial("bikes") as trial:
            pass
        seen.append([use.path for use in trial.record.files])
    sys.modules.pop("anew_plugin")
    assert seen == [[str(other / f"version{n}/anew_plugin.py")] for n in range(2)]


@pytest.mark.usefixtures("study")
def test_a_library_that_is_loaded_between_two_trials_is_seen() -> None:
    before = [run(), run()]
    mapped = Path("/proc/self/maps").read_text()
    names = ("libBrokenLocale.so.1", "libanl.so.1", "libthread_db.so.1", "libmemusage.so")
    new = next((name for name in names if name not in mapped), "none of them")
    try:
        ctypes.CDLL(new)
    except OSError:
        pytest.skip("no library is left to load")
    after = run()
    assert before[0] == before[1]
    assert {name for name in after if after[name] != before[0][name]} == {"libraries"}
    files = anew.open_store().trial("last").facets["libraries"]["files"]
    assert any(new in path for path in files)
