"""Verbs that record: `run` and `demo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from anew.programs import Request

__all__ = ["demo", "run"]

_KIND: Final = "anew.kind"
_CLEAN: Final = "clean"


class RunCommand(click.Command):
    """A command whose options end where those of the program begin."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take our options, up to the name of the script, ``-m`` or ``--``."""
        valued = {
            name
            for each in self.params
            if isinstance(each, click.Option) and not each.is_flag
            for name in each.opts
        }
        ours: list[str] = []
        rest = list(args)
        kind = "script"
        while rest and rest[0].startswith("-") and rest[0] != "-":
            word = rest.pop(0)
            if word == "--" or word.startswith("-m"):
                kind = "command" if word == "--" else "module"
                rest = [word[2:], *rest] if word[2:] else rest
                break
            ours.append(f"{word}={_CLEAN}" if word == "--strict" else word)
            if word in valued and rest and word != "--strict":
                ours.append(rest.pop(0))
        ctx.meta[_KIND] = kind
        return super().parse_args(ctx, [*ours, "--", *rest])


@click.command(cls=RunCommand)
@click.option("-m", metavar="MODULE", expose_value=False, help="A module, as with `python -m`.")
@click.option("--experiment", metavar="NAME", help="The experiment; after the program by default.")
@click.option("--seed", metavar="N", help="Root seed, or 'new' to draw another.")
@click.option("--in", "inputs", metavar="GLOB", multiple=True, help="Files that are read unseen.")
@click.option("--out", "outputs", metavar="GLOB", multiple=True, help="Files written unseen.")
@click.option("--trace", is_flag=True, help="See the files of every program with strace.")
@click.option(
    "--metrics-from-output", is_flag=True, help="Take printed lines 'name: value' as metrics."
)
@click.option(
    "--strict",
    type=click.Choice([_CLEAN, "snapshot"]),
    metavar="[=snapshot]",
    help="Run nothing that could not be made anew.",
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="FILE|-- COMMAND [ARGUMENT]...")
@click.pass_context
def run(ctx: click.Context, /, words: tuple[str, ...], **options: Any) -> int:
    """Run a script, module, notebook or command as a trial.

    A Python script and a notebook run in the project's own interpreter, exactly as without anew:
    `anew run train.py --alpha 0.3`, `anew run -m package.module`, `anew run notebook.ipynb`. What
    follows `--` is any command: `anew run -- Rscript fit.R`. The options of anew stand before it.

    A script that builds an `anew.Experiment` takes parameters as name=value, Python literals else
    text: `anew run bikes.py alpha=0.3 model=ridge`. `anew run bikes.py --help` lists them.
    """
    from anew.programs import run_program
    from anew.programs.detect import builds_experiment

    request = _make_request(ctx, words, options)
    is_plain = request.kind == "script" and not (request.inputs or request.outputs or request.trace)
    if is_plain and builds_experiment(Path(request.words[0])):
        from anew.cli.script import run_showing_errors

        is_debug = bool(ctx.find_root().params["debug"])
        file, *arguments = request.words
        names = ("seed", "experiment", "strict")
        given = {name: getattr(request, name) for name in names}
        return run_showing_errors(file, arguments, whole=is_debug, **given)
    return run_program(request)


def _make_request(ctx: click.Context, words: tuple[str, ...], options: dict[str, Any]) -> Request:
    """Tell what is to be run."""
    from anew.programs.request import Request, kind_of

    if not words:
        message = "missing argument 'FILE'"
        raise click.UsageError(message, ctx)
    kind: str = ctx.meta[_KIND]
    return Request(words, kind_of(words[0]) if kind == "script" else kind, **options)


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
def demo(folder: Path | None) -> int:
    """Show on a small real study what anew does.

    The study is written into FOLDER, by default into a new one in the temporary directory.
    """
    from anew.demo import run_demo

    return run_demo(folder)
