"""Code that is in no commit, or where nobody else can get it."""

from __future__ import annotations

import pytest

from anew.guards import find_obstacles


@pytest.fixture
def obstacles(look):
    """The kinds and texts of what stands in the way, but for locks."""

    def find(script="train.py", **more):
        found = find_obstacles(look(script), **more)
        assert all(each.severity == "blocks" for each in found)
        return [str(each) for each in found if each.kind in {"code", "remote"}]

    return find


def test_code_that_is_committed_and_pushed_is_no_obstacle(pushed, obstacles):
    assert obstacles() == []


def test_an_edit_is_an_obstacle_and_its_commit_is_the_mend(pushed, look):
    (pushed / "model.py").write_text("def fit():\n    return 2\n")
    (found,) = [each for each in find_obstacles(look()) if each.kind == "code"]
    assert found.text == "1 file is not committed: model.py"
    assert found.mend == "git add model.py && git commit"


def test_a_staged_edit_is_an_obstacle(pushed, obstacles, git):
    (pushed / "model.py").write_text("def fit():\n    return 2\n")
    git("add", ".")
    assert obstacles() == ["code: 1 file is not committed: model.py"]


def test_a_new_file_of_code_is_an_obstacle_and_one_of_data_is_not(pushed, obstacles):
    (pushed / "new file.py").touch()
    (pushed / "metrics.json").touch()
    (pushed / "out.yaml").touch()
    assert obstacles() == ["code: 1 file is not committed: new file.py"]


def test_what_trials_wrote_is_not_their_code(pushed, look, git):
    from anew.guards.code import find_open_code, see_worktree

    (pushed / "made.py").touch()
    worktree, _ = see_worktree(look())
    assert [c.kind for c in find_open_code(look(), worktree)] == ["code"]
    assert find_open_code(look(), worktree, written={"made.py"}) == []


def test_settings_under_version_control_are_code(pushed, obstacles, git):
    (pushed / "settings.yaml").write_text("a: 1\n")
    git("add", "settings.yaml")
    assert obstacles() == ["code: 1 file is not committed: settings.yaml"]


def test_ignored_code_that_runs_is_an_obstacle_that_no_snapshot_takes_away(pushed, obstacles):
    (pushed / "build").mkdir()
    (pushed / "build" / "made.py").touch()
    (pushed / "train.py").write_text("import build.made\n")
    (found,) = obstacles(accept_snapshot=True)
    assert found == "code: build/made.py runs, and git ignores it"


def test_code_from_outside_of_the_project_is_an_obstacle(pushed, look, tmp_path):
    other = tmp_path / "other.py"
    other.touch()
    found = find_obstacles(look(str(other)), accept_snapshot=True)
    assert f"code: {other} runs, and lies outside of the project" in map(str, found)


def test_a_file_that_git_was_told_not_to_look_at_is_an_obstacle(pushed, obstacles, git):
    git("update-index", "--assume-unchanged", "model.py")
    (pushed / "model.py").write_text("def fit():\n    return 2\n")
    assert obstacles() == ["code: git was told not to look at model.py"]


def test_a_submodule_with_edits_is_an_obstacle(pushed, obstacles, git, tmp_path):
    git("init", str(tmp_path / "lib"))
    (tmp_path / "lib" / "lib.py").touch()
    git("-C", str(tmp_path / "lib"), "add", ".")
    git("-C", str(tmp_path / "lib"), "commit", "-m", "lib")
    git("-c", "protocol.file.allow=always", "submodule", "add", str(tmp_path / "lib"), "lib")
    git("commit", "-m", "with a module")
    git("push")
    assert obstacles() == []
    (pushed / "lib" / "lib.py").write_text("1\n")
    assert obstacles() == ["code: submodule lib is not as the commit says"]


def test_a_snapshot_may_stand_in_for_a_commit(pushed, obstacles):
    (pushed / "model.py").write_text("def fit():\n    return 2\n")
    assert obstacles(accept_snapshot=True) == []


def test_no_repository_is_an_obstacle(project, home, obstacles):
    (project / "train.py").touch()
    assert home.is_dir()
    assert obstacles() == [
        "code: the code is in no git repository",
        "remote: the code has no remote that others could get it from",
    ]


def test_an_unborn_branch_has_nothing_that_others_could_get(project, git, obstacles):
    (project / "train.py").touch()
    git("init")
    assert obstacles()[0] == "code: 1 file is not committed: train.py"
    git("remote", "add", "origin", "https://example.org/x.git")
    assert obstacles()[1] == "remote: there is no commit that others could get"


def test_a_commit_that_was_not_pushed_is_an_obstacle(pushed, look, git):
    (pushed / "model.py").write_text("def fit():\n    return 2\n")
    git("commit", "-am", "second")
    (found,) = [each for each in find_obstacles(look()) if each.kind == "remote"]
    assert found.text.endswith("is on no remote")
    assert found.mend == "git push origin main"


def test_a_detached_head_is_pushed_under_a_name(pushed, look, git):
    git("checkout", "--detach")
    (pushed / "model.py").write_text("def fit():\n    return 2\n")
    git("commit", "-am", "second")
    (found,) = [each for each in find_obstacles(look()) if each.kind == "remote"]
    assert found.mend == "git push origin HEAD:refs/heads/NAME"


def test_an_older_commit_of_a_pushed_branch_is_no_obstacle(pushed, obstacles, git):
    (pushed / "model.py").write_text("def fit():\n    return 2\n")
    git("commit", "-am", "second")
    git("push")
    git("checkout", "HEAD~")
    assert obstacles() == []


def test_a_repository_that_git_does_not_read_is_said(pushed, obstacles):
    (pushed / ".git" / "HEAD").write_text("nonsense\n")
    assert obstacles()[0].startswith("code: git does not tell: ")


def test_a_project_in_a_folder_of_a_repository_names_its_own_files(pushed, git, monkeypatch):
    from anew.guards.worktree import read_worktree

    inner = pushed / "inner"
    inner.mkdir()
    (inner / "a.py").touch()
    (pushed / "outside.py").touch()
    assert read_worktree(inner).untracked == ("a.py",)


def test_nothing_is_written_to_the_repository(pushed, obstacles):
    (pushed / "new.py").touch()
    before = {p: p.stat().st_mtime_ns for p in (pushed / ".git").rglob("*")}
    obstacles()
    assert {p: p.stat().st_mtime_ns for p in (pushed / ".git").rglob("*")} == before


def test_code_that_is_too_large_to_keep_is_an_obstacle(pushed, look, monkeypatch):
    for name in ("ANEW_SNAPSHOT_LIMIT", "ANEW_KEEP_INPUTS"):
        monkeypatch.setenv(name, "30")
    found = [str(each) for each in find_obstacles(look(), accept_snapshot=True)]
    assert "code: train.py runs, and is too large to keep" in found
