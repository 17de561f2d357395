"""The command ``anew``: each verb calls one public function and prints what it gives.

`entry` is where it starts, `verbs` has them all. `main`, the command as click has it, is loaded
when it is first used: a plain `anew run` does without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anew.cli.verbs import main

__all__ = ["main"]


def __getattr__(name: str) -> object:
    if name == "main":
        from anew.cli.verbs import main

        return main
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
