"""What a bundle and a remote consist of, by name."""

from __future__ import annotations

import re
from typing import Final

__all__ = [
    "ABOUT",
    "OBJECTS",
    "PACKS",
    "README",
    "RECORDS",
    "kind_of",
    "name_object",
    "name_pack",
    "name_packages",
    "name_record",
    "uuid_of",
]

README: Final = "README.txt"
ABOUT: Final = "trial.json"
RECORDS: Final = "trials"
OBJECTS: Final = "objects"
PACKS: Final = "snapshots"

_KINDS: Final = {
    kind: re.compile(pattern)
    for kind, pattern in {
        "about": r"README\.txt|trial\.json",
        "record": r"trials/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.json",
        "packages": r"packages/[0-9a-f-]{36}\.txt",
        "object": r"objects/[0-9a-f]{2}/[0-9a-f]{62}",
        "pack": r"snapshots/[0-9a-f]{40}\.pack",
        "listing": r"snapshots/[0-9a-f]{40}\.txt",
    }.items()
}


def kind_of(name: str) -> str | None:
    """Tell what is under a name; None for one that anew never gives.

    Parameters
    ----------
    name
        Relative, with slashes.
    """
    return next((kind for kind, form in _KINDS.items() if form.fullmatch(name)), None)


def uuid_of(name: str) -> str | None:
    """Give the trial whose record is under a name; None when it is no record's.

    Parameters
    ----------
    name
        Relative, with slashes.
    """
    found = _KINDS["record"].fullmatch(name)
    return found[1] if found else None


def name_record(uuid: str) -> str:
    """Name the record of a trial.

    Parameters
    ----------
    uuid
        The trial's UUID.
    """
    return f"{RECORDS}/{uuid}.json"


def name_packages(uuid: str) -> str:
    """Name the list of the packages of a trial.

    Parameters
    ----------
    uuid
        The trial's UUID.
    """
    return f"packages/{uuid}.txt"


def name_object(digest: str) -> str:
    """Name a content.

    Parameters
    ----------
    digest
        Its digest, with the algorithm before it.
    """
    text = digest.rpartition(":")[2]
    return f"{OBJECTS}/{text[:2]}/{text[2:]}"


def name_pack(identity: str, suffix: str = "pack") -> str:
    """Name a pack of code, or the list of what is in it.

    Parameters
    ----------
    identity
        The digest of the list.
    suffix
        ``pack``, or ``txt`` for the list.
    """
    return f"{PACKS}/{identity}.{suffix}"
