"""Who a process is, so that a killed one is known from a running one."""

from __future__ import annotations

import os
import time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.provenance.platform import name_host

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["identify", "is_alive", "make_uuid"]

_PROC: Final = Path("/proc")


def identify() -> dict[str, Any]:
    """Give the identity of this process.

    Returns
    -------
    dict
        ``host``, ``pid``, ``started`` (ticks since boot on Linux, else seconds), ``boot`` (changes
        with every start of the machine) and ``namespace`` (of process numbers, as containers have
        their own). All are JSON; what the system does not tell is None.

    Notes
    -----
    Right after a fork, too. The system is asked once in a process: but for the host's name, none of
    it changes while the process is there.
    """
    pid = os.getpid()
    started, boot, namespace = _ask_of_own(pid, _PROC)
    return {
        "host": name_host(),
        "pid": pid,
        "started": started,
        "boot": boot,
        "namespace": namespace,
    }


@lru_cache(maxsize=1)
def _ask_of_own(pid: int, _: Path) -> tuple[float | None, str, int | None]:
    """Ask when this process and its machine were started, and for its namespace."""
    return _look_up(pid)[1], _boot(), _namespace()


os.register_at_fork(after_in_child=_ask_of_own.cache_clear)


def is_alive(identity: Mapping[str, Any]) -> bool | None:
    """Tell whether a process still runs.

    Parameters
    ----------
    identity
        What `identify` gave in that process.

    Returns
    -------
    bool or None
        None when it cannot be told from here: on another host, or in another container.
    """
    pid, started, boot = (identity.get(name) for name in ("pid", "started", "boot"))
    is_told = isinstance(pid, int) and started is not None and boot is not None
    if not is_told or identity.get("host") != name_host():
        return None
    namespace = identity.get("namespace")
    if pid == os.getpid() and (started, boot, namespace) == _ask_of_own(pid, _PROC):
        return True  # this one
    if boot != _boot():
        return False
    if namespace != _namespace():
        return None
    return _runs(identity["pid"], started)


def _runs(pid: int, started: object) -> bool | None:
    """Tell whether the process of that number is there, and is the one that was meant."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # somebody else's, but there
    state, now = _look_up(pid)
    if now is None:
        return None  # ended this moment, or hidden from us
    # One that has ended stays in the table until its parent takes note.
    return now == started and state not in {"Z", "X", "zombie", "dead"}


def _look_up(pid: int) -> tuple[str, float | None]:
    """Give the state of a process and when it started; None when that is not told."""
    if (_PROC / "self" / "stat").exists():
        try:
            text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return "", None
        # The name stands in parentheses and may contain anything; see proc_pid_stat(5).
        fields = text.rpartition(")")[2].split()
        return fields[0], int(fields[19])
    import psutil

    try:
        process = psutil.Process(pid)
        return process.status(), process.create_time()
    except psutil.Error:
        return "", None


def _boot() -> str:
    """Name this start of the machine."""
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        import psutil

        return str(int(psutil.boot_time()))


def _namespace() -> int | None:
    """Give the number of the namespace of process numbers."""
    try:
        return (_PROC / "self/ns/pid").stat().st_ino
    except OSError:
        return None


def make_uuid() -> str:
    """Make a UUIDv7 (RFC 9562): 48 bits of milliseconds, then random bits, so that they sort."""
    milliseconds = time.time_ns() // 1_000_000
    number = milliseconds << 80 | int.from_bytes(os.urandom(10))
    number = number & ~(0xF << 76) | 7 << 76
    number = number & ~(0b11 << 62) | 0b10 << 62
    text = f"{number:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
