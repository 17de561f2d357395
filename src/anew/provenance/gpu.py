"""NVIDIA accelerators and their driver, where there are any."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["GpuCollector"]

_DRIVER: Final = Path("/proc/driver/nvidia")
_FIELDS: Final = ("name", "memory.total", "driver_version")
_TIMEOUT_S: Final = 20.0


class GpuCollector:
    """Collect models, memory and driver; no serial numbers, so that equal devices are equal."""

    name = "gpu"
    at_end = False

    def freshness(self, root: Path) -> Hashable:  # noqa: ARG002 - the protocol's
        """Give a constant: a driver is not exchanged while it is used."""
        return True

    def collect(self, root: Path) -> dict[str, Any]:  # noqa: ARG002 - the protocol's
        """Ask ``nvidia-smi``, else the driver's own folder."""
        program = shutil.which("nvidia-smi")
        if program:
            return _ask(program)
        return _read() if _DRIVER.is_dir() else {}


def _ask(program: str) -> dict[str, Any]:
    """Read the table that ``nvidia-smi`` prints: one device on each line."""
    query = [program, f"--query-gpu={','.join(_FIELDS)}", "--format=csv,noheader,nounits"]
    done = subprocess.run(query, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    if done.returncode:
        said = (done.stdout or done.stderr).strip()
        # Installed without a device, as on the front machine of a cluster.
        if not _DRIVER.is_dir():
            return {}
        message = f"nvidia-smi failed with status {done.returncode}: {said}"
        raise RuntimeError(message)
    rows = [[cell.strip() for cell in line.split(",")] for line in done.stdout.splitlines() if line]
    devices = [{"model": row[0], "memory_mib": row[1]} for row in rows]
    return {"driver": rows[0][2], "devices": devices} if rows else {}


def _read() -> dict[str, Any]:
    """Read the files of the driver."""
    version = (_DRIVER / "version").read_text(encoding="utf-8", errors="replace").splitlines()[0]
    infos = sorted(_DRIVER.glob("gpus/*/information"))
    models = [_model(path.read_text(encoding="utf-8", errors="replace")) for path in infos]
    return {"driver": version.partition(":")[2].strip(), "devices": [{"model": m} for m in models]}


def _model(information: str) -> str:
    lines = (line.partition(":") for line in information.splitlines())
    return next((value.strip() for name, _, value in lines if name.strip() == "Model"), "unknown")
