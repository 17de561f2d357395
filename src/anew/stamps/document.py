"""What a stamp says: a short JSON document, checked from end to end when it is read.

A stamp comes with a file from anywhere, so it is data and nothing else: of limited size and depth,
each field of its type, and shown with whatever could act on a terminal written out.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NoReturn

from anew.errors import StampError
from anew.records import asdict, dataclass, field, field_names, replace
from anew.stamps.content import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["VERSION", "Provenance", "escape"]

VERSION: Final = 1
"""Of the document; a reader refuses a later one."""

_MAX_DEPTH: Final = 16
_MAX_TEXT: Final = 8_192
_SHORT: Final = 200
_FEW: Final = 30
"""Of a stamp that is too long, texts and lists are cut to this."""

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DIGEST: Final = re.compile(r"[a-z0-9]{2,16}:[0-9a-f]{16,128}")
_HEX: Final = re.compile(r"[0-9a-f]{7,64}")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_STRINGS: Final = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_INERT: Final = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


@dataclass(frozen=True)
class Provenance:
    """Where a file comes from, as its stamp says.

    Parameters
    ----------
    trial
        The UUID of the trial that made it.
    number
        Its number in its store.
    experiment
        The name of its experiment.
    date
        When the trial began: ISO 8601 in UTC.
    anew
        The version of anew.
    commit
        The commit of the user's repository; empty when there was none.
    snapshot
        The commit of the snapshot of the code, in anew's own repository.
    command
        What was run, without credentials.
    parameters
        The trial's parameters by name, without credentials.
    inputs
        Digests of the files that the trial read, by path.
    store
        Where the trial is kept; of a folder in somebody's home, only the last parts.
    path
        The file's own path in the project, or its name.
    content
        The digest of the file without its stamp.
    more
        How many inputs and parameters were left out because there are too many, by kind.
    """

    trial: str
    number: int
    experiment: str
    date: str
    anew: str
    commit: str = ""
    snapshot: str = ""
    command: tuple[str, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    store: str = ""
    path: str = ""
    content: str = ""
    more: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> str:
        """Write it as JSON, of ASCII alone and without ``<``, ``>`` and ``&``.

        Returns
        -------
        str
            At most 32 KiB: of what is longer, texts and lists are shortened. Its last member is a
            digest of the rest, so that an alteration shows.

        Raises
        ------
        StampError
            When it says something that the document has no place for.
        """
        text = _write(self)
        if len(text) > MAX_BYTES:
            text = _write(_shorten(self))
        _check(json.loads(text))
        if len(text) > MAX_BYTES:
            message = f"a stamp of {len(text):,} bytes, more than {MAX_BYTES:,}"
            raise StampError(message, hint="shorten the names in it")
        return text

    @classmethod
    def from_json(cls, text: str | bytes) -> Provenance:
        """Read what `to_json` wrote, and trust nothing else.

        Parameters
        ----------
        text
            The document.

        Raises
        ------
        StampError
            When it is too long, too deep, of a later version, altered, or no such document.
        """
        said = _parse(text)
        _check(said)
        check = said.pop("check")
        if check != _digest(said):
            message = "the stamp was altered: it is not what its own digest says"
            raise StampError(message, hint="ask the store: `anew whence` knows files by content")
        del said["stamp"]
        return cls(**{**said, "command": tuple(said["command"])})


def escape(text: object) -> str:
    r"""Write a text from a stamp so that it does nothing but be read.

    Parameters
    ----------
    text
        Whatever a stamp says; of what is no text, its ``str``.

    Returns
    -------
    str
        With control and formatting characters, also those that turn the direction of writing,
        written as escapes.

    Examples
    --------
    >>> escape("red \x1b[31m alarm")
    'red \\x1b[31m alarm'
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(text))


def _write(stamp: Provenance) -> str:
    said = {"stamp": VERSION, **_plain(asdict(stamp))}
    return _dump({**said, "check": _digest(said)}).translate(_INERT)


