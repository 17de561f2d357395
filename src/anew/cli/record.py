"""Verbs that record: `run` and `demo`."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["demo", "run"]


@click.command(context_settings={"allow_interspersed_args": False})
@click.option("--seed", metavar="N", help="Root seed, or 'new' to draw another.")
@click.option("--experiment", metavar="NAME", help="Which one, when the script has several.")
@click.argument("file")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[name=value]...")
@click.pass_context
def run(
    ctx: click.Context,
    file: str,
    arguments: tuple[str, ...],
    *,
    seed: str | None,
    experiment: str | None,
) -> int:
    """Run the experiment of a script as a trial.

    Values are Python literals, else text: alpha=0.3 model=ridge. `anew run FILE --help` lists the
    parameters of the experiment. The options may also stand after FILE.
    """
    from anew.cli.script import run_showing_errors

    is_debug = bool(ctx.find_root().params["debug"])
    return run_showing_errors(file, list(arguments), seed, experiment, whole=is_debug)


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
def demo(folder: Path | None) -> int:
    """Show on a small real study what anew does.

    The study is written into FOLDER, by default into a new one in the temporary directory.
    """
    from anew.demo import run_demo

    return run_demo(folder)
