"""Small files, small functions: a longer one is a room that wants a wall."""

from __future__ import annotations

import ast
import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE_LINES = 600
FILE_LINES_SOFT = 400
FUNCTION_LINES = 80
FUNCTION_LINES_P95 = 40


def measure_functions(source: Path) -> Iterator[tuple[str, int]]:
    """Give each function of a file with its length in lines, docstring and decorators left out."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node) is not None:
                lines -= node.body[0].end_lineno - node.body[0].lineno + 1
            yield f"{source.name}:{node.lineno} {node.name}", lines


def test_file_is_not_too_long(source: Path) -> None:
    assert len(source.read_text(encoding="utf-8").splitlines()) <= FILE_LINES


def test_functions_are_not_too_long(source: Path) -> None:
    assert [f for f in measure_functions(source) if f[1] > FUNCTION_LINES] == []


def test_one_file_in_twenty_may_be_long(root: Path) -> None:
    files = list((root / "src").rglob("*.py"))
    long = [f.name for f in files if len(f.read_text().splitlines()) > FILE_LINES_SOFT]
    assert len(long) <= len(files) / 20, f"over {FILE_LINES_SOFT} lines: {long}"


def test_one_function_in_twenty_may_be_long(root: Path) -> None:
    lengths = [n for f in (root / "src").rglob("*.py") for _, n in measure_functions(f)]
    assert statistics.quantiles(lengths, n=20)[-1] <= FUNCTION_LINES_P95
