"""Load and memory of NVIDIA's accelerators, from their management library where it is installed."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from typing import Any

__all__ = ["read_gpus"]


def read_gpus() -> dict[str, float]:
    """Read the load, in percent, and the used memory, in bytes, of each GPU that may be used.

    Returns
    -------
    dict of str to float
        ``gpu0`` and ``gpu0_memory``, with the number that the driver gives; empty where there is
        no GPU, no driver, or no ``pynvml``.
    """
    if (library := _load()) is None:
        return {}
    found: dict[str, float] = {}
    for number, device in _list_devices(library):
        with suppress(library.NVMLError):  # not every device tells everything
            found[f"gpu{number}"] = float(library.nvmlDeviceGetUtilizationRates(device).gpu)
        with suppress(library.NVMLError):
            found[f"gpu{number}_memory"] = float(library.nvmlDeviceGetMemoryInfo(device).used)
    return found


@cache
def _load() -> Any:
    """Load the library and begin with it, once in a process; None where that cannot be."""
    try:
        import pynvml

        library: Any = pynvml
        library.nvmlInit()
    except Exception:  # noqa: BLE001 - not installed, or without a driver, or broken: no GPU
        return None
    return library


def _list_devices(library: Any) -> list[tuple[int, Any]]:
    """List the devices that a program started here may use, by number."""
    count = library.nvmlDeviceGetCount()
    devices = [(n, library.nvmlDeviceGetHandleByIndex(n)) for n in range(count)]
    told = os.environ.get("CUDA_VISIBLE_DEVICES")
    if told is None:
        return devices
    names = [name.strip() for name in told.split(",")]
    return [
        (number, device)
        for number, device in devices
        if str(number) in names or _has_name(library.nvmlDeviceGetUUID(device), names)
    ]


def _has_name(uuid: str | bytes, names: list[str]) -> bool:
    """Tell whether a device is named by the beginning of its UUID."""
    text = uuid.decode() if isinstance(uuid, bytes) else uuid
    return any(name.startswith("GPU-") and text.startswith(name) for name in names)
