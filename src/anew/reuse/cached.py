"""One call of a cached function: its value found, or computed, watched and kept."""

from __future__ import annotations

import functools
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from anew.digests import digest_value
from anew.digests.fingerprint import Fingerprint, fingerprint
from anew.errors import MemoLostError, ValueNotStoredError
from anew.memo import choose
from anew.memos import NOTHING, Memo
from anew.notices import warn_once
from anew.recorder import active_recorder
from anew.reuse.arguments import bind, make_parts
from anew.reuse.asking import ask
from anew.reuse.effects import find_broken, read_effects, replay
from anew.reuse.remember import Worth, is_sound, remember
from anew.reuse.states import digest_states
from anew.reuse.watched import DREW_BESIDE, lengthen, watched
from anew.seeds import isolated, seed_for
from anew.settings import Settings, find_project, load_settings
from anew.tracker import current as traced
from anew.tracker import tell_steps
from anew.watch import current, unseen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anew.memos import Found, Memos
    from anew.reuse.watched import Done

__all__ = ["ABSENT", "CachedCall", "Kept", "project_settings"]

ABSENT: Final = object()
"""In the place of a value that is not known."""

_SCOPE: Final = "cached "
"""Sets keys apart from those of steps, which draw from the stream of their trial."""

_TOLD: Final = "draws:"
"""Before the digest of a function's code, the key of the note that it draws unseen."""


@dataclass(frozen=True)
class Kept:
    """A function whose values are kept.

    Parameters
    ----------
    function
        The function.
    name
        Its dotted name.
    ignore
        Names of arguments that do not count.
    find_memos
        Gives where its values are kept now.
    """

    function: Callable[..., Any]
    name: str
    ignore: frozenset[str]
    find_memos: Callable[[], Memos]


class CachedCall:
    """One call of a cached function.

    Parameters
    ----------
    kept
        The function.
    args, kwargs
        What it is called with.
    """

    def __init__(self, kept: Kept, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.kept = kept
        self.args = args
        self.kwargs = kwargs
        self.states: dict[str, bytes | None] = {}
        with unseen():
            self.memos = kept.find_memos()
            self.code = self._find_code()
            recorder = active_recorder()
            self.asked = ask(
                kept.name,
                self.code.digest if self.code else "",
                make_parts(self._bind(), ignore=kept.ignore, is_told=False),
                trial=recorder.handle.uuid if recorder else None,
                scope=_SCOPE,
            )

    def _bind(self) -> dict[str, Any]:
        return bind(self.kept.function, self.args, self.kwargs)

    def _find_code(self) -> Fingerprint | None:
        """Find the fingerprint of the function's code; without one the call runs as it is."""
        try:
            return fingerprint(self.kept.function)
        except Exception as error:  # noqa: BLE001 - objects of any kind are asked
            warn_once(f"{self.kept.name}() always runs, for its code has no digest: {error}")
            return None

    # --- spared ----------------------------------------------------------------------------------

    def choose(self) -> Found | None:
        """Find the memo that holds."""
        if self.asked.key is None:
            return None
        with unseen():
            known = self.memos.find(self.asked.key)
            found, _ = choose(known, seed=None, broken=self._find_broken)
        return found if found and found.payload else None

    def _find_broken(self, found: Found) -> str | None:
        """Name a condition of a memo that does not hold."""
        if not (found.memo.reads or found.memo.effects):  # as most often
            return None
        return find_broken(found, root=find_root(), memos=self.memos)

    def find(self) -> Any:
        """Give the value without the call, and what the call gave besides."""
        if self.asked.key is None:
            self._say_why_not()
            return ABSENT
        found = self.choose()
        if found is None:
            return ABSENT
        with unseen():
            value = self._load(found)
            if value is ABSENT:
                return value
            self._tell_outer(found)
        if found.memo.effects:
            effects = read_effects(found.memo.effects)
            replay(effects, recorder=active_recorder(), memos=self.memos, root=find_root())
        return value

    def _load(self, found: Found) -> Any:
        """Load a value, if it is there and whole."""
        try:
            value = self.memos.load(found)
        except MemoLostError as error:
            warn_once(f"{self.asked.function}() runs again: {error.what}")
            return ABSENT
        if found.inline is None and not is_sound(found, value):
            warn_once(f"{self.asked.function}() runs again: the value kept is damaged")
            return ABSENT
        return value

    def _tell_outer(self, found: Found) -> None:
        """Tell the step that this runs in what the call depended on."""
        if not (found.memo.reads or found.memo.effects):  # as most often
            return
        root = find_root()
        reads = {lengthen(path, d, root): d for path, d in found.memo.reads}
        files = read_effects(found.memo.effects).files
        writes = {str(root / path): d for path, d in files.items()}
        if (touch := current()) is not None:
            touch.add_reads(reads)
            touch.add_writes(writes)
        else:  # the step may be one of another process
            for path, condition in reads.items():
                tell_steps(path, condition)
            for path in writes:
                traced.file(path, "write")

    # --- computed --------------------------------------------------------------------------------
    def watch(self) -> Any:
        """See what the function does."""
        with unseen():
            draws = bool(self.memos.find(self._drawing_key))
            self.states = digest_states(self._bind(), self.kept.ignore)
        # A stream of its own, which depends on the call alone and so is no condition of its memo.
        drawing = isolated(self.kept.function, seed_for(0, str(self.asked.key)), draws=draws)
        names = self.code.strings if self.code else ()
        given, function = (self.args, self.kwargs), self.kept.function
        return watched(given, root=find_root(), drawing=drawing, names=names, function=function)

    def keep(self, done: Done) -> Any:
        """Keep what came of the call, and give its value."""
        with unseen():
            if done.obstacle == DREW_BESIDE:
                self._remember_drawing()
            elif done.obstacle and done.content is not None:
                warn_once(f"{self.asked.function}() will run again: {done.obstacle}")
            if done.content is None and self.asked.key is not None:
                self._say_not_kept(done.value)
            if not self._say_changed():
                remember(self.memos, self.asked, done, Worth(persist=True, cost=done.seconds))
        return done.value

    def _say_changed(self) -> bool:
        """Warn of arguments that the function changed: that could not be given again."""
        if self.asked.key is None:
            return False
        changed = self.asked.find_changed(self._bind(), self.kept.ignore, states=self.states)
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
        for name, value in self._bind().items():
            try:
                if name not in self.kept.ignore:
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


def find_root() -> Path:
    """Give the folder of the project: of the running trial's, if there is one."""
    recorder = active_recorder()
    if recorder is not None:
        return recorder.root
    with unseen():
        return project_settings().root


def project_settings() -> Settings:
    """Give the settings of the project that is worked in, read once for each folder."""
    return _read_settings(os.getcwd(), os.environ.get("ANEW_STORE"))  # noqa: PTH109 - it is faster


@functools.lru_cache(maxsize=16)
def _read_settings(folder: str, store: str | None) -> Settings:
    _ = folder, store  # what the answer depends on
    return load_settings(find_project())
