"""Where text goes: standard output and error, in colour on a terminal only."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TextIO

from rich.console import Console
from rich.segment import Segment, Segments
from rich.text import Text

from anew.query import to_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import RenderableType

__all__ = [
    "Screen",
    "count_rows",
    "note",
    "open_screen",
    "print_console",
    "print_json",
    "print_line",
    "print_rendered",
    "progress",
]

_UNLIMITED: Final = 10_000
_PAGE: Final = 100
"""How wide a page of text is, at most."""

_SPINNER: Final = 4
_OTHER_LINES: Final = 5
_ROWS: Final = 10
"""So many trials are listed on the lowest terminal."""


class Screen(Console):
    """A console that prints text as it is, and leaves a closed pipe to its caller."""

    def on_broken_pipe(self) -> None:
        """Let the error out: the command ends quietly, with a status of its own."""
        raise BrokenPipeError


def open_screen(*, is_error: bool = False) -> Screen:
    """Give the console for standard output, or for standard error.

    Parameters
    ----------
    is_error
        Whether standard error is meant.

    Returns
    -------
    Screen
        As wide as the terminal. What is not a terminal has no width, unless ``COLUMNS`` gives one.
    """
    stream: TextIO = sys.stderr if is_error else sys.stdout
    tolerate(stream)
    has_width = stream.isatty() or os.environ.get("COLUMNS", "").isdecimal()
    return Screen(
        file=stream,
        width=None if has_width else _UNLIMITED,
        highlight=False,
        markup=False,
        emoji=False,
    )


def tolerate(stream: TextIO) -> None:
    """Make a stream write what its encoding lacks as an escape, rather than fail.

    Parameters
    ----------
    stream
        The stream.
    """
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")


def print_json(value: Any) -> None:
    """Print strict JSON on standard output.

    Parameters
    ----------
    value
        Records and plain data.
    """
    tolerate(sys.stdout)
    print(json.dumps(to_plain(value), indent=2, ensure_ascii=False, allow_nan=False))  # noqa: T201


def print_rendered(content: RenderableType, *, width: int = _PAGE) -> None:
    """Print something that rich can show on standard output.

    Parameters
    ----------
    content
        A table, a text, or a group of them.
    width
        How many characters a line may have, if the terminal has them.
    """
    screen = open_screen()
    _print_lines(screen, content, min(screen.width, width))


def print_line(text: Text) -> None:
    """Print a text on one line, however narrow the screen is: tools read it, or it is pasted.

    Parameters
    ----------
    text
        Without newlines.
    """
    _print_lines(open_screen(), text, max(text.cell_len, 1))


def _print_lines(screen: Console, content: RenderableType, width: int) -> None:
    options = screen.options.update(width=width)
    for line in screen.render_lines(content, options, pad=False):
        shown = [_without_control(segment) for segment in _without_end(line)]
        screen.print(Segments([*shown, Segment.line()]), end="", crop=False)


def _without_control(segment: Segment) -> Segment:
    """Show what would command the terminal: a record may be of somebody else."""
    text = "".join(each if each.isprintable() else _escape(each) for each in segment.text)
    return segment._replace(text=text)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if unicodedata.category(character) == "Cc" else character


def _without_end(line: list[Segment]) -> list[Segment]:
    """Leave out the blanks that fill a line up."""
    kept = list(line)
    while kept and not kept[-1].text.strip():
        kept.pop()
    return [*kept[:-1], Segment(kept[-1].text.rstrip(), kept[-1].style)] if kept else []


def note(text: str) -> None:
    """Say something beside the output proper, on standard error.

    Parameters
    ----------
    text
        One line.
    """
    sys.stdout.flush()  # so that it stands below what it is about
    open_screen(is_error=True).print(text, style="dim", soft_wrap=True)


def print_console(printed: Iterable[tuple[str, str]]) -> None:
    """Print again what a trial printed, each stream where it went.

    Parameters
    ----------
    printed
        As (stream, text), in the order of printing.
    """
    for stream, text in printed:
        target = sys.stderr if stream == "stderr" else sys.stdout
        tolerate(target)
        target.write(text)
        target.flush()


def count_rows() -> int | None:
    """Count the trials that a listing may have without scrolling; None where nothing scrolls."""
    if not sys.stdout.isatty():
        return None
    return max(open_screen().height - _OTHER_LINES, _ROWS)


@contextmanager
def progress(text: str) -> Iterator[Callable[[str], None]]:
    """Show on a terminal that something is going on; elsewhere say nothing.

    Parameters
    ----------
    text
        What.

    Yields
    ------
    callable
        To be called with what goes on now.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    screen = open_screen(is_error=True)
    with screen.status(Text(text)) as status:

        def update(now: str) -> None:
            line = Text(now.strip(), no_wrap=True, overflow="ellipsis")
            line.truncate(screen.width - _SPINNER)
            status.update(line)

        yield update
