"""Where packages are looked for: what the project says to uv, and what the user says to pip.

Of the project's settings only these are taken: others, such as overrides, would install something
else than was recorded.
"""

from __future__ import annotations

import os
import tomllib
from configparser import ConfigParser, Error
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["find_pip_places", "find_project_places", "join_places"]

_ONE: Final = {"index-strategy": "UV_INDEX_STRATEGY", "keyring-provider": "UV_KEYRING_PROVIDER"}
_SEPARATORS: Final = {"UV_INDEX": " ", "UV_EXTRA_INDEX_URL": " ", "UV_FIND_LINKS": ","}


def join_places(*tables: Mapping[str, str]) -> dict[str, str]:
    """Join places, as environment variables for uv.

    Parameters
    ----------
    *tables
        Variables, the most important first: lists are joined, of the others the first is taken.
    """
    joined: dict[str, str] = {}
    for table in tables:
        for name, value in table.items():
            if name not in joined:
                joined[name] = value
            elif name in _SEPARATORS and value:
                joined[name] = f"{joined[name]}{_SEPARATORS[name]}{value}"
    return joined


def find_project_places(root: Path) -> dict[str, str]:
    """Read which indexes a project has uv ask.

    Parameters
    ----------
    root
        The project's folder.

    Returns
    -------
    dict
        Variables for uv. Indexes that are for single packages only are left out: of these the
        lock says which.
    """
    found: dict[str, str] = {}
    tool = _read_toml(root / "pyproject.toml").get("tool", {})
    for table in (_read_toml(root / "uv.toml"), tool.get("uv", {}) if tool else {}):
        for part in (table, table.get("pip", {})):
            if isinstance(part, dict):
                found = join_places(found, _read_table(part, root))
    return found


def _read_table(table: Mapping[str, Any], root: Path) -> dict[str, str]:
    """Turn settings of uv into variables."""
    listed = [each for each in table.get("index", ()) if isinstance(each, dict) and "url" in each]
    named = [
        (f"{each['name']}=" if each.get("name") else "") + _place(each["url"], root)
        for each in listed
        if not each.get("default") and not each.get("explicit")
    ]
    default = [each["url"] for each in listed if each.get("default")]
    default += [table["index-url"]] if "index-url" in table else []
    more = [*named, *(_place(url, root) for url in _texts(table.get("extra-index-url")))]
    found = {
        "UV_DEFAULT_INDEX": _place(default[0], root) if default else "",
        "UV_INDEX": " ".join(more),
        "UV_FIND_LINKS": ",".join(_place(p, root) for p in _texts(table.get("find-links"))),
    }
    found |= {variable: str(table[name]) for name, variable in _ONE.items() if name in table}
    return {name: value for name, value in found.items() if value}


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _place(text: str, root: Path) -> str:
    """Give a URL as it is, and a path from the project's folder."""
    return text if "://" in text else str(root / text)


def _read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; one that is broken or gone is empty."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return {}


def find_pip_places(environ: Mapping[str, str]) -> dict[str, str]:
    """Say to uv where pip would look, as variables.

    Parameters
    ----------
    environ
        The environment variables; what is set for uv is left as it is.

    Returns
    -------
    dict
        Empty when pip is not set up in any way.
    """
    told = _read_pip(environ)
    local = [place for place in told["find-links"] if "://" in place or Path(place).exists()]
    indexes = [url for url in told["extra-index-url"] if _is_there(url)]
    found = {
        "UV_DEFAULT_INDEX": " ".join(told["index-url"][-1:]),
        "UV_INDEX": " ".join(indexes),
        "UV_FIND_LINKS": ",".join(local),
    }
    found = {name: value for name, value in found.items() if value and name not in environ}
    # As pip does: the version counts, not the index that has it.
    return {**found, "UV_INDEX_STRATEGY": "unsafe-best-match"} if found else {}


def _read_pip(environ: Mapping[str, str]) -> dict[str, list[str]]:
    """Read pip's settings: files from the weakest on, then variables."""
    told: dict[str, list[str]] = {"index-url": [], "extra-index-url": [], "find-links": []}
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - without a home, no error
    data = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    files = [Path("/etc/pip.conf"), home / ".pip/pip.conf", data / "pip/pip.conf"]
    if environ.get("PIP_CONFIG_FILE"):
        files.append(Path(environ["PIP_CONFIG_FILE"]))
    for file in files:
        parser = ConfigParser(interpolation=None)
        try:
            parser.read(file, encoding="utf-8")
        except (Error, OSError, UnicodeDecodeError):
            continue
        for name in told:
            for section in ("global", "install"):
                told[name] += parser.get(section, name, fallback="").split()
    for name in told:
        told[name] += environ.get(f"PIP_{name.upper().replace('-', '_')}", "").split()
    return told


def _is_there(url: str) -> bool:
    """Tell whether an index can be asked; uv refuses all when one in a folder is gone."""
    return not url.startswith("file://") or Path(url.removeprefix("file://")).exists()
