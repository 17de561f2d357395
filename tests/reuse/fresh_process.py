"""Running the script of a tiny project in a fresh process."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def run_main(folder: Path) -> str:
    """Run ``main.py``, which must succeed; give what it printed to standard error.

    What measures coverage would have files of its own in each child.
    """
    plain = {name: text for name, text in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "main.py"],
        cwd=folder,
        env=plain | {"ANEW_STORE": str(folder / ".anew")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert not done.returncode, done.stdout + done.stderr
    return done.stderr
