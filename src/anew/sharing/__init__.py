"""Trials for others: in one file, or in a place that a team shares.

A bundle is a zip file; a remote is a folder at any URL that `fsspec` knows. What is in them has the
same names and forms, all standard: records as JSON, content by digest, code as packs of git.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anew.late import names_of

if TYPE_CHECKING:
    from anew.sharing.bundles import Bundled, bundle
    from anew.sharing.opening import Bundle, inspect, open_bundle, trust_values, unbundle
    from anew.sharing.remotes import add_remote, list_remotes, remove_remote
    from anew.sharing.transfer import Transfer, fetch_object, pull, push

__all__ = [
    "Bundle",
    "Bundled",
    "Transfer",
    "add_remote",
    "bundle",
    "fetch_object",
    "inspect",
    "list_remotes",
    "open_bundle",
    "pull",
    "push",
    "remove_remote",
    "trust_values",
    "unbundle",
]

__getattr__ = names_of(
    __name__,
    {
        **dict.fromkeys(("Bundled", "bundle"), "bundles"),
        **dict.fromkeys(
            ("Bundle", "inspect", "open_bundle", "trust_values", "unbundle"), "opening"
        ),
        **dict.fromkeys(("add_remote", "list_remotes", "remove_remote"), "remotes"),
        **dict.fromkeys(("Transfer", "fetch_object", "pull", "push"), "transfer"),
    },
)
