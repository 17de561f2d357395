"""All in which two trials differ, as candidates for the cause of another result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.bisect.files import list_files
from anew.bisect.mixtures import Candidate, Mixing
from anew.bisect.words import Words, read_words
from anew.changes import compare_facets
from anew.provenance.masking import MASK
from anew.reproduce.move import Move

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.reproduce.recipe import Recipe

__all__ = ["KINDS", "Changes", "list_changes"]

KINDS: Final = (
    "code",
    "data",
    "parameter",
    "command",
    "seed",
    "variable",
    "package",
    "interpreter",
)
"""Kinds of changes, those first that cost least to exchange."""

_OWN: Final = "anew"
_MACHINE: Final = ("platform", "cpu", "gpu", "conda")
_LIBRARIES: Final = "libraries"
_THREADS: Final = ("OMP_", "OPENBLAS_", "MKL_", "BLIS_", "VECLIB_", "GOTO_")
_ZONE: Final = "TZ"
_SEED: Final = "--seed"
_PARTS_OF_COMMAND: Final = {
    "cwd": "working folder",
    "paths": "folders of imports",
    "umask": "umask",
}


@dataclass(frozen=True)
class Changes:
    """In what two trials differ.

    Parameters
    ----------
    candidates
        What can be exchanged, in the order of `KINDS`.
    others
        What cannot: the machine, above all.
    words
        The words of the first command line, by name.
    """

    candidates: tuple[Candidate, ...]
    others: tuple[str, ...]
    words: Words


def list_changes(old: Recipe, new: Recipe, *, env: str = "exact") -> Changes:
    """List all in which two trials differ.

    Parameters
    ----------
    old, new
        Their recipes.
    env
        As for `anew.reproduce`; with ``"current"``, packages and interpreter are not exchanged.
    """
    new = _move(old, new)
    files, others = list_files(old, new)
    words, other_words = _read_words(old, new)
    found = [
        *files,
        *_list_words(words, other_words, old, new),
        *_list_command(old, new),
        *_list_order(old, new),
        *_list_seed(old, new, words, other_words),
        *_list_variables(old, new),
        *_list_threads(old, new),
    ]
    environment = [*_list_packages(old, new), *_list_interpreter(old, new)]
    if env == "current":
        others += [candidate.title for candidate in environment]
    else:
        found += environment
    hidden = [x for x in found if MASK in x.text]
    others += [f"{x.kind} {x.name}, which was masked as a credential" for x in hidden]
    found = [x for x in found if MASK not in x.text]
    found.sort(key=lambda candidate: KINDS.index(candidate.kind))
    return Changes(tuple(found), (*others, *_list_machine(old, new)), words)


def _move(old: Recipe, new: Recipe) -> Recipe:
    """Have the second trial speak of the project as if it lay where the first has it."""
    roots = old.record.root, new.record.root
    if roots[0] == roots[1] or not all(roots):
        return new
    relocate = Move(roots[1], Path(roots[0]), "", Path(roots[0])).relocate
    command = dict(new.facets["command"])
    command["argv"] = [relocate(word) for word in command["argv"]]
    command["environment"] = {n: relocate(v) for n, v in command["environment"].items()}
    return replace(new, facets={**new.facets, "command": command})


def _read_words(old: Recipe, new: Recipe) -> tuple[Words, Words]:
    """Name the words of both command lines; where anew itself lies is no difference."""
    lines = [list(each.facets["command"]["argv"][1:]) for each in (old, new)]
    if all(line and Path(line[0]).name == _OWN for line in lines):
        lines[1][0] = lines[0][0]
    return read_words(*lines)


def _is_of_a_kind(old: Recipe, new: Recipe) -> bool:
    """Tell whether both commands were given in the same way."""
    commands = [each.facets["command"]["how"] for each in (old, new)]
    programs = [each.facets.get("program", {}).get("kind") for each in (old, new)]
    return commands[0] == commands[1] and programs[0] == programs[1]


def _list_words(words: Words, others: Words, old: Recipe, new: Recipe) -> Iterator[Candidate]:
    """Give each option, setting and argument that differs; a command of another kind, whole."""
    if not _is_of_a_kind(old, new):
        yield _exchange_command(old, new)
        return
    for name in dict.fromkeys([*words, *others]):
        before, after = words.get(name), others.get(name)
        if before != after and not (name == _SEED and old.seed != new.seed):
            values = _value(name, before, old), _value(name, after, new)
            text = (
                _describe(*values) if values[0] != values[1] else " ".join(after or ("left out",))
            )
            names = list(others)
            behind = names[: names.index(name)] if name in others else []

            def put(
                mixing: Mixing,
                name: str = name,
                after: tuple[str, ...] | None = after,
                behind: list[str] = behind,
            ) -> None:
                mixing.set_words(name, after, behind)

            yield Candidate("parameter", name, "", text, put)


def _value(name: str, words: tuple[str, ...] | None, recipe: Recipe) -> str | None:
    """Give what is said after the name, or what the parameter was without that."""
    if words is None:
        default = recipe.record.trial.parameters.get(name.lstrip("-").replace("-", "_"))
        return None if default is None else str(default)
    return words[1] if len(words) > 1 else words[0].removeprefix(f"{name.partition(' (')[0]}=")


def _describe(before: Any, after: Any) -> str:
    if before is None:
        return f"{after} added"
    if after is None:
        return f"{before} removed"
    return f"{before} → {after}"


def _exchange_command(old: Recipe, new: Recipe) -> Candidate:
    """Make a candidate of the whole command, when it is a script here and a module there."""

    def put(mixing: Mixing) -> None:
        for name in ("argv", "how", "main", "module", "paths"):
            mixing.exchange("command", name, new.facets["command"].get(name))
        mixing.facets.pop("program", None)
        if "program" in new.facets:
            mixing.facets["program"] = new.facets["program"]

    lines = [" ".join(each.facets["command"]["argv"][1:]) for each in (old, new)]
    return Candidate("command", "command", "", _describe(*lines), put)


def _list_command(old: Recipe, new: Recipe) -> Iterator[Candidate]:
    """Give where and how the command was started."""
    before, after = old.facets["command"], new.facets["command"]
    for name, title in _PARTS_OF_COMMAND.items():
        if name == "paths" and not _is_of_a_kind(old, new):
            continue
        one, other = before.get(name), after.get(name)
        if one != other and other is not None:

            def put(mixing: Mixing, name: str = name, other: Any = other) -> None:
                mixing.exchange("command", name, other)

            yield Candidate("command", title, "", _describe(one, other), put)


def _list_order(old: Recipe, new: Recipe) -> Iterator[Candidate]:
    """Give which of the trials of its command it was: the second of a loop, for example."""
    one, other = old.record.ordinal, new.record.ordinal
    if one == other:
        return
    values = old.record.trial.parameters, new.record.trial.parameters
    names = [
        name
        for name in dict.fromkeys([*values[0], *values[1]])
        if values[0].get(name) != values[1].get(name)
    ]
    told = [_describe(values[0].get(name), values[1].get(name)) for name in names]

    def put(mixing: Mixing) -> None:
        mixing.ordinal = other

    if not names:
        yield Candidate("command", "trial", "", f"{one} of the command → {other}", put)
        return
    rest = "".join(f", {name} {text}" for name, text in zip(names[1:], told[1:], strict=True))
    yield Candidate("parameter", names[0], "of the loop", told[0] + rest, put)


def _list_seed(old: Recipe, new: Recipe, words: Words, others: Words) -> Iterator[Candidate]:
    """Give the seed, with the option that says it."""
    if old.seed == new.seed:
        return
    is_said = _is_of_a_kind(old, new) and words.get(_SEED) != others.get(_SEED)

    def put(mixing: Mixing) -> None:
        mixing.seed = new.seed
        if is_said:
            names = list(others)
            behind = names[: names.index(_SEED)] if _SEED in others else []
            mixing.set_words(_SEED, others.get(_SEED), behind)

    yield Candidate("seed", "seed", "", f"{old.seed} → {new.seed}", put)


def _list_variables(old: Recipe, new: Recipe) -> Iterator[Candidate]:
    """Give each environment variable, with what of the machine it decides."""
    before, after = (each.facets["command"]["environment"] for each in (old, new))
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        if one == other:
            continue

        def put(mixing: Mixing, name: str = name, other: str | None = other) -> None:
            mixing.exchange_in("command", "environment", name, other)
            for facet in _facets_of(name):
                if facet in new.facets:
                    mixing.facets[facet] = new.facets[facet]

        yield Candidate("variable", name, "", _describe(one, other), put)


def _facets_of(variable: str) -> tuple[str, ...]:
    """Name the facets that tell what a variable has done."""
    if variable.startswith(_THREADS):
        return ("numerics",)
    return ("locale",) if variable == _ZONE else ()


def _list_threads(old: Recipe, new: Recipe) -> Iterator[Candidate]:
    """Give threads and time zone, where no variable said them but the machine."""
    before, after = (each.facets["command"]["environment"] for each in (old, new))
    changed = {n for n in before.keys() | after.keys() if before.get(n) != after.get(n)}
    threads = [
        {
            each["library"]: each["threads"]
            for each in recipe.facets.get("numerics", {}).get("libraries", ())
        }
        for recipe in (old, new)
    ]
    if threads[0] != threads[1] and not any(n.startswith(_THREADS) for n in changed):
        shared = [n for n in threads[0] if threads[1].get(n, threads[0][n]) != threads[0][n]]
        text = ", ".join(f"{n} {threads[0][n]} → {threads[1][n]}" for n in sorted(shared))
        if text:
            yield _exchange_facet("variable", "threads", text, new, "numerics")
    zones = [each.facets.get("locale", {}).get("zone") for each in (old, new)]
    if zones[0] != zones[1] and all(zones) and _ZONE not in changed:
        yield _exchange_facet("variable", "time zone", _describe(*zones), new, "locale")


def _exchange_facet(kind: str, name: str, text: str, new: Recipe, *facets: str) -> Candidate:
    """Make a candidate of whole facets."""

    def put(mixing: Mixing) -> None:
        for facet in facets:
            if facet in new.facets:
                mixing.facets[facet] = new.facets[facet]

    return Candidate(kind, name, "", text, put)


def _list_packages(old: Recipe, new: Recipe) -> Iterator[Candidate]:
    """Give each package; of anew itself, that of today is used for both."""
    sides = [_read_packages(each) for each in (old, new)]
    for name in sorted((sides[0].keys() | sides[1].keys()) - {_OWN}):
        one, other = (side.get(name, (None, None, None)) for side in sides)
        if one == other:
            continue
        version, origin, kept = other

        def put(
            mixing: Mixing,
            name: str = name,
            version: str | None = version,
            origin: str | None = origin,
            kept: Any = kept,
        ) -> None:
            mixing.exchange_in("packages", "versions", name, version)
            mixing.exchange_in("packages", "origins", name, origin)
            mixing.exchange_in("snapshot", "editable", name, kept)

        if one[0] != version:
            text = _describe(one[0], version)
        else:
            text = f"{version} ({_describe(one[1], origin)})" if one[1] != origin else "its code"
        yield Candidate("package", name, "", text, put)


def _read_packages(recipe: Recipe) -> dict[str, tuple[Any, Any, Any]]:
    """Give version, origin and snapshot of each package; the project itself is code."""
    facet = recipe.facets.get("packages", {})
    origins = facet.get("origins", {})
    kept = recipe.facets["snapshot"].get("editable", {})
    return {
        name: (version, origins.get(name), kept.get(name))
        for name, version in facet.get("versions", {}).items()
        if origins.get(name) != "editable ."
    }


def _list_interpreter(old: Recipe, new: Recipe) -> Iterator[Candidate]:
    """Give the interpreter, when it is another release or another implementation."""
    one, other = (each.facets.get("python", {}) for each in (old, new))
    names = ("implementation", "version", "free_threaded")
    if one and other and any(one.get(name) != other.get(name) for name in names):
        text = _describe(*(_name_interpreter(each) for each in (one, other)))

        def put(mixing: Mixing) -> None:
            mixing.facets["python"] = other
            if "program" in mixing.facets and "program" in new.facets:
                told = {n: new.facets["program"].get(n) for n in ("interpreter", "chosen")}
                mixing.facets["program"] = {**mixing.facets["program"], **told}

        yield Candidate("interpreter", "Python", "", text, put)


def _name_interpreter(facet: dict[str, Any]) -> str:
    """Name an interpreter: CPython is what everybody means by Python."""
    kind = facet.get("implementation", "CPython")
    name = "" if kind == "CPython" else f"{kind} "
    return f"{name}{facet['version']}{'t' if facet.get('free_threaded') else ''}"


def _list_machine(old: Recipe, new: Recipe) -> Iterator[str]:
    """Say in what the machines differ, of which nothing can be exchanged."""
    before, after = (
        {name: content for name, content in each.facets.items() if name in _MACHINE}
        for each in (old, new)
    )
    yield from (str(change) for change in compare_facets(before, after))
    # Which libraries a process loads follows from what it does; their versions do not.
    versions = [each.facets.get(_LIBRARIES, {}).get("versions", {}) for each in (old, new)]
    shared = versions[0].keys() & versions[1].keys()
    one, other = ({_LIBRARIES: {name: each[name] for name in shared}} for each in versions)
    changes = compare_facets(one, other)
    yield from (str(change) for change in changes)
