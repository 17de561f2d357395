"""The same source gives the same fingerprint on every Python there is on this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest
from edit_rows import ROWS
from tiny_projects import SOURCES, Project, compiler, started_runner

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")

THIS = f"3.{sys.version_info.minor}"
OTHERS = [f"3.{minor}" for minor in range(11, 15) if f"3.{minor}" != THIS]


def find_python(version: str) -> str | None:
    """Find an interpreter that has what digests need, anywhere on PATH."""
    for folder in os.get_exec_path():
        python = shutil.which(f"python{version}", path=folder)
        if python is None:
            continue
        check = subprocess.run(
            [python, "-c", "import anew.digests, sys; print(sys.version)"],
            env={"PYTHONPATH": str(SOURCES)},
            capture_output=True,
            text=True,
            check=False,
        )
        if check.returncode == 0 and check.stdout.startswith(f"{version}."):
            return python
    return None


@pytest.mark.parametrize("version", OTHERS)
def test_fingerprints_are_those_of_another_python(version, tmp_path, first_runner) -> None:
    python = find_python(version)
    if python is None:
        pytest.skip(f"no Python {version} on PATH that can import anew.digests")
    differing = []
    with started_runner(python, 3) as runner:
        for number, row in enumerate(ROWS):
            if row.condition == "one Python":
                continue
            if re.search("(import|from) (numpy|pandas)", "".join(row.before.files.values())):
                continue  # their versions count, and each Python may have its own
            if row.condition == "compiler" and compiler() is None:
                continue
            tiny = Project(tmp_path / str(number))
            keys = []
            for each in (first_runner, runner):
                tiny.write(row.before)
                keys.append(tiny.run(each, row.before)["key"])
            if keys[0] != keys[1]:
                differing.append(row.id)
    assert differing == []
