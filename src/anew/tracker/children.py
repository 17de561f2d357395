"""The tracker reaches every Python process that this one starts, and no variable of it is seen.

The environment that C passes on has the tracker's variables, `os.environ` does not; where a
program hands over an environment of its own, they are added on the way.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import os
import sys
import time

from . import beside
from .active import active, all_traces, are_several, is_silent
from .trace import without_secrets
from .uses import is_any_there

TYPE_CHECKING = False  # importing `typing` costs as much as the whole tracker
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

__all__ = ["INJECT", "install", "learn", "prepare", "tell", "variables"]

INJECT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inject")  # noqa: PTH100, PTH118, PTH120
TRACE, KEEP, PATH = "ANEW_TRACE", "ANEW_TRACE_KEEP", "PYTHONPATH"
_NAMES = (TRACE, KEEP, PATH)
_FOLDER, _ENVIRONMENT = 4, 5  # which arguments of fork_exec they are, in every version

_passed: dict[str, str | None] = dict.fromkeys(_NAMES)  # what C passes on now
_users: dict[str, str | None] = dict.fromkeys(_NAMES)  # what the program believes
_is_own = False
_mine: set[str] = set()  # folders that this tracker has put there


def _front(path: str | None) -> str:
    """Put the tracker in front of a PYTHONPATH; an empty one is told from none by a slash."""
    if path is None:
        return INJECT
    if path == "":
        return INJECT + "/"
    first = path.split(os.pathsep)[0].rstrip("/")
    return path if first == INJECT else INJECT + os.pathsep + path


def variables(
    folder: str, environ: Mapping[str, str], keep_bytes: int | None = None
) -> dict[str, str]:
    """Give the variables that a Python child needs to be traced.

    Parameters
    ----------
    folder
        The trace folder, an absolute path.
    environ
        The environment that the child would have.
    keep_bytes
        The largest file of which the content is copied before the program changes it; 1 GiB
        when None.

    Returns
    -------
    dict
        To be added to the environment. The program in the child sees none of it.
    """
    others = [each for each in environ.get(TRACE, "").split("\n") if each and each != folder]
    found = {TRACE: "\n".join([folder, *others]), PATH: _front(environ.get(PATH))}
    if keep_bytes is not None:
        found[KEEP] = str(keep_bytes)
    return found


def _added(environ: Mapping[str, str | None]) -> dict[str, str]:
    """Find what to add to an environment for the traces of the moment."""
    folders = [trace.folder for trace in active()]
    if beside.is_on() and not is_silent():
        folders.append(beside.make())
        take(folders[-1])
    if not folders:
        return {}
    given: dict[str, str] = {k: v for k, v in environ.items() if v is not None}
    others = [each for each in given.get(TRACE, "").split("\n") if each and each not in _mine]
    found = variables(folders[0], {**given, TRACE: "\n".join([*folders, *others])})
    limit = _users[KEEP]
    if limit and KEEP not in given:
        found[KEEP] = limit
    return found


def prepare() -> None:
    """Have the environment that C passes on lead to the traces of the moment."""
    users = {**_users, KEEP: None}
    wanted = {**users, **_added({PATH: _users[PATH], TRACE: _users[TRACE]})}
    for name in _NAMES:
        if _passed[name] != wanted[name]:
            _put(name, wanted[name])


def _put(name: str, value: str | None) -> None:
    """Set a variable beside `os.environ`."""
    global _is_own  # noqa: PLW0603
    _is_own = True
    try:
        if value is None:
            os.unsetenv(name)
        else:
            os.putenv(name, value)
    finally:
        _is_own = False
    _passed[name] = value


def learn(name: Any, value: Any) -> None:
    """See that the program sets or deletes (None) a variable."""
    text = os.fsdecode(name)
    if text in _NAMES and not _is_own:
        _passed[text] = _users[text] = None if value is None else os.fsdecode(value)


def hide(environ: dict[str, str]) -> list[str]:
    """Take over what this process was passed, as it was passed on; give the trace folders.

    Parameters
    ----------
    environ
        The environment that the program will see: the tracker's variables are taken away.
    """
    data = os.environ._data  # type: ignore[attr-defined] # noqa: SLF001 - C keeps them
    for name in _NAMES:
        _passed[name] = environ.get(name)
    path = environ.get(PATH, "").split(os.pathsep)
    own = [each for each in path if each.rstrip("/") == INJECT]
    rest = [each for each in path if each.rstrip("/") != INJECT]
    _users[PATH] = os.pathsep.join(rest) if rest or any(e.endswith("/") for e in own) else None
    _users[KEEP] = environ.get(KEEP)
    for name in _NAMES:
        data.pop(os.fsencode(name), None)
    seen = _users[PATH]
    if seen is not None:
        data[os.fsencode(PATH)] = os.fsencode(seen)
    folders = [each for each in (_passed[TRACE] or "").split("\n") if each]
    _mine.update(folders)
    return folders


def take(folder: str) -> None:
    """Take up a folder of `tracing`; the environment is known from the first one on."""
    if not _mine:
        for name in _NAMES:
            _passed[name] = _users[name] = os.environ.get(name)
    _mine.add(folder)


def tell(argv: Iterable[Any], pid: int | None = None, folder: Any = None) -> None:
    """Write that a program was started; `reading` leaves out what turns out to be traced."""
    words = without_secrets([os.fsdecode(word) for word in argv if not isinstance(word, int)])
    place = os.path.join(_here(), os.fsdecode(folder or ""))  # noqa: PTH118
    for trace in active():
        trace.write("program", argv=words, pid=pid, at=time.time(), folder=place)


def _here() -> str:
    """Give the current folder, ``""`` when it was removed."""
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:
        return ""


def _with_pairs(pairs: Any) -> Any:
    """Add to an environment as `fork_exec` takes it: a list of ``name=value``."""
    given = dict(each.split(b"=", 1) for each in pairs if b"=" in each)
    text = {name: given[os.fsencode(name)] for name in _NAMES if os.fsencode(name) in given}
    added = _added({name: os.fsdecode(value) for name, value in text.items()})
    if not added:
        return pairs
    names = tuple(os.fsencode(name) + b"=" for name in added)
    kept = [each for each in pairs if not each.startswith(names)]
    return kept + [os.fsencode(f"{name}={value}") for name, value in added.items()]


def _with_names(environ: Any) -> Any:
    """Add to an environment as `os.execve` takes it: a mapping of text or bytes."""
    if environ is None:
        return None
    copy = dict(environ)
    text = {name: copy.get(name, copy.get(os.fsencode(name))) for name in _NAMES}
    given = {name: os.fsdecode(value) for name, value in text.items() if value is not None}
    for name, value in _added(given).items():
        copy.pop(os.fsencode(name), None)
        copy[name] = value
    return copy


def _safely(change: Callable[[Any], Any], environ: Any) -> Any:
    """Change an environment; one that the system will refuse is handed on as it is."""
    try:
        return change(environ)
    except Exception:  # noqa: BLE001
        return environ


def _dressed(wrapper: Any, real: Any) -> Any:
    """Give a wrapper the face of what it wraps."""
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(wrapper, name, getattr(real, name))
    return wrapper


def _wrap_fork_exec() -> None:
    import _posixsubprocess

    real = _posixsubprocess.fork_exec

    def fork_exec(*args: Any) -> Any:
        pairs = args[_ENVIRONMENT] if len(args) > _ENVIRONMENT else None
        # Another thread may change what C passes on; and no event comes before a `spawn`.
        if pairs is None and (are_several() or beside.is_on()):
            pairs = [name + b"=" + value for name, value in os.environb.items()]
        if pairs is not None:
            pairs = _safely(_with_pairs, pairs)
            args = (*args[:_ENVIRONMENT], pairs, *args[_ENVIRONMENT + 1 :])
        pid = real(*args)
        for listen in beside.starting:
            _safely(listen, pid)
        if is_any_there(args[1]):
            _safely(lambda argv: tell(argv, pid, args[_FOLDER]), args[0])
        return pid

    _posixsubprocess.fork_exec = _dressed(fork_exec, real)
    subprocess = sys.modules.get("subprocess")  # which takes it over when it is imported
    if getattr(subprocess, "_fork_exec", None) is real:
        subprocess._fork_exec = fork_exec  # type: ignore[union-attr] # noqa: SLF001


def _wrap(name: str, *, spawns: bool) -> None:
    """Wrap a function of `os` with an environment as third argument."""
    import posix

    real = getattr(os, name, None)
    if real is None:
        return

    def wrapper(path: Any, argv: Any, env: Any, *args: Any, **options: Any) -> Any:
        pid = real(path, argv, _safely(_with_names, env), *args, **options)
        if spawns:
            _safely(lambda words: tell(words, pid), argv)
        return pid

    setattr(os, name, _dressed(wrapper, real))
    setattr(posix, name, wrapper)
    if real in os.supports_fd:
        os.supports_fd.add(wrapper)


def install() -> None:
    """Put on what adds the tracker's variables to environments that a program hands over."""
    _wrap_fork_exec()
    _wrap("execve", spawns=False)
    _wrap("posix_spawn", spawns=True)
    _wrap("posix_spawnp", spawns=True)


def restore() -> None:
    """Pass on what the program believes, once nothing is traced."""
    if not all_traces():
        prepare()


def passed_limit() -> str:
    """Give the limit for copies that this process was passed, ``""`` for none."""
    return _users[KEEP] or ""
