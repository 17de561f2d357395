"""The trace of a process: a file of JSON lines, safe against whatever ends or hinders the process.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from _json import encode_basestring_ascii as quote
from os import SEEK_CUR, SEEK_END, getpid, lseek, write

TYPE_CHECKING = False  # importing `typing` costs as much as the whole tracker
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["FOR_STEPS", "SUFFIX", "Trace", "quote", "to_json"]

SUFFIX = ".trace"
FOR_STEPS = ".steps"
"""Ends the name of a trace folder in which a process finds what others did for its steps."""
_LOWEST_DESCRIPTOR = 200
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)


def to_json(value: Any) -> str:  # noqa: PLR0911 - one for each kind of value
    """Write a value as JSON; what JSON does not know is written as its ``repr``.

    By hand, since importing `json` would be a third of what the tracker costs at start.
    """
    if isinstance(value, str):
        return quote(value)
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if type(value) in (int, float):
        return repr(value).replace("inf", "Infinity").replace("nan", "NaN")
    if isinstance(value, dict):
        pairs = [
            f"{quote(str(name))}:{quote(each) if type(each) is str else to_json(each)}"
            for name, each in value.items()
        ]
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([to_json(each) for each in value]) + "]"
    if isinstance(value, (int, float)):  # a type of its own, of an enumeration or of NumPy
        return to_json(int(value) if isinstance(value, int) else float(value))
    return quote(repr(value))


_SIGNS = (
    "-pat", "://", "aiza", "akia", "asia", "auth", "bearer", "begin", "connection", "cookie",
    "cred", "eyj", "gh", "glpat", "hf_", "key", "pass", "pat=", "pwd", "pypi-", "secret", "sig",
    "sk-", "token", "xox",
)  # fmt: skip
"""One of these is in whatever `masking` masks."""


def without_secrets(words: list[str]) -> list[str]:
    """Mask what looks like a credential; the rules are loaded where there is a sign of one."""
    text = "\0".join(words).lower()
    if not any(sign in text for sign in _SIGNS):
        return words
    from .masking import mask_arguments

    return mask_arguments(words)


def _arguments() -> list[str]:
    """List what the interpreter was started with."""
    if hasattr(sys, "orig_argv"):
        return list(sys.orig_argv)
    try:
        with open("/proc/self/cmdline", "rb") as file:  # noqa: PTH123
            return [os.fsdecode(word) for word in file.read().split(b"\0")[:-1]]
    except OSError:
        return [sys.executable, *getattr(sys, "argv", ())]


class Trace:
    """What one process tells in one trace folder.

    Parameters
    ----------
    folder
        The trace folder, an absolute path.

    Attributes
    ----------
    reads, writes, gone : dict
        By absolute path when a file was last used so; None where the first use is the last.
    inodes : dict
        By device and inode the path of a file that was read.
    folders : set
        Those that were made.
    moved : dict
        By its path now, where a folder was that the program did not make.
    told : set
        Files, by mode and path, that the program itself told of.
    is_for_steps : bool
        Whether steps are held to it: it tells more of what is asked for, and keeps no content.
    """

    __slots__ = (
        "_begun", "_descriptor", "_dropped", "_is_torn", "_said", "_size",
        "ended", "folder", "folders", "gone", "inodes", "is_closed", "is_for_steps", "is_forked",
        "kept", "later", "moved", "reads", "told", "writes",
    )  # fmt: skip

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.is_forked = self.is_closed = False
        self.is_for_steps = folder.endswith(FOR_STEPS)
        self._descriptor = -1
        self._begin()

    def _begin(self) -> None:
        self.reads: dict[str, float | None] = {}
        self.writes: dict[str, float | None] = {}
        self.gone: dict[str, float | None] = {}
        self.inodes: dict[int, str] = {}
        self.folders: set[str] = set()
        self.moved: dict[str, str] = {}
        self.told: set[tuple[str, str]] = set()
        self.kept: set[str] = set()
        self.later: dict[str, Callable[[], None]] = {}
        self.ended = ""
        self._said: set[str] = set()
        self._dropped = 0
        self._is_torn = False
        self._size = -1
        self._begun = f"{getpid()}-{time.time_ns()}"

    @property
    def path(self) -> str:
        """Where this process writes."""
        return f"{self.folder}/{self._begun}{SUFFIX}"

    @property
    def has_begun(self) -> bool:
        """Whether anything was written: a forked process that does nothing leaves no file."""
        return self._size >= 0

    def fork(self) -> None:
        """Begin anew as a child: the file, and what was seen, are the parent's."""
        if self._is_mine():
            os.close(self._descriptor)
        self._descriptor = -1
        self.is_forked = True
        self._begin()

    def close(self) -> None:
        """Write no more."""
        self.is_closed = True
        if self._is_mine():
            os.close(self._descriptor)
        self._descriptor = -1

    def start(self) -> None:
        """Write that the process began."""
        self.put("")

    def write(self, kind: str, **fields: Any) -> None:
        """Write a record.

        Parameters
        ----------
        kind
            What it tells of.
        **fields
            What it tells: values that JSON can write.
        """
        pairs = "".join([f",{quote(name)}:{to_json(value)}" for name, value in fields.items()])
        self.put(f'{{"kind":{quote(kind)}{pairs}}}\n')

    def unseen(self, text: str) -> None:
        """Say once what cannot be seen in this process, such as "files that h5py opens"."""
        if text not in self._said:
            self._said.add(text)
            self.write("unseen", text=text)

    def use(self, mode: str, path: str, state: str, at: float) -> None:
        """Write the first use of a file in a mode; `state` is JSON. The path stands last."""
        moment = f"{int(at * 1e6)}e-6"  # half the time of ``.6f``
        self.put(
            f'{{"kind":"file","mode":"{mode}","at":{moment},"state":{state},"path":{quote(path)}}}\n'
        )

    def put(self, line: str) -> None:
        """Write a line at once; on a full disk it is dropped, counted, and told at the end."""
        if self.is_closed:
            return
        try:
            if not self._is_mine():
                line = self._open() + line
            data = ("\n" + line if self._is_torn else line).encode("ascii")
            written = write(self._descriptor, data)
            self._size += written
            self._is_torn = written < len(data)
        except OSError:
            self._is_torn = True
        if self._is_torn:
            self._dropped += 1

    @property
    def dropped(self) -> int:
        """How many records were not written."""
        return self._dropped

    def _is_mine(self) -> bool:
        """Tell whether the descriptor still leads to the file: a program may close or reuse it."""
        if self._descriptor < 0:
            return False
        try:  # whoever else has the number stands elsewhere; `fstat` would take five times as long
            return lseek(self._descriptor, 0, SEEK_CUR) == self._size
        except OSError:
            return False

    def _open(self) -> str:
        """Open the file; give the first line for a new one."""
        lowest = os.open(self.path, _FLAGS, 0o600)
        try:  # away from the numbers that programs expect to get, or close in a row
            self._descriptor = fcntl.fcntl(lowest, fcntl.F_DUPFD_CLOEXEC, _LOWEST_DESCRIPTOR)
        except OSError:
            self._descriptor = lowest
        else:
            os.close(lowest)
        is_new = not self.has_begun
        self._size = lseek(self._descriptor, 0, SEEK_END)
        return self._first_line() if is_new else ""

    def _first_line(self) -> str:
        try:
            folder = os.getcwd()  # noqa: PTH109
        except OSError:
            folder = ""
        fields = {
            "kind": "process",
            "pid": getpid(),
            "parent": os.getppid(),
            "argv": without_secrets(_arguments()),
            "executable": sys.executable or "",
            "version": "{}.{}.{}".format(*sys.version_info),
            "folder": folder,
            "started": int(self._begun.partition("-")[2]) / 1e9,
            "forked": self.is_forked,
        }
        return to_json(fields) + "\n"
