"""The operating system and the machine's name."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

__all__ = ["PlatformCollector"]


class PlatformCollector:
    """Collect the operating system, its C library, the host and the user."""

    name = "platform"
    at_end = False

    def freshness(self, root: Path) -> Hashable:  # noqa: ARG002 - the protocol's
        """Give the name of the host, the one thing that may change under a process."""
        return platform.node()

    def collect(self, root: Path) -> dict[str, Any]:  # noqa: ARG002 - the protocol's
        """Read what the system says of itself."""
        return {
            "system": platform.system(),
            "release": platform.release(),
            "machine": platform.machine(),
            "distribution": _distribution(),
            "libc": " ".join(filter(None, platform.libc_ver())) or None,
            "hostname": platform.node(),
            "user": _user(),
        }


def _distribution() -> str | None:
    """Name the distribution, or the version of macOS."""
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME")
    except OSError:
        return platform.mac_ver()[0] or None


def _user() -> str:
    """Name the user; in a container it may be a number alone."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return str(os.getuid())
