"""What this process and all that it started take of the machine.

Of processors and disks a process knows how much it took, and how much those that it started and
that have ended. So the sum over all that live now only grows, and its growth is the rate, however
short their lives were.
"""

from __future__ import annotations

import resource
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from anew.model import SYSTEM
from anew.sampling.gpu import read_gpus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.sampling.proc import Process

__all__ = ["Usage"]

_SECTOR: Final = 512
_IS_LINUX: Final = sys.platform == "linux"
_NETWORK: Final = ("net_received", "net_sent")
_SAME_MOMENT_S: Final = 0.1


class Usage:
    """What is taken of the machine from now on; to begin with it costs and loads next to nothing.

    Parameters
    ----------
    with_own
        Whether this process counts, or only those that it has started.
    """

    def __init__(self, *, with_own: bool = True) -> None:
        self._with_own = with_own
        self._time = time.monotonic()
        self._taken: dict[str, float] | None = self._sum_up(())
        self._is_first = True

    def read(self) -> dict[str, float]:
        """Read what is taken now.

        Returns
        -------
        dict of str to float
            By the names of their series: ``cpu`` in percent of one processor; ``memory`` in bytes;
            ``disk_read``, ``disk_write``, ``net_received`` and ``net_sent`` in bytes a second
            since the reading before; and what `read_gpus` gives. What cannot be told is left out.
        """
        source: Any = import_module(f"anew.sampling.{'proc' if _IS_LINUX else 'elsewhere'}")
        others = source.list_descendants()
        now, before = time.monotonic(), self._taken
        seconds = now - self._time
        if self._is_first and any(each.age > seconds + _SAME_MOMENT_S for each in others):
            before = None  # what they took earlier is no rate of ours
        taken = self._sum_up(others)
        if network := source.read_network():
            taken |= dict(zip(_NETWORK, network, strict=True))
        self._taken, self._time, self._is_first = taken, now, False
        rates = {} if before is None or seconds <= 0 else _find_rates(before, taken, seconds)
        memory = source.read_memory() if self._with_own else 0.0
        memory += sum(each.memory for each in others)
        found = {**rates, "memory": memory, **read_gpus()}
        return {f"{SYSTEM}{name}": number for name, number in found.items()}

    def _sum_up(self, others: Iterable[Process]) -> dict[str, float]:
        """Sum up what was taken of processors, in percent times seconds, and of disks."""
        kinds = (resource.RUSAGE_SELF,) * self._with_own + (resource.RUSAGE_CHILDREN,)
        used = [resource.getrusage(kind) for kind in kinds]
        cpu = sum(each.ru_utime + each.ru_stime for each in used)
        taken = {"cpu": 100.0 * (cpu + sum(each.cpu for each in others))}
        if _IS_LINUX:  # elsewhere a process knows how often it used the disk, not how much
            read = _SECTOR * sum(each.ru_inblock for each in used)
            written = _SECTOR * sum(each.ru_oublock for each in used)
            taken["disk_read"] = read + sum(each.disk_read for each in others)
            taken["disk_write"] = written + sum(each.disk_write for each in others)
        return taken


def _find_rates(
    before: dict[str, float], after: dict[str, float], seconds: float
) -> dict[str, float]:
    """Give what was taken in a second; nothing where a process left, or a network went down."""
    return {
        name: max(after[name] - before[name], 0.0) / seconds for name in after if name in before
    }
