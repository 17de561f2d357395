"""The ten simple rules for reproducible computational research, held against a record.

Sandve, Nekrutenko, Taylor and Hovig (2013), PLoS Computational Biology 9(10): e1003285,
doi:10.1371/journal.pcbi.1003285. Each rule is a function of what is recorded, nothing else.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Literal

from anew.guards.concern import name_some
from anew.guards.evidence import is_figure
from anew.guards.worktree import is_code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from anew.guards.evidence import Evidence
    from anew.model import Artifact

__all__ = ["RULES", "SOURCE", "Finding", "find_missing", "find_public_code"]

Finding = tuple[Literal["met", "not met", "not applicable"], str, str]
"""Verdict, why, and what mends it."""

SOURCE: Final = "ten simple rules, doi:10.1371/journal.pcbi.1003285"

_PUBLIC: Final = re.compile(r"\w+://(?!localhost)[^/]+|(?:[\w.-]+@)?[\w-]+(\.[\w-]+)+:")
_PROBES: Final = frozenset({"gcc", "ld", "ldconfig", "lscpu", "nvidia-smi", "objdump", "uname"})
"""What Python and its libraries start to look at the machine: it computes nothing."""

_ONE_NUMBER: Final = 32
"""So many bytes a single number takes as text."""

_SEED: Final = re.compile(r"(^|[_.-])(seed|random_state)($|[_.-])", re.IGNORECASE)
_BY_HAND: Final = frozenset({"inline", "interactive"})


def find_missing(evidence: Evidence) -> list[str]:
    """List what a record lacks of code, command, packages and interpreter.

    Parameters
    ----------
    evidence
        The record.
    """
    facets = evidence.facets
    command = facets.get("command", {})
    has = {
        "the code": bool(facets.get("snapshot", {}).get("commit")),
        "a command": bool(command.get("argv")) and command.get("how") not in _BY_HAND,
        "the packages": bool(facets.get("packages", {}).get("versions")),
        "the interpreter": bool(facets.get("python", {}).get("version")),
    }
    return [name for name, is_there in has.items() if not is_there]


def find_public_code(evidence: Evidence) -> list[str]:
    """Say why nobody else could get the code that ran; nothing when they can.

    Parameters
    ----------
    evidence
        The record.
    """
    git: Any = evidence.facets.get("git", {})
    if not git.get("commit"):
        return ["the code was in no commit"]
    reasons = []
    if not _PUBLIC.match(git.get("remote") or ""):
        reasons.append("no remote that others could reach is recorded")
    if git.get("dirty"):
        reasons.append("there were uncommitted edits")
    if git.get("untracked"):
        reasons.append(f"{git['untracked']} new files were not committed")
    return reasons


def _how_produced(evidence: Evidence) -> Finding:
    missing = find_missing(evidence)
    if evidence.trial.status != "finished":
        return "not met", f"the trial {evidence.trial.status}", "run it to its end"
    if missing:
        why = f"the record lacks {name_some(missing)}"
        return "not met", why, "run a script: anew run FILE"
    return "met", "command, code, packages and interpreter are recorded", ""


def _no_manual_steps(evidence: Evidence) -> Finding:
    if not evidence.inputs:
        return "not applicable", "no data were read", ""
    edited = [
        (use, before)
        for use in evidence.inputs
        if (before := evidence.read_differently(use)) and not evidence.written_before(use)
    ]
    if edited:
        use, before = edited[0]
        why = f"{use.path} is not as trial {before.number} read it, and no trial wrote it"
        return "not met", why, "make the change by a script: anew run FILE"
    return "met", "no input changed but by a trial", ""


def _programs(evidence: Evidence) -> Finding:
    packages = evidence.facets.get("packages", {})
    if lacking := [n for n in find_missing(evidence) if n in {"the packages", "the interpreter"}]:
        return "not met", f"the record lacks {name_some(lacking)}", "run it again: anew run FILE"
    held = {"anew", *evidence.facets.get("snapshot", {}).get("editable", {})}
    loose = [
        name
        for name, origin in packages.get("origins", {}).items()
        if origin.startswith(("editable /", "editable ~")) and name not in held
    ]
    if loose:
        why = f"installed from a folder that may change: {name_some(loose)}"
        return "not met", why, "install it from an index or a commit"
    if unknown := _unversioned(evidence):
        why = f"no version is recorded of {name_some(unknown)}"
        return "not met", why, "put them into an environment that a lock file describes"
    number = len(packages["versions"])
    return "met", f"Python and {number} packages are recorded with their versions", ""


def _unversioned(evidence: Evidence) -> list[str]:
    """Name the programs other than Python that ran, and of which no version is recorded."""
    program = evidence.facets.get("program", {})
    own = program.get("argv", ())[:1] if program.get("kind") == "command" else ()
    started = evidence.facets.get("tracking", {}).get("programs", ())
    names = [PurePosixPath(str(argv[0])).name for argv in (own, *started) if argv]
    return [name for name in dict.fromkeys(names) if name not in _PROBES]


def _version_control(evidence: Evidence) -> Finding:
    snapshot = evidence.facets.get("snapshot", {})
    if not snapshot.get("commit"):
        return "not met", "no snapshot of the code was taken", "install git, then run it again"
    kept = {each["path"] for each in snapshot.get("large") or () if each["kept"]}
    left_out = [path for path in snapshot.get("skipped") or () if path not in kept]
    if code := [path for path in left_out if is_code(path)]:
        why = f"not in the snapshot: {name_some(code)}"
        return "not met", why, "raise snapshot_limit in anew.toml"
    commit = evidence.facets.get("git", {}).get("commit")
    own = f", on top of commit {commit[:10]}" if commit else ""
    return "met", f"snapshot {snapshot['commit'][:10]}{own}", ""


def _intermediate_results(evidence: Evidence) -> Finding:
    if not evidence.has_outcome and not evidence.steps:
        return "not met", "nothing was kept", "anew.save(NAME, value)"
    lost = [step.label for step in evidence.steps if step.status != "failed" and not step.digest]
    lost += [artifact.name for artifact in evidence.artifacts if artifact.digest is None]
    lost += [use.path for use in evidence.outputs if not use.kept]
    if lost:
        return "not met", f"not kept: {name_some(lost)}", "return or save what a format can keep"
    pickled = [artifact.name for artifact in evidence.artifacts if artifact.format == "pickle"]
    if pickled:
        why = f"kept as pickle, which only the same code can read: {name_some(pickled)}"
        return "not met", why, "return arrays, tables or plain values"
    return "met", "all that was recorded is kept in standard formats, or known by its digest", ""


def _seeds(evidence: Evidence) -> Finding:
    if evidence.unseeded:
        return "not met", evidence.unseeded[0], "seed the generator, then run it again"
    if program := evidence.facets.get("program"):
        return _seeds_of_program(evidence, program)
    steps = evidence.steps
    uses = any(step.drew or any(p.kind == "seed" for p in step.parts) for step in steps)
    if steps and not uses:
        return "not applicable", "no step drew random numbers", ""
    if "root" not in evidence.facets.get("seeds", {}):
        return "not met", "no seed is recorded", "anew run --seed 1 FILE"
    return "met", f"seed {evidence.facets['seeds']['root']}", ""


def _seeds_of_program(evidence: Evidence, program: Mapping[str, Any]) -> Finding:
    """Judge a program, whose seeds are its own affair: some are given, Python's draws are seen."""
    given = [f"{n} = {v}" for n, v in evidence.trial.parameters.items() if _SEED.search(n)]
    if given:
        return "met", name_some(given), ""
    if program.get("kind") == "command":
        why = "whether the command draws random numbers cannot be seen, and it was given no seed"
        return "not met", why, "give it a seed as an argument, as in --seed 1"
    return "met", "no generator was seen to draw without a seed", ""


