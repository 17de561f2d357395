"""A graph of steps as a picture and as text."""

from __future__ import annotations

import inspect
import os
import reprlib
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unicodedata import east_asian_width

from anew.errors import UsageError
from anew.graph import Ref, leaves, plan_graph
from anew.layout import Box, Layout, find_layers
from anew.model import UNSET, Parameter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anew.graph import Node, Planned

__all__ = ["Drawing", "draw"]

_VALUE_LENGTH: Final = 28
_LINE_LENGTH: Final = 40
_DEPTH: Final = 12
"""How deep a text tree is indented before it goes on at the margin."""

_REACH: Final = 2
"""How many layers a parameter's arrow may span before the parameter is drawn again."""

_MARGIN: Final = 8
_CHARACTER: Final = {13: 7.83, 11: 6.63}
"""Width of a monospaced character by font size, in pixels."""

_ARROW: Final = "#7d8590"  # a grey that is seen on white and on black
_COLOURS: Final = {
    "step": ("#e3edf9", "#4878a8"),
    "result": ("#dcefdc", "#3f8a4b"),
    "parameter": ("#fcefd0", "#b98b2d"),
}

_SHORT: Final = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _VALUE_LENGTH
_SHORT.fillvalue = "…"


class Drawing:
    """A picture of a graph; as text, a tree.

    Parameters
    ----------
    svg
        The picture, as a document of its own that is legible on light and dark grounds.
    tree
        The graph as text.
    """

    def __init__(self, svg: str, tree: str) -> None:
        self.svg = svg
        self._tree = tree

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file.

        Parameters
        ----------
        path
            Its name, ending in ``.svg``.

        Raises
        ------
        UsageError
            When the name ends otherwise.
        """
        place = Path(path)
        if place.suffix.lower() != ".svg":
            message = f"cannot save a drawing as {os.fspath(path)!r}, expected a name in .svg"
            hint = f"save it as {place.stem + '.svg'!r}; any browser makes a PDF of it"
            raise UsageError(message, hint=hint)
        place.write_text(f"{self.svg}\n", encoding="utf-8")

    def __str__(self) -> str:
        return self._tree

    __repr__ = __str__

    def _repr_svg_(self) -> str:
        """Show the picture in a notebook."""
        return self.svg


def draw(node: Node) -> Drawing:
    """Draw the graph up to a node.

    Parameters
    ----------
    node
        The node that the graph leads to.

    Returns
    -------
    Drawing
        Steps as boxes with their plain arguments, parameters as pills with their values, arrows
        down to what uses a value.
    """
    planned = plan_graph(node)
    values = node.step.experiment.parameters if node.step.experiment else {}
    return Drawing(_to_svg(planned, values), "\n".join(_tree(planned, values)))


# --- words ---------------------------------------------------------------------------------------


def _shorten(value: Any) -> str:
    """Show a plain value on one short line."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        size = "x".join(map(str, shape))
        text = f"{type(value).__name__} {size}" if size else " ".join(str(value).split())
    elif isinstance(value, os.PathLike):
        text = _SHORT.repr(os.fspath(value))
    elif inspect.isroutine(value) or inspect.isclass(value):
        text = value.__name__
    else:
        text = _SHORT.repr(value)
    return _cut(text, _VALUE_LENGTH)


def _cut(text: str, length: int) -> str:
    """Put text on one line of characters that can be seen, and that XML can hold."""
    line = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return line if len(line) <= length else f"{line[: length - 1]}…"


def _assign(parameter: Parameter, values: dict[str, Any]) -> str:
    """Write a parameter with its value, when it has one."""
    value = values.get(parameter.name, UNSET)
    name = _cut(parameter.name, _LINE_LENGTH)
    return name if value is UNSET else f"{name} = {_shorten(value)}"


