"""A cheap front door: heavy libraries are loaded when they are used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

MODULES = 150
HEAVY = {"dask", "distributed", "matplotlib", "numpy", "pandas", "pyarrow"}

PROBE = """
import runpy, sys  # runpy is how `python -m` works: not counted
before = set(sys.modules)
try:
    {statement}
except SystemExit:
    pass
import json
print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr)
"""

STATEMENTS = {
    "import": "import anew",
    "help": "sys.argv = ['anew', '--help']; runpy.run_module('anew', run_name='__main__')",
    "version": "sys.argv = ['anew', '--version']; runpy.run_module('anew', run_name='__main__')",
}


def loaded_modules(statement: str, folder: Path) -> list[str]:
    """List what a statement loads in a fresh interpreter, beyond the interpreter's own."""
    measured = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(statement=statement)],
        capture_output=True,
        check=True,
        cwd=folder,
        env=measured,
        text=True,
    )
    return json.loads(done.stderr.splitlines()[-1])


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_front_door_is_cheap(statement: str, tmp_path: Path) -> None:
    modules = loaded_modules(statement, tmp_path)
    assert HEAVY.isdisjoint(modules)
    assert len(modules) <= MODULES, modules
