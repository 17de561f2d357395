"""What never goes into a snapshot because tools leave it behind."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["DEFAULT_PATTERNS", "ENVIRONMENT_MARKS", "escape_pattern"]

# In the language of .gitignore. Each is made again by its tool; none is anybody's work.
DEFAULT_PATTERNS: Final = (
    "*.py[co]",
    ".DS_Store",
    ".anew-stamp-*",
    ".anew/",
    ".cache/",
    ".coverage",
    ".eggs/",
    ".hypothesis/",
    ".ipynb_checkpoints/",
    ".mypy_cache/",
    ".nox/",
    ".pixi/",
    ".pytest_cache/",
    ".pytype/",
    ".ruff_cache/",
    ".snakemake/",
    ".tox/",
    ".venv/",
    "Thumbs.db",
    "__pycache__/",
    "__pypackages__/",
    "dask-scratch-space/",
    "node_modules/",
)

# A folder that holds one of these is an environment: it is rebuilt from names and versions.
ENVIRONMENT_MARKS: Final = frozenset({"pyvenv.cfg", "conda-meta"})


def escape_pattern(path: str) -> str:
    r"""Write a path as a pattern of .gitignore that matches this path alone.

    Parameters
    ----------
    path
        Path relative to the work tree, with slashes.

    Returns
    -------
    str
        The pattern.

    Examples
    --------
    >>> escape_pattern("my [old] store/")
    '/my\\ \\[old]\\ store/'
    """
    return "/" + re.sub(r"([\\*?\[# !])", r"\\\1", path)
