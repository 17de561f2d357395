"""The values of a configuration file, each under the file's name and where it stands in it."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Final

from anew.tracker.masking import mask_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["LEAVES_LIMIT", "SIZE_LIMIT", "can_read_yaml", "is_configuration", "read_leaves"]

LEAVES_LIMIT: Final = 200
SIZE_LIMIT: Final = 1 << 20
_DEEPEST: Final = 20
_LONGEST_LIST: Final = 20
_LONGEST_TEXT: Final = 10_000

_NO_CONFIGURATION: Final = {
    *("package.json", "package-lock.json", "composer.json", "composer.lock", "npm-shrinkwrap.json"),
    *("pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", "mypy.ini", "tsconfig.json"),
    *("uv.lock", "poetry.lock", "pdm.lock", "pixi.lock", "pixi.toml", "Pipfile", "Pipfile.lock"),
    *("conda-lock.yml", "environment.yml", "environment.yaml", "pylock.toml", "yarn.lock"),
    *("pnpm-lock.yaml", "Cargo.toml", "Cargo.lock", "deno.json", "anew.toml", "bower.json"),
    *("docker-compose.yml", "docker-compose.yaml", "compose.yaml", "dvc.yaml", "dvc.lock"),
    *("mkdocs.yml", ".pre-commit-config.yaml", "CITATION.cff", "metadata.json", ".coveragerc"),
    *("metrics.json", "scores.json", "ruff.toml", ".travis.yml", "codecov.yml"),
}
"""Files with a meaning of their own: of packaging, tools and results."""


def read_leaves(
    path: Path, data: bytes, *, limit: int = LEAVES_LIMIT, size_limit: int = SIZE_LIMIT
) -> dict[str, Any]:
    """Read the values of a configuration file, as parameters.

    Parameters
    ----------
    path
        Of the file; its ending tells the format, its name begins the names of the values.
    data
        What is in it.
    limit
        The largest number of values; a file with more is data and gives none.
    size_limit
        The largest file, in bytes.

    Returns
    -------
    dict
        Texts, numbers, truth values and None, or short lists of them, by names such as
        ``conf.yaml:model.depth``; without secrets. Empty for whatever is no configuration, cannot
        be read, or is YAML where no library reads it. Nothing is raised.

    Notes
    -----
    References of INI files (``%(name)s``) are not followed, anchors of YAML are, its tags are not.
    Several documents in one file are numbered from 0: ``conf.yaml:1.alpha``.

    Examples
    --------
    >>> from pathlib import Path
    >>> read_leaves(Path("conf.json"), b'{"model": {"depth": 3}, "password": "x"}')
    {'conf.json:model.depth': 3, 'conf.json:password': '***'}
    """
    read = _READERS.get(path.suffix.lower())
    if read is None or len(data) > size_limit or path.name in _NO_CONFIGURATION:
        return {}
    try:
        tree = read(data.decode("utf-8-sig"))
        leaves: dict[str, Any] = {}
        for name, value in _walk(tree, "", _DEEPEST):
            if len(leaves) >= limit:
                return {}
            leaves[f"{path.name}:{name}"] = mask_value(name, value)
    except Exception:  # noqa: BLE001 - whatever a file holds, a trial goes on
        return {}
    return leaves


def is_configuration(path: Path) -> bool:
    """Tell by its name whether a file may be one whose values are parameters."""
    return path.suffix.lower() in _READERS and path.name not in _NO_CONFIGURATION


def can_read_yaml() -> bool:
    """Tell whether a library that reads YAML is installed; without it such files give nothing."""
    try:
        import yaml  # noqa: F401
    except ImportError:
        return False
    return True


def _read_json(text: str) -> dict[Any, Any]:
    return _mapping(json.loads(text))


def _read_toml(text: str) -> dict[Any, Any]:
    import tomllib

    return tomllib.loads(text)


def _read_ini(text: str) -> dict[Any, Any]:
    import configparser

    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # names as they are written
    parser.read_string(text)
    tree: dict[Any, Any] = {name: dict(parser.items(name)) for name in parser.sections()}
    return {**parser.defaults(), **tree}


def _read_yaml(text: str) -> dict[Any, Any]:
    import yaml

    class Loader(yaml.SafeLoader):
        """Reads what is tagged as if it were not: nothing is made of it."""

        def construct_tagged(self, suffix: str, node: Any) -> Any:  # noqa: ARG002 - asked for
            if isinstance(node, yaml.MappingNode):
                return self.construct_mapping(node, deep=True)
            if isinstance(node, yaml.SequenceNode):
                return self.construct_sequence(node, deep=True)
            return self.construct_scalar(node)

    Loader.add_multi_constructor("", Loader.construct_tagged)
    documents = [each for each in yaml.load_all(text, Loader) if each is not None]
    if len(documents) == 1:
        return _mapping(documents[0])
    return {str(number): _mapping(each) for number, each in enumerate(documents)}


def _mapping(tree: Any) -> dict[Any, Any]:
    """Insist on names at the top: a list there is data."""
    if not isinstance(tree, dict):
        raise TypeError(type(tree).__name__)
    return tree


_READERS: Final[dict[str, Callable[[str], dict[Any, Any]]]] = {
    ".json": _read_json,
    ".toml": _read_toml,
    ".ini": _read_ini,
    ".cfg": _read_ini,
    ".yaml": _read_yaml,
    ".yml": _read_yaml,
}


def _walk(value: Any, name: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Give the leaves below a value; a list of records, or a long one, is no parameter."""
    if isinstance(value, dict):
        if depth == 0:
            message = "nested too deep, or in itself"
            raise ValueError(message)
        for key, each in value.items():
            yield from _walk(each, f"{name}.{key}" if name else str(key), depth - 1)
    elif isinstance(value, list | tuple | set):
        items = list(value)
        if any(isinstance(each, dict | list | tuple) for each in items):
            for place, each in enumerate(items[:_LONGEST_LIST]):
                yield from _walk(each, f"{name}.{place}", depth - 1)
        elif len(items) <= _LONGEST_LIST:
            yield name, [_plain(each) for each in items]
    else:
        yield name, _plain(value)


def _plain(value: Any) -> Any:
    """Write a value as every store can: dates as ISO 8601, bytes by their number."""
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return str(value)
