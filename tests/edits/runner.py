"""Run scripts of tiny projects, each in a process of its own, and tell the key of their step.

A server: one request a line on stdin, one answer a line on stdout, both JSON. Each request is
answered by a fork of this process, which has imported anew and nothing of any project: as fresh as
a new interpreter and twenty times as fast.
"""

from __future__ import annotations

import gc
import importlib
import importlib.machinery
import json
import linecache
import os
import pkgutil
import signal
import sys
import traceback
import types
from pathlib import Path

import anew.code
import anew.digests

PATIENCE_S = 30  # a thousand times what a row needs


def run_script(folder: Path) -> dict[str, object]:
    """Do as ``python main.py`` does, up to the point where the names are there."""
    path = folder / "main.py"
    module = types.ModuleType("__main__")
    module.__file__ = str(path)
    module.__loader__ = importlib.machinery.SourceFileLoader("__main__", str(path))
    sys.modules["__main__"] = module
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)  # noqa: S102
    return module.__dict__


def run_cells(folder: Path) -> dict[str, object]:
    """Do as a notebook does: each cell is a file that exists in linecache only."""
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    for number, cell in enumerate(sorted(folder.glob("cell-*")), 1):
        text = cell.read_text(encoding="utf-8")
        name = f"{folder.anchor}ipykernel_{os.getpid()}/{number}{os.getpid()}.py"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        exec(compile(text, name, "exec"), module.__dict__)  # noqa: S102
    return module.__dict__


def answer(request: dict[str, object]) -> dict[str, object]:
    """Give the key of the step and, for people, what it was made of."""
    from anew.digests import digest_value
    from anew.digests.fingerprint import fingerprint
    from anew.reuse.arguments import libraries_of

    folder = Path(str(request["folder"]))
    os.chdir(folder)
    sys.path[:0] = [str(folder), *request["path"]]
    sys.argv = ["main.py"]
    names = run_cells(folder) if (folder / "cell-1").exists() else run_script(folder)
    step = names["step"]
    first, second = fingerprint(step), fingerprint(step)
    if first.digest != second.digest:
        message = "the same function gave two digests in one process"
        raise AssertionError(message)
    arguments = names.get("arguments", ())
    key = [first.digest, *map(digest_value, arguments), *map(libraries_of, arguments)]
    parts = [f"{part.kind} {part.name}: {part.text}" for part in first.parts]
    return {"key": key, "parts": parts, "python": sys.version.split()[0]}


def _give_up(number: int, frame: object) -> None:
    raise TimeoutError


def _reply(line: str) -> str:
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(PATIENCE_S)
    try:
        return json.dumps(answer(json.loads(line)))
    except BaseException:  # noqa: BLE001 - the test shows whatever went wrong
        return json.dumps({"error": traceback.format_exc()})


def serve() -> None:
    """Answer until stdin ends. What projects print goes to stderr."""
    importlib.import_module("numpy")  # loaded once, for all forks
    for package in (anew.code, anew.digests):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    gc.disable()
    gc.freeze()  # what all forks share is not copied to be collected
    out = os.dup(1)
    os.dup2(2, 1)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.write(out, (_reply(line) + "\n").encode())
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    serve()
