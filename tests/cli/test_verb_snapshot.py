"""The verb `snapshot`, and what `gc` does with snapshots."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "anew.toml").write_text('snapshot_limit = "1 kB"\n')
    (tmp_path / "fit.py").write_text("print(1)\n")
    (tmp_path / ".env").write_text("TOKEN=x\n")
    (tmp_path / "large.bin").write_bytes(b"x" * 2000)
    return tmp_path


def anew(project: Path, *words: str) -> str:
    command = [sys.executable, "-m", "anew", *words]
    return subprocess.run(command, cwd=project, check=True, capture_output=True, text=True).stdout


def test_the_commit_and_what_was_left_out_is_said(project: Path) -> None:
    shown = anew(project, "snapshot")
    assert "2 files" in shown
    assert "without .env: a credential by its name" in shown
    assert "without large.bin: too large (2 kB); kept in the object store" in shown


def test_json_tells_the_same(project: Path) -> None:
    told = json.loads(anew(project, "snapshot", "--json"))
    assert told["commit"] in anew(project, "snapshot")
    assert told["files"] == 2
    assert told["left_out"] == {".env": "a credential by its name", "large.bin": "too large"}
    assert [(each["path"], each["kept"]) for each in told["large"]] == [("large.bin", True)]


def test_cleaning_keeps_what_trials_refer_to_and_removes_the_rest(project: Path) -> None:
    (project / "fit.py").write_text(
        "import anew\nex = anew.Experiment('x')\n@ex.result\ndef one():\n    return 1\none()\n"
    )
    anew(project, "run", "fit.py")
    of_trial = json.loads(anew(project, "snapshot", "--json"))["commit"]
    (project / "fit.py").write_text("other\n")
    alone = json.loads(anew(project, "snapshot", "--json"))["commit"]
    refs = project / ".anew" / "git" / "refs" / "snapshots"
    for ref in refs.iterdir():
        os.utime(ref, (time.time() - 7200,) * 2)
    assert json.loads(anew(project, "gc", "--json", "--dry-run"))["freed_bytes"] > 0
    assert {ref.name for ref in refs.iterdir()} >= {of_trial, alone}
    anew(project, "gc")
    assert of_trial in {ref.name for ref in refs.iterdir()}
    assert alone not in {ref.name for ref in refs.iterdir()}
