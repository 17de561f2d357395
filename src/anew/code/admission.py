"""One file on its way into a snapshot: kept byte for byte, or left out with a reason."""

from __future__ import annotations

import os
import stat
from functools import partial
from typing import TYPE_CHECKING, Final

from anew.code.entries import NEVER_SEEN
from anew.code.known import blake2b, mark_of
from anew.code.loose import write
from anew.code.secrets import find_secret, is_credential, is_source, mask_content
from anew.records import dataclass, field
from anew.stamps.reading import bare_bytes
from anew.stamps.sidecar import is_sidecar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anew.code.entries import Entry, Mark

__all__ = ["BY_CONTENT", "TOO_LARGE", "Admission"]

TOO_LARGE: Final = "too large"
BY_CONTENT: Final = "holds a credential"

_ATTEMPTS: Final = 3
"""So often a file is read that changes while it is read."""


@dataclass
class Admission:
    """Files are taken in one by one.

    Parameters
    ----------
    root
        The project's folder.
    git_dir
        Anew's repository.
    limit_bytes
        Largest file that is kept.

    Attributes
    ----------
    suspected
        Source files that were kept although they hold what looks like a credential, and where.
    masked
        Digests of the files that were left out for what is in them, the secret itself masked.
    write
        What keeps a content and gives its name.
    """

    root: Path
    git_dir: Path
    limit_bytes: int
    suspected: dict[str, str] = field(default_factory=dict)
    masked: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.write: Callable[[bytes], str] = partial(write, self.git_dir, "blob")

    def admit(self, path: str) -> Entry | None:
        """Take in a file.

        Parameters
        ----------
        path
            Relative to the project.

        Returns
        -------
        tuple or None
            The entry; None for what is gone, for pipes, sockets and devices, and for stamps.
        """
        self.suspected.pop(path, None)
        self.masked.pop(path, None)
        absolute = f"{self.root}/{path}"
        mark = mark_of(absolute)
        if mark is None:
            return None
        kind = stat.S_IFMT(mark[4])
        if is_sidecar(absolute):  # what it says is of another time
            return None
        if kind == stat.S_IFLNK:
            return self._admit_link(absolute, mark)
        if kind not in {stat.S_IFDIR, stat.S_IFREG}:
            return None
        why = self._refuse(path, mark)
        return (mark, "", why) if why else self._admit_file(path, absolute, mark)

    def _refuse(self, path: str, mark: Mark) -> str | None:
        """Say why a file is left out without a look into it."""
        if stat.S_ISDIR(mark[4]):
            return "a submodule that was not fetched"
        if is_credential(path):
            return "a credential by its name"
        return TOO_LARGE if mark[2] > self.limit_bytes else None

    def _admit_link(self, absolute: str, mark: Mark) -> Entry | None:
        try:
            target = os.fsencode(os.readlink(absolute))  # noqa: PTH115 - for each link of a project
        except OSError:
            return None
        return mark, "120000", self.write(target)

    def _admit_file(self, path: str, absolute: str, mark: Mark) -> Entry | None:
        """Read a file until it is the same before and after."""
        content = b""
        for _ in range(_ATTEMPTS):
            try:
                with open(absolute, "rb", opener=_open_plainly) as file:
                    content = file.read()
            except FileNotFoundError:
                return None
            except OSError:
                return mark, "", "cannot be read"
            before, after = mark, mark_of(absolute)
            if after is None:
                return None
            mark = after
            if before == after:
                break
        else:
            mark = NEVER_SEEN  # one that is written to all the time; it is read again the next time
        if len(content) > self.limit_bytes:
            return mark, "", TOO_LARGE
        content = bare_bytes(path, content)
        secret = find_secret(path, content)
        if secret and not is_source(path):
            digest = blake2b(mask_content(path, content), digest_size=20).hexdigest()
            self.masked[path] = f"blake2b:{digest}"
            return mark, "", f"{BY_CONTENT} ({secret})"
        if secret:
            self.suspected[path] = secret
        mode = "100755" if mark[4] & stat.S_IXUSR else "100644"
        return mark, mode, self.write(content)


def _open_plainly(path: str, flags: int) -> int:
    """Open a file so that neither a link nor a pipe that took its place does harm."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
