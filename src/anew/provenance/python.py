"""The interpreter."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anew.provenance.masking import show_path

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["PythonCollector"]

_FLAGS = ("dev_mode", "hash_randomization", "isolated", "no_site", "optimize", "utf8_mode")


class PythonCollector:
    """Collect version, build and place of the interpreter."""

    name = "python"
    at_end = False

    def freshness(self, root: Path) -> Hashable:
        """Give a constant: a process keeps its interpreter."""
        return str(root)

    def lasting(self, root: Path) -> Hashable:
        """Give what tells this interpreter, and how it was started."""
        flags = tuple(int(getattr(sys.flags, flag)) for flag in _FLAGS)
        return (str(root), os.environ.get("HOME"), sys.executable, sys.version, flags)

    def collect(self, root: Path) -> dict[str, Any]:
        """Read what the interpreter says of itself."""
        import platform

        return {
            "version": platform.python_version(),
            "implementation": platform.python_implementation(),
            "build": " ".join(platform.python_build()),
            "compiler": platform.python_compiler(),
            "executable": show_path(sys.executable, root) if sys.executable else None,
            "prefix": _kind_of_prefix(),
            "free_threaded": "free-threading" in sys.version,
            "flags": {flag: int(getattr(sys.flags, flag)) for flag in _FLAGS},
        }


def _kind_of_prefix() -> str:
    """Say what manages the packages: ``venv``, ``conda`` or ``system``."""
    if sys.prefix != sys.base_prefix:
        return "venv"
    return "conda" if (Path(sys.prefix) / "conda-meta").is_dir() else "system"
