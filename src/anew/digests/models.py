"""Encoders of fitted models and other objects that keep what says nothing of their content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from anew.digests.registry import register
from anew.digests.walk import ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__: list[str] = []

# Where the state of a search tree of sklearn counts how often it was asked.
_COUNTERS: Final = slice(7, 11)


@register("sklearn.base.BaseEstimator", tag="estimator")
def _encode_estimator(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode class, parameters and what was fitted, but not which release did it."""
    yield walk.token(type(value))
    state = value.__getstate__()
    if not isinstance(state, dict):
        yield walk.token(state, ".__getstate__()")
        return
    known = [(name, part) for name, part in state.items() if name != "_sklearn_version"]
    yield from walk.mapping(known, ATTRIBUTE)


@register(
    "sklearn.neighbors._kd_tree.BinaryTree64",
    "sklearn.neighbors._kd_tree.BinaryTree32",
    "sklearn.neighbors._kd_tree.BinaryTree",
    "sklearn.neighbors._ball_tree.BinaryTree64",
    "sklearn.neighbors._ball_tree.BinaryTree32",
    "sklearn.neighbors._ball_tree.BinaryTree",
    tag="neighbors",
)
def _encode_neighbors(value: Any, walk: Walk) -> list[Chunk]:
    """Encode points and their division, but not how often the tree was asked."""
    state = list(value.__getstate__())
    del state[_COUNTERS]
    return [walk.token(type(value)), walk.token(state, ".__getstate__()")]


@register("networkx.classes.graph.Graph", tag="graph")
def _encode_graph(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode nodes and edges with their attributes; a view of a graph is what it shows."""
    yield walk.token(type(value))
    yield walk.token((value.is_directed(), value.is_multigraph()))
    yield walk.token(dict(value.graph), ATTRIBUTE, "graph")
    nodes = dict(value.nodes(data=True))
    yield walk.token(nodes, ATTRIBUTE, "nodes")
    yield walk.token({node: _copy(value.adj[node]) for node in nodes}, ATTRIBUTE, "adj")


def _copy(view: Any) -> Any:
    """Make dictionaries of views of dictionaries."""
    from collections.abc import Mapping

    if not isinstance(view, Mapping) or isinstance(view, dict):
        return view
    return {key: _copy(part) for key, part in view.items()}