def _plain_arguments(planned: Planned) -> str:
    """Write the arguments of a call in which there is neither a step nor a parameter."""
    arguments: Iterable[tuple[str, Any]]
    try:
        signature = inspect.signature(planned.node.step.function)
        arguments = signature.bind_partial(*planned.args, **planned.kwargs).arguments.items()
    except (TypeError, ValueError):  # the call itself will say what is wrong with it
        arguments = [*(("", value) for value in planned.args), *planned.kwargs.items()]
    shown = [
        f"{name}={_shorten(value)}" if name else _shorten(value)
        for name, value in arguments
        if not any(isinstance(leaf, Ref | Parameter) for leaf in leaves(value))
    ]
    return _cut(", ".join(shown), _LINE_LENGTH)


def _sources(planned: Planned) -> list[Ref | Parameter]:
    """Give the steps and parameters that a call takes values from, each once, in order."""
    found: dict[int | str, Ref | Parameter] = {}
    for leaf in leaves((planned.args, planned.kwargs)):
        if isinstance(leaf, Ref):
            found.setdefault(leaf.index, leaf)
        elif isinstance(leaf, Parameter):
            found.setdefault(leaf.name, leaf)
    return list(found.values())


def _tree(planned: list[Planned], values: dict[str, Any]) -> Iterator[str]:
    """Write the graph as a tree: each step once, where it comes up again by its label alone.

    What would be indented too far is left out and written at the margin, below.
    """
    shown: set[int] = set()
    roots = [len(planned) - 1]
    for root in roots:  # grows on the way
        waiting: list[tuple[Ref | Parameter, str, str]] = [(Ref(root), "", "")]
        while waiting:
            source, lead, indent = waiting.pop()
            if isinstance(source, Parameter):
                yield f"{lead}{_assign(source, values)}"
                continue
            each, is_known = planned[source.index], source.index in shown
            inputs = _sources(each)
            plain = _plain_arguments(each)
            if is_known or (inputs and len(indent) >= 4 * _DEPTH):
                if not is_known and source.index not in roots:
                    roots.append(source.index)
                yield f"{lead}{each.label} …"
                continue
            shown.add(source.index)
            yield f"{lead}{each.label}({plain})" if plain else f"{lead}{each.label}"
            for item in reversed(inputs):
                is_last = item is inputs[-1]
                fork, trunk = ("└── ", "    ") if is_last else ("├── ", "│   ")
                waiting.append((item, indent + fork, indent + trunk))


# --- picture -------------------------------------------------------------------------------------


class _Figure:
    """The boxes of a picture and what is written in them."""

    def __init__(self, planned: list[Planned], values: dict[str, Any]) -> None:
        self.kinds: list[str] = []
        self.lines: list[list[str]] = []
        self.tips: list[str] = []
        self.boxes: list[Box] = []
        self.users: dict[int, list[int]] = {}
        layers = find_layers([each.inputs for each in planned])
        for place, each in enumerate(planned):
            kind = "result" if place == len(planned) - 1 else "step"
            lines = [_cut(each.label, _LINE_LENGTH), _plain_arguments(each)]
            self._add(kind, layers[place], lines, each.node.step.__doc__ or "")
        pills: dict[str, int] = {}
        for place in sorted(range(len(planned)), key=layers.__getitem__):
            for source in _sources(planned[place]):
                if isinstance(source, Ref):
                    self.users.setdefault(source.index, []).append(place)
                    continue
                pill = pills.get(source.name, -1)
                if pill < 0 or layers[place] - self.boxes[pill].layer > _REACH:
                    pill = pills[source.name] = len(self.boxes)
                    text = _assign(source, values)
                    self._add("parameter", layers[place] - 1, [text], source.help)
                self.users.setdefault(pill, []).append(place)

    def _add(self, kind: str, layer: int, lines: list[str], tip: str) -> None:
        """Add a box that is large enough for its lines."""
        self.kinds.append(kind)
        self.lines.append([line for line in lines if line])
        self.tips.append(_cut((tip.strip().splitlines() or [""])[0], 200))
        sizes = zip(self.lines[-1], (13, 11), strict=False)
        width = max(56.0, *(_measure(text, size) + 28 for text, size in sizes))
        height = 28 if kind == "parameter" else 16 + 18 * len(self.lines[-1])
        self.boxes.append(Box(layer, width, height, 0.2 if kind == "parameter" else 2.0))


