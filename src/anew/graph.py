"""Plain functions as steps, and their calls as the nodes of a graph. Building never runs it."""

from __future__ import annotations

import functools
import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, TypeVar

from anew.errors import UsageError
from anew.model import Parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from anew.drawing import Drawing
    from anew.experiment import Experiment

__all__ = ["Node", "Planned", "Ref", "Step", "plan_graph"]

P = ParamSpec("P")
R = TypeVar("R")

_ATOMS: Final = frozenset({bool, float, int, str, type(None)})


class Step(Generic[P, R]):
    """A plain function that can be a node of a graph.

    Called with a parameter or a node among its arguments, also inside lists, tuples and dicts, it
    gives a `Node`. Called with plain values it is the function.

    Parameters
    ----------
    function
        The function; it stays as it is, in the attribute ``function``.
    experiment
        The experiment that the step belongs to.
    persist
        Whether the values that it returns are kept: True, False, or ``"auto"`` for those that cost
        more to compute again than to store and read.
    pure
        Whether it gives the same for the same, so that it need not run twice.
    is_result
        Whether the value is what the trial is for.
    """

    def __init__(
        self,
        function: Callable[P, R],
        experiment: Experiment | None,
        *,
        persist: bool | str = "auto",
        pure: bool = True,
        is_result: bool = False,
    ) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.experiment = experiment
        self.persist = persist
        self.pure = pure
        self.is_result = is_result
        self.__name__: str = getattr(function, "__name__", type(function).__name__)
        self.__qualname__: str = getattr(function, "__qualname__", self.__name__)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:  # noqa: D102 - see the class
        if any(_is_symbolic(value) for value in (*args, *kwargs.values())):
            return self.node(*args, **kwargs)  # type: ignore[return-value]  # a node stands for R
        return self.function(*args, **kwargs)

    def node(self, *args: Any, **kwargs: Any) -> Node:
        """Make a node of a call with plain values: one that runs when the graph does."""
        made = Node(self, args, kwargs)
        if self.experiment is not None:
            self.experiment.note_use(made)
        if self.is_result and self.experiment is not None:
            self.experiment.outcome = made
        return made

    @property
    def dotted_name(self) -> str:
        """The module and name of the function."""
        return f"{getattr(self.function, '__module__', None)}.{self.__qualname__}"

    def __repr__(self) -> str:
        return f"<{'result' if self.is_result else 'step'} {self.__name__}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        """Pickle as functions are: by name where it can be imported, else by its code."""
        module = sys.modules.get(self.__module__)
        found: Any = module
        for name in self.__qualname__.split("."):
            found = getattr(found, name, None)
        if found is self and self.__module__ != "__main__":
            return str(self.__qualname__)
        # Empty first, then filled: the function may lead back to the step, through a recursive call
        # or the experiment that it logs to. By its code it is pickled by cloudpickle, as Dask does.
        return object.__new__, (Step,), self.__dict__ | {"experiment": None}


class Node:
    """A call that has not run: a step with arguments, some of them nodes and parameters."""

    def __init__(self, step: Step[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.step = step
        self.args = args
        self.kwargs = kwargs

    def compute(self, seed: Any = None, *, scheduler: Any = None, fresh: bool = False) -> Any:
        """Run the graph up to this node as a trial.

        Parameters
        ----------
        seed
            A root seed from 0, ``"new"``, or None for the experiment's own.
        scheduler
            ``"threads"``, ``"sync"``, ``"processes"`` or a `distributed.Client`; that of the
            experiment by default.
        fresh
            Whether to compute every step, whatever is known from earlier trials.

        Returns
        -------
        object
            The node's value.

        Raises
        ------
        UnsetParameterError
            When a parameter that the graph needs has no value.
        """
        from anew.execution import How, run_node

        return run_node(self, {}, How(seed, scheduler, fresh, is_wanted=True)).value

    def visualize(self, filename: str | None = None) -> Drawing:
        """Draw the graph up to this node.

        Parameters
        ----------
        filename
            An SVG file to write, when given.

        Returns
        -------
        Drawing
            A notebook shows it as a picture, ``print`` as a tree.
        """
        from anew.drawing import draw

        drawing = draw(self)
        if filename is not None:
            drawing.save(filename)
        return drawing

    def __repr__(self) -> str:
        shown = [*map(_show, self.args), *(f"{k}={_show(v)}" for k, v in self.kwargs.items())]
        return f"<node {self.step.__name__}({', '.join(shown)})>"

    def _repr_svg_(self) -> str:
        """Show the graph in a notebook."""
        drawing = self.visualize()
        return drawing.svg


@dataclass(frozen=True)
class Ref:
    """In the arguments of a planned node, the place of another node's value."""

    index: int


