"""What the project says it needs: distributions with their ranges, and versions of Python."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from anew.provenance.masking import mask_text
from anew.provenance.project_files import FromFiles, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["RequirementsCollector"]

_FILES: Final = re.compile(
    r"pyproject\.toml|setup\.cfg|requirements.*\.(txt|in)|environment.*\.ya?ml|\.python-version"
)
_NAME: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)")
_ITEM: Final = re.compile(r"^(\s*)-\s+(.+?)\s*(?:#.*)?$")

_Said = tuple[str, str]
"""Who asks for it (``project``, ``optional: plots``, ``group: dev`` or a file), and the text."""


class RequirementsCollector(FromFiles):
    """Collect the requirements that stand in the project's own files."""

    name = "requirements"
    files = _FILES

    def collect(self, root: Path) -> dict[str, Any]:
        """Read the files."""
        said: dict[str, list[str]] = {}
        python = None
        for path in self.find(root):
            text = read_text(root / path)
            if path == ".python-version":
                python = python or text.strip() or None
                continue
            for group, requirement in _read(path, text):
                if group == _PYTHON:
                    python = requirement
                else:
                    said.setdefault(group, []).append(mask_text(requirement))
        found: dict[str, Any] = {"python": python} if python else {}
        return found | ({"declared": said} if said else {})


_PYTHON: Final = "requires-python"


def _read(path: str, text: str) -> Iterator[_Said]:
    """Read a file by its kind; a broken one says nothing."""
    import tomllib

    try:
        if path == "pyproject.toml":
            yield from _read_pyproject(tomllib.loads(text))
        elif path == "setup.cfg":
            yield from _read_setup(text)
        elif path.startswith("environment"):
            yield from ((path, each) for each in _read_environment(text))
        else:
            yield from ((path, each) for each in _read_lines(text))
    except (ValueError, TypeError, AttributeError):
        return


def _read_pyproject(tree: dict[str, Any]) -> Iterator[_Said]:
    project = tree.get("project", {})
    if "requires-python" in project:
        yield _PYTHON, project["requires-python"]
    yield from (("project", str(each)) for each in project.get("dependencies", ()))
    for extra, wanted in project.get("optional-dependencies", {}).items():
        yield from ((f"optional: {extra}", str(each)) for each in wanted)
    for group, wanted in tree.get("dependency-groups", {}).items():
        yield from ((f"group: {group}", each) for each in wanted if isinstance(each, str))
    poetry = tree.get("tool", {}).get("poetry", {})
    for name, wanted in poetry.get("dependencies", {}).items():
        version = wanted.get("version", "*") if isinstance(wanted, dict) else str(wanted)
        yield (_PYTHON, version) if name == "python" else ("project", f"{name} {version}")
    for name, wanted in tree.get("tool", {}).get("pixi", {}).get("dependencies", {}).items():
        version = wanted.get("version", "*") if isinstance(wanted, dict) else str(wanted)
        yield "pixi", f"{name} {version}"


def _read_setup(text: str) -> Iterator[_Said]:
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError(text) from error
    if parser.has_section("options"):
        options = parser["options"]
        if "python_requires" in options:
            yield _PYTHON, options["python_requires"]
        yield from (("project", each) for each in _read_lines(options.get("install_requires", "")))
    if parser.has_section("options.extras_require"):
        for extra, wanted in parser["options.extras_require"].items():
            yield from ((f"optional: {extra}", each) for each in _read_lines(wanted))


def _read_lines(text: str) -> Iterator[str]:
    """Read the lines of a file of requirements, options and hashes left out."""
    for line in text.replace("\\\n", " ").splitlines():
        plain = re.split(r"\s+#|\s--hash", f" {line}", maxsplit=1)[0].strip()
        if _NAME.match(plain):
            yield plain


def _read_environment(text: str) -> Iterator[str]:
    """Read the list below ``dependencies`` in a file of conda."""
    inside = False
    for line in text.splitlines():
        if re.match(r"\S", line) and not line.startswith("-"):
            inside = line.startswith("dependencies:")
        found = _ITEM.match(line)
        if inside and found and not found[2].endswith(":"):
            yield found[2].strip("\"'")
