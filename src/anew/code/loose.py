"""Contents in the format of git, one file each: written and read without the git program.

Formats: gitformat-loose(5), and ``tree`` and ``commit`` objects as in "Git Internals". Everything
that is written here, ``git --git-dir`` reads; what git has packed since is read through git.
"""

from __future__ import annotations

import itertools
import os
import re
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from anew.code.git import own_git
from anew.errors import SnapshotError

try:
    from _sha1 import sha1  # type: ignore[import-not-found]  # the one of hashlib, which loads all of OpenSSL, too
except ImportError:
    from hashlib import sha1

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = [
    "Contents",
    "find_commit",
    "has",
    "identify",
    "list_objects",
    "parse_tree",
    "read",
    "write",
]

# As git does by default for single objects: speed counts more than size.
_LEVEL: Final = 1

_DIGITS: Final = 40  # of SHA-1

_numbers: Final = itertools.count()


def identify(kind: str, content: bytes) -> str:
    """Give the name under which git knows a content.

    Parameters
    ----------
    kind
        ``blob``, ``tree`` or ``commit``.
    content
        The content.

    Returns
    -------
    str
        SHA-1, 40 hexadecimal digits.
    """
    return _digest(_head(kind, content) + content)


def _digest(data: bytes) -> str:
    return str(sha1(data).hexdigest())  # noqa: S324 - git's


def write(git_dir: Path, kind: str, content: bytes) -> str:
    """Keep a content, unless it is there already.

    Parameters
    ----------
    git_dir
        Anew's repository.
    kind
        ``blob``, ``tree`` or ``commit``.
    content
        The content.

    Returns
    -------
    str
        Its name.
    """
    data = _head(kind, content) + content
    name = _digest(data)
    place = _place(git_dir, name)
    if _is_there(place):
        return name
    passing = f"{git_dir}/objects/tmp_obj_{os.getpid()}_{next(_numbers)}"
    try:
        _write_new(passing, zlib.compress(data, _LEVEL))
        try:
            os.replace(passing, place)  # noqa: PTH105 - for each file of a project
        except FileNotFoundError:
            os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120 - likewise
            os.replace(passing, place)  # noqa: PTH105 - likewise
    except BaseException:
        with suppress(OSError):
            os.unlink(passing)  # noqa: PTH108 - likewise
        raise
    return name


def has(git_dir: Path, name: str) -> bool:
    """Tell whether a content is there as a file of its own; an empty one was cut off by a crash."""
    return _is_there(_place(git_dir, name))


def read(git_dir: Path, name: str) -> tuple[str, bytes]:
    """Read one content, as `Contents.read` does."""
    with Contents(git_dir) as contents:
        return contents.read(name)


class Contents:
    """Contents that are read one after the other, in a ``with`` block.

    Parameters
    ----------
    git_dir
        Anew's repository.
    """

    def __init__(self, git_dir: Path) -> None:
        self._git_dir = git_dir
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.communicate()

    def read(self, name: str) -> tuple[str, bytes]:
        """Read a content.

        Parameters
        ----------
        name
            Its name, 40 hexadecimal digits.

        Returns
        -------
        tuple of str and bytes
            Its kind and the content.

        Raises
        ------
        SnapshotError
            When it is missing, or has another digest than its name says.
        """
        try:
            with open(_place(self._git_dir, name), "rb") as file:  # noqa: PTH123 - as above
                data = zlib.decompress(file.read())
        except (OSError, zlib.error):
            data = self._unpack(name)
        head, _, content = data.partition(b"\0")
        if _digest(data) != name:
            message = f"content {name[:12]} of a snapshot is missing or damaged"
            hint = f"`git --git-dir={self._git_dir} fsck` tells what else is"
            raise SnapshotError(message, where=str(self._git_dir), hint=hint)
        return head.split(b" ")[0].decode("ascii", "replace"), content

    def _unpack(self, name: str) -> bytes:
        """Read what is in a pack, through git; empty when there is no such thing."""
        if not any((self._git_dir / "objects" / "pack").glob("*.pack")):
            return b""
        process = self._process = self._process or own_git(self._git_dir).start(
            "cat-file", "--batch"
        )
        asking, answers = process.stdin, process.stdout
        if asking is None or answers is None:  # pragma: no cover - both are pipes
            return b""
        asking.write(f"{name}\n".encode())
        asking.flush()
        _, kind, *size = answers.readline().split() or (b"", b"")
        content = answers.read(int(size[0]) + 1)[:-1] if size else b""
        return _head(kind.decode(), content) + content


def find_commit(git_dir: Path, commit: str) -> str:
    """Give the whole name of a commit that may be abbreviated.

    Parameters
    ----------
    git_dir
        Anew's repository.
    commit
        At least its first four digits.

    Returns
    -------
    str
        40 digits; what was given when nothing begins with it.
    """
    if len(commit) == _DIGITS:
        return commit
    begun = (git_dir / "objects" / commit[:2]).glob(f"{commit[2:]}*")
    found = [f"{path.parent.name}{path.name}" for path in begun]
    commits = [name for name in found if read(git_dir, name)[0] == "commit"]
    return commits[0] if len(commits) == 1 else commit


def parse_tree(content: bytes) -> Iterator[tuple[str, str, str]]:
    """Give the entries of a folder.

    Parameters
    ----------
    content
        Of a ``tree``.

    Yields
    ------
    tuple of str
        Mode, with six digits, name, and the name of its content.
    """
    start = 0
    while start < len(content):
        space = content.index(b" ", start)
        end = content.index(b"\0", space)
        mode, name = content[start:space].decode("ascii"), os.fsdecode(content[space + 1 : end])
        start = end + 21
        yield mode.zfill(6), name, content[end + 1 : start].hex()


def list_objects(git_dir: Path) -> Iterable[tuple[str, Path]]:
    """List the contents that are there as files of their own, by name."""
    for folder in (git_dir / "objects").glob("[0-9a-f][0-9a-f]"):
        for path in folder.iterdir():
            if re.fullmatch("[0-9a-f]{38}", path.name):
                yield f"{folder.name}{path.name}", path


def _head(kind: str, content: bytes) -> bytes:
    return f"{kind} {len(content)}\0".encode("ascii")


def _place(git_dir: Path, name: str) -> str:
    return f"{git_dir}/objects/{name[:2]}/{name[2:]}"


def _is_there(place: str) -> bool:
    try:
        return os.stat(place).st_size > 0  # noqa: PTH116 - for each file of a project
    except OSError:
        return False


def _write_new(path: str, data: bytes) -> None:
    """Write a new file whole."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
    with os.fdopen(handle, "wb", buffering=0) as file:
        written = file.write(data)
        while written < len(data):
            written += file.write(data[written:])
