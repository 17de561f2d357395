"""One trial on one screen."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len
from rich.console import Group
from rich.table import Table
from rich.text import Text

from anew.formats.size import write_size
from anew.render.listing import STATUS_STYLES
from anew.render.text import count, cut, join_names, show_seconds, show_time, show_value, show_when

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import RenderableType

    from anew.model import Artifact, Failure, FileUse, StepRecord
    from anew.query import Report

__all__ = ["make_report"]

_SHOWN: Final = 10
"""How many steps, artifacts, files or remarks are shown."""

_TRACEBACK_LINES: Final = 8
_VALUE_WIDTH: Final = 60
_GAP: Final = 3
_CALL: Final = re.compile(r'  File ".*anew[/\\]execution(?:[/\\]\w+)?\.py"')
"""How the frames of a traceback begin that are not yet of the step."""

_FRAME_LINE: Final = re.compile(r"  .*[^ ^~]")
_DOUBTS: Final = frozenset({"unexplained", "unkept", "unseeded", "unseen"})
"""Remarks for which a trial may not be made anew, whatever was looked at before it began."""

_ROLES: Final = {"value": "value of step ", "artifact": ""}


def make_report(report: Report) -> RenderableType:
    """Put all that a person wants to know of a trial on a screen.

    Parameters
    ----------
    report
        What there is to tell.
    """
    trial = report.trial
    sections: dict[str, RenderableType | None] = {
        "started": f"{show_time(trial.started)}  ({show_when(trial.started)})",
        "took": None if trial.seconds is None else show_seconds(trial.seconds),
        "uuid": trial.uuid,
        "seed": _show_seed(report),
        "reproduces": None if report.reproduces is None else f"trial {report.reproduces}",
        "tags": ", ".join(trial.tags) or None,
        "notes": "\n".join(trial.notes) or None,
        "strict": _show_strict(report),
        "made anew by": _show_remade(report),
        "verified": _show_verified(report.facets.get("verification", {})),
        "command": _show_command(report.facets.get("command", {})),
        "parameters": _pairs(trial.parameters),
        "metrics": _pairs(trial.metrics),
        "result": _show_result(report),
        "error": _show_failure(trial.error) if trial.error else None,
        "steps": _list_steps(report),
        "artifacts": _list_artifacts(report.artifacts),
        "files": _list_files(report.files),
        "code": _show_code(report.facets),
        "environment": _show_environment(report.facets),
        "not seen": "\n".join(report.facets.get("tracking", {}).get("unseen", ())) or None,
        "remarks": _list_remarks([each for each in report.events if each[0] != "unseen"]),
    }
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    for label, content in sections.items():
        if content is not None:
            grid.add_row(label, content)
    return Group(_make_title(report), grid, "", _show_more(report))


def _make_title(report: Report) -> Text:
    trial = report.trial
    style = STATUS_STYLES.get(trial.status, "")
    parts = (f"{trial.experiment}: trial {trial.number}", "bold"), ("  ", ""), (trial.status, style)
    return Text.assemble(*parts)


def _show_seed(report: Report) -> str:
    origins = {
        "experiment": "the experiment's own",
        "given": "given",
        "new": "drawn for this trial",
        "reproduction": "that of the trial made anew",
    }
    origin = report.facets.get("seeds", {}).get("origin")
    told = f"  ({origins[origin]})" if origin in origins else ""
    return f"{report.trial.seed}{told}"


def _show_strict(report: Report) -> Text | None:
    """Tell what strict mode let pass; what was found afterwards takes it back."""
    mode = report.facets.get("strict", {}).get("mode")
    if mode is None:
        return None
    if _DOUBTS.isdisjoint(kind for kind, _ in report.events):
        return Text(f"reproducible by record ({mode})", style="green")
    return Text(f"passed ({mode}), but see the remarks", style="yellow")


def _show_remade(report: Report) -> str | None:
    """Say which trials made this one anew, and what came of it the last time."""
    numbers, last = _show_numbers(report.reproduced_by), report.remade
    if numbers is None or last is None:
        return numbers
    where = f" on {last.host}" if last.host else ""
    return f"{numbers}; last {show_when(last.started)}{where}: {last.verdict or 'not compared'}"


def _show_verified(found: Mapping[str, Any]) -> Text | None:
    """Say what came of running the trial under changed conditions."""
    if not found:
        return None
    when = show_when(datetime.fromtimestamp(found["ended"], UTC))
    return Text(f"{found['told']}  ({when})", style="green" if found["is_good"] else "yellow")


def _show_numbers(numbers: list[int]) -> str | None:
    if not numbers:
        return None
    return f"{'trial' if len(numbers) == 1 else 'trials'} {join_names(map(str, numbers))}"


def _show_command(command: Mapping[str, Any]) -> str | None:
    """Write the command as it may be typed again, without the folders of its programs."""
    argv = [str(part) for part in command.get("argv") or ()]
    if not argv:
        return None
    is_ours = [PurePath(part).name for part in argv[1:2]] == ["anew"] or argv[1:3] == ["-m", "anew"]
    own = ["anew", *argv[2 if argv[1] != "-m" else 3 :]] if is_ours else None
    shown = own or [PurePath(argv[0]).name, *argv[1:]]
    folder = command.get("cwd")
    place = f"  (in {folder})" if folder not in {None, "."} else ""
    return cut(" ".join(shlex.join(shown).split()), 2 * _VALUE_WIDTH) + place


def _pairs(values: Mapping[str, Any]) -> RenderableType | None:
    """Set names and values side by side, as many to a line as fit."""
    lines: list[Text] = []
    for name, value in values.items():
        pair = Text.assemble((f"{name} ", "dim"), cut(show_value(value), _VALUE_WIDTH))
        if lines and cell_len(lines[-1].plain) + cell_len(pair.plain) + _GAP <= _VALUE_WIDTH:
            lines[-1] = Text.assemble(lines[-1], " " * _GAP, pair)
        else:
            lines.append(pair)
    return Group(*lines) if lines else None


def _show_result(report: Report) -> str | None:
    found = [a for a in report.artifacts if a.role == "result"]
    if not found:
        return None
    shown = cut(show_value(report.result), _VALUE_WIDTH)
    return f"{shown}  ({_describe_kept(found[0])})" if found[0].digest is None else shown


def _describe_kept(artifact: Artifact) -> str:
    if artifact.digest is None:
        return "not stored"
    return f"{write_size(artifact.size_bytes)} {artifact.format}"


def _show_failure(failure: Failure) -> RenderableType:
    """Give the end of the traceback, from the step on, and the exception."""
    frames = re.split(r"^(?=  File )", failure.traceback, flags=re.MULTILINE)
    calls = [place for place, frame in enumerate(frames) if _CALL.match(frame)]
    below = frames[calls[-1] + 1 :] if calls else frames
    lines = [line for frame in below for line in frame.splitlines() if _FRAME_LINE.match(line)]
    shown = [Text(line, style="dim") for line in lines[-_TRACEBACK_LINES:]]
    return Group(*shown, Text(cut(str(failure), 4 * _VALUE_WIDTH), style="red"))


def _grid(rows: Iterable[tuple[Any, ...]], total: int) -> RenderableType | None:
    """Set rows in columns, with a last line for those that are left out."""
    if not total:
        return None
    grid = Table.grid(padding=(0, 2, 0, 0))
    for row in rows:
        grid.add_row(*row)
    if total <= _SHOWN:
        return grid
    return Group(grid, Text(f"and {total - _SHOWN} more", style="dim"))


def _list_steps(report: Report) -> RenderableType | None:
    rows = (
        (
            step.label,
            show_seconds(step.seconds),
            _show_status(step, report.origins),
            Text(f"← {join_names(step.inputs)}" if step.inputs else "", style="dim"),
        )
        for step in report.steps[:_SHOWN]
    )
    return _grid(rows, len(report.steps))


def _show_status(step: StepRecord, origins: Mapping[str, int]) -> Text:
    """Say what is not plain: that a step failed, or from which trial its outcome is."""
    if step.status == "reused":
        origin = origins.get(step.reused or "")
        return Text("reused" if origin is None else f"reused from {origin}", style="green")
    return Text("" if step.status == "finished" else step.status, style="red")


def _list_artifacts(artifacts: list[Artifact]) -> RenderableType | None:
    kept = [each for each in artifacts if each.role in _ROLES]
    rows = (
        (f"{_ROLES[each.role]}{each.name}", _describe_kept(each), Text(each.summary, style="dim"))
        for each in kept[:_SHOWN]
    )
    return _grid(rows, len(kept))


def _count_parts(use: FileUse) -> str:
    """Count the files of a folder, or the rows of a table."""
    if use.count is not None:
        return count(use.count, "file")
    return "" if use.rows is None else count(use.rows, "row")


def _list_files(files: list[FileUse]) -> RenderableType | None:
    rows = (
        (
            each.path,
            each.role,
            write_size(each.size_bytes),
            _count_parts(each),
            Text("" if each.kept else "not kept", style="yellow"),
            Text(each.origin, style="dim"),
        )
        for each in files[:_SHOWN]
    )
    return _grid(rows, len(files))


def _show_code(facets: Mapping[str, Mapping[str, Any]]) -> str | None:
    snapshot, git = facets.get("snapshot", {}), facets.get("git", {})
    parts = []
    if "commit" in snapshot:
        parts.append(f"snapshot {snapshot['commit'][:10]}")
    if snapshot.get("skipped"):
        parts.append(f"without {join_names(map(str, snapshot['skipped']), 3)}")
    if git.get("commit"):
        parts.append(f"commit {git['commit'][:10]}")
    if git.get("branch"):
        parts.append(f"branch {git['branch']}")
    if git.get("dirty") or git.get("untracked"):
        parts.append("uncommitted edits" if git["dirty"] else count(git["untracked"], "new file"))
    return ", ".join(parts) or None


def _show_environment(facets: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Tell software on one line, hardware on another."""
    python, system = facets.get("python", {}), facets.get("platform", {})
    packages = facets.get("packages", {}).get("versions", {})
    software = [
        " ".join(filter(None, (python.get("implementation"), python.get("version")))),
        count(len(packages), "package") if packages else None,
        system.get("distribution") or system.get("system"),
        system.get("machine"),
    ]
    lines = (", ".join(filter(None, line)) for line in (software, _hardware(facets)))
    return "\n".join(filter(None, lines)) or None


