"""The operating system and the machine's name."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

__all__ = ["PlatformCollector", "name_host"]

_RELEASES: Final = ("/etc/os-release", "/usr/lib/os-release")
_LOGIN: Final = ("LOGNAME", "USER", "LNAME", "USERNAME")


class PlatformCollector:
    """Collect the operating system, its C library, the host and the user."""

    name = "platform"
    at_end = False

    def freshness(self, root: Path) -> Hashable:  # noqa: ARG002 - the protocol's
        """Give the name of the host, the one thing that may change under a process."""
        return name_host()

    def lasting(self, root: Path) -> Hashable:  # noqa: ARG002 - the protocol's
        """Give what tells this system and user; of the start of another process little is left."""
        system = tuple(os.uname()) if hasattr(os, "uname") else name_host()
        login = (os.getuid() if hasattr(os, "getuid") else None, *map(os.environ.get, _LOGIN))
        return (system, login, tuple(map(_time_of, _RELEASES)), sys.version)

    def collect(self, root: Path) -> dict[str, Any]:  # noqa: ARG002 - the protocol's
        """Read what the system says of itself."""
        import platform

        return {
            "system": platform.system(),
            "release": platform.release(),
            "machine": platform.machine(),
            "distribution": _distribution(),
            "libc": " ".join(filter(None, platform.libc_ver())) or None,
            "hostname": name_host(),
            "user": _user(),
        }


def name_host() -> str:
    """Name the host; to load `platform` takes longer than all else that a plain run asks."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    import platform

    return platform.node()


def _time_of(path: str) -> int | None:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - a path of the system
    except OSError:
        return None


def _distribution() -> str | None:
    """Name the distribution, or the version of macOS."""
    import platform

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