def _shorten(stamp: Provenance) -> Provenance:
    """Leave out what makes a stamp too long, and say how much that is."""
    counts = {"parameters": len(stamp.parameters), "inputs": len(stamp.inputs)}
    return replace(
        stamp,
        command=tuple(each[:_SHORT] for each in stamp.command[:_FEW]),
        parameters=_first({n: _cut(v) for n, v in stamp.parameters.items()}),
        inputs=_first(stamp.inputs),
        more={kind: n - _FEW for kind, n in counts.items() if n > _FEW},
    )


def _first(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name[:_SHORT]: values[name] for name in list(values)[:_FEW]}


def _cut(value: Any) -> Any:
    text = _dump(value)
    return value if len(text) <= _SHORT else f"{text[:_SHORT]}…"


def _plain(value: Any) -> Any:
    """Make of a value what JSON has a word for."""
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):  # noqa: PLR0124 - NaN
        return str(value)
    if value is None or isinstance(value, str | int | float):
        return value
    return str(value)


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True, default=str)


def _digest(said: Mapping[str, Any]) -> str:
    """Give the digest of a document, however its members are ordered and spaced."""
    from blake3 import blake3

    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"blake3:{blake3(canonical.encode()).hexdigest()}"


def _parse(text: str | bytes) -> dict[str, Any]:
    """Read JSON from a stranger."""
    if len(text) > MAX_BYTES:
        _refuse(f"it has {len(text):,} bytes, more than {MAX_BYTES:,}")
    try:
        plain = text.decode("utf-8") if isinstance(text, bytes) else text
        if _depth(plain) > _MAX_DEPTH:
            _refuse(f"it is nested more than {_MAX_DEPTH} deep")
        said = json.loads(plain, parse_constant=_refuse_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        if isinstance(error, StampError):
            raise
        _refuse(f"it is no JSON: {escape(error)}", error)
    if not isinstance(said, dict):
        _refuse("it is no JSON object")
    return said


def _depth(text: str) -> int:
    """Tell how deep arrays and objects are nested, without building them."""
    deepest = depth = 0
    for sign in re.findall(r"[\[\]{}]", _STRINGS.sub("", text)):
        depth += 1 if sign in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) != len(pairs):
        _refuse("a member stands in it twice")
    return said


def _refuse_constant(name: str) -> Any:
    _refuse(f"{name} is no number of JSON")


def _refuse(why: str, cause: Exception | None = None) -> NoReturn:
    message = f"not a stamp of anew: {why}"
    raise StampError(message, hint="stamp the file again: `anew stamp FILE`") from cause


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_TEXT


def _fits(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _or_empty(check: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value == "" or check(value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 53


def _is_table(of: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, dict) and all(map(of, value.values()))


_CHECKS: Final[dict[str, Callable[[object], bool]]] = {
    "stamp": _is_count,
    "trial": _fits(_UUID),
    "number": _is_count,
    "experiment": _is_text,
    "date": _fits(_DATE),
    "anew": _is_text,
    "commit": _or_empty(_fits(_HEX)),
    "snapshot": _or_empty(_fits(_HEX)),
    "command": lambda value: isinstance(value, list) and all(map(_is_text, value)),
    "parameters": lambda value: isinstance(value, dict),
    "inputs": _is_table(_or_empty(_fits(_DIGEST))),
    "store": _is_text,
    "path": _is_text,
    "content": _or_empty(_fits(_DIGEST)),
    "more": _is_table(_is_count),
    "check": _fits(_DIGEST),
}


def _check(said: Mapping[str, Any]) -> None:
    """Hold a document against what each of its members must be."""
    version = said.get("stamp")
    if _is_count(version) and version != VERSION:
        message = f"the stamp has version {version}, and this anew knows {VERSION}"
        raise StampError(message, hint="uv pip install --upgrade anew")
    for name in (*("stamp", "check"), *field_names(Provenance)):
        if name not in said:
            _refuse(f"it does not say {name!r}")
    for name, value in said.items():
        if name not in _CHECKS:
            _refuse(f"it has a member {escape(name)[:_SHORT]!r}")
        if not _CHECKS[name](value):
            _refuse(f"{name!r} is {escape(repr(value))[:_SHORT]}")
