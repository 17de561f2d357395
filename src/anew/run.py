"""Scripts as commands: find the experiment, read ``name=value`` arguments, run one trial."""

from __future__ import annotations

import ast
import importlib.util
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.errors import ScriptError, UnknownNameError, UsageError
from anew.experiment import RESERVED, Experiment
from anew.model import UNSET
from anew.settings import ordered

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    import click

    from anew.model import Trial

__all__ = ["command_line", "end_interrupted", "parse_assignments", "run_file"]

_INTERRUPTED: Final = 130
"""The exit status of a command that was ended by Ctrl-C, as shells give it."""


def run_file(
    path: str,
    arguments: Iterable[str],
    *,
    seed: str | None = None,
    experiment: str | None = None,
    strict: str | None = None,
) -> int:
    """Run the experiment of a script once, whether or not the script ends in ``ex.main()``.

    Parameters
    ----------
    path
        The script. It is imported under its own name, so an ``if __name__ == "__main__":`` block
        does not run.
    arguments
        ``name=value`` and the options that `command_line` knows.
    seed
        A root seed, or ``new``.
    experiment
        Which experiment, when the script has several.
    strict
        ``clean`` or ``snapshot`` for the setting of that name.

    Returns
    -------
    int
        The exit status.

    Raises
    ------
    ScriptError
        When there is no such script, or it has no experiment, or several.
    """
    script = Path(path)
    given, named = _take_option(list(arguments), "--experiment")
    if not script.is_file():
        message = f"no such script: {path!r}"
        hint = _python_files_near(script)
        raise ScriptError(message, hint=hint)
    sys.argv = [str(script), *given]
    sys.path.insert(0, str(script.resolve().parent))
    module = _import_script(script.resolve())
    found = {id(v): v for v in vars(module).values() if isinstance(v, Experiment)}.values()
    chosen = _choose(list(found), named or experiment, script=path)
    with ordered(strict=strict):
        return command_line(chosen, given, program=f"anew run {path}", seed=seed)


def _take_option(arguments: list[str], name: str) -> tuple[list[str], str | None]:
    """Take an option out of arguments before anybody knows the others, and give its value."""
    rest, value = [], None
    words = iter(arguments)
    for word in words:
        if word == name:
            value = next(words, "")
        elif word.startswith(f"{name}="):
            value = word.partition("=")[2]
        else:
            rest.append(word)
    return rest, value


def command_line(
    experiment: Experiment, arguments: Iterable[str], *, program: str, seed: str | None = None
) -> int:
    """Run one trial of an experiment with what a command line says.

    Parameters
    ----------
    experiment
        The experiment.
    arguments
        ``name=value``, ``--seed N``, ``--scheduler NAME``, ``--fresh``, ``--strict``, ``--help``;
        with ``--provenance`` nothing runs: what it would run on is printed as JSON.
    program
        How the command is called, for its help.
    seed
        A seed that was given before the script's name.

    Returns
    -------
    int
        The exit status: 0 when the trial finished.
    """
    import click

    command = _make_command(experiment, program)
    try:
        options = command.make_context(program, list(arguments)).params
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.UsageError as error:
        raise UsageError(error.format_message(), hint=f"{program} --help") from error
    if options["provenance"]:
        return _print_provenance(experiment)
    values = parse_assignments(options["assignments"])
    for name in values.keys() & RESERVED:
        message = f"{name!r} is an option, not a parameter"
        raise UsageError(message, hint=f"--{name} {values[name]}")
    chosen = _parse_seed(options["seed"] if options["seed"] is not None else seed)
    how = {"scheduler": options["scheduler"], "fresh": options["fresh"]}
    with ordered(strict=options["strict"]):
        trial = experiment.run(chosen, **how, **values)
    click.echo(f"trial {trial.number}: {_summarize(trial)}")
    return 0


def _print_provenance(experiment: Experiment) -> int:
    """Print what a trial would run on; settings that cannot be read are one of its problems."""
    import json

    import click

    from anew.doctor import configuration

    store = None
    with suppress(UsageError):
        settings = experiment.settings
        store = settings.store if settings.origin["store"] == "argument" else None
    told = configuration(store=store)
    click.echo(json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False))
    return 0


def end_interrupted() -> int:
    """End a command after Ctrl-C.

    Returns
    -------
    int
        The exit status. Does not return when steps go on in threads, for whose end Python would
        wait: then the process ends at once.
    """
    others = [each for each in threading.enumerate() if each is not threading.main_thread()]
    if any(not each.daemon for each in others):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_INTERRUPTED)
    return _INTERRUPTED


