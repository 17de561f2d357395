"""What people read who open a bundle by hand."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from anew.stores.encoding import to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["show_command", "write_about", "write_packages", "write_readme"]

_README: Final = """\
This file holds computational results together with all that they were made of.

    uvx anew reproduce FILE.zip     make them anew here, and compare
    anew unbundle FILE.zip FOLDER   look at them, and go on from there

Nothing in it is run before you agree.

{trials}
trial.json              the trials in short
trials/UUID.json        the whole record of a trial
packages/UUID.txt       the packages that it ran with
snapshots/ID.pack       the code, as a pack of git: `git unpack-objects` in an empty repository
objects/ab/cdef...      inputs and outputs, each by the BLAKE3 digest of its content;
                        the records say which is which, and in what format it is

{missing}"""


def show_command(record: dict[str, Any]) -> str:
    """Give the command of a trial as one would type it; empty when none was recorded.

    Parameters
    ----------
    record
        The record.
    """
    argv = record["facets"].get("command", {}).get("argv")
    return shlex.join(map(str, argv)) if isinstance(argv, list) else ""


def summarize(record: dict[str, Any]) -> dict[str, Any]:
    """Give a trial in short, as JSON.

    Parameters
    ----------
    record
        The record.
    """
    trial = record["trial"]
    started = datetime.fromtimestamp(trial["started"], UTC).isoformat(timespec="seconds")
    python = record["facets"].get("python", {})
    results = [row["summary"] for row in record["artifacts"] if row["role"] == "result"]
    names = ("number", "uuid", "experiment", "status", "seconds", "seed", "tags", "notes")
    return {
        **{name: trial[name] for name in names},
        "started": started,
        "command": show_command(record),
        "python": python.get("version"),
        "packages": len(record["facets"].get("packages", {}).get("versions", {})),
        "parameters": {name: _show(value) for name, value in trial["parameters"].items()},
        "metrics": {name: _show(value) for name, value in trial["metrics"].items()},
        "result": results[0] if results else None,
        "inputs": _list_files(record, "input"),
        "outputs": _list_files(record, "output"),
    }


def _show(value: Any) -> Any:
    """Leave what strict JSON can say, and describe all else."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return repr(value)
    return value


def _list_files(record: dict[str, Any], role: str) -> list[dict[str, Any]]:
    return [
        {name: row[name] for name in ("path", "digest", "size_bytes")}
        for row in record["files"]
        if row["role"] == role
    ]


def write_about(
    records: Iterable[dict[str, Any]], asked: Sequence[str], missing: Iterable[str]
) -> bytes:
    """Write what is in a bundle.

    Parameters
    ----------
    records
        The records of its trials.
    asked
        The UUIDs of those that were asked for; the others come with them.
    missing
        What could not be put in.

    Returns
    -------
    bytes
        JSON.
    """
    about = {
        "format": "anew bundle",
        "version": 1,
        "asked": list(asked),
        "missing": list(missing),
        "trials": [summarize(record) for record in records],
    }
    return to_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n").encode()


def write_readme(records: Iterable[dict[str, Any]], missing: Iterable[str]) -> bytes:
    """Write what to do with a bundle.

    Parameters
    ----------
    records
        The records of its trials.
    missing
        What could not be put in.
    """
    trials = []
    for record in records:
        told = summarize(record)
        head = f"Trial {told['number']} of {told['experiment']}, {told['started']}"
        trials.append(f"{head}: {told['status']}\n    {told['command']}\n")
    lacking = "".join(f"    {each}\n" for each in missing)
    text = _README.format(
        trials="\n".join(trials), missing=f"Not in here:\n{lacking}" if lacking else ""
    )
    return text.encode("utf-8", "backslashreplace")


def write_packages(record: dict[str, Any]) -> bytes:
    """Write the packages of a trial as requirements.

    Parameters
    ----------
    record
        The record.
    """
    packages = record["facets"].get("packages", {})
    origins = packages.get("origins", {})
    lines = [
        f"{name}=={version}" + (f"  # {origins[name]}" if name in origins else "")
        for name, version in packages.get("versions", {}).items()
    ]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
