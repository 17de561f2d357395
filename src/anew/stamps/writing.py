"""A stamp is put into a file so that at each moment the old or the new one is there, whole.

A file is written anew beside itself, and takes its own place by renaming. One that is large is not
copied: where the file system can clone it, the clone is changed; else what follows its end is
written first, and then the few bytes by which it becomes a part of the file.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from anew.errors import StampError
from anew.records import replace
from anew.stamps import sidecar
from anew.stamps.content import Content, Part, Unsuitable, blocks, digest_pieces, size_of
from anew.stamps.document import escape
from anew.stamps.families import JSON, family_of, find, is_known
from anew.stamps.large import is_in_place, write_pieces
from anew.stamps.opened import is_being_written
from anew.stamps.zarr import is_folder, root_of

if TYPE_CHECKING:
    from anew.stamps.content import Pieces
    from anew.stamps.document import Provenance
    from anew.types import Stamp

__all__ = ["TEMPORARY", "Place", "write_stamp"]

TEMPORARY: Final = ".anew-stamp-"
"""Begins the name of a file that is about to take the place of another one."""

_CLONE: Final = 0x40049409
"""``FICLONE`` of Linux, see ioctl_ficlone(2)."""

_LARGE: Final = 256 << 20
"""A larger file, in bytes, is not copied."""


_REST_S: Final = 10
"""After so many seconds without a change nobody works at a file, wherever he is."""

_swept: Final[set[str]] = set()


class Place(NamedTuple):
    """Where a stamp is.

    Parameters
    ----------
    path
        The file that it is in: the stamped one, or the one beside it.
    inside
        Whether it is in the file itself.
    why
        Why it is not, where the format would have a place for it.
    """

    path: str
    inside: bool
    why: str = ""


class _File(NamedTuple):
    """A file that is about to get a stamp."""

    path: str
    found: os.stat_result
    content: Content


def write_stamp(
    path: str | os.PathLike[str],
    provenance: Provenance,
    *,
    sidecar_only: bool = False,
    into_json: bool = False,
    digest: str | None = None,
) -> Place:
    """Give a file a stamp, in the place of the one that it may have.

    Parameters
    ----------
    path
        The file, or a folder of Zarr; a link is followed.
    provenance
        What the stamp says; the digest of the content is filled in.
    sidecar_only
        Whether it is to stand beside the file in any case.
    into_json
        Whether an object of JSON gets it as its member ``$provenance``, and not beside it.
    digest
        The digest that the content without a stamp must have; None when any will do.

    Returns
    -------
    Place
        Where it is.

    Raises
    ------
    StampError
        When there is no such file, it has other content or changes meanwhile, or the stamp can be
        written nowhere. The file is as it was then.
    """
    name = os.fspath(path)
    try:
        if os.path.isdir(name):  # noqa: PTH112 - paths are text here
            return _stamp_folder(name, provenance, sidecar_only=sidecar_only)
        descriptor = _open(os.path.realpath(name))
        with os.fdopen(descriptor, "rb") as opened:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise _refusal(name, "it is no regular file")
            if is_being_written(descriptor):
                raise _refusal(name, "it is open for writing")
            file = _File(os.path.realpath(name), found, Content(opened.fileno()))
            return _stamp_file(
                file, provenance, is_beside=sidecar_only, into_json=into_json, digest=digest
            )
    except OSError as error:
        raise _refusal(name, error.strerror or str(error)) from error


def _open(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)


def _refusal(path: str, why: str) -> StampError:
    hint = "name a regular file that you may read, in a folder that you may write to"
    return StampError(f"{escape(repr(path))} cannot be stamped: {why}", hint=hint)


def _stamp_file(
    file: _File, stamp: Provenance, *, is_beside: bool, into_json: bool, digest: str | None
) -> Place:
    """Put a stamp into a file, or beside it."""
    found = find(file.path, file.content)
    bare = Part(file.content, found.bare if found else [range(file.content.size)])
    content = digest_pieces(file.content, found.bare if found else [range(file.content.size)])
    if digest is not None and content != digest:
        raise _refusal(file.path, "it was changed meanwhile")
    if found and file.content.size > _LARGE and is_in_place(found.bare) and not _obstacle(file):
        _write_large(file, found.bare)  # then it is, in between, without any
        return write_stamp(
            file.path, stamp, sidecar_only=is_beside, into_json=into_json, digest=content
        )
    stamp = replace(stamp, content=content, path=stamp.path or os.path.basename(file.path))  # noqa: PTH119
    text = stamp.to_json()
    family = family_of(file.path, file.content)
    why = "" if family or is_beside else _strangeness(file.path)
    if family is JSON and not into_json:
        family = None
    if family is not None and not is_beside:
        why = _obstacle(file)
        if not why:
            try:
                return _put_inside(file, bare, family, stamp, text)
            except Unsuitable as error:
                why = str(error)
    if found and not _obstacle(file):
        _replace(file, found.bare)  # what it says is of another time
    return _put_beside(file.path, text, why)


def _strangeness(path: str) -> str:
    """Say that a file is not what its name tells; any JSON may have that ending."""
    if path.lower().endswith(".json") or not is_known(path):
        return ""
    return "it is not of the format that its name tells, or of an unusual kind"


def _obstacle(file: _File) -> str:
    """Say why a file is left alone."""
    folder = os.path.dirname(file.path)  # noqa: PTH120 - paths are text here
    if file.found.st_nlink > 1:
        return "it has several names, by hard links"
    if not os.access(file.path, os.W_OK) or not file.found.st_mode & 0o222:
        return "it may not be written to"
    return "" if os.access(folder, os.W_OK | os.X_OK) else "its folder may not be written to"


def _put_inside(file: _File, bare: Part, family: Stamp, stamp: Provenance, text: str) -> Place:
    put = _put(family, bare, stamp, text)
    new = bare.resolve(put)
    if is_in_place(new) and file.content.size > _LARGE:
        _write_large(file, new)
    else:
        _replace(file, new)
    old = sidecar.place_of(file.path)
    if sidecar.is_sidecar(old):
        with suppress(OSError):
            os.unlink(old)  # noqa: PTH108 - paths are text here
    return Place(file.path, inside=True)


def _put(family: Stamp, bare: Part, stamp: Provenance, text: str) -> Pieces:
    """Give a file with a stamp that is found again, and leaves the file when it is taken off."""
    try:
        put = family.put(bare, stamp, text)
        new = Part(bare, put)
        found = family.find(new)
    except (Unsuitable, OSError):
        raise
    except Exception as error:
        why = f"{family.name} cannot be written: {escape(error)}"
        raise Unsuitable(why) from error
    back = new.resolve(found.bare) if found and found.text == text.encode() else []
    if not put or size_of(back) != bare.size or not _is_same(bare, back):
        why = "what is in it hides the stamp"
        raise Unsuitable(why)
    return put


def _is_same(content: Content, pieces: Pieces) -> bool:
    """Tell whether pieces of some content are all of it, in their places."""
    at = 0
    for piece in pieces:
        if isinstance(piece, range) and piece.start != at:
            return False
        if isinstance(piece, bytes) and content.read(at, len(piece)) != piece:
            return False
        at += len(piece)
    return True


def _put_beside(path: str, text: str, why: str) -> Place:
    place = sidecar.place_of(path)
    if os.path.lexists(place) and not sidecar.is_sidecar(place):
        raise _refusal(path, f"{escape(os.path.basename(place))} is there, and not of anew")  # noqa: PTH119
    folder = os.path.dirname(path) or "."  # noqa: PTH120 - as above
    temporary = _temporary(folder)
    try:
        with open(temporary, "xb") as made:  # noqa: PTH123 - as above
            made.write(text.encode() + b"\n")
        os.replace(temporary, place)  # noqa: PTH105 - as above
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108 - as above
        raise
    return Place(place, inside=False, why=why)


def _temporary(folder: str) -> str:
    """Name a file in a folder, from which it removes what the killed left there."""
    if folder not in _swept:
        _swept.add(folder)
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(TEMPORARY) and _is_left(entry):
                    os.unlink(entry.path)  # noqa: PTH108 - paths are text here
    return f"{folder}/{TEMPORARY}{os.getpid()}-{os.urandom(6).hex()}"


def _is_left(entry: os.DirEntry[str]) -> bool:
    """Tell whether nobody works at a file any more: its process is gone, or of another machine."""
    try:
        os.kill(int(entry.name.removeprefix(TEMPORARY).partition("-")[0]), 0)
    except ProcessLookupError:
        return time.time() - entry.stat(follow_symlinks=False).st_mtime > _REST_S
    except (OSError, ValueError, OverflowError):
        pass
    return False


def _replace(file: _File, new: Pieces) -> None:
    """Write a file anew, and have it take the place of the old one if that is as it was."""
    temporary = _temporary(os.path.dirname(file.path))  # noqa: PTH120 - paths are text here
    try:
        with open(temporary, "xb", buffering=0) as made:  # noqa: PTH123 - as above
            for block in blocks(file.content, new):
                _write_all(made.fileno(), block)
            _finish(file, made.fileno(), temporary, size_of(new))
        os.replace(temporary, file.path)  # noqa: PTH105 - as above
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108 - as above
        raise


def _finish(file: _File, descriptor: int, temporary: str, size: int) -> None:
    """Give a file what the old one has besides its content, and see that all is well."""
    made, old = os.fstat(descriptor), file.found
    if made.st_size != size:
        raise _refusal(file.path, "the disk did not take all of it")
    if (made.st_uid, made.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.fchown(descriptor, old.st_uid, old.st_gid)
        except OSError as error:
            why = "its owner could not be kept"
            raise Unsuitable(why) from error
    import shutil

    shutil.copystat(file.path, temporary)
    os.fsync(descriptor)
    _check_unchanged(file)
    os.utime(temporary, ns=(old.st_atime_ns, old.st_mtime_ns))


def _check_unchanged(file: _File) -> None:
    """See that nobody wrote to the file meanwhile."""
    now = os.stat(file.path)  # noqa: PTH116 - paths are text here
    if _state(now) != _state(file.found):
        raise _refusal(file.path, "it was changed meanwhile")


def _state(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _write_large(file: _File, new: Pieces) -> None:
    """Change only what changes: in a clone that takes the old one's place, or in the file."""
    temporary = _temporary(os.path.dirname(file.path))  # noqa: PTH120 - paths are text here
    try:
        with open(file.path, "rb") as old, open(temporary, "xb") as made:  # noqa: PTH123 - as above
            is_clone = _clone(old.fileno(), made.fileno())
        if is_clone:
            write_pieces(temporary, file.found.st_size, new)
            with open(temporary, "rb+") as made:  # noqa: PTH123 - as above
                _finish(file, made.fileno(), temporary, size_of(new))
            os.replace(temporary, file.path)  # noqa: PTH105 - as above
            return
    finally:
        with suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108 - as above
    _check_unchanged(file)
    write_pieces(file.path, file.found.st_size, new)
    os.utime(file.path, ns=(file.found.st_atime_ns, file.found.st_mtime_ns))


def _clone(old: int, new: int) -> bool:
    try:
        import fcntl

        fcntl.ioctl(new, _CLONE, old)
    except (ImportError, OSError):
        return False
    return True


def _stamp_folder(folder: str, stamp: Provenance, *, sidecar_only: bool) -> Place:
    """Put a stamp into the attributes of a folder of Zarr, or beside the folder."""
    why = ""
    try:
        place = write_stamp(root_of(folder), stamp, sidecar_only=sidecar_only)
        if place.inside:
            return place
        os.unlink(place.path)  # noqa: PTH108 - paths are text here
        why = place.why
    except Unsuitable as error:
        if not is_folder(folder):
            raise _refusal(folder, str(error)) from error
        why = str(error)
    path = os.path.realpath(folder)
    return _put_beside(path, replace(stamp, path=stamp.path or folder).to_json(), why)
