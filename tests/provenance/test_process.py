"""Whether a process still runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from anew.provenance import process
from anew.provenance.process import identify, is_alive

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def child() -> Iterator[tuple[subprocess.Popen[str], dict[str, object]]]:
    """Give a running process and its identity, which went through JSON."""
    program = (
        "import json, time; from anew.provenance.process import identify\n"
        "print(json.dumps(identify()), flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as running:
        yield running, json.loads(running.stdout.readline())
        running.kill()


def test_this_process_is_alive() -> None:
    assert is_alive(identify()) is True


def test_an_identity_is_json_and_stays_the_same() -> None:
    assert json.loads(json.dumps(identify())) == identify()


def test_a_killed_process_is_dead_before_and_after_its_parent_takes_note(
    child: tuple[subprocess.Popen[str], dict[str, object]],
) -> None:
    running, identity = child
    assert is_alive(identity) is True
    running.kill()
    while Path(f"/proc/{running.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        time.sleep(0.01)
    assert is_alive(identity) is False
    running.wait()
    assert is_alive(identity) is False


def test_another_process_with_the_same_number_is_not_it() -> None:
    assert is_alive({**identify(), "started": 1}) is False


def test_a_machine_that_was_started_again_has_killed_all() -> None:
    assert is_alive({**identify(), "boot": "before"}) is False


def test_of_another_host_nothing_is_known() -> None:
    assert is_alive({**identify(), "host": "elsewhere", "boot": "other"}) is None


def test_of_another_container_nothing_is_known() -> None:
    assert is_alive({**identify(), "namespace": 1}) is None


@pytest.mark.parametrize("missing", ["pid", "started", "boot"])
def test_of_half_an_identity_nothing_is_known(missing: str) -> None:
    assert is_alive({**identify(), missing: None}) is None


def test_a_number_that_no_process_can_have_is_dead() -> None:
    assert is_alive({**identify(), "pid": 2**70}) is False


def test_a_process_of_somebody_else_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    identity = identify()
    monkeypatch.setattr(os, "kill", refuse)
    assert is_alive(identity) is True


def test_of_a_process_that_is_hidden_nothing_is_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    identity = identify()
    (tmp_path / "self" / "ns").mkdir(parents=True)
    (tmp_path / "self" / "stat").touch()
    (tmp_path / "self" / "ns" / "pid").symlink_to("/proc/self/ns/pid")
    (tmp_path / "sys").symlink_to("/proc/sys")
    monkeypatch.setattr(process, "_PROC", tmp_path)
    assert is_alive(identity) is None


def test_without_a_proc_folder_it_is_told_too(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    child: tuple[subprocess.Popen[str], dict[str, object]],
) -> None:
    running, _ = child
    monkeypatch.setattr(process, "_PROC", tmp_path)
    identity = identify()
    assert identity["namespace"] is None
    assert is_alive(identity) is True
    other = {**identity, "pid": running.pid, "started": psutil.Process(running.pid).create_time()}
    running.kill()
    running.wait()
    assert is_alive(other) is False


def test_without_a_proc_folder_a_process_that_just_ended_is_unknown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def gone(pid: int) -> None:
        raise psutil.NoSuchProcess(pid)

    monkeypatch.setattr(process, "_PROC", tmp_path)
    identity = identify()
    monkeypatch.setattr(psutil, "Process", gone)
    assert is_alive({**identity, "pid": os.getppid()}) is None


def test_a_fork_is_another_process(tmp_path: Path) -> None:
    parent, told = identify(), tmp_path / "told"
    if (child := os.fork()) == 0:
        told.write_text(json.dumps([identify(), is_alive(parent), is_alive(identify())]))
        os._exit(0)
    os.waitpid(child, 0)
    identity, is_parent_alive, is_own_alive = json.loads(told.read_text())
    assert identity["pid"] == child
    assert identity["started"] != parent["started"]
    assert (is_parent_alive, is_own_alive) == (True, True)
    assert is_alive(identity) is False


def test_a_name_with_parentheses_does_not_confuse(tmp_path: Path) -> None:
    program = "import json; from anew.provenance.process import *; print(is_alive(identify()))"
    odd = tmp_path / "py) S 1 (x"
    odd.symlink_to(sys.executable)
    source = str(Path(process.__file__).parents[2])
    paths = os.pathsep.join([source, *filter(None, sys.path)])
    done = subprocess.run(
        [str(odd), "-c", program],
        env={**os.environ, "PYTHONPATH": paths},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "True\n"
