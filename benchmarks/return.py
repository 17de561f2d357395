"""What it takes to get an old result back: ``python benchmarks/return.py FOLDER [TOOL ...]``.

One small study is recorded with each tool; then its code and data are altered and a package is
upgraded; then the old result is made again: once with the tool's own command for that alone, once
with all that it takes. ``return/TOOL.sh`` says what is typed. A line there is a command; a file
that is written by hand is one, too; a comment that starts with ``#:`` opens a phase:

=========  ====================================================================
`install`  what the environment of the study has beside `humanize` (words)
`once`     typed once in a project
`record`   typed for the trial
`first`    the name of the trial, as the tool prints it (not counted); else the commit
`saved`    the later work is kept in the way of the tool; not counted
`alone`    the tool's own command to run again what was recorded, and no other
`back`     all that is typed to get the old result
`result`   prints the new ``out.json`` (not counted)
`said`     a pattern of the words in which the tool says what came of it
=========  ====================================================================

The interpreter that runs this, a Python 3.11, is that of the study. Environments and transcripts
stay in FOLDER; the network is used.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

TOOLS = ("anew", "dvc", "mlflow", "sumatra", "datalad", "guild")
PAUSE_S = 2  # nobody types faster; Sumatra takes what was written a second ago for output
OLD, NEW = "4.15.0", "4.17.0"
HOME = Path(__file__).resolve().parents[1]

COMMITTED = """\
import csv
import json

import humanize

with open("data.csv") as file:
    sizes = [int(row["size"]) for row in csv.DictReader(file)]
with open("out.json", "w") as file:
    json.dump({"total": humanize.naturalsize(sum(sizes))}, file)
