"""The record of a trial as JSON that says of itself whether it is whole."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from anew.digests import digest_bytes
from anew.errors import AnewError, BundleError
from anew.model import check_name
from anew.stores.encoding import read_json, to_json, to_text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["read_record", "write_record"]

_VERSION: Final = 1
_DIGEST: Final = re.compile(r"blake3:[0-9a-f]{64}")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_PART: Final = frozenset({"kind", "name", "digest", "text"})
_END_OF_TIME: Final = 253_402_214_400.0
"""The last day that a date can be of, in UTC seconds."""

_ROLES: Final = frozenset({"input", "output", "later", "artifact", "value", "result", "plot"})


def write_record(record: dict[str, Any]) -> bytes:
    """Write a record.

    Parameters
    ----------
    record
        What the store gave.

    Returns
    -------
    bytes
        An object with ``version``, the ``digest`` of the text of the record, and ``record``.
    """
    text = to_json(record)
    digest = digest_bytes(text.encode())
    return f'{{"version": {_VERSION}, "digest": "{digest}", "record": {text}}}\n'.encode()


def read_record(data: bytes, uuid: str, *, where: str) -> dict[str, Any]:
    """Read what `write_record` wrote, wherever it comes from.

    Parameters
    ----------
    data
        The bytes.
    uuid
        The UUID of the trial that it must be of.
    where
        What it is called, for the error.

    Returns
    -------
    dict
        The record, with all that a store needs, of the right types.

    Raises
    ------
    BundleError
        When it is damaged, from a later version of anew, or not the record of such a trial.
    """
    try:
        envelope = json.loads(data)
        version = envelope["version"]
        text = to_text(json.dumps(envelope["record"], ensure_ascii=False))
        record: dict[str, Any] = read_json(text)
        if version == _VERSION:
            _expect(digest_bytes(text.encode()) == envelope["digest"], "digest", envelope["digest"])
            _check(record, uuid)
    except (AnewError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        why = getattr(error, "message", None) or f"{type(error).__name__}: {error}"
        message = f"this is not the record of a trial: {why}"
        raise BundleError(message, where=where, hint="have it made or copied again") from error
    if version != _VERSION:
        message = f"the record has version {version!r}, this anew knows {_VERSION}"
        raise BundleError(message, where=where, hint="pip install --upgrade anew")
    return record


def _check(record: dict[str, Any], uuid: str) -> None:
    """See that a record has what it needs: others read it without asking."""
    trial = record["trial"]
    _check_fields(trial, _TRIAL, "trial")
    _expect(trial["metrics"].keys() <= record["series"].keys(), "metrics", trial["metrics"])
    _expect(trial["uuid"] == uuid, "uuid", trial["uuid"])
    experiment = record["experiment"]
    _check_fields(experiment, _EXPERIMENT, "experiment")
    _expect(experiment["name"] == trial["experiment"], "experiment", experiment["name"])
    _check_contents(record)
    for table, fields in _TABLES.items():
        _expect(isinstance(record[table], list), table, record[table])
        for row in record[table]:
            _check_fields(row, fields, table)


def _check_contents(record: dict[str, Any]) -> None:
    """See that what hangs on names is of the right types."""
    for row in record["artifacts"]:
        if row["role"] == "artifact":  # whoever writes it to a file names that after it
            check_name("artifact", row["name"])
    for name, content in record["facets"].items():
        check_name("facet", name)
        _expect(isinstance(content, dict), f"facet {name}", content)
        fields = _FACETS.get(name, {})
        _check_fields({**dict.fromkeys(fields), **content}, fields, f"facet {name}")
    for metric, columns in record["series"].items():
        _check_fields(columns, _SERIES, f"series {metric}")
        lengths = {len(columns[name]) for name in _SERIES}
        _expect(len(lengths) == 1 and lengths != {0}, f"series {metric}", lengths)
    for digest, parts in record["codes"].items():
        _expect(_are_parts(parts), f"code {digest}", parts)
    for stream, text, *time in record["console"]:  # an earlier anew did not say when
        _expect(stream in {"stdout", "stderr"} and isinstance(text, str), "console", stream)
        _expect(not time[1:] and all(map(_is_number, time)), "console", time)


def _check_fields(row: Any, fields: dict[str, Callable[[Any], bool]], where: str) -> None:
    _expect(isinstance(row, dict), where, row)
    for name, is_right in fields.items():
        _expect(is_right(row[name]), f"{where}.{name}", row[name])


def _expect(is_right: bool, where: str, value: object) -> None:  # noqa: FBT001 - it is a condition
    if not is_right:
        message = f"{where} is {value!r:.100}"
        raise ValueError(message)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and value != "" and "\0" not in value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and value >= 0


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _is_time(value: Any) -> bool:
    return _is_number(value) and 0 <= value < _END_OF_TIME


def _is_long(value: Any) -> bool:
    return isinstance(value, int) and -(2**63) <= value < 2**63


def _are_parts(value: Any) -> bool:
    """Tell whether it is a list of what the parts of a step are made of."""
    return isinstance(value, list) and all(
        _by_name(_or_none(_is_text))(part) and {"kind", "name"} <= part.keys() <= _PART
        for part in value
    )


def _is_failure(value: Any) -> bool:
    return _by_name(_is_text)(value) and value.keys() == {"type", "message", "traceback"}


def _is_commit(value: Any) -> bool:
    return value is None or (isinstance(value, str) and _COMMIT.fullmatch(value) is not None)


def _are_projects(value: Any) -> bool:
    """Tell whether it says of packages by name which snapshot they are."""
    return value is None or _by_name(
        lambda each: isinstance(each, dict) and _is_commit(each.get("commit"))
    )(value)


def _are_large(value: Any) -> bool:
    """Tell whether it is a list of files that were too large for a snapshot."""
    return value is None or _list_of(
        lambda each: (
            isinstance(each, dict)
            and _is_path(each["path"])
            and _or_none(_is_digest)(each["digest"])
            and _is_whole(each["size_bytes"])
            and "kept" in each
        )
    )(value)


def _is_name(value: Any) -> bool:
    return bool(check_name("experiment", value))


def _or_none(is_right: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or is_right(value)


def _list_of(is_right: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(is_right, value))


def _by_name(is_right: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, dict)
        and all(isinstance(name, str) and is_right(each) for name, each in value.items())
    )


def _is_anything(_: Any) -> bool:
    return True


_TRIAL: Final[dict[str, Callable[[Any], bool]]] = {
    "number": _is_whole,
    "uuid": _is_text,
    "experiment": _is_name,
    "status": lambda value: _is_text(value) and value != "running",
    "started": _is_time,
    "seconds": _or_none(_is_number),
    "seed": _is_whole,
    "parameters": _by_name(_is_anything),
    "metrics": _by_name(_is_number),
    "process": _by_name(_is_anything),
    "reproduces": _or_none(_is_text),
    "parent": _or_none(_is_text),
    "error": _or_none(_is_failure),
    "tags": _list_of(_is_text),
    "notes": _list_of(_is_text),
}
_EXPERIMENT: Final[dict[str, Callable[[Any], bool]]] = {
    "name": _is_name,
    "seed": _or_none(_is_whole),
    "created": _is_number,
}
_SERIES: Final[dict[str, Callable[[Any], bool]]] = {
    "steps": _list_of(_is_long),
    "values": _list_of(_is_number),
    "times": _list_of(_is_number),
}
_TABLES: Final[dict[str, dict[str, Callable[[Any], bool]]]] = {
    "steps": {
        "label": _is_text,
        "function": _is_text,
        "started": _is_number,
        "seconds": _is_number,
        "status": _is_text,
        "digest": _or_none(_is_text),
        "inputs": _list_of(_is_text),
        "parts": _are_parts,
        "reused": _or_none(_is_text),
        "seed": lambda value: _is_text(value) and value.isdecimal(),
        "worker": _is_text,
        "drew": _is_whole,
        "key": _or_none(_is_text),
        "code": _or_none(_is_text),
        "reason": _is_text,
    },
    "artifacts": {
        "name": _is_path,
        "role": _ROLES.__contains__,
        "digest": _or_none(_is_digest),
        "size_bytes": _is_whole,
        "summary": _is_text,
        "format": _or_none(_is_text),
        "content": _or_none(_is_text),
    },
    "files": {
        "path": _is_path,
        "role": _ROLES.__contains__,
        "digest": lambda value: not value or _is_digest(value),
        "size_bytes": _is_whole,
        "count": _or_none(_is_whole),
        "origin": _is_text,
        "kept": _is_whole,
        "rows": _or_none(_is_whole),
        "first": _or_none(_is_number),
        "last": _or_none(_is_number),
    },
    "events": {"kind": _is_text, "text": _is_text, "time": _is_number},
}
_FACETS: Final[dict[str, dict[str, Callable[[Any], bool]]]] = {
    "snapshot": {"commit": _is_commit, "editable": _are_projects, "large": _are_large},
    "command": {"argv": _or_none(_list_of(_is_text))},
    "packages": {
        "versions": _or_none(_by_name(_is_text)),
        "origins": _or_none(_by_name(_is_text)),
    },
}
