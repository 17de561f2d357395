"""Verbs that examine: `check` a trial, `doctor` an installation."""

from __future__ import annotations

import click

from anew.cli.options import as_json_option, store_option, trial_argument

__all__ = ["check", "doctor"]


@click.command()
@trial_argument("[N]", default="last")
@store_option
@as_json_option
def check(n: str, *, store: str | None, as_json: bool) -> int:
    """Hold trial N against the rules of reproducible research.

    The ten simple rules of Sandve et al. (2013), and the computational items of the NeurIPS
    checklist: met, not met or not applicable, why, and the mend. Ends with status 1 when one is
    not met. N is the last trial by default.
    """
    from anew.guards import check as hold_against_rules
    from anew.query import open_to_read
    from anew.render.check import print_check
    from anew.render.screen import print_json

    source = open_to_read(store)
    trial = source.trial(n)
    items = hold_against_rules(source, trial)
    is_met = all(item.verdict != "not met" for item in items)
    if as_json:
        print_json({"trial": trial.number, "uuid": trial.uuid, "is_met": is_met, "items": items})
    else:
        print_check(trial, items)
    return 0 if is_met else 1


@click.command()
@as_json_option
def doctor(*, as_json: bool) -> int:
    """Say what anew runs on here, and what is wrong.

    What one would paste into a ticket: versions, interpreter, system, git, packages, settings and
    store, without credentials and with the home folder as `~`. Ends with status 1 when something
    keeps anew from recording a trial.
    """
    from anew.doctor import configuration
    from anew.render.doctor import print_configuration
    from anew.render.screen import print_json
    from anew.settings import find_root

    told = configuration(find_root())
    if as_json:
        print_json(told)
    else:
        print_configuration(told)
    return int(any(each["severity"] == "blocks" for each in told["problems"]))
