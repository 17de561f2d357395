"""Snapshots of code on their way: packs that git reads, too, made and read without the program.

Format: gitformat-pack(5), version 2. Contents are whole, never differences from one another.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import IO, TYPE_CHECKING, Final

from anew.code.loose import Contents, has, parse_tree, write
from anew.errors import BundleError, SnapshotError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["find_missing", "list_contents", "name_of", "read_pack", "write_pack"]

_KINDS: Final = {1: "commit", 2: "tree", 3: "blob"}
_NUMBERS: Final = {kind: number for number, kind in _KINDS.items()}
_FOLDER: Final = "040000"
_MAGIC: Final = b"PACK\0\0\0\2"
_SUM_BYTES: Final = 20
_PIECE: Final = 1 << 16

_DENSEST: Final = 50
"""What would be packed more tightly is not compressed at all, so that it looks like no bomb."""

_SLACK: Final = 1 << 16
"""What may come out of nothing, in bytes: small contents compress as they like."""


def list_contents(git_dir: Path, commits: Iterable[str]) -> dict[str, str]:
    """Find all that some commits are made of.

    Parameters
    ----------
    git_dir
        Anew's repository.
    commits
        The commits.

    Returns
    -------
    dict
        The kind of each content by its name.

    Raises
    ------
    SnapshotError
        When a commit or a folder is missing or damaged.
    """
    found: dict[str, str] = dict.fromkeys(commits, "commit")
    waiting = list(found)
    with Contents(git_dir) as contents:
        while waiting:
            name = waiting.pop()
            for inner, kind in _look_into(contents, name, found[name]):
                if kind == "tree" and inner not in found:
                    waiting.append(inner)
                found[inner] = kind
    return found


def _look_into(contents: Contents, name: str, expected: str) -> Iterator[tuple[str, str]]:
    """Give what a commit or tree refers to, with the kinds."""
    kind, content = contents.read(name)
    try:
        if kind != expected:
            message = f"content {name[:12]} is a {kind}, expected a {expected}"
            raise ValueError(message)  # noqa: TRY301 - as those of the parser
        if kind == "commit":
            yield content[5:45].decode("ascii"), "tree"
        else:
            for mode, _, inner in parse_tree(content):
                yield inner, "tree" if mode == _FOLDER else "blob"
    except ValueError as error:
        message = f"a snapshot is damaged: {error}"
        raise SnapshotError(message, hint="look at it with git before you trust it") from error


def find_missing(git_dir: Path, commits: Iterable[str]) -> set[str]:
    """Find what some commits are made of and the repository does not have.

    Parameters
    ----------
    git_dir
        Anew's repository.
    commits
        The commits.

    Returns
    -------
    set of str
        Names; what is in a missing folder is not known, and so not among them.
    """
    missing: set[str] = set()
    seen: dict[str, str] = dict.fromkeys(commits, "commit")
    waiting = list(seen)
    with Contents(git_dir) as contents:
        while waiting:
            name = waiting.pop()
            try:
                if seen[name] == "blob":
                    _look_at(contents, git_dir, name)
                    continue
                inside = dict(_look_into(contents, name, seen[name]))
            except SnapshotError:
                missing.add(name)
                continue
            waiting += [inner for inner in inside if inner not in seen]
            seen |= inside
    return missing


def _look_at(contents: Contents, git_dir: Path, name: str) -> None:
    """See that a file is there: by itself, or in a pack of git."""
    if not has(git_dir, name):
        contents.read(name)


def name_of(names: Iterable[str]) -> str:
    """Give the identity of a pack.

    Parameters
    ----------
    names
        Of what is in it.
    """
    text = "".join(f"{name}\n" for name in sorted(names))
    return hashlib.sha1(text.encode("ascii"), usedforsecurity=False).hexdigest()


def write_pack(git_dir: Path, contents: dict[str, str], file: IO[bytes]) -> None:
    """Write contents into a pack: the same ones give the same bytes.

    Parameters
    ----------
    git_dir
        Anew's repository.
    contents
        Kinds by name.
    file
        Where to.

    Raises
    ------
    SnapshotError
        When one is missing or damaged.
    """
    digest = hashlib.sha1(usedforsecurity=False)

    def put(data: bytes) -> None:
        digest.update(data)
        file.write(data)

    put(_MAGIC + len(contents).to_bytes(4))
    with Contents(git_dir) as source:
        for name in sorted(contents, key=lambda each: (_NUMBERS[contents[each]], each)):
            kind, content = source.read(name)
            put(_head(_NUMBERS[kind], len(content)))
            packed = zlib.compress(content)
            put(packed if len(content) <= _DENSEST * len(packed) else zlib.compress(content, 0))
    file.write(digest.digest())


def _head(kind: int, size: int) -> bytes:
    """Write kind and size: four bits of it first, then seven at a time."""
    head = [kind << 4 | size & 15]
    size >>= 4
    while size:
        head[-1] |= 0x80
        head.append(size & 0x7F)
        size >>= 7
    return bytes(head)


def read_pack(file: IO[bytes], git_dir: Path, *, where: str) -> dict[str, int]:
    """Take the contents of a pack into a repository.

    Parameters
    ----------
    file
        The pack, at its beginning; it can be wound back.
    git_dir
        Anew's repository, from which all others are kept out.
    where
        What the pack is called, for the error.

    Returns
    -------
    dict
        The sizes of the files' contents by name, in bytes.

    Raises
    ------
    BundleError
        When it is damaged, or holds what anew does not put into one.
    """
    return {
        write(git_dir, kind, content): len(content) * (kind == "blob")
        for kind, content in scan_pack(file, where=where)
    }


def scan_pack(file: IO[bytes], *, where: str) -> Iterator[tuple[str, bytes]]:
    """Give kind and content of all that is in a pack.

    Parameters
    ----------
    file
        The pack, at its beginning; it can be wound back.
    where
        What the pack is called, for the error.

    Yields
    ------
    tuple of str and bytes

    Raises
    ------
    BundleError
        When it is damaged, or holds what anew does not put into one.
    """
    try:
        end = _check_sum(file)
        file.seek(len(_MAGIC))
        for _ in range(int.from_bytes(file.read(4))):
            yield _read_one(file, end)
        if file.tell() != end:
            message = "it goes on after its end"
            raise ValueError(message)  # noqa: TRY301 - as those of the parser
    except (ValueError, IndexError, KeyError, zlib.error) as error:
        message = f"a pack of code cannot be read: {error}"
        raise BundleError(message, where=where, hint="have it made or copied again") from error


def _check_sum(file: IO[bytes]) -> int:
    """Check head and sum of a pack, and give where its contents end."""
    if file.read(len(_MAGIC)) != _MAGIC:
        message = "it is none of version 2"
        raise ValueError(message)
    digest = hashlib.sha1(_MAGIC, usedforsecurity=False)
    end = file.seek(0, 2) - _SUM_BYTES
    file.seek(len(_MAGIC))
    left = end - len(_MAGIC)
    while left > 0:
        piece = file.read(min(_PIECE, left))
        digest.update(piece)
        left -= len(piece)
    if left or file.read() != digest.digest():
        message = "its sum is another one"
        raise ValueError(message)
    return end


def _read_one(file: IO[bytes], end: int) -> tuple[str, bytes]:
    """Read a content; what grows beyond all measure is refused before it is held in memory."""
    byte = file.read(1)[0]
    kind, size, shift = _KINDS[byte >> 4 & 7], byte & 15, 4
    while byte & 0x80:
        byte = file.read(1)[0]
        size |= (byte & 0x7F) << shift
        shift += 7
    start, reader, parts, grown = file.tell(), zlib.decompressobj(), [], 0
    fed, data = 0, b""
    while not reader.eof:
        data = reader.unconsumed_tail or file.read(min(_PIECE, end - file.tell()))
        fed += 0 if reader.unconsumed_tail else len(data)
        parts.append(reader.decompress(data, _PIECE))
        grown += len(parts[-1])
        if grown > size or grown > _SLACK + 2 * _DENSEST * fed or not (data or parts[-1]):
            message = f"a {kind} in it is not as long as it says, or cut off"
            raise ValueError(message)
    file.seek(start + fed - len(reader.unused_data))
    if grown != size:
        message = f"a {kind} in it is not as long as it says"
        raise ValueError(message)
    return kind, b"".join(parts)
