"""Where a package was installed from, read from what the facet ``packages`` says of it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from anew.provenance.masking import MASK

__all__ = ["Origin", "expand_path", "read_origin"]

_VCS: Final = re.compile(r"(git|hg|svn|bzr)\+(.+)@([^@\s]*)", re.DOTALL)
_HASH: Final = re.compile(r"#(\w+=[0-9A-Fa-f]+)$")
_ARCHIVES: Final = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_IN: Final = " in "
_EDITABLE: Final = "editable "


@dataclass(frozen=True)
class Origin:
    """Where a package is from that is not from an index (PEP 610).

    Parameters
    ----------
    place
        A URL, or a path as it was recorded: relative to the project, from ``~``, or absolute.
    is_editable
        Whether its files are imported where they are.
    vcs
        ``git`` and the like; empty for files and archives.
    commit
        The commit of the repository.
    digest
        ``sha256=...`` of an archive.
    subdirectory
        The folder of the package in a repository or archive.
    """

    place: str
    is_editable: bool = False
    vcs: str = ""
    commit: str = ""
    digest: str = ""
    subdirectory: str = ""

    @property
    def is_path(self) -> bool:
        """Whether it was a file or folder of the machine, and no repository."""
        return not self.vcs and "://" not in self.place

    @property
    def is_archive(self) -> bool:
        """Whether it is a file, such as a wheel, rather than a folder."""
        return bool(self.digest) or self.place.endswith(_ARCHIVES)

    @property
    def is_masked(self) -> bool:
        """Whether credentials were left out of the record."""
        return MASK in self.place

    def requirement(self, root: Path) -> str:
        """Write what stands behind the ``@`` of a requirement (PEP 508).

        Parameters
        ----------
        root
            The project's folder, to which paths are relative.
        """
        url = self.place
        if "://" not in url:
            url = f"file://{quote(str(expand_path(url, root)))}"
        parts = [f"subdirectory={self.subdirectory}"] if self.subdirectory else []
        parts += [self.digest] if self.digest else []
        before, after = (f"{self.vcs}+", f"@{self.commit}") if self.vcs else ("", "")
        return f"{before}{url}{after}{'#' if parts else ''}{'&'.join(parts)}"


def read_origin(text: str) -> Origin | None:
    """Read an origin as :mod:`anew.provenance.packages` writes it.

    Parameters
    ----------
    text
        ``git+URL@COMMIT in FOLDER``, ``editable PATH``, ``URL#sha256=...`` or a path.

    Returns
    -------
    Origin or None
        None for what nobody could read when it was recorded.

    Examples
    --------
    >>> read_origin("git+https://host/a.git@0123 in sub").subdirectory
    'sub'
    """
    if text == "unreadable direct_url.json":
        return None
    is_editable = text.startswith(_EDITABLE)
    place, subdirectory = text.removeprefix(_EDITABLE), ""
    if _IN in place and (_VCS.match(place) or "://" in place or "#" in place):
        place, _, subdirectory = place.rpartition(_IN)
    digest = ""
    if found := _HASH.search(place):
        place, digest = place[: found.start()], found[1]
    vcs = commit = ""
    if repository := _VCS.fullmatch(place):
        vcs, place, commit = repository[1], repository[2], repository[3]
    return Origin(place, is_editable, vcs, commit, digest, subdirectory)


def expand_path(path: str, root: Path) -> Path:
    """Turn a recorded path into an absolute one.

    Parameters
    ----------
    path
        Relative to the project, from ``~``, or absolute.
    root
        The project's folder.
    """
    if path.startswith("~/"):
        return Path(os.path.expanduser(path))  # noqa: PTH111 - without a home, the text itself
    return Path(os.path.normpath(root / path))
