"""Options and arguments that several verbs have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["as_json_option", "store_option", "trial_argument"]

store_option: Final = click.option(
    "--store", metavar="FOLDER", help="Read this store rather than the project's own."
)

as_json_option: Final = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output."
)


F = TypeVar("F", bound="Callable[..., Any]")


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
