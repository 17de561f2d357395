"""How much memory the machine has; what is free at a moment is no fact of a trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

__all__ = ["MemoryCollector"]


class MemoryCollector:
    """Collect the total memory."""

    name = "memory"
    at_end = False

    def freshness(self, root: Path) -> Hashable:  # noqa: ARG002 - the protocol's
        """Give a constant: memory is not added while a process runs."""
        return True

    def collect(self, root: Path) -> dict[str, Any]:  # noqa: ARG002 - the protocol's
        """Ask the kernel."""
        import psutil

        return {"total_bytes": psutil.virtual_memory().total}
