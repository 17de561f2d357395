"""What the command line of a program names: files, folders, and patterns that a shell expands."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Command", "read_command"]

_MOST_WORDS: Final = 4096
_POPEN_ARGUMENTS: Final = 4
_SEPARATORS: Final = re.compile(r"[\s\"'<>;|&()]+")
_SHELL: Final = re.compile(r"(ba|da|k|z)?sh")
_PYTHON: Final = re.compile(r"python[\d.]*")
_ALONE: Final = re.compile(r"-[A-Za-z]*[EIS]")
"""Options of Python without which the tracker reaches it."""
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_INNER: Final = re.compile(r"\s-[a-z]*c\s")
_BRACES: Final = re.compile(r"(?<!\$)\{[^{}\s]*(?:,|\.\.)[^{}\s]*\}")
_SOURCED: Final = re.compile(r"(^|[;&|({\n])\s*\.(?=\s)")
_PATTERN: Final = re.compile(r"[*?\[]")


class Command(NamedTuple):
    """What a command line names.

    Attributes
    ----------
    folder : str
        Where the program starts.
    words : list of str
        Words that may be files or folders.
    patterns : list of str
        Words that a shell expands to the files that they match.
    is_deep : bool
        Whether it may read what is in a folder that it is told of, and nobody else says so: Python
        tells of what it lists, and what Git reads is mostly its own.
    """

    folder: str
    words: list[str]
    patterns: list[str]
    is_deep: bool


def read_command(args: tuple[Any, ...]) -> Command:
    """Read the command line of a program that is started.

    Parameters
    ----------
    args
        Those of the audit event of `os.system`, `os.exec`, `os.posix_spawn`, `subprocess.Popen`.
    """
    words = args[1] if len(args) > 1 else ()
    words = [words] if isinstance(words, str | bytes | os.PathLike) else list(words)
    folder = args[2] if len(args) == _POPEN_ARGUMENTS and args[2] is not None else "."
    texts = [os.fsdecode(word) for word in (args[0], *words) if word is not None]
    name = os.path.basename(texts[0])  # noqa: PTH119 - paths are text here
    is_shell = len(args) == 1 or _SHELL.fullmatch(name) is not None
    is_python = _PYTHON.fullmatch(name) is not None and not any(map(_ALONE.fullmatch, texts[1:]))
    lines = [_SOURCED.sub(r"\1 ", text) for text in texts] if is_shell else texts
    return Command(
        os.fsdecode(folder),
        _split(lines),
        _patterns_in(lines) if is_shell else [],
        is_deep=not (is_python or name == "git"),
    )


def _split(texts: Iterable[str]) -> list[str]:
    """Give the words of arguments: those of a shell, and the values of ``--name=value``."""
    found: dict[str, None] = {}
    for text in texts:
        for word in (text, *_SEPARATORS.split(text)[:_MOST_WORDS]):
            found |= dict.fromkeys((word, word.partition("=")[2]))
    return [word for word in found if word and len(word) < _MOST_WORDS and "\n" not in word]


def _patterns_in(texts: Iterable[str]) -> list[str]:
    """Give the patterns in lines of a shell, which expands none in quotes."""
    found: list[str] = []
    for text in texts:
        line = text if _INNER.search(text) else _QUOTED.sub(" ", text)
        found += map(_as_pattern, _SEPARATORS.split(line)[:_MOST_WORDS])
    return [word for word in dict.fromkeys(found) if _PATTERN.search(word)]


def _as_pattern(word: str) -> str:
    """Write a word as a pattern that matches no less, without braces."""
    return re.sub(r"\*{2,}", "*", _BRACES.sub("*", word.rpartition("=")[2]))
