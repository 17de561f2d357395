"""Lock files, requirements and conda's packages as facets."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from anew.provenance import capture
from anew.provenance.conda import list_explicit, versions_of
from anew.provenance.interpreter import ask_interpreter
from anew.provenance.locks import LocksCollector, read_pins
from anew.provenance.packages import PackagesCollector, packages_of, providers_of
from anew.provenance.requirements import RequirementsCollector

if TYPE_CHECKING:
    from pathlib import Path

LOCKS = {
    "uv.lock": '[[package]]\nname = "numpy"\nversion = "2.0"\n\n[[package]]\nname = "own"\n',
    "poetry.lock": '[[package]]\nname = "NumPy"\nversion = "2.0"\n',
    "pdm.lock": '[[package]]\nname = "numpy"\nversion = "2.0"\n',
    "pylock.toml": 'lock-version = "1.0"\n[[packages]]\nname = "numpy"\nversion = "2.0"\n',
    "pylock.dev.toml": '[[packages]]\nname = "numpy"\nversion = "2.0"\n',
    "Pipfile.lock": '{"default": {"numpy": {"version": "==2.0"}}, "develop": {}}',
    "conda-lock.yml": "package:\n- name: numpy\n  version: '2.0'\n  manager: conda\n",
    "pixi.lock": "packages:\n- conda: https://conda.anaconda.org/conda-forge/noarch/"
    "numpy-2.0-py313_0.conda\n  sha256: 00\n",
    "requirements.txt": "# all\nnumpy==2.0 \\\n    --hash=sha256:00\npandas>=2\n",
    "requirements-dev.txt": "numpy[extra]==2.0 ; python_version > '3'\n",
    "environment.yml": "name: x\ndependencies:\n  - numpy=2.0=py313_0\n  - pip\n",
}


@pytest.mark.parametrize(("name", "text"), LOCKS.items(), ids=LOCKS)
def test_the_pins_of_a_lock_file_are_read(root: Path, name: str, text: str) -> None:
    (root / name).write_text(text)
    found = LocksCollector().collect(root)
    assert found[name]["versions"] == {"numpy": "2.0"}
    assert found[name]["digest"].startswith("blake3:")


@pytest.mark.parametrize("name", LOCKS)
def test_a_broken_lock_file_pins_nothing(name: str) -> None:
    assert read_pins(name, "[[[\0{") == {}


def test_several_versions_of_one_distribution_are_all_named() -> None:
    text = "".join(f'[[package]]\nname = "a"\nversion = "{version}"\n' for version in "12")
    assert read_pins("uv.lock", text) == {"a": "1 | 2"}


def test_a_project_without_such_files_has_no_such_facets(root: Path) -> None:
    names = {facet.name for facet in capture(root).facets}
    assert names.isdisjoint({"locks", "requirements", "conda"})


def test_requirements_are_read_with_who_asks_for_them(root: Path) -> None:
    (root / "pyproject.toml").write_text(
        '[project]\nname = "x"\nrequires-python = ">=3.11"\ndependencies = ["numpy>=2"]\n'
        '[project.optional-dependencies]\nplots = ["matplotlib"]\n'
        '[dependency-groups]\ndev = ["pytest", {include-group = "lint"}]\n'
    )
    (root / "setup.cfg").write_text("[options]\ninstall_requires =\n    scipy>1\n")
    (root / "requirements.txt").write_text("-r other.txt\npandas>=2  # tables\n")
    (root / "environment.yml").write_text(
        "channels:\n  - conda-forge\ndependencies:\n  - xarray\n  - pip:\n    - fire==1\n"
    )
    assert RequirementsCollector().collect(root) == {
        "python": ">=3.11",
        "declared": {
            "environment.yml": ["xarray", "fire==1"],
            "project": ["numpy>=2", "scipy>1"],
            "optional: plots": ["matplotlib"],
            "group: dev": ["pytest"],
            "requirements.txt": ["pandas>=2"],
        },
    }


def test_a_password_in_a_requirement_is_masked(root: Path) -> None:
    (root / "requirements.txt").write_text("x @ git+https://ada:hunter2@example.org/x.git\n")
    assert "hunter2" not in json.dumps(RequirementsCollector().collect(root))


def test_the_packages_of_conda_are_listed_so_that_they_can_be_had_again(tmp_path: Path) -> None:
    (tmp_path / "conda-meta").mkdir()
    url = "https://conda.anaconda.org/t/secret/conda-forge/noarch/a-1-0.conda"
    (tmp_path / "conda-meta" / "a-1-0.json").write_text(json.dumps({"url": url, "md5": "00ff"}))
    (tmp_path / "conda-meta" / "broken.json").write_text("{")
    shown = "https://conda.anaconda.org/t/***/conda-forge/noarch/a-1-0.conda#00ff"
    assert list_explicit(tmp_path) == [shown]


def test_a_package_that_conda_has_no_url_of_is_listed_all_the_same(tmp_path: Path) -> None:
    """In what conda wrote down over the years."""
    (tmp_path / "conda-meta").mkdir()
    facts: dict[str, object] = {"name": "a", "version": "1!1.0", "build": "py_0", "url": None}
    more: list[dict[str, object]] = [
        {"channel": "https://example.org/main/noarch", "fn": "a-1!1.0-py_0.conda"},
        {"channel": "https://example.org/main/", "subdir": "linux-64"},
        {"channel": None, "fn": "a-1!1.0-py_0.tar.bz2"},
        {"channel": "<unknown>"},
    ]
    for number, each in enumerate(more):
        path = tmp_path / "conda-meta" / f"{number}.json"
        path.write_text(json.dumps({**facts, **each}))
    (tmp_path / "conda-meta" / "other.json").write_text("[]")
    found = list_explicit(tmp_path)
    assert found == [
        "a-1!1.0-py_0.tar.bz2",
        "a-1!1.0-py_0.tar.bz2",
        "https://example.org/main/linux-64/a-1!1.0-py_0.tar.bz2",
        "https://example.org/main/noarch/a-1!1.0-py_0.conda",
    ]
    assert versions_of(found) == {"a": "1!1.0 py_0"}


def test_another_interpreter_is_asked_once(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = tmp_path / "answers"
    asked = ask_interpreter(sys.executable, {}, answers)
    version = "{}.{}.{}".format(*sys.version_info)
    assert asked.facts["version"] == version
    assert packages_of(asked.paths, root)["versions"]["numpy"]
    monkeypatch.setattr("subprocess.run", None)
    assert ask_interpreter(sys.executable, {}, answers) == asked


def test_what_is_read_from_outside_is_what_is_read_from_within(root: Path) -> None:
    assert packages_of(sys.path, root) == PackagesCollector().collect(root)


def test_a_module_is_found_in_its_distribution() -> None:
    providers = providers_of(sys.path)
    assert providers["sklearn"] == ["scikit-learn"]
    assert providers["numpy"] == ["numpy"]
