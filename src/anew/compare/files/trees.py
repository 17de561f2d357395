"""Comparing trees that are written as text: JSON, YAML, TOML, INI."""

from __future__ import annotations

import configparser
import json
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from anew.compare.files.numbers import is_number_text
from anew.compare.files.texts import decode_text, make_excerpt
from anew.compare.finding import DIFFERENT, Finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from anew.compare.files.way import Way

__all__ = ["compare_ini", "compare_json", "compare_lines", "compare_toml", "compare_yaml"]


def _compare(a: bytes, b: bytes, way: Way, read: Callable[[str], Any]) -> Finding:
    """Compare what two texts say; layout, comments and the order of keys do not count."""
    texts = [decode_text(data) or "" for data in (a, b)]
    found = way.compare_tree(*map(read, texts))
    if found.verdict != DIFFERENT:
        return found
    old, new = (text.split("\n") for text in texts)
    return replace(found, excerpt=make_excerpt(old, new))


def compare_json(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare two trees in JSON (RFC 8259).

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare.
    """
    return _compare(a, b, way, _read_json)


def compare_lines(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare lines of JSON.

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare.
    """
    return _compare(a, b, way, lambda text: [_read_json(x) for x in text.split("\n") if x.strip()])


def compare_toml(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare two trees in TOML.

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare.
    """
    return _compare(a, b, way, tomllib.loads)


def compare_yaml(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare the documents of two files in YAML; nothing in them is made an object.

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare.
    """
    import yaml

    return _compare(a, b, way, lambda text: list(yaml.safe_load_all(text)))


def compare_ini(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare sections and their values, each a text.

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare.
    """
    return _compare(a, b, way, _read_ini)


def _read_json(text: str) -> Any:
    """Read JSON; of two equal keys both, which no dictionary would have."""
    return json.loads(text, object_pairs_hook=_pair)


def _pair(pairs: list[tuple[str, Any]]) -> Any:
    found = dict(pairs)
    return found if len(found) == len(pairs) else [list(pair) for pair in pairs]


def _read_ini(text: str) -> dict[str, Any]:
    parser = configparser.RawConfigParser(strict=True, allow_no_value=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    names = (*parser.sections(), parser.default_section)
    return {name: {key: _read_number(v) for key, v in parser.items(name)} for name in names}


def _read_number(text: str | None) -> float | str | None:
    return float(text) if text is not None and is_number_text(text) else text
