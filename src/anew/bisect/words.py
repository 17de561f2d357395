"""Command lines, word by word: options with their values, settings and arguments."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["Words", "read_words"]

_SETTING: Final = re.compile(r"([A-Za-z_][\w.-]*)=.*", re.DOTALL)
_OPTION: Final = re.compile(r"--?[A-Za-z]")

Words = dict[str, tuple[str, ...]]
"""The words of a command line by name: of an option, of a setting, or ``argument 2``."""


def read_words(old: list[str], new: list[str]) -> tuple[Words, Words]:
    """Name the words of two command lines, so that those that belong together have one name.

    Parameters
    ----------
    old, new
        The command lines, without the interpreter.

    Returns
    -------
    tuple of dict
        Both in their order. ``--alpha 0.3`` and ``--alpha=0.3`` are called ``--alpha``,
        ``alpha=0.3`` is ``alpha``. An option that is given again is ``--alpha (2)``.
    """
    return _read(old, new), _read(new, old)


def _read(words: list[str], others: list[str]) -> Words:
    """Name the words of one command line; the other tells options from flags."""
    named: Words = {}
    rest, arguments = list(words), 0
    while rest:
        word = rest.pop(0)
        setting = _SETTING.fullmatch(word.lstrip("-"))
        group: tuple[str, ...] = (word,)
        if _OPTION.match(word) and not setting:
            name = word
            if rest and not _OPTION.match(rest[0]) and not _is_flag(word, rest[0], others):
                group = (word, rest.pop(0))
        elif setting:
            name = word.partition("=")[0]
        else:
            arguments += 1
            name = f"argument {arguments}"
        named[_count_up(name, named)] = group
    return named


def _is_flag(word: str, following: str, others: list[str]) -> bool:
    """Tell whether what follows an option is an argument: it is one where there is no option."""
    return word not in others and following in others


def _count_up(name: str, named: Words) -> str:
    """Give a name that is not taken."""
    number = 1
    unique = name
    while unique in named:
        number += 1
        unique = f"{name} ({number})"
    return unique
