"""The parts of two executions, side by side."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from anew.model import Part

    Pair: TypeAlias = tuple[Part | None, Part | None]

__all__ = ["kind_of", "name_of", "pair_up", "show_pair"]

_DIGITS: Final = 8
_VERSION: Final = re.compile("[ =@]")
_NAMELESS: Final = frozenset({"helper", "class", "global", "closure", "default"})
"""Kinds of parts whose names do not matter: another name for the same is no difference."""


def kind_of(pair: Pair) -> str:
    """Give the kind of two parts."""
    return next(part.kind for part in pair if part is not None)


def name_of(pair: Pair) -> str:
    """Give the name of two parts, the newer one's first."""
    return next(_name(part) for part in reversed(pair) if part is not None)


def _name(part: Part) -> str:
    """Give the name of a part, that of a library without its version."""
    return _VERSION.split(part.name)[0] if part.kind == "library" else part.name


def pair_up(old: Sequence[Part], new: Sequence[Part]) -> Iterator[Pair]:
    """Give the parts that differ, each with its like on the other side, if there is one."""
    before, after = _index(old), _index(new)
    gone, come = before.keys() - after.keys(), after.keys() - before.keys()
    renamed = {_mark(before[key]) for key in gone} & {_mark(after[key]) for key in come}
    for key in {**before, **after}:
        one, other = before.get(key), after.get(key)
        if one and other:
            if one.digest != other.digest:
                yield one, other
        elif not any(
            part and part.kind in _NAMELESS and _mark(part) in renamed for part in (one, other)
        ):
            yield one, other


def _mark(part: Part) -> tuple[str, str | None]:
    """Give what a part is, whatever its name."""
    return part.kind, part.digest


def _index(parts: Iterable[Part]) -> dict[tuple[str, str, int], Part]:
    """Key parts by kind and name; the step's own function by its kind alone."""
    seen: Counter[tuple[str, str]] = Counter()
    found = {}
    for part in parts:
        name = (part.kind, "" if part.kind == "function" else _name(part))
        found[*name, seen[name]] = part
        seen[name] += 1
    return found


def show_pair(old: Part | None, new: Part | None) -> tuple[str | None, str | None]:
    """Show two parts, by their digests where their texts do not tell them apart."""
    texts = [None if part is None else part.text or _shorten(part) for part in (old, new)]
    if old and new and old.text == new.text:
        texts = [" ".join(filter(None, (part.text, _shorten(part)))) for part in (old, new)]
    return texts[0], texts[1]


def _shorten(part: Part) -> str:
    """Write the beginning of a digest."""
    if part.digest is None:
        return "missing" if part.kind == "file" else "without a digest"
    return part.digest.rpartition(":")[2][:_DIGITS]
