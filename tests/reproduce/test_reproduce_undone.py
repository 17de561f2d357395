"""Whatever happens to a project after a trial: one command brings the trial back, identical."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from anew.environments.uv import find_uv

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Lab


def check(lab: Lab, *words: str, **variables: str) -> dict[str, Any]:
    """Make the trial anew by the one command; what it says has to be *identical*."""
    done = lab.call("reproduce", "1", "--json", *words, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["verdict"] in {"identical", "same content"}, told
    outputs = {v["name"]: v["verdict"] for v in told["verdicts"] if v["kind"] == "output"}
    assert outputs == {"out.json": "identical"}
    return told


def undo_edit(lab: Lab) -> None:
    lab.git("checkout", "s.py")


def remove_helper(lab: Lab) -> None:
    (lab.root / "helper.py").unlink()


def change_helper(lab: Lab) -> None:
    lab.project.write("helper.py", "def score(rows): return 0\n")


def delete_branch_and_collect(lab: Lab) -> None:
    lab.git("switch", "-qf", "main")
    lab.git("branch", "-qD", "idea")
    lab.git("reflog", "expire", "--expire=now", "--all")
    lab.git("gc", "-q", "--prune=now")


def rewrite_history(lab: Lab) -> None:
    lab.git("add", ".")
    lab.git("commit", "-qm", "all", "--amend")
    lab.git("update-ref", "-d", "HEAD")
    lab.project.write("s.py", "raise SystemExit('rewritten')")
    lab.git("add", ".")
    lab.git("commit", "-qm", "new begin")
    lab.git("reflog", "expire", "--expire=now", "--all")
    lab.git("gc", "-q", "--prune=now")


def remove_repository(lab: Lab) -> None:
    shutil.rmtree(lab.root / ".git")


def change_data(lab: Lab) -> None:
    lab.project.write("data.csv", "100,200\n")


def delete_data(lab: Lab) -> None:
    (lab.root / "data.csv").unlink()


def upgrade(lab: Lab) -> None:
    lab.install("alpha==3.0")


def downgrade(lab: Lab) -> None:
    lab.install("alpha==1.0")


def remove_package(lab: Lab) -> None:
    shutil.rmtree(lab.environment)
    assert find_uv(lab.root).run(["venv", "--python", sys.executable, str(lab.environment)]).is_good


def remove_environment(lab: Lab) -> None:
    shutil.rmtree(lab.environment)
    lab.environment.mkdir()


CHANGES = [
    undo_edit,
    remove_helper,
    change_helper,
    delete_branch_and_collect,
    rewrite_history,
    remove_repository,
    change_data,
    delete_data,
    upgrade,
    downgrade,
    remove_package,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_happened_to_a_project_is_undone_by_one_command(
    lab: Lab, change: Callable[[Lab], None]
):
    change(lab)
    check(lab)


def test_all_of_it_at_once_is_undone_by_one_command(lab: Lab):
    for change in (rewrite_history, delete_data, change_helper, upgrade):
        change(lab)
    told = check(lab, MPLBACKEND="svg", PYTHONHASHSEED="7", TZ="Pacific/Apia")
    assert "rebuilt" in told["environment"]


def test_a_second_rebuild_takes_the_environment_that_was_kept(lab: Lab):
    upgrade(lab)
    check(lab)
    assert "kept from before" in check(lab)["environment"]


def test_another_interpreter_on_the_path_makes_no_difference(lab: Lab, tmp_path: Path):
    other = next((p for p in _interpreters() if p.parent.parent.name != _own()), None)
    if other is None:
        pytest.skip("there is one version of Python here")
    shutil.rmtree(lab.environment)
    assert find_uv(lab.root).run(["venv", "--python", str(other), str(lab.environment)]).is_good
    lab.install("alpha==2.0")
    check(lab, PATH=f"{other.parent}{os.pathsep}{os.environ['PATH']}")


def _own() -> str:
    return ".".join(map(str, sys.version_info[:3]))


def _interpreters() -> list[Path]:
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    return sorted(root.glob("versions/3.1[1-9].*/bin/python"))


def test_a_renamed_project_makes_no_difference_but_in_its_name(lab: Lab):
    lab.project.store.close()
    renamed = lab.root.with_name("renamed")
    lab.root.rename(renamed)
    lab.root = renamed
    check(lab)


def test_another_folder_to_call_it_from_makes_no_difference(lab: Lab, tmp_path: Path):
    root, lab.root = lab.root, tmp_path
    check(lab, "--store", str(root / ".anew"))


def test_another_user_makes_it_anew_from_a_bundle(lab: Lab, tmp_path: Path):
    done = lab.call("bundle", "1", "-o", str(tmp_path / "trial.zip"))
    assert done.returncode == 0, done.stderr
    shutil.rmtree(lab.root)
    shutil.rmtree(lab.environment)
    lab.root = tmp_path / "elsewhere"
    lab.root.mkdir()
    (tmp_path / "home").mkdir()
    words = ("reproduce", str(tmp_path / "trial.zip"), "--trust", "--json")
    done = lab.call(*words, HOME=str(tmp_path / "home"), VIRTUAL_ENV="")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["is_good"] is True


def test_another_user_makes_it_anew_from_a_remote(lab: Lab, tmp_path: Path):
    for words in (("remote", "add", "lab", str(tmp_path / "shared")), ("push", "1")):
        done = lab.call(*words)
        assert done.returncode == 0, done.stderr
    shutil.rmtree(lab.root)
    lab.root = tmp_path / "elsewhere"
    lab.root.mkdir()
    lab.project.root.mkdir()
    (lab.root / "anew.toml").touch()
    for words in (("remote", "add", "lab", str(tmp_path / "shared")), ("pull",)):
        done = lab.call(*words)
        assert done.returncode == 0, done.stderr
    check(lab)


def test_the_project_its_repository_and_its_environment_stay_as_they_are(lab: Lab):
    change_data(lab)
    upgrade(lab)
    before = lab.project.describe_tree()
    packages = sorted(map(str, lab.environment.rglob("*")))
    check(lab)
    assert lab.project.describe_tree() == before
    assert sorted(map(str, lab.environment.rglob("*"))) == packages
