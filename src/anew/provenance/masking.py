"""What looks like a credential is written as ``***``, and a home folder as ``~``."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "MASK",
    "mask_arguments",
    "mask_parameters",
    "mask_text",
    "mask_variable",
    "show_path",
]

MASK: Final = "***"

# Names whose value is a secret: the last word decides, so that --token-limit stays readable.
_SECRET_NAME: Final = re.compile(
    r"(^|[-_.])(password|passwd|passphrase|pwd|secret|token|credentials?|api[-_]?key"
    r"|access[-_]?key|secret[-_]?key|private[-_]?key|auth[-_]?key)$",
    re.IGNORECASE,
)

# The special tokens of language models are no secrets.
_NO_SECRET: Final = re.compile(
    r"(^|[-_.])(pad|eos|bos|unk|unknown|mask|sep|cls|stop|start|end|special|prompt|image|audio)"
    r"[-_.]token$",
    re.IGNORECASE,
)

# What is a secret by its shape: in URLs and HTTP headers, and tokens of well-known services.
_SECRET_SHAPES: Final = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        r"(?P<kept>://)[^/\s:@]*:[^/\s@]+(?=@)",
        r"(?P<kept>https?://)[^/\s@]+(?=@)",
        r"(?P<kept>[?&;][\w.-]*(?:token|secret|password|signature|sig|key)=)[^&;#\s]+",
        r"(?P<kept>\bauthorization\s*[:=]\s*(?:\w+\s+)?)\S+",
        r"(?P<kept>\bbearer\s+)[\w.~+/=-]{16,}",
        r"(?P<kept>)\b(?:gh[opsur]_|github_pat_|glpat-|hf_|xox[abeoprs]-|pypi-)[\w-]{16,}",
        r"(?P<kept>)\bsk-[\w-]{20,}",
        r"(?P<kept>)\bA(?:KIA|SIA)[0-9A-Z]{16}\b",
        r"(?P<kept>)\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+",
    )
)


def mask_arguments(arguments: Iterable[str]) -> list[str]:
    """Give a command line without its secrets.

    Parameters
    ----------
    arguments
        The words of the command line.

    Returns
    -------
    list of str
        As many words; values of ``--password X``, ``--token=X`` and ``api_key=X``, credentials in
        URLs and what has the shape of a token are masked.

    Examples
    --------
    >>> mask_arguments(["fit.py", "--token=abc", "--password", "x", "alpha=0.3"])
    ['fit.py', '--token=***', '--password', '***', 'alpha=0.3']
    """
    masked: list[str] = []
    is_secret = False
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if is_secret and not argument.startswith("--") and not _is_number(argument):
            masked.append(MASK)
        elif equals and value and not _is_number(value) and _is_secret_name(name.lstrip("-")):
            masked.append(f"{name}={MASK}")
        else:
            masked.append(mask_text(argument))
        is_secret = argument.startswith("-") and not equals and _is_secret_name(name.lstrip("-"))
    return masked


def mask_variable(name: str, value: str) -> str:
    """Give the value of an environment variable without its secrets.

    Parameters
    ----------
    name, value
        The variable.

    Returns
    -------
    str
        The mask alone when the variable is a secret by its name.
    """
    return MASK if _is_secret_name(name) else mask_text(value)


def mask_text(text: str) -> str:
    """Mask what is a secret by its shape.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    str
        The text, with passwords in URLs, tokens of well-known services and the like masked.

    Examples
    --------
    >>> mask_text("postgresql://me:secret@host/db")
    'postgresql://***@host/db'
    """
    for shape in _SECRET_SHAPES:
        text = shape.sub(rf"\g<kept>{MASK}", text)
    return text


def show_path(path: str | os.PathLike[str], root: Path) -> str:
    """Write a path so that it says nothing of the person and is the same on another machine.

    Parameters
    ----------
    path
        An absolute path.
    root
        The project's folder.

    Returns
    -------
    str
        Relative to the project inside of it, from ``~`` inside of the home folder, else absolute.
    """
    absolute = Path(os.path.normpath(path))
    for base in {root, Path(os.path.realpath(root))}:
        if absolute.is_relative_to(base):
            return absolute.relative_to(base).as_posix()
    home = _home()
    if home and absolute.is_relative_to(home):
        return f"~/{absolute.relative_to(home).as_posix()}"
    return absolute.as_posix()


def _home() -> Path | None:
    """Give the home folder; a user of a container may have none."""
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home if home != Path(home.anchor) else None


def mask_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Give parameters without their secrets, masked as in the command line.

    Parameters
    ----------
    parameters
        Values by name.

    Returns
    -------
    dict
        Texts that are secrets by their name or shape are masked; other values stay.
    """
    return {
        name: mask_variable(name, value)
        if isinstance(value, str) and not _is_number(value)
        else value
        for name, value in parameters.items()
    }


def _is_number(text: str) -> bool:
    """Tell a number, as in ``token=3``, which is a count and no secret."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_secret_name(name: str) -> bool:
    return bool(_SECRET_NAME.search(name)) and not _NO_SECRET.search(name)
