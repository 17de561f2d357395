"""How a program ended, in the words of a trial."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING, Final

from anew.model import Failure

if TYPE_CHECKING:
    from anew.programs.child import Ended

__all__ = ["describe_end"]

_TRACEBACK: Final = r"^Traceback \(most recent call last\):$"
_RAISED: Final = r"^([A-Za-z_][\w.]*)(?:: (.*))?$"
_ANSI: Final = r"\x1b\[[0-9;]*[A-Za-z]"
_LINKS: Final = (
    r"^(?:During handling of the above exception, another exception occurred"
    r"|The above exception was the direct cause of the following exception):$"
)
_LINES: Final = 30


def describe_end(ended: Ended) -> tuple[str, Failure | None]:
    """Give the status of the trial, and what went wrong.

    Parameters
    ----------
    ended
        How the program ended.

    Returns
    -------
    status : str
        ``finished``, ``failed``, ``interrupted`` when it was asked to end, and did not end well,
        or ``killed`` when it was not asked, as where memory was short.
    failure : Failure or None
        The exception that Python printed last, the signal, or the exit status.
    """
    if ended.status == 0:
        return "finished", None
    asked = {int(each) for each in ended.asked} | {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    is_asked = -ended.status in asked or bool(ended.asked)
    is_killed = ended.status == -signal.SIGKILL
    status = "interrupted" if is_asked else "killed" if is_killed else "failed"
    text = re.sub(_ANSI, "", ended.last).replace("\r\n", "\n").rstrip()
    lines = "\n".join(text.splitlines()[-_LINES:])
    if ended.status < 0:
        number = -ended.status
        name = _name_signal(number)
        return status, Failure(name, signal.strsignal(number) or f"signal {number}", lines)
    return status, _find_exception(text) or Failure("ExitStatus", str(ended.status), lines)


def _name_signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"


def _find_exception(text: str) -> Failure | None:
    """Find the exception that ends a text, as Python prints it: the last of a chain."""
    found = list(re.finditer(_TRACEBACK, text, re.MULTILINE))
    if not found:
        return None
    last = text[found[-1].end() :].lstrip("\n").splitlines()
    for at, line in enumerate(last):
        if line[:1] not in {" ", ""} and (raised := re.match(_RAISED, line)):
            message = "\n".join([raised[2] or "", *last[at + 1 :]]).strip()
            return Failure(raised[1].rpartition(".")[2], message, f"{_chain(text)}\n")
    return None


def _chain(text: str) -> str:
    """Cut off what was printed before the first traceback of a chain."""
    parts = list(re.finditer(_TRACEBACK, text, re.MULTILINE))
    first = len(parts) - 1
    while first > 0 and _is_linked(text[parts[first - 1].end() : parts[first].start()]):
        first -= 1
    return text[parts[first].start() :]


def _is_linked(between: str) -> bool:
    """Tell whether one exception came of another, by what stands between their tracebacks."""
    return re.search(_LINKS, between, re.MULTILINE) is not None
