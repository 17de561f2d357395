"""A snapshot as files again."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from anew.code.snapshot import checkout
from anew.errors import SnapshotError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anew.code.snapshot import Snapshot

    Take = Callable[..., Snapshot]


def state_of(folder: Path) -> dict[str, object]:
    state: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            state[name] = ("link", str(path.readlink()))
        elif path.is_file():
            state[name] = (oct(path.stat().st_mode), path.read_bytes())
    return state


def test_bytes_modes_and_links_come_back(
    project: Path, take: Take, git_dir: Path, tmp_path: Path
) -> None:
    (project / ".gitattributes").write_text("* text eol=crlf\nnotes export-ignore\n")
    (project / "dos.csv").write_bytes(b"a\r\nb\n")
    (project / "run.sh").write_text("#!/bin/sh\n")
    (project / "run.sh").chmod(0o755)
    (project / "new\nline ünï").write_text("x")
    (project / "link").symlink_to("notes")
    (project / "broken").symlink_to("/nowhere")
    checkout(git_dir, take().commit, tmp_path / "deep" / "copy")
    assert state_of(tmp_path / "deep" / "copy") == state_of(project)


def test_an_empty_folder_may_be_filled(take: Take, git_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    checkout(git_dir, take().commit, tmp_path / "copy")
    assert (tmp_path / "copy" / "fit.py").exists()


def test_an_empty_snapshot_is_an_empty_folder(take: Take, git_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    checkout(git_dir, take(tmp_path / "empty").commit, tmp_path / "copy")
    assert list((tmp_path / "copy").iterdir()) == []


def test_a_folder_with_files_is_refused(project: Path, take: Take, git_dir: Path) -> None:
    before = state_of(project)
    with pytest.raises(SnapshotError, match="is not empty"):
        checkout(git_dir, take().commit, project)
    assert state_of(project) == before


def test_a_file_in_the_way_is_said(take: Take, git_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SnapshotError, match="cannot be written"):
        checkout(git_dir, take().commit, tmp_path / "file")


def test_the_umask_decides_on_the_rights(take: Take, git_dir: Path, tmp_path: Path) -> None:
    commit = take().commit
    before = os.umask(0o077)
    try:
        checkout(git_dir, commit, tmp_path / "copy")
    finally:
        os.umask(before)
    assert (tmp_path / "copy" / "fit.py").stat().st_mode & 0o777 == 0o600


def forged(git_dir: Path, tree: bytes) -> str:
    """Write a commit with a tree that git itself would never make."""

    def git(*arguments: str, stdin: bytes) -> str:
        who = ("-c", "user.name=Eve", "-c", "user.email=eve@example.org")
        command = ["git", *who, f"--git-dir={git_dir}", *arguments]
        return subprocess.run(command, input=stdin, check=True, capture_output=True).stdout.decode()

    options = ("hash-object", "--literally", "-w", "--stdin")
    written = git(*options, "-t", "tree", stdin=tree).strip()
    return git("commit-tree", written, stdin=b"").strip()


@pytest.mark.parametrize("name", ["..", ".", ".git", "../outside", "/absolute"])
def test_a_path_that_would_escape_is_refused(
    take: Take, git_dir: Path, tmp_path: Path, name: str
) -> None:
    taken = take()
    listed = subprocess.run(
        ["git", f"--git-dir={git_dir}", "rev-parse", f"{taken.commit}:fit.py"],
        check=True,
        capture_output=True,
        text=True,
    )
    blob = bytes.fromhex(listed.stdout.strip())
    commit = forged(git_dir, b"100644 " + name.encode() + b"\0" + blob)
    with pytest.raises(SnapshotError, match="not a project's"):
        checkout(git_dir, commit, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_file_behind_a_link_of_the_same_name_is_never_written(
    project: Path, take: Take, git_dir: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (project / "link").symlink_to(outside)
    taken = take()
    show = ["git", f"--git-dir={git_dir}", "rev-parse"]
    blobs = [
        bytes.fromhex(
            subprocess.run(
                [*show, f"{taken.commit}:{name}"], check=True, capture_output=True, text=True
            ).stdout.strip()
        )
        for name in ("link", "notes")
    ]
    tree = b"120000 link\0" + blobs[0] + b"40000 link\0" + blobs[1]
    with pytest.raises(SnapshotError, match="cannot be written"):
        checkout(git_dir, forged(git_dir, tree), tmp_path / "copy")
    assert list(outside.iterdir()) == []


def test_a_submodule_in_a_snapshot_is_refused(take: Take, git_dir: Path, tmp_path: Path) -> None:
    taken = take()
    tree = b"160000 inner\0" + bytes.fromhex(taken.commit)
    with pytest.raises(SnapshotError, match="not a project's: 'inner'"):
        checkout(git_dir, forged(git_dir, tree), tmp_path / "copy")
