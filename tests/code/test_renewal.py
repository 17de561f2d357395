"""Files that came and went since the last snapshot are found without a look at everything."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from anew.code import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anew.code.snapshot import Snapshot

    Take = Callable[..., Snapshot]
    Change = Callable[[Path], None]

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Collect the looks at everything."""
    seen: list[Path] = []
    look = snapshot.list_project

    def note(root: Path, git_dir: Path) -> object:
        seen.append(root)
        return look(root, git_dir)

    monkeypatch.setattr(snapshot, "list_project", note)
    return seen


@pytest.fixture
def afresh(project: Path, tmp_path: Path) -> Take:
    """Take a snapshot that knows of no other."""
    limits = {"limit_bytes": 1_000_000, "limit_files": 1_000}
    return lambda: snapshot.take(project, tmp_path / "another" / "git", **limits)


@pytest.fixture
def tracked(project: Path, git: Callable[..., str], settle: Callable[[], None]) -> Path:
    """Give a project in a repository, with rules, and a tracked file that is ignored."""
    (project / ".gitignore").write_text("*.log\n!kept.log\nresults/\n")
    (project / "notes" / "old.log").write_text("tracked")
    git("init", "--quiet")
    git("add", "--all", "--force")
    git("commit", "--quiet", "-m", "first")
    (project / "results").mkdir()
    settle()  # rules that are this young are not trusted
    return project


def add_files(project: Path) -> None:
    (project / "new.py").write_text("1")
    (project / "notes" / "new é.txt").write_text("2")


def add_ignored_files(project: Path) -> None:
    (project / "run.log").write_text("1")
    (project / "fit.pyc").write_text("2")
    (project / "__pycache__").mkdir()
    (project / "__pycache__" / "fit.pyc").write_text("3")


def add_a_file_that_is_ignored_but_for_a_rule(project: Path) -> None:
    (project / "kept.log").write_text("1")


def add_a_link(project: Path) -> None:
    (project / "link").symlink_to("notes")


def add_an_environment(project: Path) -> None:
    (project / "env").mkdir()
    (project / "env" / "pyvenv.cfg").touch()
    (project / "env" / "module.py").touch()


def remove_a_file(project: Path) -> None:
    (project / "fit.py").unlink()


def remove_the_last_file_of_a_folder(project: Path) -> None:
    (project / "notes" / "old.log").unlink()
    (project / "notes" / "plan.txt").unlink()


def rename_a_file(project: Path) -> None:
    (project / "fit.py").rename(project / "fitting.py")


@pytest.mark.parametrize(
    "change",
    [
        add_files,
        add_ignored_files,
        add_a_file_that_is_ignored_but_for_a_rule,
        add_a_link,
        add_an_environment,
        remove_a_file,
        remove_the_last_file_of_a_folder,
        rename_a_file,
    ],
)
def test_it_is_as_if_everything_was_looked_at(
    tracked: Path, take: Take, looks: list[Path], afresh: Take, change: Change
) -> None:
    take()
    take()  # the store's own folder was new the first time
    looks.clear()
    change(tracked)
    found = take()
    assert looks == []
    assert found == afresh()
    assert take() == found


def add_a_folder(project: Path) -> None:
    (project / "package").mkdir()
    (project / "package" / "a.py").touch()


def add_rules(project: Path) -> None:
    (project / "notes" / ".gitignore").write_text("*.tmp\n")
    (project / "notes" / "a.tmp").touch()


def change_rules(project: Path) -> None:
    (project / ".gitignore").write_text("plan.txt\n")
    (project / "run.log").touch()


def make_a_folder_of_a_file(project: Path) -> None:
    (project / "fit.py").unlink()
    (project / "fit.py").mkdir()
    (project / "fit.py" / "a.py").touch()


def remove_a_folder(project: Path) -> None:
    shutil.rmtree(project / "notes")


def put_a_tracked_file_back(project: Path) -> None:
    (project / "notes" / "old.log").write_text("tracked")


@pytest.mark.parametrize(
    "change",
    [
        add_a_folder,
        add_rules,
        change_rules,
        make_a_folder_of_a_file,
        put_a_tracked_file_back,
        remove_a_folder,
    ],
)
def test_where_names_do_not_tell_everything_is_looked_at(
    tracked: Path, take: Take, looks: list[Path], afresh: Take, change: Change
) -> None:
    (tracked / "notes" / "old.log").unlink()
    take()
    take()
    looks.clear()
    change(tracked)
    found = take()
    assert len(looks) == 1
    assert found == afresh()


def test_a_new_file_is_found_where_there_is_no_repository(
    project: Path, take: Take, looks: list[Path], afresh: Take
) -> None:
    take()
    take()
    looks.clear()
    add_files(project)
    found = take()
    assert looks == []
    assert found == afresh()


def test_a_new_file_is_found_in_a_project_that_the_rules_around_it_ignore(
    project: Path, take: Take, git: Callable[..., str], tmp_path: Path, afresh: Take
) -> None:
    git("init", "--quiet", cwd=tmp_path)
    (tmp_path / ".gitignore").write_text("*\n")
    take()
    take()
    (project / "new.py").write_text("1")
    assert take() == afresh()
