"""Projects of folders, installed from their own snapshot or from the tree as it lies now."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from anew.code.snapshot import checkout
from anew.environments.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from anew.environments.uv import Uv
    from anew.environments.wanted import LocalProject

__all__ = ["install_project"]

# These put a folder on the path and write nothing, unless they are told to.
_PLAIN: Final = frozenset(
    {
        "flit_core.buildapi",
        "hatchling.build",
        "pdm.backend",
        "poetry.core.masonry.api",
        "setuptools.build_meta",
        "uv_build",
    }
)
# Whoever has one of these tables tells the back end where packages lie, or has files made.
_SPECIAL: Final = ("hatch", "setuptools", "setuptools_scm", "pdm", "poetry", "flit")
_BUILT: Final = ("setup.py", "setup.cfg", "meson.build", "CMakeLists.txt", "Cargo.toml")

_SCRIPT: Final = """#!{python}
import sys
from {module} import {top}
if __name__ == "__main__":
    sys.exit({name}())
"""


def install_project(
    project: LocalProject, prefix: Path, git_dir: Path, uv: Uv
) -> tuple[str, Problem | None]:
    """Install a project of a folder into an environment.

    Parameters
    ----------
    project
        The project.
    prefix
        The folder of the environment. A project with a snapshot of its own is checked out in it.
    git_dir
        The repository of snapshots.
    uv
        Installs what needs to be built.

    Returns
    -------
    str
        What is not as it was, on one line; empty when nothing is known.
    Problem or None
        Why it could not be installed.

    Raises
    ------
    SnapshotError
        When its snapshot cannot be checked out.
    """
    folder, told = project.folder, ""
    if project.commit:
        folder = prefix / "projects" / project.name
        checkout(git_dir, project.commit, folder)
    elif not project.is_inside:
        told = f"{project.name}: its code is that of today in {folder}, for none was kept"
    if project.is_editable and _is_plain(project, folder):
        _write_by_hand(project, folder, prefix)
        return told, None
    answer = uv.ask(
        ["pip", "install", "--quiet", "--no-deps", "--python", str(prefix / "bin" / "python")]
        + (["--editable", str(folder)] if project.is_editable else [str(folder)]),
        more=_say_version(project),
    )
    if answer.is_good:
        return told, None
    if project.is_editable and _find_place(project, folder):
        _write_by_hand(project, folder, prefix)
        return f"{project.name}: could not be built, so its folder alone was put on the path", None
    why = f"it cannot be built from {folder}: {answer.reason}"
    return told, Problem(f"{project.name} {project.version}", why, "")


def _say_version(project: LocalProject) -> dict[str, str]:
    """Tell the version to what would ask a repository that is not there."""
    name = re.sub(r"\W", "_", project.name).upper()
    return {
        f"SETUPTOOLS_SCM_PRETEND_VERSION_FOR_{name}": project.version,
        f"HATCH_VCS_PRETEND_VERSION_FOR_{name}": project.version,
        "PDM_BUILD_SCM_VERSION": project.version,
    }


def _is_plain(project: LocalProject, folder: Path) -> bool:
    """Tell whether an editable installation is a folder on the path, and nothing else."""
    tree = _read_toml(folder / "pyproject.toml")
    system, tool = tree.get("build-system", {}), tree.get("tool", {})
    return (
        isinstance(tree.get("project"), dict)
        and system.get("build-backend") in _PLAIN
        and not any(name in tool for name in _SPECIAL)
        and "build-backend" not in tool.get("uv", {})
        and not any((folder / name).exists() for name in _BUILT)
        and _find_place(project, folder) is not None
    )


def _find_place(project: LocalProject, folder: Path) -> Path | None:
    """Find the folder from which the project is imported: ``src``, or its own."""
    module = project.name.replace("-", "_")
    for place in (folder / "src", folder):
        names = {path.name.lower() for path in place.iterdir()} if place.is_dir() else set()
        if module in names or f"{module}.py" in names:
            return place
    return None


def _write_by_hand(project: LocalProject, folder: Path, prefix: Path) -> None:
    """Write what an editable installation consists of (PEP 610, PEP 660 and its recording)."""
    site = next(prefix.glob("lib/python3*/site-packages"))
    place = _find_place(project, folder) or folder
    module = project.name.replace("-", "_")
    told = site / f"{module}-{project.version}.dist-info"
    told.mkdir(exist_ok=True)
    scripts = _read_scripts(folder)
    direct = {"url": folder.as_uri(), "dir_info": {"editable": True}}
    written = {
        site / f"__editable__.{module}.pth": f"{place}\n",
        told / "METADATA": f"Metadata-Version: 2.1\nName: {project.name}\n"
        f"Version: {project.version}\n",
        told / "INSTALLER": "anew\n",
        told / "direct_url.json": json.dumps(direct),
        told / "entry_points.txt": _write_entry_points(scripts),
    }
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")
    listed = [path.relative_to(site).as_posix() for path in (*written, told / "RECORD")]
    (told / "RECORD").write_text("".join(f"{path},,\n" for path in listed), encoding="utf-8")
    _write_programs(scripts, prefix / "bin")


def _write_programs(scripts: Mapping[str, Mapping[str, str]], folder: Path) -> None:
    """Write the commands of a project."""
    for name, target in {**scripts.get("gui_scripts", {}), **scripts["console_scripts"]}.items():
        module, _, attribute = target.partition("[")[0].replace(" ", "").partition(":")
        if not attribute or "/" in name:
            continue
        top = attribute.partition(".")[0]
        text = _SCRIPT.format(python=folder / "python", module=module, top=top, name=attribute)
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)


def _write_entry_points(groups: Mapping[str, Mapping[str, str]]) -> str:
    return "\n".join(
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in points.items())
        for group, points in groups.items()
        if points
    )


def _read_scripts(folder: Path) -> dict[str, dict[str, str]]:
    """Read the entry points by group (PEP 621)."""
    table = _read_toml(folder / "pyproject.toml").get("project", {})
    return {
        **table.get("entry-points", {}),
        "console_scripts": table.get("scripts", {}),
        "gui_scripts": table.get("gui-scripts", {}),
    }


def _read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; one that is broken or gone is empty."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return {}
