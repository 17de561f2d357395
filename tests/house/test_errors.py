"""The tree drawn at the head of ``errors.py`` is the tree of its classes."""

from __future__ import annotations

import re

from anew import errors

BRANCH = re.compile(r"^ {4}(?P<lead>[│├└─ ]*)(?P<name>\w+)(?: \((?P<bases>.+)\))?$", re.MULTILINE)


def drawn_tree() -> dict[str, tuple[str, ...]]:
    """Read the drawing: each class with its bases, the one it hangs from first."""
    tree: dict[str, tuple[str, ...]] = {}
    path: list[str] = []
    for match in BRANCH.finditer(errors.__doc__):
        depth = len(match["lead"]) // 4
        path[depth:] = [match["name"]]
        bases = tuple(match["bases"].split(", ")) if match["bases"] else ()
        tree[match["name"]] = (*path[:depth][-1:], *bases)
    return tree


def test_drawn_tree_is_the_tree_of_classes() -> None:
    classes = {
        name: tuple(base.__name__ for base in value.__bases__)
        for name, value in vars(errors).items()
        if isinstance(value, type)
        and issubclass(value, (Exception, Warning))
        and value.__module__ == errors.__name__
    }
    assert drawn_tree() == classes
