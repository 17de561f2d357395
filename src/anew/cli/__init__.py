"""The command ``anew``: each verb calls one public function and prints what it gives."""

from __future__ import annotations

from anew.cli.compare import diff, reproduce
from anew.cli.front import main
from anew.cli.gc import gc
from anew.cli.read import console, ls, show
from anew.cli.record import demo, run
from anew.cli.why import why

__all__ = ["console", "demo", "diff", "gc", "ls", "main", "reproduce", "run", "show", "why"]

for _verb in (run, ls, show, diff, why, console, reproduce, gc, demo):
    main.add_command(_verb)
