"""Mixtures of two trials: the recipe of the one, with some of what the other one has."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from anew.bisect.hunks import Hunk, apply_hunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anew.bisect.words import Words
    from anew.model import FileUse
    from anew.reproduce.recipe import Recipe

__all__ = ["Candidate", "Mixing", "mix"]

_PARTS: Final = ("command", "locale", "numerics", "packages", "python", "snapshot")
"""Facets of which parts are exchanged."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """One difference between two trials, which may be the cause of another result.

    Parameters
    ----------
    kind
        ``code``, ``data``, ``parameter``, ``variable``, ``seed``, ``package``, ``interpreter`` or
        ``command``.
    name
        Of the file, the option, the variable, the package.
    part
        ``hunk 2``, when it is a part of a file.
    text
        How the two trials differ in it.
    put
        Puts it into a mixture.
    lines
        Of a hunk, its first and last line in the file of A and in that of B, from 1; a last one
        below the first says that there are none.
    diff
        Of a hunk, its lines as a diff shows them.
    """

    kind: str
    name: str
    part: str
    text: str
    put: Callable[[Mixing], None]
    lines: tuple[int, int, int, int] | None = None
    diff: str = ""

    @property
    def key(self) -> str:
        """What it is called in the file of answers."""
        return f"{self.kind}\0{self.name}\0{self.part}"

    @property
    def title(self) -> str:
        """What it is called in a sentence."""
        if self.kind in {"code", "data"}:
            if self.part:
                return f"{self.part} of {self.name}"
            return f"{self.name} ({self.text})" if self.text else self.name
        shown = f"{self.name} {self.text}"
        return f"{self.kind} {shown}" if self.kind in {"parameter", "variable"} else shown


class Mixing:
    """A recipe while parts of it are exchanged.

    Parameters
    ----------
    recipe
        That of the first trial.
    words
        The words of its command line by name.
    """

    def __init__(self, recipe: Recipe, words: Words) -> None:
        self.recipe = recipe
        self.facets: dict[str, dict[str, Any]] = dict(recipe.facets)
        self.facets |= {n: copy.deepcopy(recipe.facets[n]) for n in _PARTS if n in recipe.facets}
        self.overlay: dict[str, bytes | None] = {}
        self.inputs: dict[str, FileUse] = {use.path: use for use in recipe.inputs}
        self.words: Words = dict(words)
        self.seed = recipe.seed
        self.ordinal = recipe.record.ordinal
        self._hunks: dict[str, tuple[bytes, list[Hunk]]] = {}
        self._has_new_words = False

    def add_hunk(self, path: str, old: bytes, hunk: Hunk) -> None:
        """Exchange one stretch of lines of a file."""
        self._hunks.setdefault(path, (old, []))[1].append(hunk)

    def set_words(self, name: str, words: tuple[str, ...] | None, after: list[str]) -> None:
        """Exchange an option, or put it behind the nearest of the names that is there."""
        self._has_new_words = True
        if words is None:
            self.words.pop(name, None)
        elif name in self.words:
            self.words[name] = words
        else:
            names = list(self.words)
            before = next((n for n in reversed(after) if n in self.words), None)
            at = 0 if before is None else names.index(before) + 1
            given = [*self.words.items()]
            self.words = dict([*given[:at], (name, words), *given[at:]])

    def exchange(self, facet: str, name: str, value: Any) -> None:
        """Exchange one entry of a facet; None takes it out."""
        _set(self.facets.setdefault(facet, {}), name, value)

    def exchange_in(self, facet: str, table: str, name: str, value: Any) -> None:
        """Exchange one entry of a table in a facet; None takes it out."""
        _set(self.facets.setdefault(facet, {}).setdefault(table, {}), name, value)

    def finish(self) -> Recipe:
        """Give the recipe of the mixture."""
        patched = {path: apply_hunks(*found) for path, found in self._hunks.items()}
        if self._has_new_words:
            command = self.facets["command"]
            words = [word for group in self.words.values() for word in group]
            command["argv"] = [*command["argv"][:1], *words]
        return replace(
            self.recipe,
            record=replace(self.recipe.record, ordinal=self.ordinal),
            facets=self.facets,
            overlay={**self.overlay, **patched},
            inputs=tuple(self.inputs.values()),
            seed=self.seed,
        )


def _set(table: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        table.pop(name, None)
    else:
        table[name] = value


def mix(recipe: Recipe, words: Words, chosen: Iterable[Candidate]) -> Recipe:
    """Give the recipe of the first trial with some of what the second has.

    Parameters
    ----------
    recipe
        That of the first trial.
    words
        The words of its command line by name.
    chosen
        What is exchanged.
    """
    mixing = Mixing(recipe, words)
    for candidate in chosen:
        candidate.put(mixing)
    return mixing.finish()
