"""Functions whose values are kept on the disk: the machinery of steps, without an experiment."""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, TypeVar, overload

from anew.digests import digest_value
from anew.digests.fingerprint import Fingerprint, fingerprint
from anew.errors import MemoLostError, UsageError, ValueNotStoredError, near_misses
from anew.memo import choose, make_key
from anew.memos import NOTHING, Info, Memo, Memos
from anew.model import Part
from anew.notices import warn_once
from anew.purity import say_impurities
from anew.recorder import active_recorder
from anew.reuse.arguments import PLAIN, bind, libraries_of, make_parts
from anew.reuse.effects import find_broken, read_effects, replay
from anew.reuse.remember import Asked, Worth, is_sound, memos_in, memos_of, remember
from anew.reuse.watched import DREW_BESIDE, lengthen, watched
from anew.seeds import isolated, seed_for
from anew.settings import Settings, find_project, load_settings
from anew.watch import current, unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from anew.memos import Found
    from anew.reuse.watched import Done

__all__ = ["Cache", "Cached", "cache"]

P = ParamSpec("P")
R = TypeVar("R")

_ABSENT: Final = object()
_TOLD: Final = "draws:"
"""Before the digest of a function's code, the key of the note that it draws unseen."""


class Cached(Generic[P, R]):
    """A function that does not compute the same thing twice.

    Parameters
    ----------
    function
        The function; it stays as it is, in the attribute ``function``.
    place
        Gives the project's folder and where values are kept.
    ignore
        Names of arguments that make no difference to the value.

    Notes
    -----
    A call runs again when something that it depends on changed: an argument, the function's code
    or that of a helper, a global that it uses, the version of a library, a file that it read.
    When it does not run, what it printed, warned of and wrote is given again.
    """

    def __init__(
        self,
        function: Callable[P, R],
        place: Callable[[], tuple[Path, Memos]],
        *,
        ignore: Collection[str] = (),
    ) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self._name = _name(function)
        self.ignore = frozenset(_check_ignored(function, ignore))
        self._place = place
        self._is_async = inspect.iscoroutinefunction(function)
        if self._is_async:
            _mark_async(self)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:  # noqa: D102 - see the class
        if self._is_async:
            return self._call_async(args, kwargs)  # type: ignore[return-value]  # R is awaitable
        call = _Call(self, args, kwargs)
        value = call.find()
        if value is _ABSENT:
            with call.watch() as execution:
                execution.value = self.function(*args, **kwargs)
            value = call.keep(execution.done(seed=None))
        return value  # type: ignore[no-any-return]

    async def _call_async(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        call = _Call(self, args, kwargs)
        value = call.find()
        if value is _ABSENT:
            with call.watch() as execution:
                execution.value = await self.function(*args, **kwargs)  # type: ignore[misc]
            value = call.keep(execution.done(seed=None))
        return value

    @property
    def digest(self) -> str:
        """The digest of the function's code and all that it reaches, as it is now."""
        return fingerprint(self.function).digest

    def key(self, *args: P.args, **kwargs: P.kwargs) -> str | None:
        """Give the key of a call: the digest of the code and the arguments.

        Returns
        -------
        str or None
            None when an argument has no digest.
        """
        return _Call(self, args, kwargs).asked.key

    def has(self, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Tell whether a call would not run."""
        return _Call(self, args, kwargs).choose() is not None

    def forget(self, *args: P.args, **kwargs: P.kwargs) -> int:
        """Forget the call with these arguments; without arguments, all calls of the function.

        Returns
        -------
        int
            How many were forgotten.
        """
        _, memos = self._place()
        if args or kwargs:
            key = self.key(*args, **kwargs)
            return 0 if key is None else memos.forget(key=key)
        return memos.forget(function=self._name)

    def info(self) -> Info:
        """Tell what is kept of the function: calls, bytes, seconds."""
        _, memos = self._place()
        own = tuple(used for used in memos.info().functions if used.function == self._name)
        return Info(sum(u.calls for u in own), sum(u.bytes for u in own), own)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else _Bound(self, instance)

    def __repr__(self) -> str:
        return f"<cached {self._name}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        """Pickle as functions are: by name where it can be imported."""
        return str(self.__qualname__)  # type: ignore[attr-defined]


class _Bound:
    """A cached method of an object."""

    def __init__(self, cached: Cached[Any, Any], instance: object) -> None:
        functools.update_wrapper(self, cached.function, updated=())
        self.__func__ = cached
        self.__self__ = instance
        if inspect.iscoroutinefunction(cached.function):
            _mark_async(self)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__func__(self.__self__, *args, **kwargs)

    @property
    def digest(self) -> str:
        """See `Cached.digest`."""
        return self.__func__.digest

    def key(self, *args: Any, **kwargs: Any) -> str | None:
        """See `Cached.key`."""
        return self.__func__.key(self.__self__, *args, **kwargs)

    def has(self, *args: Any, **kwargs: Any) -> bool:
        """See `Cached.has`."""
        return self.__func__.has(self.__self__, *args, **kwargs)

    def forget(self, *args: Any, **kwargs: Any) -> int:
        """See `Cached.forget`; without arguments, for all objects."""
        owner = (self.__self__,) if args or kwargs else ()
        return self.__func__.forget(*owner, *args, **kwargs)

    def info(self) -> Info:
        """See `Cached.info`."""
        return self.__func__.info()


class _Call:
    """One call of a cached function."""

    def __init__(self, cached: Cached[Any, Any], args: Any, kwargs: Any) -> None:
        self.cached = cached
        self.args = args
        self.kwargs = kwargs
        self.root, self.memos = cached._place()  # noqa: SLF001 - its other half
        with unseen():
            self.code = self._find_code()
            self.asked = self._ask()

    def _find_code(self) -> Fingerprint | None:
        """Find the fingerprint of the function's code; without one the call runs as it is."""
        try:
            return fingerprint(self.cached.function)
        except Exception as error:  # noqa: BLE001 - objects of any kind are asked
            name = _name(self.cached.function)
            warn_once(f"{name}() always runs, for its code has no digest: {error}")
            return None

    def _ask(self) -> Asked:
        """Digest the arguments."""
        cached, recorder = self.cached, active_recorder()
        named = bind(cached.function, self.args, self.kwargs)
        parts = make_parts(named, ignore=cached.ignore, is_told=False)
        counting = [
            value
            for name, value in named.items()
            if type(value) not in PLAIN and name not in cached.ignore
        ]
        if counting:
            libraries = {each for value in counting for each in libraries_of(value)}
            parts += [Part("library", each, each, each) for each in sorted(libraries)]
        return Asked(
            function=cached._name,  # noqa: SLF001 - its other half
            code=self.code.digest if self.code else "",
            parts=tuple(parts),
            # Apart from steps, which draw from the stream of their trial.
            key=make_key(f"cached {self.code.digest}", parts) if self.code else None,
            trial=recorder.handle.uuid if recorder else None,
        )

    def choose(self) -> Found | None:
        """Find the memo that holds."""
        if self.asked.key is None:
            return None
        with unseen():
            found, _ = choose(
                self.memos.find(self.asked.key),
                seed=None,
                broken=partial(find_broken, root=self.root, memos=self.memos),
            )
        return found if found and found.payload else None

    def find(self) -> Any:
        """Give the value without the call, and what the call gave besides."""
        if self.asked.key is None:
            self._say_why_not()
            return _ABSENT
        found = self.choose()
        if found is None:
            return _ABSENT
        with unseen():
            try:
                value = self.memos.load(found)
            except MemoLostError as error:
                warn_once(f"{self.asked.function}() runs again: {error.what}")
                return _ABSENT
            if found.inline is None and not is_sound(found, value):
                warn_once(f"{self.asked.function}() runs again: the value kept is damaged")
                return _ABSENT
            self._tell_outer(found)
        if found.memo.effects:
            effects = read_effects(found.memo.effects)
            replay(effects, recorder=active_recorder(), memos=self.memos, root=self.root)
        return value

    def _tell_outer(self, found: Found) -> None:
        """Tell the step that this runs in what the call depended on."""
        touch = current()
        if touch is not None:
            touch.add_reads({lengthen(path, d, self.root): d for path, d in found.memo.reads})
            files = read_effects(found.memo.effects).files
            touch.add_writes({str(self.root / path): d for path, d in files.items()})

    def watch(self) -> Any:
        """See what the function does."""
        function = self.cached.function
        with unseen():
            draws = bool(self.memos.find(self._drawing_key))
        # A stream of its own, which depends on the call alone and so is no condition of its memo.
        drawing = isolated(function, seed_for(0, str(self.asked.key)), draws=draws)
        names = self.code.strings if self.code else ()
        return watched((self.args, self.kwargs), root=self.root, drawing=drawing, names=names)

    def keep(self, done: Done) -> Any:
        """Keep what came of the call, and give its value."""
        with unseen():
            if done.obstacle == DREW_BESIDE:
                self._remember_drawing()
            if done.content is None and self.asked.key is not None:
                self._say_not_kept(done.value)
            if not self._say_changed():
                remember(self.memos, self.asked, done, Worth(persist=True, cost=done.seconds))
        return done.value

    def _say_changed(self) -> bool:
        """Warn of arguments that the function changed: that could not be given again."""
        if self.asked.key is None:
            return False
        named = bind(self.cached.function, self.args, self.kwargs)
        now = make_parts(named, ignore=self.cached.ignore, is_told=False)
        before = {part.name: part.digest for part in self.asked.parts if part.kind == "argument"}
        changed = [part.name for part in now if part.digest != before[part.name]]
        if changed:
            warn_once(
                f"{self.asked.function}() always runs, for it changes its argument: "
                f"{', '.join(changed)}; let it work on a copy",
                about=f"changes {self.asked.function}",
            )
        return bool(changed)

    @property
    def _drawing_key(self) -> str:
        return _TOLD + self.asked.code

    def _remember_drawing(self) -> None:
        """Note that the function draws though its text does not show it, for other processes."""
        if not self.memos.find(self._drawing_key):
            note = Memo(
                key=self._drawing_key,
                function=self.asked.function,
                content=None,
                seconds=0.0,
                cost=0.0,
                seed=None,
                reads=(),
                effects="",
                code=self.asked.code,
                parts="",
                trial=None,
                created=time.time(),
            )
            self.memos.put(note, NOTHING)

    def _say_why_not(self) -> None:
        """Say which argument has no digest, so that nothing can be known of the call."""
        cached = self.cached
        for name, value in bind(cached.function, self.args, self.kwargs).items():
            try:
                if name not in cached.ignore:
                    digest_value(value, name=name)
            except ValueNotStoredError as error:
                warn_once(
                    f"{self.asked.function}() always runs with this argument: {error.what}; "
                    f"ignore=[{name!r}] leaves it out of account",
                    about=f"always {self.asked.function} {name}",
                )

    def _say_not_kept(self, value: Any) -> None:
        """Say why a value is not kept."""
        try:
            digest_value(value)
        except ValueNotStoredError as error:
            warn_once(
                f"{self.asked.function}() always runs: what it returns cannot be kept: "
                f"{error.what}",
                about=f"kept {self.asked.function}",
            )


class Cache:
    """A folder in which the values of functions are kept.

    Parameters
    ----------
    folder
        The folder. Nothing is made before something is first kept.
    limit_bytes
        How much the values may take; the setting ``memo_limit`` by default. Above it, values go
        that cost least to compute again for the space they take, and were not used for long.

    Examples
    --------
    >>> import tempfile
    >>> import anew
    >>> cache = anew.Cache(tempfile.mkdtemp())
    >>> @cache
    ... def square(x):
    ...     print("computing")
    ...     return x * x
    >>> square(3)
    computing
    9
    >>> square.has(3)
    True
    """

    def __init__(self, folder: str | os.PathLike[str], *, limit_bytes: int | None = None) -> None:
        self.folder = Path(folder).absolute()
        self._limit_bytes = limit_bytes
        self._memos: Memos | None = None

    @overload
    def __call__(self, function: Callable[P, R], /) -> Cached[P, R]: ...
    @overload
    def __call__(
        self, function: None = None, /, *, ignore: Collection[str] = ()
    ) -> Callable[[Callable[P, R]], Cached[P, R]]: ...
    def __call__(self, function: Any = None, /, *, ignore: Collection[str] = ()) -> Any:
        """Let a function keep its values here, as ``cache(f)``, ``@cache``, ``@cache(ignore=…)``.

        Parameters
        ----------
        function
            A function, a method, or a coroutine function.
        ignore
            Names of arguments that make no difference to the value.

        Returns
        -------
        Cached
            Called like the function; a decorator when no function is given.
        """
        return _decorate(function, self._place, ignore)

    @property
    def memos(self) -> Memos:
        """What is kept."""
        if self._memos is None:
            given = self._limit_bytes
            limit = _settings().memo_limit if given is None else given
            self._memos = memos_in(str(self.folder), limit)
        return self._memos

    def _place(self) -> tuple[Path, Memos]:
        recorder = active_recorder()
        return recorder.root if recorder else _settings().root, self.memos

    def forget(self) -> int:
        """Forget all calls of all functions.

        Returns
        -------
        int
            How many there were.
        """
        return self.memos.forget()

    def info(self) -> Info:
        """Tell what is kept.

        Returns
        -------
        Info
            ``calls``, ``bytes``, and ``functions``: the same for each function, with seconds.
        """
        return self.memos.info()

    def __repr__(self) -> str:
        return f"Cache({os.fspath(self.folder)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(Cache, limit_bytes=self._limit_bytes), (os.fspath(self.folder),)


@overload
def cache(function: Callable[P, R], /) -> Cached[P, R]: ...
@overload
def cache(
    function: None = None, /, *, ignore: Collection[str] = ()
) -> Callable[[Callable[P, R]], Cached[P, R]]: ...
def cache(function: Any = None, /, *, ignore: Collection[str] = ()) -> Any:
    """Keep the values of a function with the project, and never compute one twice.

    Parameters
    ----------
    function
        A function, a method, or a coroutine function.
    ignore
        Names of arguments that make no difference to the value, such as ``["verbose"]``.

    Returns
    -------
    Cached
        Called like the function; a decorator when no function is given.

    See Also
    --------
    Cache : The same with a folder of one's own.

    Notes
    -----
    Values are kept in ``.anew/memo``. See `Cached` for what makes a call run again. Draws from
    generators that all share (`random`, `numpy.random`) come from a stream that belongs to the
    call alone, so that it makes no difference whether it runs.
    """
    return _decorate(function, _project_place, ignore)


def _decorate(
    function: Any, place: Callable[[], tuple[Path, Memos]], ignore: Collection[str]
) -> Any:
    """Make a cached function of one, or of the one that is decorated next."""

    def add(given: Callable[..., Any]) -> Cached[Any, Any]:
        say_impurities(given, getattr(given, "__name__", type(given).__name__))
        return Cached(given, place, ignore=ignore)

    return add if function is None else add(function)


def _project_place() -> tuple[Path, Memos]:
    """Give the project's folder and memos: those of the running trial, if there is one."""
    recorder = active_recorder()
    if recorder is not None:
        handle = recorder.handle
        return recorder.root, memos_of(handle.store, handle.memo_limit)
    settings = _settings()
    return settings.root, memos_of(_store_of(settings), settings.memo_limit)


@functools.lru_cache(maxsize=16)
def _store_of(settings: Settings) -> str:
    """Give the folder of the store; to resolve its links at each hit would double the time."""
    return str(settings.folder)


def _settings() -> Settings:
    """Give the settings of the project that is worked in, read once for each folder."""
    return _read_settings(os.getcwd(), os.environ.get("ANEW_STORE"))  # noqa: PTH109 - it is faster


@functools.lru_cache(maxsize=16)
def _read_settings(folder: str, store: str | None) -> Settings:
    _ = folder, store  # what the answer depends on
    return load_settings(find_project())


def _check_ignored(function: Callable[..., Any], ignore: Collection[str]) -> Collection[str]:
    """Refuse names that are no arguments: a misspelt one would count after all."""
    names = [ignore] if isinstance(ignore, str) else list(ignore)
    try:
        known = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return names
    for name in names:
        if name not in known:
            message = f"{_name(function)}() has no argument {name!r} to be ignored"
            raise UsageError(message, hint=near_misses(name, known))
    return names


def _name(function: Callable[..., Any]) -> str:
    """Give the dotted name of a function."""
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{getattr(function, '__module__', None)}.{name}"


def _mark_async(cached: Any) -> None:
    """Let others see that it is to be awaited."""
    if hasattr(inspect, "markcoroutinefunction"):  # from Python 3.12 on
        inspect.markcoroutinefunction(cached)
    else:
        cached._is_coroutine = asyncio.coroutines._is_coroutine  # type: ignore[attr-defined]  # noqa: SLF001 - what asyncio looks for
