"""The remotes of a store: names for places that a team shares."""

from __future__ import annotations

import json
import os
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.errors import EnvironmentProblemError, StoreError, UnknownNameError, UsageError
from anew.model import check_name
from anew.provenance.masking import mask_text

if TYPE_CHECKING:
    from anew.types import Store

__all__ = ["add_remote", "choose_remote", "list_remotes", "remove_remote"]

_FILE: Final = "remotes.toml"
_HEAD: Final = "# Where `anew push` and `anew pull` go. Credentials are kept elsewhere.\n"


def list_remotes(store: Store) -> dict[str, str]:
    """Give the URLs of the remotes by name.

    Parameters
    ----------
    store
        The store.

    Returns
    -------
    dict
        Sorted by name.

    Raises
    ------
    UsageError
        When the file in which they are kept cannot be understood.
    """
    path = store.folder / _FILE
    try:
        remotes = tomllib.loads(path.read_text(encoding="utf-8")).get("remotes", {})
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"the remotes cannot be read: {error}"
        raise UsageError(message, where=str(path), hint="mend the file, or remove it") from error
    if not isinstance(remotes, dict) or not all(isinstance(u, str) for u in remotes.values()):
        message = f"the remotes are {remotes!r}, expected a table of URLs"
        raise UsageError(message, where=str(path), hint='[remotes]\\nlab = "s3://bucket/folder"')
    return dict(sorted(remotes.items()))


def add_remote(store: Store, name: str, url: str) -> str:
    """Give a place a name.

    Parameters
    ----------
    store
        The store.
    name
        The name; one that is known gets the new place.
    url
        A folder, or any URL that `fsspec` knows, such as ``s3://bucket/folder``, ``ssh://host/path``.

    Returns
    -------
    str
        The URL as it is kept: that of a folder is absolute.

    Raises
    ------
    UsageError
        When nothing is known of such URLs, or when it holds a credential.
    EnvironmentProblemError
        When a package is missing that knows of them.
    """
    check_name("remote", name)
    if mask_text(url) != url:
        message = f"the URL of remote {name!r} holds a credential: {mask_text(url)}"
        hint = "leave it out: tools of its kind find it in variables, files of their own or agents"
        raise UsageError(message, hint=hint)
    kept = check_url(url)
    _write(store, {**list_remotes(store), name: kept})
    return kept


def check_url(url: str) -> str:
    """Give a URL in the form in which it is kept.

    Parameters
    ----------
    url
        A URL, or a folder.

    Raises
    ------
    UsageError, EnvironmentProblemError
        As `add_remote` does.
    """
    import fsspec

    if "://" not in url:
        return f"file://{os.path.abspath(Path(url).expanduser())}"  # noqa: PTH100 - '..' goes, too
    protocol = fsspec.utils.get_protocol(url)
    try:
        fsspec.get_filesystem_class(protocol)
    except ImportError as error:
        message = f"a package is missing for {protocol}:// : {error}"
        raise EnvironmentProblemError(message, hint=str(error)) from error
    except ValueError as error:
        message = f"nothing is known of URLs such as {url!r}"
        raise UsageError(message, hint="s3://bucket/folder, ssh://host/path, a folder …") from error
    return url


def remove_remote(store: Store, name: str) -> None:
    """Forget a remote; what is there stays.

    Parameters
    ----------
    store
        The store.
    name
        Its name.

    Raises
    ------
    UnknownNameError
        When there is none of that name.
    """
    remotes = list_remotes(store)
    if name not in remotes:
        kind = "remote"
        raise UnknownNameError(kind, name, known=remotes, where=store.url)
    _write(store, {each: url for each, url in remotes.items() if each != name})


def choose_remote(store: Store, name: str | None) -> tuple[str, str]:
    """Choose the remote that is meant.

    Parameters
    ----------
    store
        The store.
    name
        Its name, or a URL; None for the only one.

    Returns
    -------
    tuple of str
        Its name and URL.

    Raises
    ------
    UsageError
        When none is named, and there is none or several.
    UnknownNameError
        When there is none of that name.
    """
    remotes = list_remotes(store)
    if name is None:
        if len(remotes) == 1:
            return next(iter(remotes.items()))
        message = "there is no remote" if not remotes else f"which remote: {', '.join(remotes)}?"
        hint = "anew remote add NAME URL" if not remotes else f"name one: {next(iter(remotes))}"
        raise UsageError(message, where=store.url, hint=hint)
    if name in remotes:
        return name, remotes[name]
    if "://" in name:
        return mask_text(name), check_url(name)
    kind = "remote"
    raise UnknownNameError(kind, name, known=remotes, where=store.url)


def _write(store: Store, remotes: dict[str, str]) -> None:
    """Write the file anew, whole or not at all."""
    lines = (f"{_quote(name)} = {_quote(url)}\n" for name, url in sorted(remotes.items()))
    path = store.folder / _FILE
    passing = path.with_name(f"{_FILE}.{os.urandom(6).hex()}")
    try:
        _make_folder(store.folder)
        passing.write_text(f"{_HEAD}[remotes]\n{''.join(lines)}", encoding="utf-8")
        passing.replace(path)
    except OSError as error:
        with suppress(OSError):
            passing.unlink()
        message = f"the remotes cannot be written: {error.strerror or error}"
        raise StoreError(message, where=str(path), hint="make the folder writable") from error


def _make_folder(folder: Path) -> None:
    """Make the folder of a store, and keep it out of the user's git."""
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists() and not (folder / ".git").exists():
        ignore.write_text("*\n", encoding="utf-8")


def _quote(text: str) -> str:
    """Write a basic string of TOML: JSON's are such, but for DEL and pairs of surrogates."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
