"""An environment is what it was: whatever has become of the one that the trial ran in."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from small_index import install, versions_in, write_wheel

from anew.environments import RebuildError, find_problems, rebuild, use_current
from anew.environments.uv import Uv
from anew.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def again(store: Any, project: Path) -> Callable[..., Any]:
    """Rebuild the environment of facets."""
    return lambda facets, **more: rebuild(facets, store=store, root=project, **more)


def test_environment_that_did_not_change_is_taken_as_it_is(
    ran_in: Any, again: Any, tmp_path: Path
) -> None:
    made = again(ran_in("alpha==1.0"))
    assert made.prefix == tmp_path / "then"
    assert (made.how, made.differences) == ("exact", ())


@pytest.mark.parametrize(
    "change",
    [["install", "alpha==2.0"], ["install", "alpha==1.0"], ["uninstall", "alpha"]],
    ids=["upgraded", "downgraded", "removed"],
)
def test_package_that_changed_is_as_it_was(
    change: list[str], ran_in: Any, again: Any, tmp_path: Path
) -> None:
    facets = ran_in("alpha==1.1", "beta")
    words = ["pip", *change, "--python", str(tmp_path / "then")]
    assert Uv(_uv()).run(words).is_good
    made = again(facets)
    assert versions_in(made.python) == {"alpha": "1.1", "beta": "0.5"}
    assert made.prefix != tmp_path / "then"
    assert (made.how, made.differences) == ("exact", ())


def test_environment_that_is_gone_is_made_again(ran_in: Any, again: Any, tmp_path: Path) -> None:
    facets = ran_in("alpha==1.0")
    shutil.rmtree(tmp_path / "then")
    made = again(facets)
    assert versions_in(made.python) == {"alpha": "1.0"}
    assert _version_of(made.python) == facets["python"]["version"]


def test_nothing_of_what_packages_ask_for_is_added(ran_in: Any, again: Any) -> None:
    facets = ran_in()
    facets["packages"]["versions"] = {"alpha": "1.0"}
    assert versions_in(again(facets).python) == {"alpha": "1.0"}


def test_the_environment_of_the_user_is_not_touched(
    ran_in: Any, again: Any, tmp_path: Path
) -> None:
    facets = ran_in("alpha==1.0")
    install(tmp_path / "then", "alpha==2.0")
    before = _listing(tmp_path / "then")
    again(facets)
    assert _listing(tmp_path / "then") == before


def test_second_time_is_quick_and_without_uv(
    ran_in: Any, again: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facets = ran_in("alpha==1.0", "beta")
    install(tmp_path / "then", "alpha==2.0")
    first = again(facets)

    def refuse(*_: Any, **__: Any) -> None:
        message = "uv was called"
        raise AssertionError(message)

    monkeypatch.setattr(Uv, "run", refuse)
    start = time.perf_counter()
    second = again(facets)
    assert time.perf_counter() - start < 2
    assert second.python == first.python
    assert "kept from before" in second.said


def test_trials_of_the_same_environment_share_it(ran_in: Any, again: Any) -> None:
    first, second = (_changed(ran_in("alpha==1.0", name=name)) for name in ("one", "two"))
    assert again(first).prefix == again(second).prefix


def test_kept_environment_that_somebody_installed_into_is_made_again(
    ran_in: Any, again: Any
) -> None:
    facets = _changed(ran_in("alpha==1.0"))
    made = again(facets)
    install(made.prefix, "alpha==2.0")
    assert versions_in(again(facets).python)["alpha"] == "1.0"


def test_kept_environment_whose_interpreter_is_gone_is_made_again(ran_in: Any, again: Any) -> None:
    facets = _changed(ran_in("alpha==1.0"))
    made = again(facets)
    made.python.unlink()
    made.python.symlink_to("/nowhere/python")
    assert versions_in(again(facets).python)["alpha"] == "1.0"


def test_all_that_cannot_be_had_is_said_at_once(ran_in: Any, again: Any, store: Any) -> None:
    facets = ran_in("alpha==1.0")
    facets["packages"]["versions"] |= {"alpha": "1.7", "beta": "9", "gamma": "1"}
    with pytest.raises(RebuildError) as error:
        again(facets)
    assert [problem.what for problem in error.value.problems] == ["alpha 1.7", "beta 9", "gamma 1"]
    assert error.value.exit_code == 3
    assert "--env nearest" in error.value.hint
    assert find_problems(facets, store=store) == list(error.value.problems)


def test_version_that_was_deleted_is_a_problem(
    ran_in: Any, again: Any, index: Any, tmp_path: Path
) -> None:
    facets = _changed(ran_in("beta"))
    index.remove("beta")
    shutil.rmtree(tmp_path / "uv-cache")
    with pytest.raises(RebuildError, match=r"beta 0\.5"):
        again(facets)


def test_version_that_is_still_in_the_cache_is_had_without_an_index(
    ran_in: Any, again: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    facets = _changed(ran_in("beta"))
    monkeypatch.setenv("UV_OFFLINE", "1")
    assert versions_in(again(facets).python) == {"beta": "0.5"}


def test_withdrawn_version_is_installed_and_said(ran_in: Any, again: Any, index: Any) -> None:
    index.add("beta", "0.6", yanked="wrong signs")
    facets = _changed(ran_in("beta==0.6"))
    said: list[str] = []
    made = again(facets, tell=said.append)
    assert versions_in(made.python) == {"beta": "0.6"}
    assert "beta 0.6 was withdrawn from the index: wrong signs" in said


@pytest.mark.parametrize(
    ("recorded", "nearest"),
    [("1.0.5", "1.0"), ("1.9", "1.1"), ("2.0.1", "2.0"), ("0.1", "1.0"), ("2.1+cpu", "2.0")],
    ids=["between", "late", "patch", "early", "local"],
)
def test_nearest_version_is_taken_and_said(
    recorded: str, nearest: str, ran_in: Any, again: Any
) -> None:
    facets = ran_in("alpha==1.0")
    facets["packages"]["versions"]["alpha"] = recorded
    made = again(facets, how="nearest")
    assert versions_in(made.python) == {"alpha": nearest}
    assert made.how == "nearest"
    assert made.differences[0].startswith(f"alpha {recorded} → {nearest}: ")
    assert again(facets, how="nearest").differences == made.differences


def test_package_that_no_index_has_is_left_out_of_the_nearest(ran_in: Any, again: Any) -> None:
    facets = ran_in("alpha==1.0")
    facets["packages"]["versions"]["gamma"] = "1.0"
    made = again(facets, how="nearest")
    assert versions_in(made.python) == {"alpha": "1.0"}
    assert made.differences[0].startswith("gamma 1.0 is left out: ")


def test_another_patch_of_the_interpreter_is_said(ran_in: Any, again: Any) -> None:
    facets = ran_in("alpha==1.0")
    minor = facets["python"]["version"].rpartition(".")[0]
    facets["python"] |= {"version": f"{minor}.99", "executable": "/nowhere/python"}
    made = again(facets)
    assert _version_of(made.python).startswith(f"{minor}.")
    assert made.differences == (
        f"Python {minor}.99 → {_version_of(made.python)}: it is not installed",
    )


def test_interpreter_that_nobody_has_is_a_problem_and_the_nearest_is_not(
    ran_in: Any, again: Any, store: Any
) -> None:
    facets = ran_in("alpha==1.0")
    facets["python"] |= {"version": "3.99.1", "executable": "/nowhere/python"}
    with pytest.raises(RebuildError, match=r"Python 3\.99\.1: it is not installed"):
        again(facets)
    assert [problem.what for problem in find_problems(facets, store=store)] == ["Python 3.99.1"]
    made = again(facets, how="nearest")
    assert made.differences[0].startswith("Python 3.99.1 → 3.")


def test_current_environment_says_in_what_it_differs(
    ran_in: Any, project: Path, tmp_path: Path
) -> None:
    facets = ran_in("alpha==1.0", "beta")
    ran_in("alpha==2.0", name="now")
    made = use_current(facets, tmp_path / "now" / "bin" / "python", root=project)
    assert made.differences == ("alpha 1.0 → 2.0", "beta 0.5 is not there")
    assert made.how == "current"


def test_interpreter_of_the_system_is_in_no_environment(project: Path) -> None:
    base = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    assert use_current({}, base, root=project).prefix is None


def test_way_that_does_not_exist_is_refused(again: Any) -> None:
    with pytest.raises(UsageError, match="exactly"):
        again({}, how="exactly")


def test_facets_without_packages_cannot_be_rebuilt(again: Any) -> None:
    with pytest.raises(RebuildError) as error:
        again({}, how="nearest")
    assert {problem.what for problem in error.value.problems} == {
        "the interpreter",
        "the packages",
    }


def test_anew_itself_is_not_installed(ran_in: Any, again: Any) -> None:
    facets = _changed(ran_in("alpha==1.0"))
    facets["packages"]["versions"]["anew"] = "0.0.1"
    facets["packages"]["origins"]["anew"] = "editable ~/anew"
    made = again(facets)
    assert "anew" not in versions_in(made.python)
    assert made.differences[0].startswith("anew 0.0.1 → ")
    assert made.how == "exact"


def test_wheel_of_a_file_is_installed_from_it(ran_in: Any, again: Any, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "wheels", "delta", "3.0")
    facets = _changed(ran_in(str(wheel)))
    assert versions_in(again(facets).python) == {"delta": "3.0"}
    wheel.unlink()
    facets["packages"]["versions"]["beta"] = "0.5"
    with pytest.raises(RebuildError, match=r"delta 3\.0: the file .* is gone"):
        again(facets)


def test_package_of_a_commit_is_installed_from_it(ran_in: Any, again: Any, tmp_path: Path) -> None:
    repository = _make_repository(tmp_path / "repository")
    facets = _changed(ran_in(f"git+{repository.as_uri()}"))
    (repository / "epsilon.py").write_text("value = 2\n")
    subprocess.run(["git", "commit", "-qam", "later"], cwd=repository, check=True)
    made = again(facets)
    assert _run(made.python, "import epsilon; print(epsilon.value)") == "1"


def test_private_places_are_problems(again: Any, ran_in: Any) -> None:
    facets = ran_in()
    facets["packages"] = {
        "versions": {"a": "1", "b": "2", "c": "3"},
        "origins": {
            "a": "https://***@host/a-1-py3-none-any.whl",
            "b": "hg+https://host/b@0123",
            "c": "unreadable direct_url.json",
        },
    }
    with pytest.raises(RebuildError) as error:
        again(facets)
    assert [problem.what for problem in error.value.problems] == ["a 1", "b 2", "c 3"]


def test_lock_that_agrees_is_held_to_its_hashes(
    ran_in: Any, again: Any, index: Any, project: Path
) -> None:
    digest = index.add("zeta", "1.0")
    facets = _changed(ran_in("zeta==1.0", "alpha==1.0"))
    facets["locks"] = _lock(project, {"zeta": ("1.0", digest)})
    assert versions_in(again(facets).python) == {"alpha": "1.0", "zeta": "1.0"}
    facets["locks"] = _lock(project, {"zeta": ("1.0", "0" * 64)})
    with pytest.raises(RebuildError, match=r"zeta 1\.0: .*lock"):
        again(facets)


def test_lock_of_other_versions_is_passed_over(ran_in: Any, again: Any, project: Path) -> None:
    facets = _changed(ran_in("alpha==1.0", "beta"))
    facets["locks"] = _lock(project, {"alpha": ("2.0", "0" * 64), "beta": ("0.5", "0" * 64)})
    assert versions_in(again(facets).python) == {"alpha": "1.0", "beta": "0.5"}


def _lock(project: Path, pins: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """Write a lock and give its facet."""
    from anew.provenance.locks import LocksCollector

    lines = (f"{n}=={version} --hash=sha256:{digest}\n" for n, (version, digest) in pins.items())
    (project / "requirements.txt").write_text("".join(lines))
    return LocksCollector().collect(project)


def _make_repository(folder: Path) -> Path:
    """Make a repository of a package that is built without any other."""
    folder.mkdir()
    (folder / "epsilon.py").write_text("value = 1\n")
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "epsilon"\nversion = "1.0"\n'
    )
    (folder / "backend.py").write_text(_BACKEND)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *words], cwd=folder, check=True)
    for key, value in (("user.name", "a"), ("user.email", "a@b")):
        subprocess.run(["git", "config", key, value], cwd=folder, check=True)
    return folder


_BACKEND = """
import zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    told = "epsilon-1.0.dist-info"
    with zipfile.ZipFile(f"{folder}/epsilon-1.0-py3-none-any.whl", "w") as archive:
        archive.write("epsilon.py")
        archive.writestr(f"{told}/METADATA", "Name: epsilon\\nVersion: 1.0\\n")
        archive.writestr(
            f"{told}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        )
        archive.writestr(f"{told}/RECORD", "")
    return "epsilon-1.0-py3-none-any.whl"
"""


def _changed(facets: dict[str, Any]) -> dict[str, Any]:
    """Give the facets of an environment that is not to be found any more."""
    told = json.loads(json.dumps(facets))
    told["python"]["executable"] = "/nowhere/python"
    return told


def _version_of(python: Path) -> str:
    return _run(python, "import platform; print(platform.python_version())")


def _run(python: Path, code: str) -> str:
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Give names, sizes and times of all files, but for what an interpreter caches."""
    found = (path for path in folder.rglob("*") if "__pycache__" not in path.parts)
    return {str(p): (p.lstat().st_size, p.lstat().st_mtime_ns) for p in found if p.is_file()}


def _uv() -> str:
    from anew.environments.uv import _find_program

    return _find_program()


@pytest.mark.parametrize(
    "settings",
    [
        'override-dependencies = ["alpha==2.0"]',
        'exclude-newer = "2000-01-01T00:00:00Z"',
        'required-version = ">=99"',
        '[tool.uv.pip]\ntarget = "elsewhere"',
    ],
    ids=["override", "newer", "required", "target"],
)
def test_settings_of_the_project_do_not_change_what_is_installed(
    settings: str, ran_in: Any, again: Any, project: Path
) -> None:
    facets = _changed(ran_in("alpha==1.0"))
    (project / "pyproject.toml").write_text(f"[tool.uv]\n{settings}\n")
    assert versions_in(again(facets).python) == {"alpha": "1.0"}


def test_index_that_the_project_names_is_asked(
    ran_in: Any, again: Any, project: Path, index: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    facets = _changed(ran_in("alpha==1.0"))
    monkeypatch.setenv("UV_DEFAULT_INDEX", "file:///nowhere/simple")
    (project / "pyproject.toml").write_text(f'[[tool.uv.index]]\nurl = "{index.url}"\n')
    assert versions_in(again(facets).python) == {"alpha": "1.0"}


def test_package_that_cannot_be_built_says_what_it_lacks(
    ran_in: Any, again: Any, index: Any
) -> None:
    index.add_source("eta", "1.0", 'raise SystemExit("fatal error: eta.h: No such file")')
    facets = _changed(ran_in("alpha==1.0"))
    facets["packages"]["versions"]["eta"] = "1.0"
    with pytest.raises(RebuildError, match=r"eta 1\.0: .*cannot be built: .*eta\.h: No such file"):
        again(facets)
