"""All that it takes to watch a step; the hook is installed with it."""

from __future__ import annotations

from anew.watch.conditions import CURRENT_FOLDER, VARIABLE, holds
from anew.watch.finding import Finding
from anew.watch.hook import install_hook
from anew.watch.touch import Touch
from anew.watch.touching import touching

__all__ = ["CURRENT_FOLDER", "VARIABLE", "Finding", "Touch", "holds", "touching"]

install_hook()  # now, for a step may find what was read before it
