"""How much memory the machine has; what is free at a moment is no fact of a trial."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["MemoryCollector"]

_MEMINFO: Final = Path("/proc/meminfo")


class MemoryCollector:
    """Collect the total memory."""

    name = "memory"
    at_end = False

    def freshness(self, root: Path) -> Hashable:  # noqa: ARG002 - the protocol's
        """Give a constant: memory is not added while a process runs."""
        return True

    def collect(self, root: Path) -> dict[str, Any]:  # noqa: ARG002 - the protocol's
        """Ask the kernel."""
        return {"total_bytes": _total()}


def _total() -> int:
    """Give the bytes of memory: what Linux tells, else what psutil finds."""
    try:
        text = _MEMINFO.read_text(encoding="ascii", errors="replace")
    except OSError:
        text = ""
    name, _, value = text.partition("\n")[0].partition(":")
    if name == "MemTotal":
        return int(value.split()[0]) * 1024
    import psutil

    return int(psutil.virtual_memory().total)