def parse_assignments(assignments: Iterable[str]) -> dict[str, Any]:
    """Read ``name=value`` arguments: values are Python literals, else text.

    Raises
    ------
    UsageError
        When an argument is not an assignment, or a name is given twice.
    """
    values: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals or not name.isidentifier():
            message = f"cannot read {assignment!r}"
            raise UsageError(message, hint="write parameters as name=value, as in alpha=0.3")
        if name in values:
            message = f"parameter {name!r} is given twice"
            raise UsageError(message, hint=f"{name}={text}")
        values[name] = _parse_value(text)
    return values


def _parse_value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def _parse_seed(text: str | None) -> Any:
    if text is None or text == "new":
        return text
    try:
        return int(text)
    except ValueError as error:
        message = f"seed is {text!r}, expected a whole number from 0, or 'new'"
        raise UsageError(message, hint="--seed 1") from error


def _make_command(experiment: Experiment, program: str) -> click.Command:
    """Make the command of an experiment, whose help lists its parameters."""
    import click

    class ExperimentCommand(click.Command):
        def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
            # What follows the bare option is no value of it.
            words = ["--strict=clean" if word == "--strict" else word for word in args]
            return super().parse_args(ctx, words)

        def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
            rows = [
                (f"{p.name}={'VALUE' if p.default is UNSET else repr(p.default)}", p.help)
                for p in experiment.declared.values()
            ]
            if rows:
                with formatter.section("Parameters"):
                    formatter.write_dl(rows)
            super().format_options(ctx, formatter)

    return ExperimentCommand(
        program,
        params=[
            click.Argument(["assignments"], nargs=-1, metavar="[name=value]..."),
            click.Option(["--seed"], metavar="N", help="Root seed, or 'new' to draw another."),
            click.Option(["--scheduler"], metavar="NAME", help="threads, sync or processes."),
            click.Option(["--fresh"], is_flag=True, help="Compute every step, reuse nothing."),
            click.Option(["--provenance"], is_flag=True, help="Print what it runs on, and exit."),
            click.Option(
                ["--strict"],
                type=click.Choice(["clean", "snapshot"]),
                metavar="[=snapshot]",
                help="Run nothing that could not be made anew.",
            ),
        ],
        help=f"Run one trial of the experiment {experiment.name!r}.",
        add_help_option=True,
    )


def _summarize(trial: Trial) -> str:
    """Say on one line what came out."""
    result = next((a for a in trial.source.artifacts(trial.uuid) if a.role == "result"), None)
    found = trial.status
    if result:
        is_kept = result.digest is not None
        found = f"{result.name} = {result.summary}" if is_kept else f"{result.name} was not stored"
    steps = trial.steps
    reused = sum(step.status == "reused" for step in steps)
    told = f", {reused} of {len(steps)} steps reused" if reused else ""
    return f"{found}  ({trial.seconds or 0:.2g} s, seed {trial.seed}{told})"


def _import_script(script: Path) -> ModuleType:
    """Import a script as a module, so that its functions can be found again by worker processes."""
    name = script.stem if script.stem.isidentifier() else "anew_script"
    if name in sys.modules:
        name = f"anew_script_{name}"
    spec = importlib.util.spec_from_file_location(name, script)
    if spec is None or spec.loader is None:
        message = f"cannot import {script.name!r}"
        raise ScriptError(message, where=str(script), hint="give a Python file: name.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _choose(found: list[Experiment], name: str | None, *, script: str) -> Experiment:
    """Choose the experiment of a script."""
    known = {each.name: each for each in found}
    if not found:
        message = f"{script!r} builds no experiment"
        hint = "ex = anew.Experiment('name') at its top level, or `python` to just run it"
        raise ScriptError(message, hint=hint)
    if name is not None:
        if name not in known:
            kind = "experiment"
            raise UnknownNameError(kind, name, known=known, where=script)
        return known[name]
    if len(found) > 1:
        message = f"{script!r} has {len(found)} experiments: {', '.join(sorted(known))}"
        raise ScriptError(message, hint=f"--experiment {min(known)}")
    return found[0]


def _python_files_near(script: Path) -> str:
    from anew.errors import near_misses

    folder = script.parent
    names = [str(each) for each in folder.glob("*.py")] if folder.is_dir() else []
    return near_misses(str(script), names) or "give the path of a Python file"
