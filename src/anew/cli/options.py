"""Options and arguments that several verbs have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["as_json_option", "selecting_options", "store_option", "trial_argument"]

store_option: Final = click.option(
    "--store", metavar="FOLDER", help="Read this store rather than the project's own."
)

as_json_option: Final = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output."
)


F = TypeVar("F", bound="Callable[..., Any]")


def selecting_options(command: F) -> F:
    """Add the options that say which trials, in which order, with which columns.

    Parameters
    ----------
    command
        What becomes of the options as ``where``, ``sort``, ``columns``, ``limit``, ``experiment``.
    """
    for option in reversed(_SELECTING):
        command = option(command)
    return command


_SELECTING: Final = (
    click.option("--where", metavar="EXPR", help="Only trials for which it is true."),
    click.option(
        "--sort", metavar="NAMES", help="The order: 'model, -rmse', '-' from the highest."
    ),
    click.option("--columns", metavar="NAMES", help="What to show: 'alpha,rmse,seconds'."),
    click.option(
        "-n",
        "limit",
        type=click.IntRange(min=0),
        metavar="N",
        help="How many trials, 0 for all; of a list on a terminal as many as fit by default.",
    ),
    click.option("--experiment", metavar="NAME", help="Only the trials of this experiment."),
)


def trial_argument(name: str, **attributes: Any) -> Callable[[F], F]:
    """Make the argument that names a trial.

    Parameters
    ----------
    name
        How help calls it, in brackets when it may be left out.
    **attributes
        What else click is to know.
    """
    return click.argument(name.strip("[]").lower(), metavar=name, **attributes)
