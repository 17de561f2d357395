"""The computational items of the NeurIPS paper checklist, held against a record.

NeurIPS Paper Checklist Guidelines (2024), https://neurips.cc/public/guides/PaperChecklist, items 4
to 8.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from anew.formats.size import write_size
from anew.guards.concern import name_some
from anew.guards.sandve import find_missing, find_public_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anew.guards.evidence import Evidence
    from anew.guards.sandve import Finding
    from anew.model import Trial

__all__ = ["RULES", "SOURCE"]

SOURCE: Final = "NeurIPS checklist, https://neurips.cc/public/guides/PaperChecklist"

_ENOUGH: Final = 3
"""So many seeds tell something of the spread."""

_SPREAD: Final = re.compile(
    r"(^|[_./-])(ci|conf\w*|err|error_bar|p_?value|sd|se|sem|std|stderr|var)($|[_./-]|\d)",
    re.IGNORECASE,
)
_SEED: Final = re.compile(r"(.*[_.-])?(seed|random_state|rng)", re.IGNORECASE)


def _reproducible(evidence: Evidence) -> Finding:
    missing = find_missing(evidence)
    missing += [f"the content of {use.path}" for use in evidence.inputs if not use.kept]
    if missing:
        return "not met", f"the record lacks {name_some(missing)}", "mend it, then run it again"
    if evidence.unseeded:
        return "not met", evidence.unseeded[0], "seed the generator, then run it again"
    if evidence.trial.status != "finished":
        return "not met", f"the trial {evidence.trial.status}", "run it to its end"
    times = evidence.times_made_anew
    made = f"; made anew {times} times" if times else "; see anew reproduce"
    return "met", f"code, data, command and environment are recorded{made}", ""


def _open(evidence: Evidence) -> Finding:
    reasons = find_public_code(evidence)
    closed = [
        use.path
        for use in evidence.inputs
        if not use.origin and "://" not in use.path and use.path not in evidence.code
    ]
    if closed:
        reasons.append(f"no public origin is known of {name_some(closed)}")
    if reasons:
        return "not met", "; ".join(reasons), "publish code and data, and read them from there"
    return "met", f"code at {evidence.facets['git']['remote']}, data with it or by URL", ""


def _settings(evidence: Evidence) -> Finding:
    parameters = evidence.trial.parameters
    if parameters:
        return "met", f"parameters {name_some(list(parameters))} are recorded", ""
    argv = evidence.facets.get("command", {}).get("argv") or ()
    if not argv:
        return (
            "not met",
            "neither parameters nor a command are recorded",
            "anew run FILE name=value",
        )
    if evidence.facets.get("snapshot", {}).get("commit"):
        return "met", "no parameters are given, so that the code in the snapshot says all", ""
    return "not met", "neither parameters nor the code are recorded", "install git"


def _significance(evidence: Evidence) -> Finding:
    numbers = {**evidence.trial.metrics, **_numeric_result(evidence)}
    if not numbers:
        return "not applicable", "there is no number to compare", ""
    spread = [name for name in numbers if _SPREAD.search(name)]
    if spread:
        return "met", f"spread is recorded as {name_some(spread)}", ""
    settings, seed = _conditions(evidence.trial)
    seeds = {seed, *_other_seeds(evidence, settings)}
    if len(seeds) >= _ENOUGH:
        return "met", f"{len(seeds)} seeds were tried with the same code and parameters", ""
    number = "1 seed was" if len(seeds) == 1 else f"{len(seeds)} seeds were"
    mend = "for seed in 1 2 3; do anew run --seed $seed FILE; done"
    return "not met", f"only {number} tried with this code and these parameters", mend


def _other_seeds(evidence: Evidence, settings: str) -> Iterator[str]:
    """Give the seeds that the same code was tried with under the same settings."""
    code = evidence.facets.get("snapshot", {}).get("tree")
    for trial in evidence.others:
        theirs, seed = _conditions(trial)
        is_alike = trial.status == "finished" and theirs == settings
        if is_alike and trial.facets.get("snapshot", {}).get("tree") == code:
            yield seed


def _numeric_result(evidence: Evidence) -> dict[str, float]:
    found = {}
    for artifact in evidence.artifacts:
        if artifact.role == "result":
            with suppress(ValueError):
                found[artifact.name] = float(artifact.summary)
    return found


def _conditions(trial: Trial) -> tuple[str, str]:
    """Part what a trial was given into settings and seeds."""
    settings = {n: v for n, v in trial.parameters.items() if not _SEED.fullmatch(n)}
    seeds = {n: v for n, v in trial.parameters.items() if _SEED.fullmatch(n)}
    return repr(sorted(settings.items())), repr((trial.seed, sorted(seeds.items())))


def _compute(evidence: Evidence) -> Finding:
    facets, trial = evidence.facets, evidence.trial
    cpu, memory = facets.get("cpu", {}), facets.get("memory", {}).get("total_bytes")
    has = {"the processor": bool(cpu), "memory": bool(memory), "time": trial.seconds is not None}
    if missing := [name for name, is_there in has.items() if not is_there]:
        return "not met", f"the record lacks {name_some(missing)}", "run it to its end"
    gpus = [each.get("model") for each in facets.get("gpu", {}).get("devices") or ()]
    told = [cpu.get("model") or "processor", *filter(None, gpus), write_size(memory or 0)]
    return "met", f"{', '.join(map(str, told))}, {trial.seconds:.3g} s", ""


RULES: Final[tuple[tuple[str, Callable[[Evidence], Finding]], ...]] = (
    ("4 experimental result reproducibility", _reproducible),
    ("5 open access to data and code", _open),
    ("6 experimental setting and details", _settings),
    ("7 statistical significance", _significance),
    ("8 compute resources", _compute),
)
"""What each item asks for, in short."""
