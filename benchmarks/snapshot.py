"""What a snapshot costs next to git: ``python benchmarks/snapshot.py [files ...]``.

Ratios of processor time within one run, that of child processes included, each the least of a few
rounds that take turns: machines differ, and disks are noisy. The first snapshot is compared with
``git add --all`` in an empty repository, later ones with ``git status`` in a clean one, as git is
by default: without a file system monitor or a cache of untracked files.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from anew.code import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5
Spent: TypeAlias = tuple[float, float]
LIMITS: dict[str, Any] = {"limit_bytes": 10 << 20, "limit_files": 10**6}


def measure(work: Callable[[], object]) -> Spent:
    """Give the processor time and the time of one call, in milliseconds."""
    before, start = spent_cpu(), time.perf_counter()
    work()
    return (spent_cpu() - before) * 1e3, (time.perf_counter() - start) * 1e3


def spent_cpu() -> float:
    """Give the processor time that this process and its children took, in seconds."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(kind) for kind in kinds]
    return sum(each.ru_utime + each.ru_stime for each in used)


def run(*arguments: str, cwd: Path) -> None:
    """Run git quietly."""
    subprocess.run(["git", *arguments], cwd=cwd, check=True, capture_output=True)


def make_project(folder: Path, number: int) -> Path:
    """Fill a folder with source files of about 1 kB in a git repository."""
    for index in range(number):
        path = folder / f"package{index // 50}" / f"module{index}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"def f{index}(x):\n    return x + {index}\n" * 20)
    run("init", "--quiet", cwd=folder)
    return folder


def take(root: Path, git_dir: Path) -> None:
    """Take a snapshot as a new process does, without what is known in memory."""
    snapshot._loaded.clear()  # noqa: SLF001 - a new process has not read it yet
    snapshot.take(root, git_dir, **LIMITS)


def compare_first(root: Path, folder: Path) -> dict[str, Spent]:
    """Measure both ways to read all files into an empty repository."""
    adding, taking = [], []
    for _ in range(ROUNDS):
        shutil.rmtree(folder / "git", ignore_errors=True)
        (root / ".git" / "index").unlink(missing_ok=True)
        shutil.rmtree(root / ".git" / "objects")
        run("init", "--quiet", cwd=root)
        adding.append(measure(lambda: run("add", "--all", cwd=root)))
        taking.append(measure(lambda: take(root, folder / "git")))
    return {"git add": min(adding), "first": min(taking)}


def compare_later(root: Path, folder: Path) -> dict[str, Spent]:
    """Measure a look at a project in which nothing, or one file, changed or is new."""
    run("add", "--all", cwd=root)
    run("-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "--quiet", "-m", "1", cwd=root)
    asking, same, edited, new = [], [], [], []
    path = root / "package0" / "module1.py"
    for turn in range(ROUNDS):
        time.sleep(0.1)
        take(root, folder / "git")
        time.sleep(0.1)
        asking.append(measure(lambda: run("status", cwd=root)))
        same.append(measure(lambda: take(root, folder / "git")))
        passing = path.with_suffix(".new")
        passing.write_text(f"x = {turn}\n")
        os.replace(passing, path)  # noqa: PTH105 - as editors do
        edited.append(measure(lambda: take(root, folder / "git")))
        time.sleep(0.1)
        path.with_name(f"new{turn}.py").touch()
        new.append(measure(lambda: take(root, folder / "git")))
    spent = {"nothing changed": same, "one edited": edited, "one new": new}
    return {"git status": min(asking)} | {what: min(each) for what, each in spent.items()}


def main() -> None:
    """Measure and print."""
    for number in map(int, sys.argv[1:] or ("300", "20000")):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            root = make_project(folder / "project", number)
            first = compare_first(root, folder)
            later = compare_later(root, folder)
        print(f"{number} files")
        for rows in (first, later):
            (base, (standard, wall)), *others = rows.items()
            print(f"  {base:16} {standard:8.1f} ms  (wall {wall:.1f})")
            for what, (spent, wall) in others:
                times = f"{spent / standard:.2f} of {base}"
                print(f"  {what:16} {spent:8.1f} ms = {times}  (wall {wall:.1f})")


if __name__ == "__main__":
    main()
