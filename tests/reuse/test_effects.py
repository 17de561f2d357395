"""What a call gave besides its value, put down and given again."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from anew.digests import digest_bytes
from anew.memos import Found, Memo, Memos
from anew.model import Artifact
from anew.reuse.effects import Effects, find_broken, read_effects, replay, tell_conditions
from anew.watch import Logged, Printed, Warned
from anew.watch.conditions import variable_of

if TYPE_CHECKING:
    from pathlib import Path

MEMO = Memo("k", "f", "c", 1.0, 1.0, None, (), "", "code", "", None, 0.0)


@pytest.fixture
def memos(tmp_path) -> Memos:
    """An empty folder of memos."""
    return Memos(tmp_path / "memo")


def found(**fields: object) -> Found:
    """Make a memo as it is found."""
    return Found(replace(MEMO, **fields), None, 0, 0.0, 1)


def test_nothing_is_an_empty_text():
    assert Effects().write() == ""
    assert read_effects("") == Effects()


def test_what_is_written_is_read_again():
    kept = Artifact("fit", "value", "npy", "blake3:00", "xxh3-2:00", 8, "array")
    notes = (Printed("stdout", "a"), Logged("loss", None, 0.5), Warned("builtins.W", "b", "c", 1))
    effects = Effects(notes, {"out.csv": "blake3:00"}, ("numpy 2.0",), ("a.txt",), kept)
    assert read_effects(effects.write()) == effects


def test_a_changed_file_is_named(project: Path, memos):
    (project / "a.csv").write_text("1")
    reads = (("a.csv", digest_bytes(b"1")), ("b.csv", None))
    assert find_broken(found(reads=reads), root=project, memos=memos) is None
    (project / "b.csv").touch()
    assert "b.csv" in find_broken(found(reads=reads), root=project, memos=memos)


def test_a_written_file_that_nobody_kept_must_be_as_it_was(project: Path, memos):
    (project / "out.txt").write_text("x")
    effects = Effects(files={"out.txt": digest_bytes(b"x")}).write()
    assert find_broken(found(effects=effects), root=project, memos=memos) is None
    (project / "out.txt").write_text("y")
    assert "out.txt" in find_broken(found(effects=effects), root=project, memos=memos)


def test_a_written_file_that_was_kept_is_put_back(project: Path, memos, capsys):
    digest = memos.files.put(b"x")
    effects = Effects((Printed("stdout", "said\n"),), {"sub/out.txt": digest})
    assert find_broken(found(effects=effects.write()), root=project, memos=memos) is None
    replay(effects, recorder=None, memos=memos, root=project)
    assert (project / "sub/out.txt").read_text() == "x"
    assert capsys.readouterr().out == "said\n"


def test_metrics_are_the_recorders(project: Path, memos):
    told: list[object] = []
    recorder = SimpleNamespace(repeat=told.extend)
    replay(Effects((Logged("loss", 1, 0.5),)), recorder=recorder, memos=memos, root=project)
    assert told == [Logged("loss", 1, 0.5)]


def test_conditions_are_shown_with_rows_and_size(project: Path):
    (project / "a.csv").write_text("x\n1\n2\n")
    digest = digest_bytes(b"x\n1\n2\n")
    parts = tell_conditions((("a.csv", digest), ("b", None)), 7, root=project)
    assert [(p.kind, p.name, p.digest) for p in parts] == [
        ("file", "a.csv", digest),
        ("file", "b", None),
        ("seed", "seed", "7"),
    ]
    assert [p.text for p in parts] == [f"2 rows, 6 B, {digest[7:15]}", "missing", "7"]


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        pytest.param("MODE", "dev", "'dev'", id="set"),
        pytest.param("MODE", None, "not set", id="not-set"),
        pytest.param("API_KEY", "dev", "set", id="a-credential"),
        pytest.param("MODE", "x" * 41, "set", id="long"),
    ],
)
def test_a_variable_is_shown_with_its_value(project: Path, monkeypatch, name, value, shown):
    if value is None:
        monkeypatch.delenv(name, raising=False)
    else:
        monkeypatch.setenv(name, value)
    reads = ((f"variable {name}", variable_of(name)),)
    (part,) = tell_conditions(reads, None, root=project)
    assert (part.kind, part.name, part.text) == ("variable", name, shown)
