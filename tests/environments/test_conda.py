"""conda environments: the commands that would make them, and what stands in their way."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from anew.environments import RebuildError, find_problems, rebuild, use_current
from anew.environments.conda import Conda, find_conda_problems, write_manifest
from anew.environments.current import find_unchanged
from anew.environments.place import Place
from anew.provenance.conda import conda_platform, describe_conda

if TYPE_CHECKING:
    from types import SimpleNamespace

LISTED = [
    f"https://conda.anaconda.org/conda-forge/{conda_platform()}/python-3.12.1-hab00c5b_1_cpython.conda#0123",
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
    assert tree["workspace"]["platforms"] == [conda_platform()]
    assert tree["dependencies"] == {
        "python": {"version": "==3.12.1", "build": "hab00c5b_1_cpython", "channel": channel},
        "pip": {"version": "==24.0", "build": "pyhd8ed1ab_0", "channel": channel},
    }


def test_private_channel_is_a_problem() -> None:
    private = "https://conda.anaconda.org/t/***/mine/noarch/secret-1.0-0.conda"
    told = [problem.what for problem in find_conda_problems([private])]
    assert "secret-1.0-0.conda" in told


def test_package_of_which_nobody_knows_the_place_is_a_problem() -> None:
    told = [problem.what for problem in find_conda_problems([*LISTED, "lost-1.0-0.conda"])]
    assert told[0] == "lost-1.0-0.conda"


def test_packages_for_another_system_are_a_problem() -> None:
    found = find_conda_problems(
        ["https://conda.anaconda.org/main/win-64/tool-1.0-0.conda", *LISTED]
    )
    assert f"for win-64, and this is {conda_platform()}" in found[0].why


def test_each_package_that_the_program_complains_of_is_named(tmp_path: Path) -> None:
    gone = (tmp_path / "gone-1.0-0.conda").as_uri()
    program = tmp_path / "conda"
    program.write_text(
        "#!/bin/sh\necho 'CondaHTTPError: 404 for <https://x/pip-24.0-pyhd8ed1ab_0.tar.bz2>' >&2\n"
        "echo 'A retry may help.' >&2\nexit 1\n"
    )
    program.chmod(0o755)
    with pytest.raises(RebuildError) as caught:
        Conda(str(program)).make([*LISTED, gone], tmp_path / "room")
    assert [(each.what, each.why.partition(":")[0]) for each in caught.value.problems] == [
        ("pip-24.0-pyhd8ed1ab_0.tar.bz2", "CondaHTTPError"),
        ("gone-1.0-0.conda", "its file is gone"),
    ]


def write_meta(prefix: Path, *names: str) -> None:
    """Have a folder tell that packages of conda are in it."""
    shutil.rmtree(prefix / "conda-meta", ignore_errors=True)
    (prefix / "conda-meta").mkdir()
    for name in names:
        url = f"https://conda.anaconda.org/main/linux-64/{name}.conda"
        (prefix / "conda-meta" / f"{name}.json").write_text(json.dumps({"url": url}))


def test_environment_with_another_library_is_not_unchanged(
    ran_in: Any, project: Path, tmp_path: Path
) -> None:
    found = ran_in("alpha==1.0")
    write_meta(tmp_path / "then", "libblas-3.9-0", "same-1-0")
    found = {**found, "conda": describe_conda(tmp_path / "then")}
    found["python"] |= {"prefix": "conda"}
    assert find_unchanged(found, project)
    write_meta(tmp_path / "then", "libblas-3.9-1", "same-1-0")
    assert find_unchanged(found, project) is None
    python = tmp_path / "then" / "bin" / "python"
    assert use_current(found, python, root=project).differences == ("libblas 3.9 0 → 3.9 1",)
    write_meta(tmp_path / "then")
    told = use_current(found, python, root=project).differences
    assert told == ("the packages of conda are not there",)


def test_kept_environment_whose_packages_of_conda_changed_is_not_taken(
    ran_in: Any, tmp_path: Path
) -> None:
    ran_in()
    write_meta(tmp_path / "then", "libblas-3.9-0")
    place = Place(tmp_path / "kept")
    place.finish(tmp_path / "kept" / "room", tmp_path / "then", {})
    assert place.find(tmp_path / "kept" / "room")
    write_meta(tmp_path / "then", "libblas-3.9-1")
    assert place.find(tmp_path / "kept" / "room") is None


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
