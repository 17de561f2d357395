"""Everything that a user can name has its place in ``docs/reference``."""

from __future__ import annotations

import importlib
import re
from dataclasses import fields
from typing import TYPE_CHECKING

import click
import pytest

import anew
from anew import errors
from anew.cli import main
from anew.provenance import COLLECTORS
from anew.settings import Settings
from anew.stores.schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = re.compile(
    r"^\.\. click:: (?P<where>[\w.]+):(?P<name>\w+)\n +:prog: (?P<prog>.+)$", re.MULTILINE
)
OBJECT = re.compile(
    r"^\.\. auto(?:class|data|exception|function):: (?P<name>[\w.]+)$", re.MULTILINE
)


@pytest.fixture(scope="session")
def reference(root: Path) -> dict[str, str]:
    """Give the pages of the reference by name."""
    return {p.stem: p.read_text(encoding="utf-8") for p in (root / "docs/reference").glob("*.md")}


def walk_commands(
    command: click.Command, path: str = "anew"
) -> Iterator[tuple[str, click.Command]]:
    """Give every command with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from walk_commands(command.get_command(context, name), f"{path} {name}")


def headings(page: str) -> set[str]:
    """Give the headings of a page below its title, without code marks."""
    return {h.strip("` ") for h in re.findall(r"^##+ (.+)$", page, re.MULTILINE)}


def documented_objects(pages: dict[str, str]) -> set[str]:
    """Give the dotted names that have an autodoc directive."""
    return {m["name"] for page in pages.values() for m in OBJECT.finditer(page)}


def test_every_public_name_has_its_entry(reference: dict[str, str]) -> None:
    public = {f"anew.{name}" for name in anew.__all__ if not name.startswith("_")}
    errors_elsewhere = {f"anew.{name}" for name in errors.__all__}
    assert public - errors_elsewhere <= documented_objects(reference)


def test_every_error_has_its_entry(reference: dict[str, str]) -> None:
    raised = {name for name in errors.__all__ if isinstance(getattr(errors, name), type)}
    assert {f"anew.errors.{name}" for name in raised} <= documented_objects(reference)


def test_every_entry_exists(reference: dict[str, str]) -> None:
    for name in documented_objects(reference):
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute), name


def test_every_setting_has_its_heading(reference: dict[str, str]) -> None:
    settings = {field.name for field in fields(Settings)} - {"root", "origin"}
    assert headings(reference["settings"]) == settings


def test_every_command_has_its_section(reference: dict[str, str]) -> None:
    shown = {m["prog"] for m in COMMAND.finditer(reference["cli"])}
    commands = {path for path, _ in walk_commands(main)}
    assert shown == commands


def test_every_section_shows_its_own_command(reference: dict[str, str]) -> None:
    commands = dict(walk_commands(main))
    for match in COMMAND.finditer(reference["cli"]):
        shown = getattr(importlib.import_module(match["where"]), match["name"])
        assert shown is commands[match["prog"]], match["prog"]


def test_every_command_and_option_says_what_it_is() -> None:
    silent = [
        f"{path} {option.name}"
        for path, command in walk_commands(main)
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]
    silent += [path for path, command in walk_commands(main) if not command.help]
    assert silent == []


def test_every_table_and_facet_has_its_heading(reference: dict[str, str]) -> None:
    tables = set(re.findall(r"CREATE TABLE (\w+)", SCHEMA))
    facets = {collector.name for collector in COLLECTORS} | {"seeds", "snapshot"}
    assert tables | facets <= headings(reference["record"])
