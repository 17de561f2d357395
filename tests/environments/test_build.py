"""What is kept is whole, whoever is killed and whoever else builds."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from small_index import versions_in

from anew.environments import rebuild
from anew.environments.place import Place, find_place
from anew.errors import EnvironmentProblemError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROGRAM = """
import json, sys
from pathlib import Path
from types import SimpleNamespace
from anew.environments import rebuild

facets, root = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
made = rebuild(facets, store=SimpleNamespace(folder=root / ".anew"), root=root)
print(made.python)
"""


@pytest.fixture
def facets(ran_in: Any, tmp_path: Path) -> dict[str, Any]:
    """Facets of an environment that is not to be found any more."""
    found = ran_in("alpha==1.0", "beta")
    found["python"]["executable"] = "/nowhere/python"
    (tmp_path / "facets.json").write_text(json.dumps(found))
    return found


@pytest.fixture
def builder(project: Path, tmp_path: Path, facets: Any) -> Callable[[], subprocess.Popen[str]]:
    """Start a process that rebuilds the environment."""
    words = [sys.executable, "-c", PROGRAM, str(tmp_path / "facets.json"), str(project)]
    return lambda: subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


@pytest.mark.parametrize("delay_s", [0.0, 0.05, 0.1, 0.2])
def test_killed_builder_leaves_nothing_that_is_taken_for_whole(
    delay_s: float, builder: Any, facets: Any, store: Any, project: Path
) -> None:
    folder = find_place().folder
    process = builder()
    while process.poll() is None and not any(folder.glob("*/environment")):
        time.sleep(0.002)
    time.sleep(delay_s)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    made = rebuild(facets, store=store, root=project)
    assert versions_in(made.python) == {"alpha": "1.0", "beta": "0.5"}


def test_folder_that_was_not_finished_is_made_again(facets: Any, store: Any, project: Path) -> None:
    made = rebuild(facets, store=store, root=project)
    (made.prefix.parent / "made.json").unlink()
    (made.prefix / "bin" / "python").unlink()
    assert versions_in(rebuild(facets, store=store, root=project).python)["alpha"] == "1.0"


def test_mark_that_is_damaged_counts_as_none(facets: Any, store: Any, project: Path) -> None:
    made = rebuild(facets, store=store, root=project)
    (made.prefix.parent / "made.json").write_text('{"prefix": ')
    assert rebuild(facets, store=store, root=project).prefix == made.prefix


def test_two_builders_at_once_give_one_whole_environment(builder: Any) -> None:
    ended = [process.communicate() for process in [builder() for _ in range(3)]]
    assert [said for _, said in ended] == ["", "", ""]
    pythons = {printed.strip() for printed, _ in ended}
    assert len(pythons) == 1
    assert versions_in(pythons.pop()) == {"alpha": "1.0", "beta": "0.5"}


def test_program_that_outlives_its_builder_keeps_others_out(tmp_path: Path) -> None:
    place = Place(tmp_path / "environments")
    room = place.room({"python": None})
    with place.only_one(room) as lock:
        child = subprocess.Popen(["sleep", "60"], pass_fds=[lock])
    assert not is_free(f"{room}.lock")
    child.kill()
    child.wait()
    assert is_free(f"{room}.lock")


def is_free(path: str) -> bool:
    """Tell whether nobody holds a lock."""
    lock = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(lock)


def test_folder_that_cannot_be_written_is_said(
    facets: Any, store: Any, project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ANEW_ENVIRONMENTS", str(tmp_path / "file" / "environments"))
    with pytest.raises(EnvironmentProblemError, match="cannot be kept") as error:
        rebuild(facets, store=store, root=project)
    assert "ANEW_ENVIRONMENTS" in error.value.hint


def test_place_is_in_the_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ANEW_ENVIRONMENTS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert find_place().folder == tmp_path / "anew" / "environments"
