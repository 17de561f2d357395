"""The verb that explains: `why`."""

from __future__ import annotations

import click

from anew.cli.options import as_json_option, store_option, trial_argument

__all__ = ["why"]


@click.command()
@trial_argument("[N]", default="last")
@click.argument("step", metavar="[STEP]", required=False)
@store_option
@as_json_option
def why(n: str, step: str | None, *, store: str | None, as_json: bool) -> None:
    """Say of each step of trial N why it was reused or computed.

    A computed step is compared with the most similar of its earlier executions: the function, the
    global value, the library, the argument or the file that made the difference is named, with old
    and new. With STEP, that one alone, and what changed in its code. N is the last trial by
    default.
    """
    from anew.query import open_to_read
    from anew.render.screen import print_json
    from anew.render.why import print_reasons
    from anew.why import why as explain

    trial = open_to_read(store).trial(n)
    reasons = explain(trial, step)
    if as_json:
        print_json(reasons)
    else:
        print_reasons(trial, reasons, is_whole=step is None)
