"""Texts as they are on the disk: their encoding and their lines stay as they were."""

from __future__ import annotations

import codecs
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from anew.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["read_text", "rewrite"]

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_text(data: bytes) -> tuple[bytes, str, str]:
    """Decode a text.

    Parameters
    ----------
    data
        The bytes of the file.

    Returns
    -------
    tuple of (bytes, str, str)
        The mark that it begins with, the text with its newlines as they are, and the encoding.
        What is no UTF-8 is read as Latin-1, which gives back the same bytes.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            with suppress(UnicodeDecodeError):
                return mark, data[len(mark) :].decode(encoding), encoding
    try:
        return b"", data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return b"", data.decode("latin-1"), "latin-1"


def rewrite(path: Path, data: bytes, changes: Iterable[tuple[int, int, str]]) -> None:
    """Change some places of a text at once: a reader finds the old file or the new one.

    Parameters
    ----------
    path
        The file; of a link, what it leads to.
    data
        What it held when it was read.
    changes
        Begin, end and what is to stand there; indexes into the decoded text, not overlapping.

    Raises
    ------
    UsageError
        When the file is not as it was read any more, or cannot be written.
    """
    mark, text, encoding = read_text(data)
    for begin, end, new in sorted(changes, reverse=True):
        text = text[:begin] + new + text[end:]
    target = path.resolve()
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        try:
            content = mark + text.encode(encoding)
            with draft.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            found = target.stat()
            draft.chmod(found.st_mode & 0o7777)
            with suppress(OSError):
                os.chown(draft, found.st_uid, found.st_gid)
            if target.read_bytes() != data:
                message = f"{str(path)!r} was changed meanwhile"
                raise UsageError(message, hint="save it in your editor, then check it once more")
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        message = f"cannot write {str(path)!r}: {error.strerror}"
        raise UsageError(message, hint="make it and its folder writable") from error
