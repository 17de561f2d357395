"""Objects of a pickle that was read without running any of its code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anew.compare.finding import DIFFERENT, IDENTICAL, Finding, Tolerance, join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Name", "Stub", "compare_stubs"]


class Stub:
    """What a pickle says of an object: who makes it of what, its state and its items.

    Parameters
    ----------
    made_by
        The dotted name of the class or function.
    arguments
        What that is given.
    """

    def __init__(self, made_by: str, arguments: tuple[Any, ...]) -> None:
        self.made_by = made_by
        self.arguments = arguments
        self.state: Any = None
        self.items: list[Any] = []
        self.pairs: list[tuple[Any, Any]] = []

    def append(self, item: Any) -> None:
        """Take an item, as a list does."""
        self.items.append(item)

    add = append

    def extend(self, items: Iterable[Any]) -> None:
        """Take items, as a list does."""
        self.items.extend(items)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.pairs.append((key, value))

    def __eq__(self, other: object) -> bool:
        from anew.compare.values import compare_parts

        same = isinstance(other, Stub) and self.made_by == other.made_by
        return same and compare_parts(self, other, Tolerance()).verdict == IDENTICAL

    def __hash__(self) -> int:
        return hash(self.made_by)  # the rest may not be there yet

    def __repr__(self) -> str:
        parts = [*map(repr, self.arguments), *map(repr, self.items)]
        parts += [f"{key!r}: {value!r}" for key, value in self.pairs]
        parts += [f"state={self.state!r}"] if self.state is not None else []
        return f"{self.made_by}({', '.join(parts)})"


class Name(Stub):
    """A class or function that a pickle names."""

    def __init__(self, made_by: str) -> None:
        super().__init__(made_by, ())

    def __call__(self, *arguments: Any, **named: Any) -> Stub:
        """Note down what it would be called with."""
        made = Stub(self.made_by, arguments)
        made.pairs += named.items()
        return made

    def __repr__(self) -> str:
        return self.made_by


def compare_stubs(a: Stub, b: Stub, compare: Callable[[Any, Any], Finding]) -> Finding:
    """Compare two objects by what they are made of.

    Parameters
    ----------
    a, b
        The objects.
    compare
        What compares their parts.
    """
    if a.made_by != b.made_by or isinstance(a, Name) != isinstance(b, Name):
        return Finding(DIFFERENT, f"{a.made_by} → {b.made_by}")
    old, new = _take_apart(a), _take_apart(b)
    lonely = [place for place in (*old, *new) if (place in old) != (place in new)]
    if lonely:
        return Finding(DIFFERENT, "only before" if lonely[0] in old else "new", lonely[0])
    return join(((place, compare(old[place], new[place])) for place in old), "parts")


def _take_apart(stub: Stub) -> dict[str, Any]:
    """Give the parts of an object by their places."""
    parts = {f" (argument {i})": part for i, part in enumerate(stub.arguments)}
    parts |= {f"[{i}]": part for i, part in enumerate(stub.items)}
    parts |= {f"[{key!r}]": part for key, part in stub.pairs}
    if type(stub.state) is dict and all(type(key) is str for key in stub.state):
        return parts | {f".{name}": part for name, part in stub.state.items()}
    return parts if stub.state is None else parts | {".__getstate__()": stub.state}
