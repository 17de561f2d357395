"""The verbs of the command, in the order in which one meets them."""

from __future__ import annotations

from anew.cli.check import check
from anew.cli.compare import diff, reproduce
from anew.cli.front import main
from anew.cli.gc import gc
from anew.cli.read import console, ls, show
from anew.cli.record import demo, run
from anew.cli.snapshot import snapshot
from anew.cli.status import status
from anew.cli.why import why

__all__ = ["main"]

for _verb in (run, status, ls, show, diff, why, console, reproduce, check, snapshot, gc, demo):
    main.add_command(_verb)
