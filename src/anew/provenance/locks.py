"""The project's lock files: which exact versions it is meant to run with."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from anew.provenance.conda import conda_platform
from anew.provenance.project_files import FromFiles, read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["LocksCollector", "read_pins"]

_FILES: Final = re.compile(
    r"(uv|poetry|pdm|pixi)\.lock|Pipfile\.lock|conda-lock\.ya?ml|pylock(\.[\w-]+)?\.toml"
    r"|requirements.*\.(txt|lock)|environment.*\.ya?ml"
)
_PIN: Final = (
    r"^\s*(?:-\s*)?[\"']?([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?"
    r"\s*===?\s*([^\s;\\#=*,\"']+)(?:\s|;|\\|=|\"|'|$)"
)
_CONDA_PIN: Final = r"^\s*-\s*(?:[\w-]+::)?([A-Za-z0-9][\w.-]*)={1,2}(\d[\w.]*)(?:=\S+)?\s*$"
_CONDA_LOCKED: Final = r"^-\s+name:\s*(\S+)\n((?:[ \t]+.*\n?)*)"
_PIXI_CONDA: Final = (
    r"^-\s+conda:\s*\S*/([^/\s]+)/([\w.+-]+?)-([^-\s/]+)-[^-\s/]+\.(?:conda|tar\.bz2)\s*$"
)
_PIXI_PYPI: Final = r"^-\s+pypi:.*\n\s+name:\s*(\S+)\n\s+version:\s*[\"']?([^\s\"']+)"


class LocksCollector(FromFiles):
    """Collect kind, digest and pinned versions of each lock file in the project's folder."""

    name = "locks"
    files = _FILES

    def collect(self, root: Path) -> dict[str, Any]:
        """Read the files; one without a single pin locks nothing and is left out."""
        found = {}
        for path in self.find(root):
            pins = read_pins(path, read_text(root / path))
            if pins or not _may_be_loose(path):
                found[path] = {"digest": _digest(root / path), "versions": pins}
        return found


def read_pins(path: str, text: str) -> dict[str, str]:
    """Read the versions that a lock file names.

    Parameters
    ----------
    path
        The file's name, which tells the format.
    text
        What is in it.

    Returns
    -------
    dict of str
        Versions by name as PEP 503 normalises it; where a file has several versions of one
        distribution, for other platforms, they are joined by ``" | "``. Empty for what is broken.

    Examples
    --------
    >>> read_pins("requirements.txt", "numpy==2.0.1  # arrays")
    {'numpy': '2.0.1'}
    """
    found: dict[str, dict[str, None]] = {}
    try:
        for name, version in _choose_reader(path)(text):
            spelled = re.sub(r"[-_.]+", "-", name).lower()
            found.setdefault(spelled, {})[version.removeprefix("==")] = None
    except (ValueError, TypeError, AttributeError, KeyError):
        return {}
    return {name: " | ".join(versions) for name, versions in sorted(found.items())}


def _choose_reader(path: str) -> Callable[[str], Iterator[tuple[str, str]]]:
    name = path.rpartition("/")[2]
    if name == "Pipfile.lock":
        return _read_pipfile
    if name == "pixi.lock":
        return _read_pixi
    if name.startswith("conda-lock"):
        return _read_conda_lock
    if name.startswith("environment"):
        return _read_environment
    return _read_requirements if name.startswith("requirements") else _read_toml


def _read_toml(text: str) -> Iterator[tuple[str, str]]:
    import tomllib

    tree = tomllib.loads(text)
    for package in [*tree.get("package", ()), *tree.get("packages", ())]:
        if "version" in package:
            yield package["name"], str(package["version"])


def _read_pipfile(text: str) -> Iterator[tuple[str, str]]:
    tree = json.loads(text)
    for section in ("default", "develop"):
        for name, package in tree.get(section, {}).items():
            if isinstance(package, dict) and "version" in package:
                yield name, package["version"]


def _read_requirements(text: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(_PIN, text, re.MULTILINE):
        yield found[1], found[2]


def _read_environment(text: str) -> Iterator[tuple[str, str]]:
    for pattern in (_CONDA_PIN, _PIN):
        for found in re.finditer(pattern, text, re.MULTILINE):
            yield found[1], found[2]


def _read_conda_lock(text: str) -> Iterator[tuple[str, str]]:
    """Read the entries for this platform; those of another say nothing here."""
    for name, body in re.findall(_CONDA_LOCKED, text, re.MULTILINE):
        facts = dict(re.findall(r"^\s+(version|platform):\s*[\"']?([^\s\"']+)", body, re.MULTILINE))
        if "version" in facts and facts.get("platform", conda_platform()) == conda_platform():
            yield name, facts["version"]


def _read_pixi(text: str) -> Iterator[tuple[str, str]]:
    for subdir, name, version in re.findall(_PIXI_CONDA, text, re.MULTILINE):
        if subdir in {conda_platform(), "noarch"}:
            yield name, version
    yield from re.findall(_PIXI_PYPI, text, re.MULTILINE)


def _may_be_loose(path: str) -> bool:
    """Tell files that may state ranges rather than versions."""
    return path.rpartition("/")[2].startswith(("requirements", "environment"))


def _digest(path: Path) -> str | None:
    from anew.digests import digest_file

    try:
        return digest_file(path).digest
    except OSError:
        return None
