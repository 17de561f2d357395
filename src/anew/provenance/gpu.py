"""NVIDIA accelerators and their driver, where there are any."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["GpuCollector"]

_DRIVER: Final = Path("/proc/driver/nvidia")
_DEVICES: Final = Path("/dev")
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_FIELDS: Final = ("name", "memory.total", "driver_version")
_TIMEOUT_S: Final = 20.0


class GpuCollector:
    """Collect models, memory and driver; no serial numbers, so that equal devices are equal."""

    name = "gpu"
    at_end = False

    def freshness(self, root: Path) -> Hashable:  # noqa: ARG002 - the protocol's
        """Give a constant: a driver is not exchanged while it is used."""
        return True

    def lasting(self, root: Path) -> Hashable:  # noqa: ARG002 - the protocol's
        """Give the start of the machine, the program, the driver and the devices seen from here."""
        visible = (os.environ.get("NVIDIA_VISIBLE_DEVICES"), *sorted(_list(_DEVICES)))
        program = _find_program()
        told = _text(_DRIVER / "version"), _text(_BOOT)
        return (program, Path(program).stat().st_mtime_ns if program else 0, told, visible)

    def collect(self, root: Path) -> dict[str, Any]:  # noqa: ARG002 - the protocol's
        """Ask ``nvidia-smi``, else the driver's own folder."""
        program = _find_program()
        if program:
            return _ask(program)
        return _read() if _DRIVER.is_dir() else {}


def _list(folder: Path) -> list[str]:
    """List the devices of the driver."""
    try:
        return [each for each in os.listdir(folder) if each.startswith("nvidia")]  # noqa: PTH208
    except OSError:
        return []


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _find_program() -> str | None:
    """Find what asks the driver; `shutil` takes longer to load than this to look."""
    places = (f"{folder}/nvidia-smi" for folder in os.get_exec_path())
    return next((place for place in places if os.access(place, os.X_OK)), None)


def _ask(program: str) -> dict[str, Any]:
    """Read the table that ``nvidia-smi`` prints: one device on each line."""
    import subprocess

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