def _measure(text: str, size: int) -> float:
    """Give the width of monospaced text in pixels."""
    return _CHARACTER[size] * sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def _to_svg(planned: list[Planned], values: dict[str, Any]) -> str:
    """Draw arrows, then boxes over them."""
    figure = _Figure(planned, values)
    layout = Layout(figure.boxes, figure.users)
    width, height = (round(side) + 2 * _MARGIN for side in layout.size)
    name = escape(_cut(planned[-1].label, _LINE_LENGTH))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="{-_MARGIN} {-_MARGIN} {width} {height}" role="img" '
        f'aria-label="graph of {name}" text-anchor="middle" '
        "font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\">"
    )
    return "\n".join([head, *_draw_arrows(layout), *_draw_boxes(figure, layout), "</svg>"])


def _draw_arrows(layout: Layout) -> Iterator[str]:
    """Draw each piece of an arrow from layer to layer, with a head where it ends."""
    paths, heads = [], []
    for box in layout.boxes:
        if not box.below:
            continue
        row = layout.rows[box.layer]
        start = row[1] if box.is_arrow else row[0] + _offset(box, row) + box.height
        for below in box.below:
            end = layout.boxes[below]
            next_row = layout.rows[end.layer]
            stop = next_row[0] + (0 if end.is_arrow else _offset(end, next_row) - 5)
            bend = (row[1] + next_row[0]) / 2
            ends = f"{end.x:.1f} {bend:.1f} {end.x:.1f} {next_row[0] - 5:.1f}"
            paths.append(
                f"M{box.x:.1f} {start:.1f}V{row[1]:.1f}C{box.x:.1f} {bend:.1f} {ends}"
                f"V{next_row[1] if end.is_arrow else stop:.1f}"
            )
    for box in layout.boxes:
        if box.above and not box.is_arrow:
            row = layout.rows[box.layer]
            heads.append(f"M{box.x:.1f} {row[0] + _offset(box, row):.1f}l-4.5 -8h9z")
    if paths:
        yield f'<path d="{" ".join(paths)}" fill="none" stroke="{_ARROW}" stroke-width="1.3"/>'
        yield f'<path d="{" ".join(heads)}" fill="{_ARROW}"/>'


def _offset(box: Box, row: tuple[float, float]) -> float:
    """Give how far below the top of its row a box begins: it stands in the middle."""
    return (row[1] - row[0] - box.height) / 2


def _draw_boxes(figure: _Figure, layout: Layout) -> Iterator[str]:
    """Draw the boxes with their text, on grounds of their own."""
    described = zip(layout.boxes, figure.kinds, figure.lines, figure.tips, strict=False)
    for box, kind, lines, tip in described:
        row = layout.rows[box.layer]
        fill, stroke = _COLOURS[kind]
        top = row[0] + _offset(box, row)
        yield f"<g><title>{escape(tip)}</title>" if tip else "<g>"
        yield (
            f'<rect x="{box.x - box.width / 2:.1f}" y="{top:.1f}" width="{box.width:.1f}" '
            f'height="{box.height:.1f}" rx="{14 if kind == "parameter" else 6}" '
            f'fill="{fill}" stroke="{stroke}" '
            f'stroke-width="{2 if kind == "result" else 1.2}"/>'
        )
        for number, line in enumerate(lines):
            size, colour = (11, "#4a5560") if number else (13, "#1b2733")
            middle = top + box.height / 2 + (number - (len(lines) - 1) / 2) * 18 + 4.5
            yield (
                f'<text x="{box.x:.1f}" y="{middle:.1f}" font-size="{size}" '
                f'fill="{colour}">{escape(line)}</text>'
            )
        yield "</g>"
