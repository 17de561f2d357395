"""conda environments that a real program makes, changes and makes again."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from small_channel import add_module, add_package, add_python
from small_index import facets_of, install, write_wheel

from anew.environments import RebuildError, rebuild
from anew.provenance.conda import describe_conda

if TYPE_CHECKING:
    from types import SimpleNamespace

PROGRAM = next(filter(None, map(shutil.which, ("conda", "mamba", "micromamba"))), None)
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no program of conda is on the path")

QUESTION = "import sys, gamma; print(gamma.version, open(sys.prefix + '/share/delta').read())"


@dataclass
class Lab:
    """An environment of conda, and the channel that it is from."""

    channel: Path
    prefix: Path
    project: Path

    def run_conda(self, verb: str, *urls: str) -> None:
        """Have the program install packages."""
        listed = self.channel / "listed.txt"
        listed.write_text("\n".join(["@EXPLICIT", *urls, ""]))
        words = [verb, "--yes", "--offline", "--prefix", str(self.prefix), "--file", str(listed)]
        subprocess.run([str(PROGRAM), *words], check=True, capture_output=True)

    def facets(self) -> dict[str, Any]:
        """Give the facets of a trial that runs in it now."""
        found = facets_of(self.prefix, self.project)
        return {**found, "conda": describe_conda(self.prefix)}

    def add_delta(self, version: str) -> str:
        """Publish a library that Python knows nothing of."""
        return add_package(self.channel, "delta", version, {"share/delta": version.encode()})


@pytest.fixture
def lab(tmp_path: Path, project: Path, index: Any, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """An environment with an interpreter, a module and a library."""
    monkeypatch.setenv("CONDA_PKGS_DIRS", str(tmp_path / "pkgs"))
    made = Lab(tmp_path / "channel", tmp_path / "then", project)
    urls = [add_python(made.channel), add_module(made.channel, "gamma", "1.0")]
    made.run_conda("create", *urls, made.add_delta("1.0"))
    return made


def ask(python: Path) -> str:
    done = subprocess.run([python, "-c", QUESTION], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_library_of_conda_is_as_it_was_and_so_is_what_pip_installed(
    lab: Lab, store: SimpleNamespace
) -> None:
    install(lab.prefix, "alpha==1.0")
    facets = lab.facets()
    assert rebuild(facets, store=store, root=lab.project).said.endswith("is unchanged")
    lab.run_conda("install", lab.add_delta("2.0"))
    assert ask(lab.prefix / "bin/python") == "1.0 2.0"
    made = rebuild(facets, store=store, root=lab.project)
    assert (ask(made.python), made.how, made.is_conda) == ("1.0 1.0", "exact", True)
    assert (made.prefix or Path()).joinpath("conda-meta/delta-1.0-0.json").exists()
    again = rebuild(facets, store=store, root=lab.project)
    assert "kept from before" in again.said


def test_environment_that_is_gone_is_made_again(lab: Lab, store: SimpleNamespace) -> None:
    facets = lab.facets()
    shutil.rmtree(lab.prefix)
    assert ask(rebuild(facets, store=store, root=lab.project).python) == "1.0 1.0"


def test_what_pip_put_over_a_package_of_conda_is_there_again(
    lab: Lab, store: SimpleNamespace, tmp_path: Path
) -> None:
    wheel = write_wheel(tmp_path / "own", "gamma", "1.0", code="version = 'mine'\n")
    install(lab.prefix, "--reinstall", str(wheel))
    facets = lab.facets()
    lab.run_conda("install", lab.add_delta("2.0"))
    assert ask(rebuild(facets, store=store, root=lab.project).python) == "mine 1.0"


def test_each_package_whose_file_is_gone_is_named(
    lab: Lab, store: SimpleNamespace, tmp_path: Path
) -> None:
    facets = lab.facets()
    for path in (lab.prefix, tmp_path / "pkgs"):
        shutil.rmtree(path)
    for url in facets["conda"]["explicit"][:2]:
        Path(urlsplit(url).path).unlink()
    with pytest.raises(RebuildError) as caught:
        rebuild(facets, store=store, root=lab.project)
    told = {problem.what for problem in caught.value.problems}
    assert told == {"delta-1.0-0.tar.bz2", "gamma-1.0-0.tar.bz2"}
    made = rebuild(facets, store=store, root=lab.project, how="nearest")
    assert "not from conda" in made.differences[0]
    assert any("delta-1.0-0.tar.bz2" in line for line in made.differences)
