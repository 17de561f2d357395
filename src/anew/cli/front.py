"""The front door: options of all verbs, errors in our words, exit statuses."""

from __future__ import annotations

import sys
import traceback
import warnings
from typing import Any, NoReturn

import click

from anew.cli.entry import leave_pipe, show_fault, show_warning
from anew.errors import AnewError, UsageError, near_misses
from anew.notices import show_error

__all__ = ["main"]


class Front(click.Group):
    """A group of verbs that ends with the exit statuses of anew."""

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run the command and end the process."""
        warnings.showwarning = show_warning  # type: ignore[assignment]  # takes the rest as one
        extra["standalone_mode"] = False
        extra.setdefault("prog_name", "anew")
        try:
            status = super().main(*args, **extra) or 0
        except click.Abort:
            from anew.run import end_interrupted

            status = end_interrupted()
        except click.ClickException as error:
            show_error(_reword(error.format_message()), _find_hint(error))
            status = error.exit_code
        except AnewError as error:
            show_error(error.message, error.hint)
            status = error.exit_code
        sys.exit(status)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; a closed pipe ends it quietly."""
        try:
            status = super().invoke(ctx)
            if sys.stdout is not None:  # closed from the start
                sys.stdout.flush()
        except BrokenPipeError:
            return leave_pipe()
        except click.exceptions.Exit:
            raise
        except (AnewError, click.ClickException):
            if ctx.params["debug"]:
                traceback.print_exc()
            raise
        except Exception as error:
            if ctx.params["debug"]:
                raise
            return show_fault(error, ctx.invoked_subcommand)
        return status

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; say what was probably meant when there is none."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            message = f"no such command: {name!r}"
            raise UsageError(message, hint=near_misses(name, self.commands))
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Give the verbs in the order in which one meets them."""
        return list(self.commands)


def _find_hint(error: click.ClickException) -> str | None:
    if isinstance(error, click.NoSuchOption) and error.possibilities:
        return f"did you mean {' or '.join(error.possibilities)}?"
    context = getattr(error, "ctx", None)
    return f"{context.command_path} --help" if context else None


def _reword(message: str) -> str:
    """Put a message of click into our form: one sentence, no capital, no full stop."""
    first = message.partition(" Did you mean")[0].partition(" (Possible options")[0]
    return f"{first[:1].lower()}{first[1:]}".rstrip(".")


def _print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001
    if value and not ctx.resilient_parsing:
        import anew

        click.echo(f"anew {anew.__version__}")
        ctx.exit()


@click.group("anew", cls=Front, invoke_without_command=True)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Say which anew this is.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error, too.")
@click.pass_context
def main(ctx: click.Context, *, debug: bool) -> None:  # noqa: ARG001 - read by Front.invoke
    """Record what computational results ran on, compare them, make them anew.

    A trial is named N: by its number, by 'first' or 'last', or by the beginning of its UUID.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
