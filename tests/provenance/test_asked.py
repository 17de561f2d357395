"""The environment variables that sources ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anew.provenance.asked import find_asked
from anew.provenance.command import CommandCollector
from anew.provenance.masking import MASK

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "source",
    [
        "os.environ['SCALE']",
        'os.environ.get("SCALE", "1")',
        "os.environ.pop(\n    'SCALE'\n)",
        "from os import getenv; getenv('SCALE')",
        "if 'SCALE' not in os.environ: pass",
    ],
)
def test_a_name_that_stands_in_a_source_is_found(tmp_path: Path, source: str):
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "module.py").write_text(source)
    assert find_asked(tmp_path) == {"SCALE"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("fit.ipynb", '{"source": ["os.environ[\\"SCALE\\"]"]}'),
        ("fit.R", 'Sys.getenv("SCALE")'),
        ("fit.sh", "for i in 1 2; do fit $i ${SCALE:-1}; done"),
    ],
)
def test_notebooks_and_scripts_of_other_languages_are_looked_into(
    tmp_path: Path, name: str, text: str
):
    (tmp_path / name).write_text(text)
    assert find_asked(tmp_path) == {"SCALE"}


def test_what_says_something_of_the_person_alone_is_not_asked_for(tmp_path: Path):
    (tmp_path / "s.py").write_text("os.environ['HOME'], os.environ['SSH_AUTH_SOCK']")
    assert find_asked(tmp_path) == frozenset()


def test_installed_packages_are_not_looked_into(tmp_path: Path):
    for place in ("env", ".hidden", "node_modules"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "module.py").write_text("os.environ['SCALE']")
    (tmp_path / "env" / "pyvenv.cfg").touch()
    assert find_asked(tmp_path) == frozenset()


def test_a_credential_that_is_asked_for_is_masked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "s.py").write_text("os.environ['API_TOKEN'], os.environ['SCALE']")
    monkeypatch.setenv("API_TOKEN", "abc")
    monkeypatch.delenv("SCALE", raising=False)
    facet = CommandCollector().collect(tmp_path)
    assert facet["environment"]["API_TOKEN"] == MASK
    assert facet["asked"] == ["API_TOKEN", "SCALE"]
