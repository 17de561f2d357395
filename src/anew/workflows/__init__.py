"""Workflows of GitHub and GitLab that make trials anew, on each push and merge request."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from anew.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Plan", "make_workflow", "write_workflow"]

_PLACES: Final = {"github": ".github/workflows/anew.yml", "gitlab": ".gitlab-ci.yml"}
_BESIDE: Final = ".gitlab/anew.yml"
_SCRIPT: Final = "$script"
_INDENT: Final = {"github": 10, "gitlab": 6}


@dataclass(frozen=True)
class Plan:
    """What a workflow does.

    Parameters
    ----------
    trials
        UUIDs of the trials that are made anew.
    commands
        What is run as a strict trial, as one types it after ``anew run --strict``.
    remote
        The URL from which the trials are pulled.
    bundle
        A file of the repository that has them; instead of ``remote``.
    """

    trials: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    remote: str | None = None
    bundle: str | None = None


def make_workflow(host: str, plan: Plan) -> str:
    """Give the text of a workflow.

    Parameters
    ----------
    host
        ``"github"`` or ``"gitlab"``.
    plan
        What it does.

    Raises
    ------
    UsageError
        When it would do nothing, or would not find the trials.
    """
    if not plan.trials and not plan.commands:
        message = "a workflow that makes nothing anew and runs nothing"
        raise UsageError(message, hint=f"anew ci {host} --reproduce 1")
    if plan.trials and not plan.remote and not plan.bundle:
        message = "the trials are in this store alone, where no workflow can get them"
        hint = "`anew remote add NAME URL` and `anew push`, or `anew bundle` and --bundle FILE.zip"
        raise UsageError(message, hint=hint)
    template = (files("anew.workflows") / "templates" / f"{host}.yml").read_text("utf-8")
    indent = " " * _INDENT[host]
    lines = "\n".join(f"{indent}{line}" if line else "" for line in _make_script(plan))
    return template.replace(_SCRIPT, lines)


def _make_script(plan: Plan) -> list[str]:
    """Give the lines of the shell that do it; they go on after the first that fails."""
    lines = ["status=0", ": > anew.md"]
    if plan.trials:
        names = shlex.join(plan.trials)
        if plan.bundle:
            lines.append(f"uvx anew unbundle {shlex.quote(plan.bundle)}")
        else:
            lines.append(f"uvx anew remote add origin {shlex.quote(plan.remote or '')}")
            lines.append(f"uvx anew pull {names}")
        lines += [
            f"for trial in {names}; do",
            '  uvx anew reproduce "$trial" --markdown - >> anew.md || status=1',
            "done",
        ]
    if plan.commands:
        lines += [
            "if [ -f uv.lock ]; then uv sync --locked; fi",
            "if [ ! -d .venv ] && [ -f requirements.txt ]; then",
            "  uv venv && uv pip install --requirement requirements.txt",
            "fi",
        ]
    for command in plan.commands:
        told = shlex.quote(f"### {command}")
        lines += [
            f"uvx anew run --strict {command} || status=1",
            f"{{ echo {told}; echo '```'; uvx anew check last; echo '```'; }} >> anew.md || true",
        ]
    return [*lines, "exit $status"]


def write_workflow(host: str, plan: Plan, root: Path, *, force: bool = False) -> Path:
    """Write a workflow into a project.

    Parameters
    ----------
    host
        ``"github"`` or ``"gitlab"``.
    plan
        What it does.
    root
        The project's folder.
    force
        Whether a file that is there is replaced.

    Returns
    -------
    pathlib.Path
        The file. Where the project has a ``.gitlab-ci.yml``, it is one beside it that can be
        included.

    Raises
    ------
    UsageError
        When the file is there already, or `make_workflow` refuses.
    """
    text = make_workflow(host, plan)
    place = root / _PLACES[host]
    if host == "gitlab" and place.exists() and not _is_ours(place):
        place = root / _BESIDE
    if place.exists() and not force:
        message = f"{str(place.relative_to(root))!r} is there already"
        raise UsageError(message, hint=f"anew ci {host} --force replaces it")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    return place


def _is_ours(place: Path) -> bool:
    return place.read_text(encoding="utf-8", errors="replace").startswith("# Written by `anew ci")
