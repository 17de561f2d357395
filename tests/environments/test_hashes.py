"""Hashes are read from each format of lock, and only from a lock that agrees."""

from __future__ import annotations

import json

import pytest

from anew.environments.hashes import read_locked
from anew.environments.origins import Origin, read_origin

A, B = "a" * 64, "b" * 64

LOCKS = {
    "uv.lock": f"""
[[package]]
name = "torch"
version = "2.1+cpu"
source = {{ registry = "https://download.pytorch.org/whl/cpu" }}
sdist = {{ url = "https://h/t.tar.gz", hash = "sha256:{A}" }}
wheels = [{{ url = "https://h/t.whl", hash = "sha256:{B}" }}]
""",
    "poetry.lock": f"""
[[package]]
name = "torch"
version = "2.1+cpu"
files = [{{ file = "a", hash = "sha256:{A}" }}, {{ file = "b", hash = "sha256:{B}" }}]
""",
    "pylock.toml": f"""
[[packages]]
name = "torch"
version = "2.1+cpu"
index = "https://download.pytorch.org/whl/cpu"
wheels = [{{ name = "a", hashes = {{ sha256 = "{A}" }} }}, {{ hashes = {{ sha256 = "{B}" }} }}]
""",
    "Pipfile.lock": json.dumps(
        {"default": {"torch": {"version": "==2.1+cpu", "hashes": [f"sha256:{A}", f"sha256:{B}"]}}}
    ),
    "requirements.txt": f"""
Torch[opt]==2.1+cpu ; python_version > "3" \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
""",
}


@pytest.mark.parametrize("name", LOCKS)
def test_lock_gives_hashes_by_name_and_version(name: str) -> None:
    [(key, (hashes, index))] = read_locked(name, LOCKS[name]).items()
    assert key == ("torch", "2.1+cpu")
    assert hashes == (f"sha256:{A}", f"sha256:{B}")
    assert index in {"", "https://download.pytorch.org/whl/cpu"}


@pytest.mark.parametrize("name", [*LOCKS, "pixi.lock", "environment.yml", "pdm.lock"])
def test_lock_that_is_broken_has_no_hashes(name: str) -> None:
    assert read_locked(name, "[[[ {") == {}


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("editable .", Origin(".", is_editable=True)),
        ("~/lib", Origin("~/lib")),
        ("editable ~/made in France", Origin("~/made in France", is_editable=True)),
        ("git+https://h/a.git@01", Origin("https://h/a.git", vcs="git", commit="01")),
        (
            "git+ssh://git@h/a@01 in b/c",
            Origin("ssh://git@h/a", vcs="git", commit="01", subdirectory="b/c"),
        ),
        ("https://h/a.whl#sha256=0a", Origin("https://h/a.whl", digest="sha256=0a")),
        ("wheels/a.whl#sha256=0a", Origin("wheels/a.whl", digest="sha256=0a")),
    ],
)
def test_origin_is_read_as_it_was_written(text: str, origin: Origin) -> None:
    assert read_origin(text) == origin


def test_origin_becomes_a_requirement(tmp_path) -> None:
    origin = Origin("https://h/a", vcs="git", commit="01", subdirectory="b")
    assert origin.requirement(tmp_path) == "git+https://h/a@01#subdirectory=b"
    origin = Origin("a b.whl", digest="sha256=0a")
    assert origin.requirement(tmp_path) == f"file://{tmp_path}/a%20b.whl#sha256=0a"