def _data_behind_plots(evidence: Evidence) -> Finding:
    figures = evidence.figures
    if not figures:
        return "not applicable", "there are no figures", ""
    values = [each.name for each in evidence.artifacts if _is_data(each)]
    values += [use.path for use in evidence.outputs if use.kept and not is_figure(use.path)]
    inputs = [use.path for use in evidence.inputs]
    if values or (inputs and all(use.kept for use in evidence.inputs)):
        behind = name_some([*values, *inputs])
        return "met", f"behind {name_some(figures)}: {behind}", ""
    why = f"the data behind {name_some(figures)} are not kept"
    return "not met", why, 'anew.save("figure-data.csv", frame)'


def _is_data(artifact: Artifact) -> bool:
    """Tell tables and the like from pictures, and from a result that is one number or none."""
    if artifact.role == "result" and artifact.size_bytes <= _ONE_NUMBER:
        return False
    return artifact.digest is not None and not is_figure(artifact.name)


def _layers(evidence: Evidence) -> Finding:
    details = [a.name for a in evidence.artifacts if a.role != "result"]
    details += [use.path for use in evidence.outputs]
    if len(evidence.steps) > 1:
        details.append(f"{len(evidence.steps)} steps")
    is_summed_up = bool(evidence.trial.metrics) or any(
        a.role == "result" for a in evidence.artifacts
    )
    if not is_summed_up:
        why = "there is no result and no metric to begin from"
        return "not met", why, "anew.log(rmse=rmse)"
    if not details:
        why = "there is nothing below the result to look into"
        return "not met", why, "anew.save(NAME, value), or split the work into steps"
    return "met", f"below result and metrics: {name_some(details)}", ""


def _statements(evidence: Evidence) -> Finding:
    if not evidence.has_outcome:
        return "not applicable", "there is no outcome that a text could speak of", ""
    if evidence.trial.notes:
        return "met", f"a note says: {evidence.trial.notes[0]}", ""
    if place := evidence.cited_in():
        return "met", f"{place} names the trial", ""
    mark = f"trial {evidence.trial.uuid}"
    return "not met", "no note and no text of the project names the trial", f"cite it: {mark}"


def _public(evidence: Evidence) -> Finding:
    if reasons := find_public_code(evidence):
        return "not met", name_some(reasons), "git add . && git commit && git push, then run again"
    git = evidence.facets["git"]
    return "met", f"commit {git['commit'][:10]} of {git['remote']}", ""


RULES: Final[tuple[tuple[str, Callable[[Evidence], Finding]], ...]] = (
    ("1 keep track of how every result was produced", _how_produced),
    ("2 avoid manual data manipulation", _no_manual_steps),
    ("3 archive the exact versions of all programs", _programs),
    ("4 version-control all scripts", _version_control),
    ("5 record intermediate results in standard formats", _intermediate_results),
    ("6 note the seeds of random numbers", _seeds),
    ("7 store the data behind plots", _data_behind_plots),
    ("8 allow layers of detail to be inspected", _layers),
    ("9 connect statements to results", _statements),
    ("10 give public access to scripts, runs and results", _public),
)
"""What each rule asks for, in short."""