print("trained")
"""
EDITED = COMMITTED.replace("sum(", "helper.total(").replace("import h", "import helper\nimport h")
STUDY = {
    "train.py": EDITED,
    "helper.py": "def total(sizes):\n    return sum(sizes) + 1\n",
    "data.csv": "size\n400000\n599998\n",
}
LATER = {
    "train.py": EDITED.replace('"total"', '"sum"'),
    "helper.py": "def total(sizes):\n    return 2 * sum(sizes)\n",
    "data.csv": "size\n400000\n700000\n",
}


@dataclass
class Typed:
    """How much was typed in a phase, its worst exit status, and what its last command printed."""

    count: int = 0
    status: int = 0
    output: str = ""


@dataclass
class Found:
    """What came of one tool."""

    version: str = ""
    phases: dict[str, Typed] = field(default_factory=dict)
    old: dict[str, bool] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)


def read_phases(path: Path) -> dict[str, list[str]]:
    """Split a script into phases, and these into commands, each with the text that it is given."""
    phases: dict[str, list[str]] = {}
    commands: list[str] = []
    end = None
    for line in path.read_text().splitlines():
        if end:
            commands[-1] += f"\n{line}"
            end = None if line == end else end
        elif line.startswith("#: "):
            commands = phases.setdefault(line[3:], [])
        elif line and not line.startswith("#"):
            commands.append(line)
            given = re.search(r"<<'(\w+)'", line)
            end = given[1] if given else None
    return phases


class Shell:
    """A shell in a study, with an environment of its own."""

    def __init__(self, folder: Path, place: Path, transcript: Path) -> None:
        self.folder, self.place, self.transcript = folder, place, transcript
        shed = ("VIRTUAL_ENV", "PYTHONPATH", "PYENV_VERSION")
        self.variables = {k: v for k, v in os.environ.items() if k not in shed} | {
            "PATH": f"{place}/bin:{os.environ['PATH']}",
            "VIRTUAL_ENV": str(place),
            "CHECKOUT": str(HOME),
            "NO_COLOR": "1",
            "DO_NOT_TRACK": "1",
            "DVC_NO_ANALYTICS": "1",
            "COLUMNS": "200",
            "GUILD_HOME": str(place),
            "ANEW_ENVIRONMENTS": str(place / "anew"),
            "MLFLOW_ENV_ROOT": str(place / "mlflow"),
        }

    def type(self, commands: list[str]) -> Typed:
        """Run commands one after the other."""
        typed = Typed(len(commands))
        for command in commands:
            time.sleep(PAUSE_S)
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=self.folder,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            typed.status = max(typed.status, done.returncode)
            typed.output = done.stdout
            with self.transcript.open("a") as file:
                file.write(f"$ {command}\n{done.stdout}[{done.returncode}]\n")
        return typed

    def say(self, command: str) -> str:
        """Give what a command prints, which must do its work."""
        typed = self.type([command])
        if typed.status:
            message = f"{command}\n{typed.output}"
            raise SystemExit(message)
        return typed.output.strip()


def write(folder: Path, files: dict[str, str]) -> None:
    """Write the files of the study."""
    for name, text in files.items():
        (folder / name).write_text(text)


def begin(shell: Shell, install: str) -> None:
    """Make the environment, and the repository with an edit that is not committed."""
    if not shell.place.exists():
        shell.say(f"uv venv --quiet --seed --python {sys.executable} {shell.place}")
        shell.say(f"uv pip install --quiet {install}")
    shell.say(f"uv pip install --quiet humanize=={OLD}")
    write(shell.folder, {"train.py": COMMITTED, ".gitignore": "__pycache__/\n"})
    shell.say("git init --quiet && git add --all && git commit --quiet -m begin")
    write(shell.folder, STUDY)


def go_through(tool: str, folder: Path, way: str, found: Found) -> None:
    """Record, alter, and get back, in a study of its own."""
    phases = read_phases(HOME / "benchmarks" / "return" / f"{tool}.sh")
    study = folder / "studies" / f"{tool}-{way}"
    shutil.rmtree(study, ignore_errors=True)
    study.mkdir(parents=True)
    transcript = folder / f"{tool}-{way}.txt"
    transcript.unlink(missing_ok=True)
    shell = Shell(study, folder / "environments" / tool, transcript)
    begin(shell, *phases["install"])
    found.version = shell.say(f"uv pip list --quiet | grep -i '^{tool}'").split()[1]
    for phase in ("once", "record"):
        typed = found.phases[phase] = shell.type(phases.get(phase, []))
        if typed.status:
            raise SystemExit(typed.output)
    place = phases["result"][0]
    first = shell.type([f"cat out.json 2>/dev/null || {{ {place}; }}"]).output
    shell.variables["FIRST"] = shell.say(phases.get("first", ["git rev-parse HEAD"])[0])
    write(study, LATER)
    shell.say(f"uv pip install --quiet humanize=={NEW}")
    shell.type(phases.get("saved", []))
    found.phases[way] = shell.type(phases[way])
    found.old[way] = shell.type([place]).output == first != ""
    lines = found.phases[way].output.replace(str(study), ".").splitlines()
    said = [match[0] for line in lines if (match := re.search(phases["said"][0], line))]
    found.said[way] = said[-1] if said else "nothing"


def show(found: dict[str, Found]) -> None:
    """Print both tables."""
    print(
        "| tool | version | once | record | back | in all | the old result | said | exit status |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for tool, each in found.items():
        counts = [each.phases[phase].count for phase in ("once", "record", "back")]
        print("|", " | ".join([tool, each.version, *map(str, [*counts, sum(counts)])]), end=" ")
        print(say_outcome(each, "back"))
    print("\n| tool | its own commands alone | the old result | said | exit status |")
    print("| --- | --- | --- | --- | --- |")
    for tool, each in found.items():
        print(f"| {tool} | {each.phases['alone'].count}", say_outcome(each, "alone"))


def say_outcome(found: Found, way: str) -> str:
    """Give the columns on what came of it."""
    old = "yes" if found.old[way] else "**no**"
    return f"| {old} | {found.said[way]} | {found.phases[way].status} |"


def main() -> None:
    """Go through it with each tool and print what came of it."""
    folder = Path(sys.argv[1]).resolve()
    found = {tool: Found() for tool in sys.argv[2:] or TOOLS}
    for tool, each in found.items():
        for way in ("alone", "back"):
            go_through(tool, folder, way, each)
    show(found)


if __name__ == "__main__":
    main()
