"""The processor, as far as it decides what is computed and how fast."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["CpuCollector"]

_CPUINFO: Final = Path("/proc/cpuinfo")
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")

# Instructions that numerical libraries choose between, on x86 and on ARM.
_FLAGS: Final = (
    r"sse4_[12]|avx\w*|fma\w*|f16c|amx\w*"  # x86
    r"|asimd\w*|sve\w*|sme2?|i8mm|bf16"  # ARM
)


class CpuCollector:
    """Collect model, cores and instruction sets."""

    name = "cpu"
    at_end = False

    def freshness(self, root: Path) -> Hashable:  # noqa: ARG002 - the protocol's
        """Give the processors that this process may use."""
        return _usable()

    def lasting(self, root: Path) -> Hashable:  # noqa: ARG002 - the protocol's
        """Give the start of the machine, which tells it from another one of the same store."""
        boot = _BOOT.read_bytes() if _BOOT.exists() else os.urandom(8)
        return (boot, _usable(), os.cpu_count())

    def collect(self, root: Path) -> dict[str, Any]:  # noqa: ARG002 - the protocol's
        """Read what the kernel says of the processor."""
        import platform

        text = _CPUINFO.read_text(encoding="utf-8", errors="replace") if _CPUINFO.exists() else ""
        first = dict(_pairs(text.partition("\n\n")[0]))
        flags = (first.get("flags") or first.get("Features") or "").split()
        return {
            "model": first.get("model name") or platform.processor() or platform.machine(),
            "physical": _physical_cores(text),
            "logical": os.cpu_count(),
            "usable": _usable(),
            "flags": sorted(flag for flag in flags if re.fullmatch(_FLAGS, flag)),
        }


def _usable() -> int | None:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _pairs(block: str) -> list[tuple[str, str]]:
    """Read the lines ``name : value`` of one processor."""
    split = (line.partition(":") for line in block.splitlines())
    return [(name.strip(), value.strip()) for name, _, value in split]


def _physical_cores(text: str) -> int | None:
    """Count the cores: distinct pairs of package and core, else what psutil finds."""
    blocks = [dict(_pairs(block)) for block in text.split("\n\n")]
    cores = {(b.get("physical id"), b["core id"]) for b in blocks if "core id" in b}
    if cores:
        return len(cores)
    import psutil

    return psutil.cpu_count(logical=False)
