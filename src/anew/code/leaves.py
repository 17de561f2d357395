"""The named values of a file of settings, as far as a look for credentials needs them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["list_leaves"]

# `name: value`, `name = value`, `"name": "value"`, in YAML also with the value on the next line.
_LEAF: Final = re.compile(
    r"""(?P<name>[A-Za-z_][\w.-]*)["']?[ \t]*(?::(?!//)|=>|=)[ \t]*"""
    r"""(?P<value>"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[|>][+-]?[ \t]*\n[ \t]+\S+"""
    r"""|[^\s"'{}\[\],;#|>][^\s,;}\]]*|(?=[ \t]*(?:[#].*)?\n))"""
)
_SECTION: Final = re.compile(r"[ \t]*\[+\s*([^\[\]]+?)\s*\]+[ \t]*(?:[#;].*)?$")
_INDENT: Final = re.compile(r"[ \t]*(?:-[ \t]+)?")


def list_leaves(path: str, text: str) -> Iterator[tuple[str, str]]:
    r"""List the values in a file of settings with dotted names.

    Parameters
    ----------
    path
        The file's path; its suffix tells the format.
    text
        What is in it; of a format that is not known, or broken, what looks like ``name = value``.

    Yields
    ------
    tuple of str
        Name and value.

    Examples
    --------
    >>> list(list_leaves("a.yaml", "db:\n  user: ada\n"))
    [('db.user', 'ada')]
    """
    suffix = path.rpartition(".")[2].lower()
    try:
        if suffix in {"json", "toml"}:
            yield from _walk("", json.loads(text) if suffix == "json" else _read_toml(text))
            return
    except (ValueError, RecursionError):
        pass  # half written, or with comments
    yield from _scan(text)


def _read_toml(text: str) -> dict[str, Any]:
    if not text or text.isspace():
        return {}
    import tomllib

    return tomllib.loads(text)


def _walk(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Give the leaves of parsed settings."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(f"{name}.{key}" if name else str(key), inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(name, inner)
    elif value is not None and not isinstance(value, bool):
        yield name, str(value)


def _scan(text: str) -> Iterator[tuple[str, str]]:
    """Give what looks like a leaf, below the sections and names that it stands under."""
    section = ""
    above: list[tuple[int, str]] = []
    start = 0
    for line in text.splitlines(keepends=True):
        begin, start = start, start + len(line)
        head = _SECTION.match(line)
        if head:
            section, above = f"{head[1]}.", []
            continue
        indent = len(_INDENT.match(line)[0])  # type: ignore[index]  # matches the empty text, too
        if not line.strip() or line.lstrip().startswith(("#", ";")):
            continue
        while above and above[-1][0] >= indent:
            above.pop()
        prefix = section + "".join(f"{name}." for _, name in above)
        for found in _LEAF.finditer(text, begin, start + 200):
            if found.start() >= start:
                break
            if found["value"]:
                yield prefix + found["name"], found["value"].strip("\"'").lstrip("|>+-").strip()
            else:
                above.append((indent, found["name"]))
