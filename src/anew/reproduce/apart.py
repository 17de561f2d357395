"""A program in a world of its own: without the network, with other files in well-known places.

Run as a program, this file makes the world and becomes the other program. It needs Linux, and a
kernel that lets ordinary users make namespaces: see user_namespaces(7), mount_namespaces(7). What
it does is seen by that program and its children alone, and is gone with them.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

__all__ = ["World", "find_obstacle", "go_apart"]

_NEW_MOUNTS: Final = 0x20000
_NEW_USER: Final = 0x10000000
_NEW_NET: Final = 0x40000000

_BIND: Final = 0x1000
_WITH_ALL_BELOW: Final = 0x4000
_PRIVATE: Final = 1 << 18

_GET_FLAGS: Final = 0x8913
_SET_FLAGS: Final = 0x8914
_UP: Final = 0x1
_DEATH_SIGNAL: Final = 1
_REQUEST: Final = "16sH14s"

_TIMEOUT_S: Final = 30


@dataclass(frozen=True)
class World:
    """How the world of a program differs from ours.

    Parameters
    ----------
    folder
        An empty folder for what is needed to make it.
    offline
        Whether there is no network but the program's own.
    places
        Pairs of paths: what really lies at the first is shown at the second, which need not exist.
    kept
        Pairs of folders: what was at the first before all that is shown at the second after it.
    cwd
        The folder to start in.
    covered
        Folders that look as they are, but what is written into them is seen by the program alone.
    folders
        Folders below these, which are made where there are none.
    absent
        Files and folders below these that the program does not find.
    """

    folder: str
    offline: bool = False
    places: tuple[tuple[str, str], ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    cwd: str = "."
    covered: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Whether nothing differs."""
        return not self.offline and not self.has_mounts

    @property
    def has_mounts(self) -> bool:
        """Whether files look otherwise."""
        return bool(self.places or self.covered)


def go_apart(command: list[str], world: World) -> list[str]:
    """Give the command line that runs another one in its own world.

    Parameters
    ----------
    command
        The words of the other.
    world
        How its world differs.
    """
    return [sys.executable, "-I", __file__, json.dumps(asdict(world)), *command]


def find_obstacle(world: World) -> str | None:
    """Say why there can be no such world here; None where there can.

    Parameters
    ----------
    world
        The world; it is made, and gone at once.
    """
    if not sys.platform.startswith("linux"):
        return "namespaces are a feature of Linux"
    done = subprocess.run(
        go_apart([sys.executable, "-I", "-S", "-c", ""], world),
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    lines = done.stderr.strip().splitlines()
    return (lines[-1] if lines else "it does not start") if done.returncode else None


class _Maker:
    """Makes the world of this process."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._library = ctypes.CDLL(None, use_errno=True)
        self._covered: list[Path] = []
        self._disk = self._base = Path(world.folder)

    def make(self) -> None:
        self._leave()
        if self._world.offline:
            _raise_loopback()
        if self._world.has_mounts:
            self._change_files()
        os.chdir(self._world.cwd)

    def _change_files(self) -> None:
        """Cover folders, and show what lies elsewhere."""
        self._mount(None, "/", None, _PRIVATE | _WITH_ALL_BELOW)
        # What is held open is found also where its path is covered.
        self._disk = _hold(self._world.folder)
        self._mount("tmpfs", self._world.folder, "tmpfs")
        self._base = _hold(self._world.folder)
        pairs = [*self._world.places, *self._world.kept]
        held = [_hold(path) for path, _ in pairs]
        for folder in self._world.covered:
            self._cover(Path(folder))
        for path in self._world.absent:
            self._remove(Path(os.path.realpath(os.path.dirname(path)), os.path.basename(path)))  # noqa: PTH119, PTH120
        for folder in self._world.folders:
            Path(folder).mkdir(parents=True, exist_ok=True)
        for each, (_, shown) in zip(held, pairs, strict=True):
            self._show(each, Path(shown))

    def _leave(self) -> None:
        """Leave our world, as the user that one is."""
        user, group = os.getuid(), os.getgid()
        flags = (_NEW_NET if self._world.offline else 0) | _NEW_MOUNTS
        self._check(self._library.unshare(flags | (_NEW_USER if user else 0)), "namespaces")
        if user:
            Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")

    def _show(self, held: Path, shown: Path) -> None:
        """Show a file or folder at another place, which is made where there is none."""
        if not shown.exists():
            above = next(each for each in shown.parents if each.exists())
            if not any(above.is_relative_to(place) for place in self._covered):
                self._cover(above)
            shown.parent.mkdir(parents=True, exist_ok=True)
            shown.mkdir() if held.is_dir() else shown.touch()
        self._mount(str(held), str(shown), None, _BIND | _WITH_ALL_BELOW)
        self._covered.append(shown)

    def _cover(self, folder: Path) -> None:
        """Lay a folder over another, so that what is made in it is seen in this world alone."""
        if folder == Path("/"):
            raise OSError(0, "nothing can be shown in the root of the file system")
        # What is written may be large, so it goes to the disk, unless that is in the folder itself.
        is_within = Path(self._world.folder).is_relative_to(folder)
        base = self._base if is_within else self._disk
        over = base / f"{os.getpid()}-{len(self._covered)}"
        for name in ("upper", "work"):
            (over / name).mkdir(parents=True)
        lower = re.sub(r"([\\,:])", r"\\\1", str(folder))
        layers = f"lowerdir={lower},upperdir={over / 'upper'},workdir={over / 'work'}"
        self._mount("overlay", str(folder), "overlay", 0, layers)
        self._covered.append(folder)

    def _remove(self, path: Path) -> None:
        """Take a file or folder away, in this world alone."""
        if not any(folder in path.parents for folder in self._covered):
            return
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

    def _mount(
        self, source: str | None, target: str, kind: str | None, flags: int = 0, data: str = ""
    ) -> None:
        words = (word and os.fsencode(word) for word in (source, target, kind))
        status = self._library.mount(*words, ctypes.c_ulong(flags), os.fsencode(data) or None)
        self._check(status, f"a mount at {target}")

    def _check(self, status: int, what: str) -> None:
        if status:
            number = ctypes.get_errno()
            raise OSError(number, f"the system refuses {what}: {os.strerror(number)}")


def _hold(path: str) -> Path:
    """Open a file or folder, and give the path by which it is found as long as it is open."""
    return Path(f"/proc/self/fd/{os.open(path, os.O_PATH)}")


def _raise_loopback() -> None:
    """Let the program speak with itself: workers of its own listen on 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        asked = struct.pack(_REQUEST, b"lo", 0, b"")
        name, flags, rest = struct.unpack(_REQUEST, fcntl.ioctl(opened, _GET_FLAGS, asked))
        fcntl.ioctl(opened, _SET_FLAGS, struct.pack(_REQUEST, name, flags | _UP, rest))


def _end_with_parent() -> None:
    """Have the program ended when who started it is killed; see PR_SET_PDEATHSIG(2const)."""
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGTERM)


if __name__ == "__main__":
    try:
        _Maker(World(**json.loads(sys.argv[1]))).make()
    except OSError as failure:
        sys.exit(f"{failure.strerror or failure}")
    _end_with_parent()
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - without a shell on purpose