@dataclass(frozen=True)
class Planned:
    """A node in its place in the graph.

    Parameters
    ----------
    node
        The node.
    label
        The step's name, with a number from 2 when the graph uses the step several times.
    inputs
        The places of the nodes that it takes values from, in the order of its arguments.
    args, kwargs
        The arguments, with a `Ref` for each node.
    """

    node: Node
    label: str
    inputs: tuple[int, ...]
    args: Any
    kwargs: Any


def plan_graph(target: Node) -> list[Planned]:
    """Put a graph in order: each node after those that it takes values from, the target last.

    Walks without recursion, so that a graph may be as deep as it likes.
    """
    places: dict[int, int] = {}
    planned: list[Planned] = []
    uses: Counter[str] = Counter()
    for node in _in_order(target):
        refs: list[int] = []

        def refer(value: Any, refs: list[int] = refs) -> Any:
            if not isinstance(value, Node):
                return value
            refs.append(places[id(value)])
            return Ref(places[id(value)])

        args, kwargs = map_values(node.args, refer), map_values(node.kwargs, refer)
        name = node.step.__name__
        uses[name] += 1
        label = name if uses[name] == 1 else f"{name}:{uses[name]}"
        places[id(node)] = len(planned)
        planned.append(Planned(node, label, tuple(dict.fromkeys(refs)), args, kwargs))
    return planned


def _in_order(target: Node) -> Iterator[Node]:
    """Walk depth first, giving each node once, after the nodes among its arguments."""
    done: set[int] = set()
    waiting: list[tuple[Node, bool]] = [(target, False)]
    while waiting:
        node, is_ready = waiting.pop()
        if id(node) in done:
            continue
        if is_ready:
            done.add(id(node))
            yield node
            continue
        waiting.append((node, True))
        below: list[Node] = []
        _find_nodes(node.args, below)
        _find_nodes(node.kwargs.values(), below)
        waiting.extend([(each, False) for each in reversed(below)])


def _find_nodes(values: Iterable[Any], found: list[Node]) -> None:
    """List the nodes among values and in nested lists, tuples and dicts."""
    for value in values:
        if isinstance(value, Node):
            found.append(value)
        elif type(value) is list or isinstance(value, tuple):
            _find_nodes(value, found)
        elif type(value) is dict:
            _find_nodes(value.values(), found)


def map_values(value: Any, change: Callable[[Any], Any]) -> Any:
    """Replace what lies in nested lists, tuples and dicts; other containers stay whole."""
    kind = type(value)
    if kind in _ATOMS:
        return change(value)
    if kind is list:
        return [map_values(item, change) for item in value]
    if isinstance(value, tuple):
        items = [map_values(item, change) for item in value]
        return kind(*items) if hasattr(value, "_fields") else kind(items)
    if kind is dict:
        return {key: map_values(item, change) for key, item in value.items()}
    return change(value)


def leaves(value: Any) -> Iterator[Any]:
    """Give what lies in nested lists, tuples and dicts."""
    if type(value) is list or isinstance(value, tuple):
        for item in value:
            yield from leaves(item)
    elif type(value) is dict:
        for item in value.values():
            yield from leaves(item)
    else:
        yield value


def _is_symbolic(value: Any) -> bool:
    """Tell whether a value is, or holds, a node or a parameter.

    In a set they would have no order, and so no reproducible seeds.
    """
    for leaf in leaves(value):
        if isinstance(leaf, Node | Parameter):
            return True
        if isinstance(leaf, set | frozenset) and any(isinstance(v, Node | Parameter) for v in leaf):
            message = "a step was given a set with a node or parameter in it"
            raise UsageError(message, hint="give a list: its order is the same in every process")
    return False


def _show(value: Any) -> str:
    """Show an argument within a node's repr."""
    if isinstance(value, Node):
        return f"{value.step.__name__}(…)"
    return value.name if isinstance(value, Parameter) else repr(value)[:40]
