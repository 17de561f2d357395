"""What looks like a credential is written as ``***``: all rules, for the tracker and for anew.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False  # typing costs time at start
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

__all__ = [
    "MASK",
    "TOKENS",
    "is_secret_name",
    "mask_arguments",
    "mask_parameters",
    "mask_text",
    "mask_value",
    "mask_variable",
]

MASK = "***"

_WORDS = (
    r"passwords?|passwd|passphrase|passcode|pwd|secrets?|token|credentials?|api[-_]?key"
    r"|access[-_]?key(?:[-_]?id)?|secret[-_]?key|private[-_]?key|auth[-_]?key|encryption[-_]?key"
    r"|account[-_]?key|signing[-_]?key|connection[-_]?string|client[-_]?secret|authorization"
)

# Names whose value is a secret: the last word decides, so that --token-limit stays readable.
_SECRET_NAME = rf"(?:^|[-_. /:])(?:{_WORDS}|db[-_]?pass|pat)\d?$"

# What is in each name of those below and above, but for "pat".
_SIGNS = ("pass", "pwd", "secret", "token", "credential", "key", "connection", "authorization")

# A group of secrets: whatever is in it is one.
_GROUPED = r"(?:^|[-_./:])(?:secrets?|credentials?|passwords|api[-_]?keys)[./:]"

# The special tokens of language models are no secrets.
_HARMLESS = (
    r"(?:^|[-_.])(?:pad|eos|bos|unk|unknown|mask|sep|cls|stop|start|end|special|prompt|image|audio)"
    r"[-_.]token$"
)

# A number of tokens is a count, up to a million; a password of digits has four at least.
_LONG_COUNT = 7
_LONG_BITS = 64
_SHORTEST_SECRET = 4

_HUMP = r"(?<=[a-z0-9])(?=[A-Z])"

_ASSIGNED = (
    r"\b[\w.-]*(?:password|passwd|passphrase|pwd|secret|api_?key|access_?key|account_?key"
    r"|secret_?key|auth_?token|access_?token)="
)
_ASKED = r"(?:token|secret|passw(?:or)?d|pwd|signature|sig|key|credential|auth)"
_ENDS = r"-----(?:BEGIN|END) [A-Z ]*PRIVATE KEY-----"

# Tokens of well-known services: one of these signs is in each, and so they look.
TOKENS = (
    (
        ("ghp_", "gho_", "ghs_", "ghu_", "ghr_", "github_pat_", "glpat-", "hf_", "xox", "pypi-"),
        r"\b(?:gh[opsur]_|github_pat_|glpat-|hf_|xox[abeoprs]-|pypi-)[\w-]{16,}",
    ),
    (("sk-",), r"\bsk-[\w-]{20,}"),
    (("AKIA", "ASIA"), r"\bA(?:KIA|SIA)[0-9A-Z]{16}\b"),
    (("AIza",), r"\bAIza[\w-]{35}"),
    (("eyJ",), r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+"),
)

# What is a secret by its shape: in URLs and HTTP headers, tokens of well-known services, keys, and
# what is assigned within a text, as in `bash -c "PASSWORD=x ./fit"` and connection strings. Each
# after what must stand in a text, in small letters, for the shape to be looked for.
_SECRET_SHAPES = (
    (("://",), r"(?P<kept>://)[^/\s:@]*:[^/\s@]+(?=@)"),
    (("://",), r"(?P<kept>https?://)[^/\s@]+(?=@)"),
    (("=",), rf"(?P<kept>[?&;][\w.-]*{_ASKED}=)[^&;#\s]+"),
    (("authorization",), r"(?P<kept>\bauthorization\s*[:=]\s*(?:\w+\s+)?)\S+"),
    ((":",), r"(?P<kept>\b(?:x-[\w-]*(?:key|token|secret|auth)|(?:set-)?cookie)\s*:\s*)\S+"),
    (("bearer",), r"(?P<kept>\bbearer\s+)[\w.~+/=-]{16,}"),
    *((tuple(map(str.lower, signs)), f"(?P<kept>){shape}") for signs, shape in TOKENS),
    (("-----",), rf"(?P<kept>){_ENDS}[\s\S]*?(?:{_ENDS}|\Z)"),
    (("=",), rf"(?P<kept>{_ASSIGNED})[^\s;&\"'*][^\s;&\"']*"),
    (("=",), rf"(?P<kept>{_ASSIGNED}(?P<quote>[\"']))[^\"'*][^\"']*(?=(?P=quote))"),
)


def is_secret_name(name: str) -> bool:
    """Tell whether the value of a name is a secret.

    Parameters
    ----------
    name
        Of an option, a parameter, a variable; dotted where it is nested, in any spelling.

    Returns
    -------
    bool
        True for ``api_key``, ``dbPassword``, ``db.password`` and ``secrets.mail``.
    """
    small = name.lower()
    is_harmless = name.isascii() and not any(sign in small for sign in _SIGNS)
    if is_harmless and not small.rstrip("0123456789\n").endswith("pat"):
        return False  # what is asked of each variable, most of all
    spelled = re.sub(_HUMP, "_", name)
    if re.search(_GROUPED, spelled, re.IGNORECASE):
        return True
    is_secret = re.search(_SECRET_NAME, spelled, re.IGNORECASE)
    return bool(is_secret and not re.search(_HARMLESS, spelled, re.IGNORECASE))


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
    before = ""
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if before and not argument.startswith("--") and not _is_count(before, argument):
            masked.append(MASK)
        elif equals and value and " " not in name and _is_secret(name.lstrip("-"), value):
            masked.append(f"{name}={MASK}")
        else:
            masked.append(mask_text(argument))
        option = name.lstrip("-")
        is_secret = argument.startswith("-") and not equals and is_secret_name(option)
        before = option if is_secret else ""
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
    return MASK if is_secret_name(name) else mask_text(value)


def mask_value(name: str, value: Any) -> Any:
    """Give a value that has a name without its secrets.

    Parameters
    ----------
    name
        As for `is_secret_name`.
    value
        What JSON can write: also lists and dicts, which are masked within.

    Returns
    -------
    Any
        The value; of a secret, the mask. What says nothing, as None, True and ``""``, stays.
    """
    if isinstance(value, dict):
        return {key: mask_value(f"{name}.{key}", each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [mask_value(name, each) for each in value]
    if value is None or isinstance(value, bool) or value == "":
        return value
    if is_secret_name(name) and not _is_count(name, _write(value)):
        return MASK
    return mask_text(value) if isinstance(value, str) else value


def mask_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Give parameters without their secrets, masked as in the command line.

    Parameters
    ----------
    parameters
        Values by name.

    Returns
    -------
    dict
        What is a secret by its name or shape is masked; values that JSON cannot write stay.
    """
    plain = (str, int, float, list, dict)
    return {
        name: mask_value(name, value) if isinstance(value, plain) else value
        for name, value in parameters.items()
    }


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
    small = text.lower()
    is_plain = text.isascii()  # other letters count as small ones, too
    for signs, shape in _SECRET_SHAPES:
        if not is_plain or any(sign in small for sign in signs):
            text = re.sub(shape, rf"\g<kept>{MASK}", text, flags=re.IGNORECASE)
    return text


def _write(value: Any) -> str:
    """Write a value; Python writes no integer of very many digits as a decimal."""
    return hex(value) if isinstance(value, int) and value.bit_length() > _LONG_BITS else str(value)


def _is_secret(name: str, value: str) -> bool:
    return is_secret_name(name) and not _is_count(name, value)


def _is_count(name: str, value: str) -> bool:
    """Tell a number that is no secret: a short one, as in ``token=3``, and a count of tokens."""
    try:
        float(value)
    except ValueError:
        return False
    is_of_tokens = name.lower().endswith("token")
    return len(value) < (_LONG_COUNT if is_of_tokens else _SHORTEST_SECRET)
