"""An index in a folder, wheels of a few bytes, and what is installed where."""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anew.environments.uv import find_uv
from anew.provenance.interpreter import ask_interpreter
from anew.provenance.packages import packages_of

LISTED = '<a href="../../files/{name}{digest}"{more}>{name}</a><br>\n'


@dataclass
class Index:
    """A package index as files: simple pages (PEP 503), and wheels."""

    folder: Path

    @property
    def url(self) -> str:
        return (self.folder / "simple").as_uri()

    def add(
        self, name: str, version: str, *, code: str = "", python: str = ">=3.8", yanked: str = ""
    ) -> str:
        """Publish a wheel; give the SHA-256 of it."""
        wheel = write_wheel(self.folder / "files", name, version, code=code)
        more = f' data-yanked="{yanked}"' if yanked else ""
        more += f' data-requires-python="{python.replace(">", "&gt;")}"'
        return self._list(name, wheel, more)

    def add_source(self, name: str, version: str, backend: str) -> str:
        """Publish a source distribution whose back end is the given code."""
        folder = self.folder / "files"
        archive = folder / f"{name}-{version}.tar.gz"
        about = f"Metadata-Version: 2.2\nName: {name}\nVersion: {version}\n"
        system = 'requires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        files = {
            "PKG-INFO": about,
            "backend.py": backend,
            "pyproject.toml": f"[build-system]\n{system}",
        }
        with tarfile.open(archive, "w:gz") as tar:
            for path, text in files.items():
                told = tarfile.TarInfo(f"{name}-{version}/{path}")
                told.size = len(text)
                tar.addfile(told, io.BytesIO(text.encode()))
        return self._list(name, archive, "")

    def _list(self, name: str, file: Path, more: str) -> str:
        """Enter a file on the page of its package."""
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        page = self.folder / "simple" / name / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        with page.open("a", encoding="utf-8") as listed:
            listed.write(LISTED.format(name=file.name, digest=f"#sha256={digest}", more=more))
        return digest

    def remove(self, name: str) -> None:
        """Take all of a package away."""
        (self.folder / "simple" / name / "index.html").write_text("")
        for wheel in (self.folder / "files").glob(f"{name}-*"):
            wheel.unlink()


def write_wheel(folder: Path, name: str, version: str, *, code: str = "") -> Path:
    """Write a wheel of one module."""
    told = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": code or f"version = {version!r}\n",
        f"{told}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{told}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [f"{path},sha256={_digest(text)},{len(text)}" for path, text in files.items()]
    files[f"{told}/RECORD"] = "\n".join([*lines, f"{told}/RECORD,,", ""])
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def install(folder: Path, *requirements: str) -> None:
    """Install into an environment."""
    words = ["pip", "install", "--python", str(folder / "bin" / "python"), *requirements]
    answer = find_uv(Path.cwd()).run(words) if requirements else None
    assert answer is None or answer.is_good, answer.said


def facets_of(folder: Path, project: Path) -> dict[str, Any]:
    """Give the facets of a trial that ran in an environment."""
    asked = ask_interpreter(str(folder / "bin" / "python"), {}, folder / "known")
    return {"python": asked.facts, "packages": packages_of(asked.paths, project)}


def versions_in(python: Path) -> dict[str, str]:
    """Ask an interpreter what is installed for it."""
    question = (
        "import importlib.metadata as m;"
        "print(*(f'{d.name}=={d.version}' for d in m.distributions()))"
    )
    done = subprocess.run(
        [python, "-I", "-c", question], capture_output=True, text=True, check=True
    )
    return dict(each.split("==") for each in done.stdout.split())
