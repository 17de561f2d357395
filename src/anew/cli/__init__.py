"""The command ``anew``: each verb calls one public function and prints what it gives."""

from __future__ import annotations

from anew.cli.compare import diff, reproduce
from anew.cli.front import main
from anew.cli.read import console, ls, show
from anew.cli.record import demo, run

__all__ = ["console", "demo", "diff", "ls", "main", "reproduce", "run", "show"]

for _verb in (run, ls, show, diff, console, reproduce, demo):
    main.add_command(_verb)
