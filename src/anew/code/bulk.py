"""Many contents at once, as a pack that git writes on another core."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Self

from anew.code.git import own_git
from anew.code.loose import identify
from anew.errors import SnapshotError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

__all__ = ["Bulk"]


class Bulk:
    """A writer of files' contents, used in a ``with`` block; they are there when it ends.

    Parameters
    ----------
    git_dir
        Anew's repository.

    Raises
    ------
    SnapshotError
        At the end of the block, when git could not write them.
    """

    def __init__(self, git_dir: Path) -> None:
        self._git_dir = git_dir
        self._known: set[str] = set()

    def __enter__(self) -> Self:
        import subprocess

        git = own_git(self._git_dir)
        self._process = subprocess.Popen(
            ["git", "-c", "fastimport.unpackLimit=1", *git.options, "fast-import", "--quiet"],
            cwd=git.cwd,
            env=git.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        return self

    def write(self, content: bytes) -> str:
        """Hand over a content, and give its name."""
        name = identify("blob", content)
        pipe = self._process.stdin
        if pipe is not None and name not in self._known:
            self._known.add(name)
            with suppress(OSError):  # git is gone, as is said at the end
                pipe.write(b"blob\ndata %d\n%b\n" % (len(content), content))
        return name

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._process.kill()
        with suppress(OSError):
            _, said = self._process.communicate()
        if kind is None and self._process.returncode != 0:
            message = f"git fast-import failed with status {self._process.returncode}"
            hint = f"is there room on the disk? git said: {said.decode(errors='replace')[:200]}"
            raise SnapshotError(message, where=str(self._git_dir), hint=hint)
