"""Comparing notebooks, cell by cell (nbformat 4)."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final

from anew.compare.files.texts import compare_decoded, decode_text
from anew.compare.finding import DIFFERENT, Finding, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.compare.files.way import Way

__all__ = ["compare_notebooks"]

_SUFFIXES: Final = {
    "application/json": ".json",
    "application/pdf": ".pdf",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
}


def compare_notebooks(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare the cells and what they gave; counts, ids and times of execution are of the run.

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare what the cells gave.
    """
    old, new = (json.loads(decode_text(data) or "")["cells"] for data in (a, b))
    if len(old) != len(new):
        return Finding(DIFFERENT, f"{len(old)} cells → {len(new)} cells")
    cells = enumerate(zip(old, new, strict=True), start=1)
    return join(((f"cell {i}", _compare_cells(x, y, way)) for i, (x, y) in cells), "cells")


def _compare_cells(old: dict[str, Any], new: dict[str, Any], way: Way) -> Finding:
    if old["cell_type"] != new["cell_type"]:
        return Finding(DIFFERENT, f"{old['cell_type']} → {new['cell_type']}")
    a, b = (_join_lines(each["source"]) for each in (old, new))
    outputs = [_merge(each.get("outputs", [])) for each in (old, new)]
    parts = [(", source", compare_decoded(a, b, way))]
    files = [each.get("attachments", {}) for each in (old, new)]
    parts.append((", attachments", way.compare_values(files[0], files[1])))
    if len(outputs[0]) != len(outputs[1]):
        told = f"{len(outputs[0])} outputs → {len(outputs[1])} outputs"
        parts.append(("", Finding(DIFFERENT, told)))
    for i, (x, y) in enumerate(zip(*outputs, strict=False), start=1):
        parts += [(f", output {i}{place}", found) for place, found in _compare_outputs(x, y, way)]
    return join(parts, "parts")


def _merge(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join what was printed in a row: where it was cut is a matter of time."""
    merged: list[dict[str, Any]] = []
    for output in outputs:
        if output["output_type"] == "stream" and merged:
            last = merged[-1]
            if last["output_type"] == "stream" and last["name"] == output["name"]:
                merged[-1] = last | {
                    "text": _join_lines(last["text"]) + _join_lines(output["text"])
                }
                continue
        merged.append(output)
    return merged


def _compare_outputs(
    old: dict[str, Any], new: dict[str, Any], way: Way
) -> Iterator[tuple[str, Finding]]:
    kinds = old["output_type"], new["output_type"]
    if kinds[0] != kinds[1]:
        yield "", Finding(DIFFERENT, f"{kinds[0]} → {kinds[1]}")
    elif kinds[0] == "stream":
        yield "", compare_decoded(_join_lines(old["text"]), _join_lines(new["text"]), way)
    elif kinds[0] == "error":
        yield "", way.compare_tree(*([each["ename"], each["evalue"]] for each in (old, new)))
    else:
        yield from _compare_data(old["data"], new["data"], way)


def _compare_data(
    old: dict[str, Any], new: dict[str, Any], way: Way
) -> Iterator[tuple[str, Finding]]:
    """Compare all forms in which a value is shown."""
    if old.keys() != new.keys():
        yield "", Finding(DIFFERENT, f"{', '.join(old)} → {', '.join(new)}")
        return
    for kind, content in old.items():
        both = [_encode(kind, each) for each in (content, new[kind])]
        found = way.compare_inner(both[0], both[1], f"output{_SUFFIXES.get(kind, '.txt')}")
        yield f" ({kind})", found


def _encode(kind: str, content: Any) -> bytes:
    """Give the bytes of a file of what a notebook holds as text."""
    if not isinstance(content, str | list) or kind.endswith("json"):
        return json.dumps(content, sort_keys=True).encode()
    text = _join_lines(content)
    if kind.startswith(("image/", "application/pdf")) and kind != "image/svg+xml":
        return base64.b64decode(text)
    return text.encode()


def _join_lines(text: Any) -> str:
    return "".join(text) if isinstance(text, list) else str(text)
