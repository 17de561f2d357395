"""What a step prints and warns of, while it still goes where it went."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from anew.errors import AnewWarning
from anew.watch.alive import current
from anew.watch.notes import Printed, Warned
from anew.watch.streams import Tee

if TYPE_CHECKING:
    from typing import TextIO

    from anew.watch.touch import Touch

__all__ = ["listen", "stop_hearing", "stop_listening"]


class _Showing(threading.local):
    """Whether this thread is showing a warning, which is noted as such and not as text."""

    is_on = False


_showing = _Showing()


class _Ear(Tee):
    """A stream that passes everything on and is heard by the steps that began with it."""

    def __init__(self, stream: TextIO, name: str) -> None:
        super().__init__(stream, name)
        self.name_of_stream = name
        self.listeners = 0
        self.hear = self._note

    def _note(self, name: str, text: str) -> None:
        """Note what is printed, unless it belongs to a warning or nobody's step prints it.

        A step that leads its streams elsewhere keeps what is printed there to itself.
        """
        if text and not _showing.is_on and (touch := current()) is not None:
            for each in touch.chain():
                if each.ears.get(name) is self:
                    each.notes.append(Printed(name, text))


_ears: Final[deque[_Ear]] = deque(maxlen=64)
"""Those of late, for a thread may still be in `print`, which borrows `sys.stdout` unowned."""


def _ear_of(stream: Any, name: str) -> _Ear:
    """Give the ear of a stream."""
    if isinstance(stream, _Ear):
        return stream
    for ear in _ears:
        if ear.stream is stream and ear.name_of_stream == name:
            return ear
    _ears.append(_Ear(stream, name))
    return _ears[-1]


_real_show: Final[Any] = warnings._showwarnmsg  # type: ignore[attr-defined]  # noqa: SLF001 - all pass here


def _shown_by() -> tuple[Any, ...]:
    """Say what shows warnings now: another thing once somebody catches them."""
    context = getattr(warnings, "_get_context", None)  # Python 3.14
    return (
        warnings.showwarning,
        getattr(warnings, "_showwarnmsg_impl", None),
        getattr(context(), "log", None) if context else None,
    )


def _show(message: Any) -> None:
    """Note a warning that is about to be shown, then show it.

    One that a step catches is its own affair.
    """
    touch = current()
    if touch is None or issubclass(message.category, AnewWarning):
        _real_show(message)
        return
    now = _shown_by()
    for each in touch.chain():
        if all(one is other for one, other in zip(now, each.shown_by, strict=True)):
            each.notes.append(_to_note(message, each.root))
    was_on, _showing.is_on = _showing.is_on, True
    try:
        _real_show(message)
    finally:
        _showing.is_on = was_on


def _to_note(message: Any, root: str) -> Warned:
    """Say of a warning what is needed to warn again."""
    category = message.category
    name = f"{category.__module__}.{category.__qualname__}"
    filename = message.filename.removeprefix(root.rstrip(os.sep) + os.sep)
    return Warned(name, str(message.message), filename, message.lineno)


def listen(touch: Touch) -> None:
    """Begin to hear what a step prints and warns of. One caller at a time."""
    touch.shown_by = _shown_by()
    for name in ("stdout", "stderr"):
        if (stream := getattr(sys, name)) is not None:
            ear = touch.ears[name] = _ear_of(stream, name)
            ear.listeners += 1
            if ear is not stream:
                setattr(sys, name, ear)
    if warnings._showwarnmsg is _real_show:  # type: ignore[attr-defined]  # noqa: SLF001 - as above
        warnings._showwarnmsg = _show  # type: ignore[attr-defined]  # noqa: SLF001 - as above


def stop_listening(touch: Touch, *, is_last: bool) -> None:
    """Stop hearing a step, and put back what nobody else has replaced. One caller at a time."""
    for name, ear in touch.ears.items():
        ear.listeners -= 1
        if ear.listeners <= 0 and getattr(sys, name) is ear:
            setattr(sys, name, ear.stream)
    if is_last and warnings._showwarnmsg is _show:  # type: ignore[attr-defined]  # noqa: SLF001 - as above
        warnings._showwarnmsg = _real_show  # type: ignore[attr-defined]  # noqa: SLF001 - as above


def stop_hearing() -> None:
    """Hear nobody: in a forked process, the steps that were heard are not there."""
    for ear in _ears:
        ear.listeners = 0
