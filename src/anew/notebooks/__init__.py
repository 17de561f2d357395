"""What a session of IPython or Jupyter executed, and what of it nobody gets again.

`cells` remembers what was executed, `stale` finds values whose cell is not what it was.
"""

from __future__ import annotations

import re
import sys
from typing import Any, Final

from anew.notebooks.cells import Cell, follow, read_notebook
from anew.notebooks.stale import Stale, find_stale

__all__ = ["current_cells", "current_stale", "follow"]

_MAGIC: Final = re.compile(r"\s*%%(\w+).*\n")
_PYTHON: Final = frozenset({"capture", "prun", "time", "timeit", "trial"})
"""Magics whose cell is Python."""


def current_cells() -> list[Cell]:
    """Give the cells that this session executed, the running one last.

    Returns
    -------
    list of Cell
        Empty outside of IPython.
    """
    shell = _shell()
    return follow(shell).cells if shell else []


def current_stale() -> list[Stale]:
    """Find what the running cell uses and nobody gets by running the notebook again.

    Returns
    -------
    list of Stale
        Empty outside of IPython.
    """
    shell = _shell()
    cells = follow(shell).cells if shell else []
    return find_stale(cells, read_notebook(shell), _as_python) if cells else []


def _as_python(source: str) -> str:
    """Turn a cell into Python; nothing of one that is in another language."""
    magic = _MAGIC.match(source)
    if magic is None:
        return str(_shell().transform_cell(source))
    return str(_shell().transform_cell(source[magic.end() :])) if magic[1] in _PYTHON else ""


def _shell() -> Any:
    module = sys.modules.get("IPython")
    return module.get_ipython() if module else None
