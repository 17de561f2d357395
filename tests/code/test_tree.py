"""Reading snapshots again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from anew.code.snapshot import SourceTree, changed_files, diff, list_files, read_file
from anew.code.tree import entries, read_blobs
from anew.errors import SnapshotError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable

    from anew.code.snapshot import Snapshot

    Take = Callable[..., Snapshot]


@pytest.fixture
def commit(take: Take, project: Path) -> str:
    (project / "picture.png").write_bytes(b"\x89PNG\xff\0\n")
    return take().commit


@pytest.fixture
def pair(take: Take, project: Path, commit: str) -> tuple[str, str]:
    """Give two commits between which everything happens that can happen to a file."""
    (project / "fit.py").write_text("def fit(x):\n    return x + 1\n")
    (project / "picture.png").unlink()
    (project / "ünï name.py").write_text("new\n")
    (project / "notes" / "plan.txt").unlink()
    (project / "notes" / "plan.txt").symlink_to("../fit.py")
    return commit, take().commit


def test_files_are_listed_in_order(git_dir: Path, commit: str) -> None:
    assert list_files(git_dir, commit) == ["fit.py", "notes/plan.txt", "picture.png"]


def test_bytes_come_back(git_dir: Path, commit: str) -> None:
    assert read_file(git_dir, commit, "picture.png") == b"\x89PNG\xff\0\n"


def test_a_relative_path_to_the_repository_is_understood(
    git_dir: Path, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(git_dir.parent)
    assert read_file(Path("git"), commit, "notes/plan.txt") == b"measure\n"


def test_an_unknown_file_is_said_with_near_misses(git_dir: Path, commit: str) -> None:
    with pytest.raises(UnknownNameError, match=r"no file 'fit.pi'") as raised:
        read_file(git_dir, commit, "fit.pi")
    assert raised.value.hint == "did you mean 'fit.py'?"


def test_an_unknown_commit_is_said(git_dir: Path, commit: str) -> None:
    with pytest.raises(SnapshotError, match="missing or damaged"):
        list_files(git_dir, "0" * 40)


def test_what_is_no_commit_never_reaches_git(git_dir: Path, commit: str) -> None:
    with pytest.raises(SnapshotError, match="not a snapshot: '--output=x'"):
        diff(git_dir, "--output=x", commit)


def test_a_folder_without_snapshots_is_said(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="no snapshots in this folder"):
        list_files(tmp_path, "0" * 40)


def test_changes_are_listed_with_their_kinds(git_dir: Path, pair: tuple[str, str]) -> None:
    assert changed_files(git_dir, *pair) == [
        ("M", "fit.py"),
        ("T", "notes/plan.txt"),
        ("D", "picture.png"),
        ("A", "ünï name.py"),
    ]


def test_equal_snapshots_have_no_changes(git_dir: Path, commit: str) -> None:
    assert changed_files(git_dir, commit, commit) == []
    assert diff(git_dir, commit, commit) == ""


def test_a_difference_is_shown_line_by_line(git_dir: Path, pair: tuple[str, str]) -> None:
    shown = diff(git_dir, *pair)
    assert "-    return x\n+    return x + 1\n" in shown
    assert "+++ b/ünï name.py" in shown
    assert "Binary files a/picture.png and /dev/null differ" in shown


def test_a_difference_leaves_out_what_it_is_told(git_dir: Path, pair: tuple[str, str]) -> None:
    shown = diff(git_dir, *pair, exclude=["fit.py", "notes", "ünï name.py"])
    assert shown.splitlines()[0] == "diff --git a/picture.png b/picture.png"
    assert "fit.py" not in shown


def test_a_tree_is_a_mapping_of_texts(git_dir: Path, commit: str) -> None:
    tree = SourceTree(git_dir, commit)
    assert isinstance(tree, Mapping)
    assert list(tree) == ["fit.py", "notes/plan.txt", "picture.png"]
    assert len(tree) == 3
    assert tree["notes/plan.txt"] == "measure\n"
    assert tree["picture.png"] == "\ufffdPNG\ufffd\0\n"
    assert "fit.py" in tree
    assert "absent.py" not in tree
    assert tree.get("absent.py") is None


def test_a_tree_says_what_it_is(git_dir: Path, commit: str) -> None:
    assert repr(SourceTree(git_dir, commit)) == f"SourceTree({commit[:12]}, 3 files)"


def test_a_tree_reads_nothing_before_it_is_asked(tmp_path: Path) -> None:
    SourceTree(tmp_path / "absent", "0" * 40)


def test_contents_come_in_the_order_asked_for(git_dir: Path, commit: str) -> None:
    blobs = {entry.path: entry.blob for entry in entries(git_dir, commit)}
    asked = [blobs["picture.png"], blobs["fit.py"], blobs["picture.png"]]
    first, second, third = read_blobs(git_dir, asked)
    assert first == third == b"\x89PNG\xff\0\n"
    assert second.startswith(b"def fit")


def test_many_large_contents_come_through_the_pipe(
    git_dir: Path, project: Path, take: Take
) -> None:
    for number in range(120):
        (project / f"{number}.txt").write_text(f"{number}" * 50_000)
    found = entries(git_dir, take().commit)
    contents = read_blobs(git_dir, [entry.blob for entry in found])
    for entry, content in zip(found, contents, strict=True):
        assert content == (project / entry.path).read_bytes()


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_content_that_is_lost_is_said(git_dir: Path, commit: str, damage: str) -> None:
    blob = entries(git_dir, commit)[0].blob
    path = git_dir / "objects" / blob[:2] / blob[2:]
    path.unlink()
    if damage == "damaged":
        path.write_bytes(b"damaged")
    with pytest.raises(SnapshotError, match=r"missing or damaged") as raised:
        list(read_blobs(git_dir, [blob]))
    assert "fsck" in str(raised.value.hint)


def test_what_git_has_packed_is_read_too(
    git_dir: Path, commit: str, project: Path, git: Callable[..., str]
) -> None:
    git("--git-dir", str(git_dir), "gc", "--quiet")
    assert not list(git_dir.glob("objects/??/*"))
    found = entries(git_dir, commit)
    contents = list(read_blobs(git_dir, [entry.blob for entry in found]))
    assert contents == [(project / entry.path).read_bytes() for entry in found]


def test_a_difference_is_shown_without_git_too(
    git_dir: Path, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    shown = diff(git_dir, *pair, exclude=["notes"])
    assert "-    return x\n+    return x + 1\n" in shown
    assert "+++ b/ünï name.py" in shown
    assert "Binary files a/picture.png and /dev/null differ" in shown
    assert "plan.txt" not in shown
