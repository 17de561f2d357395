"""Processes and network of a Linux machine, from ``/proc``.

No library is loaded for it: what a trial has loaded is part of its record, and would not be the
same for a short and for a long one.

References
----------
proc(5), sections ``/proc/pid/stat``, ``/proc/pid/io`` and ``/proc/net/dev``.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["Process", "list_descendants", "read_memory", "read_network"]

_PROC: Final = Path("/proc")
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_PARENT, _CPU, _BEGAN, _RESIDENT = 1, slice(11, 15), 19, 21
"""Of what stands after the name in ``stat``."""

_RECEIVED, _SENT = 0, 8


class Process(NamedTuple):
    """What a process took so far, with those that it started and that have ended.

    ``age`` and ``cpu`` are in seconds, ``memory``, ``disk_read`` and ``disk_write`` in bytes.
    """

    age: float
    cpu: float
    memory: float
    disk_read: float
    disk_write: float


def list_descendants() -> list[Process]:
    """List the processes that this one has started, and those that they have in turn."""
    fields: dict[str, list[bytes]] = {}
    by_parent: dict[str, list[str]] = {}
    for name in os.listdir(_PROC):  # noqa: PTH208 - names are enough
        if name.isdecimal() and (told := _read_fields(name)):
            fields[name] = told
            by_parent.setdefault(told[_PARENT].decode(), []).append(name)
    found = by_parent.get(str(os.getpid()), [])
    for name in found:  # which grows meanwhile
        found += by_parent.get(name, ())
    return [_make_process(name, fields[name]) for name in found]


def read_memory() -> float:
    """Give the bytes of memory in which this process resides."""
    return _PAGE * float(_read_fields("self")[_RESIDENT])


def read_network() -> tuple[float, float] | None:
    """Give the bytes that the machine received and sent, but for what it sent to itself."""
    with suppress(OSError, ValueError, IndexError):
        lines = (_PROC / "net/dev").read_bytes().splitlines()
        parts = (line.partition(b":") for line in lines)
        rows = [told.split() for name, _, told in parts if told and name.strip() != b"lo"]
        if rows:
            received = sum(int(row[_RECEIVED]) for row in rows)
            return float(received), float(sum(int(row[_SENT]) for row in rows))
    return None


def _read_fields(name: str) -> list[bytes]:
    """Read what stands after the name of the program, which may hold any character."""
    try:
        return (_PROC / name / "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:  # it has ended
        return []


def _make_process(name: str, fields: list[bytes]) -> Process:
    cpu = sum(map(int, fields[_CPU])) / _TICKS
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[_BEGAN]) / _TICKS
    disk = {b"read_bytes": 0, b"write_bytes": 0}
    with suppress(OSError, ValueError):  # it has ended, or belongs to somebody else
        for line in (_PROC / name / "io").read_bytes().splitlines():
            key, _, told = line.partition(b":")
            disk[key] = int(told)
    memory = _PAGE * float(fields[_RESIDENT])
    return Process(age, cpu, memory, disk[b"read_bytes"], disk[b"write_bytes"])
