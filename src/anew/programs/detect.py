"""Which scripts build an experiment at their top level: those run in this process."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["builds_experiment", "files_beside"]

_DEPTH: Final = 3
"""How many imports deep a script may have its experiment from."""

_FROM: Final = rb"\bfrom\b([\w.\s\\]{,200}?)\bimport\b"


def builds_experiment(script: Path) -> bool:
    """Tell whether importing a script makes an experiment of anew, or brings one in by name.

    Parameters
    ----------
    script
        The script, which is read and not run.

    Returns
    -------
    bool
        False also when it cannot be read, or not be understood; what is no regular file, as
        ``/dev/stdin``, can be read only once, and not by us.
    """
    if not script.is_file() or not _may_build(script, _DEPTH):
        return False
    from anew.programs.toplevel import find_made

    return bool(find_made(script, _DEPTH))


def files_beside(script: Path, module: str) -> list[Path]:
    """Find the file of a module that lies beside a script.

    Parameters
    ----------
    script
        The script.
    module
        Its dotted name; ``""`` has none.
    """
    if not module:
        return []
    place = script.parent.joinpath(*module.split("."))
    return [file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()]


def _may_build(script: Path, depth: int) -> bool:
    """Tell at once of most scripts that they build none: to parse one takes longer than the rest.

    Where letters beyond ASCII may spell what is looked for, it is not looked for in this way.
    """
    try:
        text = script.read_bytes()
    except OSError:
        return False
    if b"Experiment" in text or not text.isascii() or b"\0" in text:
        return True
    found = re.findall(_FROM, text) if depth else ()
    names = {re.sub(rb"[\s\\]", b"", name).decode().strip(".") for name in found}
    beside = (file for name in names for file in files_beside(script, name)[:1])
    return any(_may_build(file, depth - 1) for file in beside)
