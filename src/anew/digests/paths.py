"""Encoders of paths: a path is the content of what it names, wherever that lies."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from anew.digests.files import digest_file
from anew.digests.registry import register

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__: list[str] = []

# What anew keeps in a folder says nothing of the folder.
_STORE: Final = ".anew"
# A link that leads to itself, a name that no file can have.
_NOTHING: Final = frozenset({errno.ELOOP, errno.ENAMETOOLONG})
_SPECIAL: Final = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@register(PurePath, tag="pure path", subclasses=True)
def _encode_pure_path(value: PurePath, walk: Walk) -> list[Chunk]:
    return [walk.token(value.as_posix())]


@register(Path, tag="path", subclasses=True)
def _encode_path(value: Path, walk: Walk) -> list[Chunk]:
    found = _find(value, walk)
    if found is None:
        return [b"?", walk.token(value.as_posix())]
    return [_encode_found(value, found, [], walk)]


def _find(path: Path, walk: Walk) -> os.stat_result | None:
    """Look what a path names, through links; None when there is nothing."""
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:  # a NUL in the name: no file can have it
        return None
    except OSError as error:
        if error.errno in _NOTHING:
            return None
        return walk.refuse(_explain(path, error), hint="see to its permissions", cause=error)


def _encode_found(
    path: Path, found: os.stat_result, around: list[tuple[int, int]], walk: Walk
) -> bytes:
    """Encode a file or a folder that is there."""
    kind = stat.S_IFMT(found.st_mode)
    try:
        if kind == stat.S_IFREG:
            return b"f" + walk.token(digest_file(path).digest)
        if kind == stat.S_IFDIR:
            return walk.part("folder", _encode_folder(path, found, around, walk))
    except OSError as error:
        walk.refuse(_explain(path, error), hint="see to its permissions", cause=error)
    what = _SPECIAL.get(kind, "a special file")
    return walk.refuse(
        f"{os.fspath(path)!r} is {what}, which has no content",
        hint="give the name as text, if only the name counts",
    )


def _encode_folder(
    folder: Path, found: os.stat_result, around: list[tuple[int, int]], walk: Walk
) -> Iterator[Chunk]:
    """Encode names with what they name; a link to a folder around it ends there."""
    identity = found.st_dev, found.st_ino
    if identity in around:
        yield b"@" + (len(around) - around.index(identity)).to_bytes(8, "little")
        return
    within = [*around, identity]
    for name in sorted(os.listdir(os.fsencode(folder))):  # noqa: PTH208 - names as they are, in bytes
        path = folder / os.fsdecode(name)
        inner = _find(path, walk)
        if path.name == _STORE and inner is not None and stat.S_ISDIR(inner.st_mode):
            continue
        yield len(name).to_bytes(8, "little") + name
        yield b"?" if inner is None else _encode_found(path, inner, within, walk)


def _explain(path: Path, error: OSError) -> str:
    return f"{os.fspath(path)!r} cannot be read: {error.strerror or error}"
