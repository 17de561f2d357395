"""The table "to change X, open file Y, test Z, page W" names what is there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def test_every_file_of_the_table_exists(root: Path) -> None:
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = "\n".join(line for line in text.splitlines() if line.startswith("|"))
    places = set(re.findall(r"`((?:src|tests|docs)/[^`]+|\w+\.(?:md|toml))`", table))
    assert sorted(place for place in places if not (root / place).exists()) == []


def test_every_part_of_the_package_is_in_the_design(root: Path) -> None:
    design = (root / "docs/explanation/design.md").read_text(encoding="utf-8")
    parts = [p for p in (root / "src/anew").iterdir() if p.suffix == ".py" or p.is_dir()]
    names = {p.name if p.is_file() else f"{p.name}/" for p in parts if p.name[0] not in "._"}
    assert sorted(name for name in names if name not in design) == []
