"""Credentials never enter a snapshot or the store, wherever they are planted."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import zlib
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from anew.code.secrets import find_secret, mask_content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anew.code.snapshot import Snapshot

    Take = Callable[..., Snapshot]
    Files = Callable[[Snapshot], dict[str, bytes]]
    Git = Callable[..., str]

HELD = {
    "nested": ("a.yaml", "db:\n  password: hunter2\n", "line 2: db.password"),
    "json": ("a.json", '{"db": {"password": "hunter2"}}', "line 1: db.password"),
    "toml": ("a.toml", 'alpha = 1\ntoken = "hunter2"\n', "line 2: token"),
    "section": ("a.ini", "[credentials]\nuser = ada\n", "line 2: credentials.user"),
    "next line": ("a.yml", "password: >-\n  hunter2\n", "line 2: password"),
    "digits": ("a.cfg", "password = 12345678\n", "line 1: password"),
    "url": (
        "requirements.txt",
        "a\n-i https://u:hunter2@h/simple\n",
        "line 2: a URL with a password",
    ),
    "broken": ("a.json", '{"password": "hunter2",', "line 1: password"),
    "key": ("notes.txt", "-----BEGIN RSA PRIVATE KEY-----\nx", "line 1: a private key"),
    "token": ("notes.csv", "a,AKIAABCDEFGHIJKLMNOP\n", "line 1: a token"),
}


@pytest.mark.parametrize(("path", "text", "found"), HELD.values(), ids=HELD)
def test_a_credential_in_a_file_is_found(path: str, text: str, found: str) -> None:
    assert find_secret(path, text.encode()) == found


FREE = {
    "variable": ("a.yaml", "password: ${PASSWORD}\n"),
    "placeholder": ("a.ini", "password = <your password>\n"),
    "rights": ("ci.yml", "permissions:\n  id-token: write\n"),
    "model": ("tokenizer.json", '{"eos_token": "</s>", "pad_token_id": 3}'),
    "empty": ("a.toml", 'password = ""\n'),
    "count": ("a.json", '{"token": 3}'),
    "plain": ("a.yaml", "alpha: 0.3\nurl: https://example.org\n"),
    "binary": ("a.json", "\0password: x"),
}


@pytest.mark.parametrize(("path", "text"), FREE.values(), ids=FREE)
def test_what_holds_none_is_kept(path: str, text: str) -> None:
    assert find_secret(path, text.encode()) is None


def test_what_is_digested_has_no_secret_in_it() -> None:
    assert mask_content("a.yaml", b"a: 1\npassword: hunter2\n") == b"a: 1\npassword: ***\n"


def test_settings_with_a_credential_are_left_out_and_other_changes_of_them_are_seen(
    project: Path, take: Take, files: Files
) -> None:
    (project / "config.yaml").write_text("alpha: 1\npassword: hunter2\n")
    first = take()
    assert "config.yaml" not in files(first)
    assert first.left_out == {"config.yaml": "holds a credential (line 2: password)"}
    (project / "config.yaml").write_text("alpha: 1\npassword: hunter3\n")
    assert take().masked == first.masked
    (project / "config.yaml").write_text("alpha: 2\npassword: hunter3\n")
    assert take().masked != first.masked
    (project / "config.yaml").write_text("alpha: 2\n")
    assert take().skipped == ()


def test_source_with_a_token_is_kept_and_said(project: Path, take: Take, files: Files) -> None:
    (project / "call.py").write_text("key = 'AKIAABCDEFGHIJKLMNOP'\n")
    taken = take()
    assert "call.py" in files(taken)
    assert taken.suspected == {"call.py": "line 1: a token"}
    assert take() == taken


SECRET = "hunter2hunter2"  # noqa: S105 - planted, to be looked for
PLANTED = {
    ".env": f"TOKEN={SECRET}\n",
    ".netrc": f"machine example.org login ada password {SECRET}\n",
    ".pypirc": f"[pypi]\npassword = {SECRET}\n",
    "conf/.aws/credentials": f"[default]\naws_secret_access_key = {SECRET}\n",
    "credentials-prod.json": f'{{"x": "{SECRET}"}}',
    "service-account-1.json": f'{{"private_key": "{SECRET}"}}',
    "id_rsa": SECRET,
    "server.key": SECRET,
    "config.yaml": f"db:\n  password: {SECRET}\n",
    "settings.ini": f"[db]\nurl = postgres://ada:{SECRET}@host/db\n",
    "requirements.txt": f"a @ git+https://ada:{SECRET}@example.org/a.git\n",
}

PROGRAM = """
import sys, anew
ex = anew.Experiment("secrets")
token = ex.parameter("token", default="x")

@ex.result
def work(token):
    return len(token)
work(token)
ex.run(token=sys.argv[1].partition("=")[2])
"""


def test_no_secret_is_found_anywhere_in_the_store(project: Path, git: Git) -> None:
    git("init")
    git("remote", "add", "origin", f"https://ada:{SECRET}@example.org/a.git")
    for path, text in PLANTED.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text)
    (project / "work.py").write_text(PROGRAM)
    variables = {"PYTHON_TOKEN": SECRET, "OMP_PASSWORD": SECRET, "MY_SECRET": SECRET}
    done = subprocess.run(
        [sys.executable, "work.py", f"--password={SECRET}"],
        cwd=project,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ".netrc" in done.stderr
    everything = list(read_all(project / ".anew"))
    assert len(everything) > 20
    assert not [text for text in everything if SECRET.encode() in text]


def read_all(store: Path) -> Iterator[bytes]:
    """Give all that is in a store, unpacked."""
    for path in filter(Path.is_file, store.rglob("*")):
        yield path.read_bytes()
    batch = ["git", f"--git-dir={store / 'git'}", "cat-file", "--batch-all-objects", "--batch"]
    yield subprocess.run(batch, check=True, capture_output=True).stdout
    with closing(sqlite3.connect(store / "trials.db")) as sql:
        tables = [
            name for (name,) in sql.execute("SELECT name FROM sqlite_schema WHERE type='table'")
        ]
        for table in tables:
            for row in sql.execute(f"SELECT * FROM {table}"):  # noqa: S608 - a table's own name
                for value in row:
                    yield value if isinstance(value, bytes) else str(value).encode()
                    if isinstance(value, bytes):
                        with suppress(zlib.error):
                            yield zlib.decompress(value)
