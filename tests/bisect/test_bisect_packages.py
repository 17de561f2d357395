"""Of the packages that differ, the one that changes the result is named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "environments"))

from small_index import Index, install

from anew.errors import EnvironmentProblemError

if TYPE_CHECKING:
    from conftest import Project

STUDY = """
    import alpha
    import beta

    with open("sum.txt", "w") as file:
        file.write(str(alpha.version + beta.version))
"""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    """An index with three packages, of which each version gives a number of its own."""
    for name in [name for name in os.environ if name.startswith(("UV_", "PIP_", "VIRTUAL_ENV"))]:
        monkeypatch.delenv(name)
    made = Index(tmp_path / "index")
    for name, versions in {"alpha": (1, 2), "beta": (1, 1), "gamma": (1, 2)}.items():
        for number, version in enumerate(versions, start=1):
            made.add(name, f"{number}.0", code=f"version = {version}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    monkeypatch.setenv("UV_DEFAULT_INDEX", made.url)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return made


def _record(project: Project, *versions: str) -> None:
    """Run the study in an environment with these versions, the same folder each time."""
    folder = project.root.parent / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", folder], check=True)
    install(folder, *versions)
    project.run("-m", "anew", "run", "study.py", VIRTUAL_ENV=str(folder))


@pytest.mark.usefixtures("index")
def test_the_package_that_changes_the_result_is_named(project: Project):
    project.write("study.py", STUDY)
    _record(project, "alpha==1.0", "beta==1.0", "gamma==1.0")
    _record(project, "alpha==2.0", "beta==2.0", "gamma==2.0")
    found = project.bisect()
    assert [cause.title for cause in found.causes] == ["alpha 1.0 → 2.0"]
    assert found.lines[0].startswith("alpha 1.0 → 2.0 alone changes sum.txt")
    assert found.candidates == 4  # with what the first trial wrote


@pytest.mark.usefixtures("index")
def test_packages_of_today_are_not_searched(project: Project):
    project.write("study.py", STUDY)
    _record(project, "alpha==1.0", "beta==1.0")
    _record(project, "alpha==2.0", "beta==1.0")
    project.write("study.py", STUDY + "\n")
    found = project.bisect(env="current", test="true")
    assert not found.is_explained
    assert found.not_searched == ("alpha 1.0 → 2.0",)


def test_an_environment_that_is_not_to_be_had_ends_the_search(project: Project, index: Index):
    project.write("study.py", STUDY)
    _record(project, "alpha==1.0", "beta==1.0")
    _record(project, "alpha==2.0", "beta==2.0")
    index.remove("alpha")
    with pytest.raises(
        EnvironmentProblemError, match=r"(?s)trial 1 cannot be made anew.* alpha 1\.0"
    ):
        project.bisect()


def test_the_package_that_makes_a_reproduction_differ_is_named(project: Project, index: Index):
    project.write("study.py", STUDY)
    _record(project, "alpha==1.0", "beta==1.0", "gamma==1.0")
    wheels = {name: index.folder / "simple" / name / "index.html" for name in ("alpha", "gamma")}
    pages = {name: page.read_text(encoding="utf-8") for name, page in wheels.items()}
    install(project.root.parent / "environment", "alpha==2.0", "gamma==2.0")
    for name, page in wheels.items():
        page.write_text(pages[name].splitlines(keepends=True)[1], encoding="utf-8")
    done = project.run("-m", "anew", "reproduce", "1", "--env", "nearest", check=False)
    assert done.returncode == 1, done.stderr
    for name, page in wheels.items():
        page.write_text(pages[name], encoding="utf-8")
    found = project.bisect(1, 2)
    assert [cause.title for cause in found.causes] == ["alpha 1.0 → 2.0"]
