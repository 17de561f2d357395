"""One word per idea: the glossary's, and none of those that say nothing."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING

import anew
from anew.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

BANNED = {"job", "task", "config", "manager", "helper", "util"}


def banned_words(names: set[str]) -> dict[str, set[str]]:
    """Find names that contain a banned noun, as snake_case or CamelCase, singular or plural."""
    found = {}
    for name in names:
        words = {w.lower() for w in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}
        if bad := {w for w in words if w.removesuffix("s") in BANNED}:
            found[name] = bad
    return found


def test_modules(root: Path) -> None:
    package = root / "src" / "anew"
    paths = (path.relative_to(package) for path in package.rglob("*.py"))
    assert banned_words({part for path in paths for part in path.with_suffix("").parts}) == {}


def test_public_names_and_their_members() -> None:
    public = {name: getattr(anew, name) for name in anew.__all__}
    members = {m for v in public.values() if isinstance(v, type) for m in vars(v)}
    assert banned_words(set(public) | {m for m in members if not m.startswith("_")}) == {}


def test_settings() -> None:
    assert banned_words({field.name for field in fields(Settings)}) == {}
