"""``%%trial bikes alpha=0.3``: a cell as a trial."""

from __future__ import annotations

import ast
from typing import Any

from anew.errors import UsageError
from anew.notebooks import follow
from anew.run import parse_assignments
from anew.trials import trial

__all__ = ["load_ipython_extension", "run_trial"]


def load_ipython_extension(shell: Any) -> None:
    """Add ``%%trial`` to IPython, as ``%load_ext anew`` asks for.

    Parameters
    ----------
    shell
        The `IPython.core.interactiveshell.InteractiveShell`.
    """
    follow(shell)
    shell.register_magic_function(run_trial, magic_kind="cell", magic_name="trial")


def run_trial(line: str, cell: str) -> Any:
    """Run a cell as a trial: ``%%trial EXPERIMENT [name=value]... [--seed N]``.

    Parameters
    ----------
    line
        The experiment's name and parameters: Python literals, else text.
    cell
        The code. The trial is ``trial`` in it.

    Returns
    -------
    object
        The value of the last expression, to be shown.

    Raises
    ------
    UsageError
        When the line cannot be read, or the cell awaits something at its top level.
    """
    import IPython

    shell = IPython.get_ipython()
    experiment, seed, parameters = _read(line)
    source = shell.transform_cell(cell)
    name = shell.compile.cache(source, shell.execution_count)  # for tracebacks
    tree = ast.parse(source, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    body = _compile(tree, name, "exec")
    end = _compile(ast.Expression(last.value), name, "eval") if last else None
    with trial(experiment, parameters, seed=seed) as running:
        shell.user_ns["trial"] = running
        exec(body, shell.user_ns)  # noqa: S102 - what a cell is for
        return eval(end, shell.user_ns) if end else None  # noqa: S307


def _read(line: str) -> tuple[str, Any, dict[str, Any]]:
    """Read experiment, seed and parameters."""
    import shlex

    words = shlex.split(line)
    seed: Any = None
    if "--seed" in words:
        at = words.index("--seed")
        seed = words[at + 1] if at + 1 < len(words) else ""
        del words[at : at + 2]
        if seed != "new" and not seed.isdecimal():
            message = f"seed is {seed!r}, expected a whole number from 0, or 'new'"
            raise UsageError(message, hint="%%trial bikes --seed 1")
        seed = seed if seed == "new" else int(seed)
    if not words or "=" in words[0]:
        message = "the cell has no experiment"
        raise UsageError(message, hint="%%trial bikes alpha=0.3")
    return words[0], seed, parse_assignments(words[1:])


def _compile(tree: ast.Module | ast.Expression, name: str, mode: str) -> Any:
    try:
        return compile(tree, name, mode)
    except SyntaxError as error:
        if "outside" not in str(error):
            raise
        message = "a cell that awaits at its top level cannot be run by %%trial"
        raise UsageError(message, hint="with anew.trial('bikes'): await ...") from error
