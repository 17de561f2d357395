"""What is seen of a program from outside: by strace, by a look at the project before and after."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.programs.pipe import look, was_read
from anew.tracker.places import is_ignored

if TYPE_CHECKING:
    from anew.programs.interpreter import Interpreter
    from anew.programs.request import Request
    from anew.programs.strace import Traced
    from anew.recorder import Recorder
    from anew.tracker.reading import SeenProcess

__all__ = ["Outside"]

_CODE: Final = (".py", ".pyc", ".pth", ".so", "pyvenv.cfg", "orig_prefix.txt")
"""Files that Python reads for an import: code, and no data."""


class Outside:
    """Look at a program from outside, where it cannot be looked at from inside.

    Parameters
    ----------
    recorder
        Of the trial.
    request
        What is run: a command is always looked at, another program when that is asked for.
    interpreter
        What it runs in.
    folder
        The trace folder.
    """

    def __init__(
        self,
        recorder: Recorder,
        request: Request,
        interpreter: Interpreter | None,
        folder: Path,
    ) -> None:
        self._others = tuple(f"{each}/" for each in _find_others(recorder, interpreter))
        self._recorder = recorder
        self._log = folder / "strace"
        self._cwd = str(Path.cwd())
        self._words: list[str] = []
        self._began = time.time()
        self._piped = look()
        if request.trace:
            from anew.programs.strace import find_strace

            self._words, problem = find_strace(self._log)
            if problem:
                recorder.warn(f"files were not traced: {problem}")

    def wrap(self, words: list[str]) -> list[str]:
        """Put strace before a command, when it is used."""
        return [*self._words, *words]

    def tell(self, request: Request) -> list[SeenProcess]:
        """Tell what was seen, once the program has ended."""
        from anew.data.outsiders import make_process
        from anew.tracker.reading import SeenFile

        found = []
        if self._words:
            from anew.programs.strace import read_log, wait_for_log

            wait_for_log(self._log)
            found = [self._tell_traced(each) for each in read_log(self._log, self._cwd)]
        elif request.kind == "command":
            found = [self._tell_command(request)]
        now = time.time()
        told = [
            SeenFile(path, "write", self._began, now, None, told=True)
            for path in self._declared(request)
        ]
        times = (self._began, now)
        piped = was_read(self._piped, look())
        unseen = ("what came through the pipe that is standard input",) if piped else ()
        if told or unseen:
            found.append(make_process(0, request.words, times=times, files=told, unseen=unseen))
        return found

    def _tell_traced(self, traced: Traced) -> SeenProcess:
        """Tell what strace saw of a process."""
        from anew.data.outsiders import make_process
        from anew.tracker.reading import SeenFile

        files = [
            SeenFile(path, mode, first, last, _state(path, mode))
            for (path, mode), (first, last) in self._choose(traced).items()
        ]
        return make_process(traced.pid, traced.argv, times=(traced.started, None), files=files)

    def _tell_command(self, request: Request) -> SeenProcess:
        """Tell of a program that nobody looked into: the project tells what it wrote."""
        from anew.data.outsiders import make_process
        from anew.tracker.reading import Program

        unseen = f"files that {Path(request.words[0]).name} only reads"
        return make_process(
            0,
            request.words,
            times=(self._began, time.time()),
            programs=(Program(request.words, self._began, self._cwd),),
            unseen=() if request.inputs else (unseen,),
        )

    def _declared(self, request: Request) -> list[str]:
        """List the files that are said to be written; say which patterns name none."""
        paths: dict[str, None] = {}
        for pattern in request.outputs:
            import glob

            found = sorted(glob.glob(pattern, root_dir=self._cwd, recursive=True))  # noqa: PTH207 - an absolute one, too
            if not found:
                self._recorder.warn(f"no file is named by --out {pattern!r}")
            paths |= {os.path.join(self._cwd, each): None for each in found}  # noqa: PTH118
        return [path for path in paths if os.path.isfile(path)]  # noqa: PTH113

    def _choose(self, traced: Traced) -> dict[tuple[str, str], tuple[float, float]]:
        """Leave out what the system and the interpreter read for themselves, folders and code."""
        is_python = _is_python(traced.argv)
        return {
            (path, mode): times
            for (path, mode), times in traced.files.items()
            if not is_ignored(path)
            and not path.startswith(self._others)
            and not os.path.isdir(path)  # noqa: PTH112 - bytes that are no text
            and not (is_python and path.endswith(_CODE))
        }


def _find_others(recorder: Recorder, interpreter: Interpreter | None) -> set[Path]:
    """List folders with files that are none of the program's: of the interpreter, and ours."""
    found = {Path(recorder.handle.store), Path(__file__).resolve().parents[1]}
    if interpreter:
        folder = Path(interpreter.path).parent
        found |= {folder.parent / "lib", folder.resolve().parent / "lib"}
        found |= {Path(interpreter.path).resolve().parents[1] / "lib"}
    return found


def _is_python(argv: tuple[str, ...]) -> bool:
    return bool(argv) and Path(argv[0]).name.startswith(("python", "pypy"))


def _state(path: str, mode: str) -> tuple[int, int, int, int] | None:
    """Give the state of a file that was read: as it is now, for nobody looked before."""
    if mode != "read":
        return None
    try:
        there = os.stat(path)  # noqa: PTH116 - bytes that are no text
    except OSError:
        return None
    return there.st_dev, there.st_ino, there.st_size, there.st_mtime_ns
