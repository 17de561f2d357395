"""conda environments: the commands that would make them, and what stands in their way."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from anew.environments import RebuildError, find_problems, rebuild
from anew.environments.conda import Conda, find_conda_problems, write_manifest

if TYPE_CHECKING:
    from types import SimpleNamespace

LISTED = [
    "https://conda.anaconda.org/conda-forge/linux-64/python-3.12.1-hab00c5b_1_cpython.conda#0123",
    "https://conda.anaconda.org/conda-forge/noarch/pip-24.0-pyhd8ed1ab_0.tar.bz2",
]


@pytest.mark.parametrize("name", ["conda", "mamba", "micromamba"])
def test_explicit_list_is_installed_by_its_file(name: str) -> None:
    words = Conda(f"/opt/bin/{name}").command(Path("/room"), Path("/room/conda"))
    assert words[0] == f"/opt/bin/{name}"
    assert words[1:] == [
        "create", "--yes", "--prefix", "/room/conda", "--file", "/room/explicit.txt"
    ]  # fmt: skip


def test_pixi_gets_each_package_by_version_and_build() -> None:
    tree = tomllib.loads(write_manifest(LISTED))
    channel = "https://conda.anaconda.org/conda-forge"
    assert tree["workspace"]["channels"] == [channel]
    assert tree["workspace"]["platforms"] == ["linux-64"]
    assert tree["dependencies"] == {
        "python": {"version": "==3.12.1", "build": "hab00c5b_1_cpython", "channel": channel},
        "pip": {"version": "==24.0", "build": "pyhd8ed1ab_0", "channel": channel},
    }


def test_private_channel_is_a_problem() -> None:
    private = "https://conda.anaconda.org/t/***/mine/noarch/secret-1.0-0.conda"
    told = [problem.what for problem in find_conda_problems([private])]
    assert "secret-1.0-0.conda" in told


@pytest.fixture
def facets(ran_in: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """Facets of a trial with conda, on a machine without it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("CONDA_EXE", "MAMBA_EXE"):
        monkeypatch.delenv(name, raising=False)
    found = ran_in("alpha==1.0")
    found["python"] |= {"prefix": "conda", "executable": "/gone/bin/python"}
    return {**found, "conda": {"explicit": LISTED}}


def test_without_conda_it_is_said_and_nearest_takes_its_packages_from_the_index(
    facets: Any, store: SimpleNamespace, project: Path
) -> None:
    with pytest.raises(RebuildError, match="none of conda, mamba, micromamba and pixi"):
        rebuild(facets, store=store, root=project)
    assert [p.what for p in find_problems(facets, store=store)] == ["the conda environment"]
    made = rebuild(facets, store=store, root=project, how="nearest")
    assert made.python.exists()
    assert "not from conda" in made.differences[0]


def test_list_that_cannot_be_installed_is_said(
    facets: Any, store: SimpleNamespace, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONDA_EXE", "/bin/false")
    with pytest.raises(RebuildError, match="the conda environment"):
        rebuild(facets, store=store, root=project)
