"""What rebuilding an environment costs next to uv alone: ``python benchmarks/rebuild.py [count]``.

The packages are those of the environment that this runs in, the first so many by name; the cache
of uv is filled before anything is measured. Cold is a new environment: it is compared with
``uv venv`` and ``uv pip sync`` of the same file. Then the same environment is asked for again.
Ratios within one run, each the least of a few rounds that take turns.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from anew.environments import rebuild
from anew.environments.uv import find_uv
from anew.provenance.packages import packages_of
from anew.provenance.python import PythonCollector

if TYPE_CHECKING:
    from collections.abc import Callable

    from anew.types import Store

ROUNDS = 3
COUNT = 60


def measure(work: Callable[[], object]) -> float:
    """Give the time of one call, in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def collect(count: int, root: Path) -> dict[str, Any]:
    """Give facets of an environment with so many packages, which is nowhere to be found."""
    packages = packages_of(sys.path, root)
    local = {name for name, version in packages["versions"].items() if "+" in version}
    names = [n for n in packages["versions"] if n not in {*packages["origins"], "anew", *local}]
    versions = {name: packages["versions"][name] for name in names[:count]}
    python = {**PythonCollector().collect(root), "executable": "/nowhere/python"}
    return {"python": python, "packages": {"versions": versions, "origins": {}}}


def sync(program: str, folder: Path, listed: Path) -> None:
    """Make an environment with uv alone."""
    for words in (
        ["venv", "--quiet", "--python", sys.executable, str(folder)],
        ["pip", "sync", "--quiet", "--python", str(folder), str(listed)],
    ):
        subprocess.run([program, *words], check=True, cwd=folder.parent)


def compare(folder: Path, facets: dict[str, Any]) -> dict[str, float]:
    """Measure uv alone, a new environment, and one that was made before."""
    listed = folder / "requirements.txt"
    versions = facets["packages"]["versions"]
    listed.write_text("".join(f"{name}=={version}\n" for name, version in versions.items()))
    program = find_uv(folder).program
    store = cast("Store", SimpleNamespace(folder=folder / ".anew"))
    kept, bare = folder / "environments", folder / "bare"
    os.environ["ANEW_ENVIRONMENTS"] = str(kept)
    times: dict[str, list[float]] = {"uv alone": [], "cold": [], "again": []}
    sync(program, bare, listed)
    for _ in range(ROUNDS):
        shutil.rmtree(bare)
        times["uv alone"].append(measure(lambda: sync(program, bare, listed)))
        shutil.rmtree(kept, ignore_errors=True)
        for name in ("cold", "again"):
            times[name].append(measure(lambda: rebuild(facets, store=store, root=folder)))
    return {name: min(found) for name, found in times.items()}


def main() -> None:
    """Print a table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        facets = collect(count, folder)
        found = compare(folder, facets)
    print(f"{len(facets['packages']['versions'])} packages")
    for what, seconds in found.items():
        print(f"{what:10} {seconds:7.3f} s {seconds / found['uv alone']:7.2f}")


if __name__ == "__main__":
    main()
