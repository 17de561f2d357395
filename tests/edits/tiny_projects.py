"""Tiny projects on disk: written, edited, and run in fresh processes."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edit_rows import State

SOURCES = Path(__file__).parents[2] / "src"
SITE = "environment/lib/python3/site-packages"


@contextmanager
def started_runner(
    python: str, seed: int, *, is_measured: bool = False
) -> Iterator[subprocess.Popen[str]]:
    """Start the server of runner.py with a hash seed of its own."""
    unwanted = "PYTHON" if is_measured else ("COVERAGE", "PYTHON")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(unwanted)}
    environment |= {
        "PYTHONDONTWRITEBYTECODE": "1",  # a .pyc is as old as the second of its source
        "PYTHONHASHSEED": str(seed),
        "PYTHONPATH": str(SOURCES),
    }
    runner = subprocess.Popen(
        [python, str(Path(__file__).with_name("runner.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    )
    try:
        yield runner
    finally:
        runner.stdin.close()
        runner.stdout.close()
        runner.wait(10)


@dataclass
class Project:
    """A folder with a project and the environment it is installed in."""

    folder: Path

    @property
    def sources(self) -> Path:
        return self.folder / "project"

    def write(self, state: State) -> None:
        """Bring the folder into a state; files that are in both are edited in place."""
        wanted = dict(self._files(state))
        for path in sorted(self.folder.rglob("*"), reverse=True):
            if path.is_file() and path not in wanted:
                path.unlink()
            elif path.is_dir() and not any(path.iterdir()):
                path.rmdir()
        for path, text in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
        for path in wanted:
            if path.suffix == ".c":
                build_extension(path)

    def _files(self, state: State) -> Iterator[tuple[Path, str]]:
        yield self.sources / "anew.toml", ""
        site = self.folder / SITE
        for name, text in state.files.items():
            inside = name.removeprefix("site-packages/")
            yield (self.sources if inside == name else site) / inside, text
        for kind, name, version, *rest in state.installed:
            place = site / f"{name.replace('-', '_')}-{version}.dist-info"
            yield place / "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            yield place / "INSTALLER", "pip\n"
            if kind == "editable":
                target = self.sources / rest[0]
                origin = {"url": self.sources.as_uri(), "dir_info": {"editable": True}}
                yield place / "direct_url.json", json.dumps(origin)
                yield site / f"__editable__.{name}.pth", f"{target}\n"
                paths = [f"__editable__.{name}.pth"]
            else:
                module = rest[0] if rest else name
                yield place / "top_level.txt", f"{module.partition('/')[0]}\n"
                paths = sorted(
                    inside
                    for file in state.files
                    if (inside := file.removeprefix("site-packages/")) != file
                    and f"{inside.removesuffix('.py')}/".startswith(f"{module}/")
                )
            hashed = base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")
            record = [f"{p},sha256={hashed},1" for p in paths]
            record += [f"{place.name}/METADATA,,", f"{place.name}/RECORD,,"]
            yield place / "RECORD", "\n".join(record) + "\n"

    def run(self, runner: subprocess.Popen[str], state: State) -> dict[str, object]:
        """Run the script in a fresh process; gives the key of its step."""
        editable = [str(self.sources / i[3]) for i in state.installed if i[0] == "editable"]
        request = {
            "folder": str(self.sources),
            "path": [*editable, str(self.folder / SITE)],
        }
        runner.stdin.write(json.dumps(request) + "\n")
        runner.stdin.flush()
        reply = json.loads(runner.stdout.readline())
        assert "error" not in reply, reply["error"]
        return reply


def build_extension(source: Path) -> None:
    """Compile an extension module next to its source, which then goes."""
    command = [compiler() or "cc", "-shared", "-fPIC", "-O1"]
    if sys.platform == "darwin":
        command += ["-undefined", "dynamic_lookup"]
    command += [f"-I{sysconfig.get_path('include')}", str(source)]
    subprocess.run([*command, "-o", str(source.with_suffix(".so"))], check=True)
    source.unlink()


def compiler() -> str | None:
    """Find a C compiler that has Python's headers to work with."""
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        return None
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
