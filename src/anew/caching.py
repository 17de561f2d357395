"""Functions whose values are kept on the disk: the machinery of steps, without an experiment."""

from __future__ import annotations

import functools
import inspect
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from anew.digests.fingerprint import fingerprint
from anew.errors import UsageError, near_misses
from anew.memos import Info, Memos
from anew.purity import say_impurities
from anew.recorder import active_recorder
from anew.reuse.cached import ABSENT, CachedCall, Kept, project_settings
from anew.reuse.remember import memos_in, memos_of
from anew.reuse.turns import turn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from anew.settings import Settings

__all__ = ["Cache", "Cached", "cache"]

P = ParamSpec("P")
R = TypeVar("R")


class Cached(Generic[P, R]):
    """A function that does not compute the same thing twice.

    Parameters
    ----------
    function
        The function; it stays as it is, in the attribute ``function``.
    find_memos
        Gives where values are kept now.
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
        find_memos: Callable[[], Memos],
        *,
        ignore: Collection[str] = (),
    ) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.ignore = frozenset(_check_ignored(function, ignore))
        self._kept = Kept(function, _name(function), self.ignore, find_memos)
        self._is_async = inspect.iscoroutinefunction(function)
        if self._is_async:
            _mark_async(self)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:  # noqa: D102 - see the class
        if self._is_async:
            return self._call_async(args, kwargs)  # type: ignore[return-value]  # R is awaitable
        call = CachedCall(self._kept, args, kwargs)
        value = call.find()
        if value is ABSENT:
            with call.watch() as execution:
                execution.value = self.function(*args, **kwargs)
            value = call.keep(execution.done(seed=None))
        return value  # type: ignore[no-any-return]

    async def _call_async(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        call = CachedCall(self._kept, args, kwargs)
        value = call.find()
        if value is not ABSENT:
            return value
        async with turn(call.asked.key) as is_done:
            value = call.find() if is_done else ABSENT
            if value is ABSENT:
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
        return CachedCall(self._kept, args, kwargs).asked.key

    def has(self, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Tell whether a call would not run."""
        return CachedCall(self._kept, args, kwargs).choose() is not None

    def forget(self, *args: P.args, **kwargs: P.kwargs) -> int:
        """Forget the call with these arguments; without arguments, all calls of the function.

        Returns
        -------
        int
            How many were forgotten.
        """
        memos = self._kept.find_memos()
        if args or kwargs:
            key = self.key(*args, **kwargs)
            return 0 if key is None else memos.forget(key=key)
        return memos.forget(function=self._kept.name)

    def info(self) -> Info:
        """Tell what is kept of the function: calls, bytes, seconds."""
        functions = self._kept.find_memos().info().functions
        own = tuple(used for used in functions if used.function == self._kept.name)
        return Info(sum(u.calls for u in own), sum(u.bytes for u in own), own)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else _Bound(self, instance)

    def __repr__(self) -> str:
        return f"<cached {self._kept.name}>"

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
        return _decorate(function, self._find_memos, ignore)

    @property
    def memos(self) -> Memos:
        """What is kept."""
        if self._memos is None:
            given = self._limit_bytes
            limit = project_settings().memo_limit if given is None else given
            self._memos = memos_in(str(self.folder), limit)
        return self._memos

    def _find_memos(self) -> Memos:
        return self.memos

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
    return _decorate(function, _project_memos, ignore)


def _decorate(function: Any, find_memos: Callable[[], Memos], ignore: Collection[str]) -> Any:
    """Make a cached function of one, or of the one that is decorated next."""

    def add(given: Callable[..., Any]) -> Cached[Any, Any]:
        say_impurities(given, getattr(given, "__name__", type(given).__name__))
        return Cached(given, find_memos, ignore=ignore)

    return add if function is None else add(function)


def _project_memos() -> Memos:
    """Give the memos of the project: those of the running trial, if there is one."""
    recorder = active_recorder()
    if recorder is not None:
        return memos_of(recorder.handle.store, recorder.handle.memo_limit)
    settings = project_settings()
    return memos_of(_store_of(settings), settings.memo_limit)


@functools.lru_cache(maxsize=16)
def _store_of(settings: Settings) -> str:
    """Give the folder of the store; to resolve its links at each hit would double the time."""
    return str(settings.folder)


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
        import asyncio

        cached._is_coroutine = asyncio.coroutines._is_coroutine  # type: ignore[attr-defined]  # noqa: SLF001 - what asyncio looks for
