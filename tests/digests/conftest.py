"""What tests of digests may ask for: the digest that another process finds."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def digest_elsewhere() -> Callable[[str], set[str]]:
    """Digest what a script calls ``value`` in two fresh processes with different hash seeds."""

    def digest(script: str) -> set[str]:
        code = textwrap.dedent(script) + "\nfrom anew.digests import digest_value"
        code += "\nprint(digest_value(value))"
        return {
            subprocess.run(
                [sys.executable, "-W", "ignore", "-c", code],
                check=True,
                capture_output=True,
                text=True,
                env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            ).stdout.strip()
            for seed in ("1", "2")
        }

    return digest
