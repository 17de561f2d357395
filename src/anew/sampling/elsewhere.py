"""Processes and network of machines that are no Linux, as psutil finds them."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Final

from anew.sampling.proc import Process

__all__ = ["list_descendants", "read_memory", "read_network"]

_LOOPBACK: Final = "lo0"


def list_descendants() -> list[Process]:
    """List the processes that this one has started, and those that they have in turn."""
    import psutil

    found = []
    for each in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            age = time.time() - each.create_time()
            found.append(Process(age, sum(each.cpu_times()[:4]), each.memory_info().rss, 0.0, 0.0))
    return found


def read_memory() -> float:
    """Give the bytes of memory in which this process resides."""
    import psutil

    return float(psutil.Process().memory_info().rss)


def read_network() -> tuple[float, float] | None:
    """Give the bytes that the machine received and sent, but for what it sent to itself."""
    import psutil

    counted = psutil.net_io_counters(pernic=True).items()
    outer = [each for name, each in counted if name != _LOOPBACK]
    if not outer:
        return None
    received = sum(each.bytes_recv for each in outer)
    return float(received), float(sum(each.bytes_sent for each in outer))
