"""What no index has any more is taken over from where the trial ran, if it is still as it was."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from small_index import facets_of, install, versions_in, write_wheel

from anew.environments import RebuildError, find_problems, rebuild

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def changed(ran_in: Any, index: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Facets of an environment in which alpha was upgraded since, and the index lost the rest."""
    facets = ran_in("alpha==1.0", "beta")
    install(tmp_path / "then", "alpha==2.0")
    index.remove("beta")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "another-cache"))
    return facets


def test_package_that_is_still_installed_is_taken_over(
    changed: Any, store: Any, project: Path
) -> None:
    assert find_problems(changed, store=store) == []
    made = rebuild(changed, store=store, root=project)
    assert versions_in(made.python) == {"alpha": "1.0", "beta": "0.5"}
    assert (made.how, made.differences) == ("exact", ())


def test_package_that_was_edited_is_not_taken_over(
    changed: Any, store: Any, project: Path, tmp_path: Path
) -> None:
    module = next((tmp_path / "then").glob("lib/python3*/site-packages/beta.py"))
    text = module.read_text()
    module.unlink()  # it is a link into the cache of uv
    module.write_text(text + "edited = True\n")
    with pytest.raises(RebuildError, match=r"beta 0\.5"):
        rebuild(changed, store=store, root=project)


def test_package_that_changed_itself_is_not_taken_over(
    changed: Any, store: Any, project: Path, index: Any
) -> None:
    index.remove("alpha")
    with pytest.raises(RebuildError) as error:
        rebuild(changed, store=store, root=project)
    assert [problem.what for problem in error.value.problems] == ["alpha 1.0"]


def test_wheel_whose_file_is_gone_is_taken_over_and_not_its_namesake(
    ran_in: Any, store: Any, project: Path, tmp_path: Path, index: Any
) -> None:
    wheel = write_wheel(tmp_path / "wheels", "delta", "3.0", code="mine = True\n")
    facets = ran_in(str(wheel), "alpha==1.0")
    wheel.unlink()
    index.add("delta", "3.0", code="mine = False\n")
    install(tmp_path / "then", "alpha==2.0")
    made = rebuild(facets, store=store, root=project)
    done = subprocess.run(
        [made.python, "-c", "import delta; print(delta.mine)"], capture_output=True, check=True
    )
    assert done.stdout == b"True\n"


def test_commands_are_started_by_the_new_interpreter(
    ran_in: Any, store: Any, project: Path, tmp_path: Path, index: Any
) -> None:
    facets = ran_in("alpha==1.0", "beta")
    old = tmp_path / "then" / "bin" / "beta"
    old.write_text(f"#!{tmp_path / 'then' / 'bin' / 'python'}\nimport sys; print(sys.prefix)\n")
    old.chmod(0o755)
    record = next((tmp_path / "then").glob("lib/python3*/site-packages/beta*/RECORD"))
    text = record.read_text()
    record.unlink()
    record.write_text(f"{text}../../../bin/beta,,\n")
    index.remove("beta")
    install(tmp_path / "then", "alpha==2.0")
    for cached in (tmp_path / "uv-cache").iterdir():
        cached.rename(tmp_path / cached.name)
    made = rebuild(facets, store=store, root=project)
    done = subprocess.run(
        [made.prefix / "bin" / "beta"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(made.prefix)


def test_private_package_is_never_taken_from_an_index(
    ran_in: Any, store: Any, project: Path, tmp_path: Path
) -> None:
    facets = ran_in("alpha==1.0")
    facets["packages"]["versions"]["beta"] = "0.5"
    facets["packages"]["origins"]["beta"] = "https://***@host/beta-0.5-py3-none-any.whl"
    made = rebuild(facets, store=store, root=project, how="nearest")
    assert versions_in(made.python) == {"alpha": "1.0"}
    assert "private" in made.differences[0]


def test_facets_tell_the_same_of_the_new_environment(
    changed: Any, store: Any, project: Path
) -> None:
    made = rebuild(changed, store=store, root=project)
    again = facets_of(made.prefix, project)
    assert again["packages"] == changed["packages"]