def _hardware(facets: Mapping[str, Mapping[str, Any]]) -> list[str | None]:
    cpu, memory = facets.get("cpu", {}), facets.get("memory", {}).get("total_bytes")
    libraries = facets.get("numerics", {}).get("libraries") or []
    gpus = facets.get("gpu", {}).get("devices") or []
    return [
        cpu.get("model"),
        count(cpu["usable"], "core") if cpu.get("usable") else None,
        write_size(memory) if memory else None,
        *(each["model"] for each in gpus if each.get("model")),
        *(f"{each['library']} {each['version']}" for each in libraries if each.get("version")),
    ]


def _list_remarks(events: list[tuple[str, str]]) -> RenderableType | None:
    rows = (
        (Text(kind, style="yellow"), cut(text, 2 * _VALUE_WIDTH)) for kind, text in events[:_SHOWN]
    )
    return _grid(rows, len(events))


def _show_more(report: Report) -> RenderableType:
    """Say how to get at the rest."""
    number = report.trial.number
    commands = []
    if report.lines:
        commands.append((f"anew console {number}", f"{count(report.lines, 'line')} printed"))
    if report.reproduces is not None:
        other = str(report.reproduces)[:13]
        commands.append((f"anew diff {other} {number}", "what differs from the one made anew"))
    elif report.before is not None:
        commands.append((f"anew diff {report.before} {number}", "what differs from the one before"))
    commands.append((f"anew reproduce {number}", "make it anew and compare"))
    commands.append((f"anew show {number} --json", "all of the record"))
    grid = Table.grid(padding=(0, 2, 0, 0))
    for command, what in commands:
        grid.add_row(Text(command, style="cyan"), Text(what, style="dim"))
    return grid
