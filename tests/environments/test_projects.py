"""Projects that were installed from a folder come from their snapshot, or from the tree."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from small_index import versions_in

from anew.code.snapshot import take
from anew.environments import RebuildError, rebuild

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = {"limit_bytes": 1 << 20, "limit_files": 1000}

PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "my-study"
version = "1.2"

[project.scripts]
study = "my_study:main"

[project.entry-points.plots]
nice = "my_study:main"
"""

# Needs nothing that is not there, and makes a file, as back ends that write the version do.
BACKEND = """
import pathlib
import zipfile

NAME = "my_study-1.2-py3-none-any.whl"


def build_editable(folder, config_settings=None, metadata_directory=None):
    here = pathlib.Path.cwd()
    (here / "made.py").write_text("value = 7\\n")
    told = "my_study-1.2.dist-info"
    with zipfile.ZipFile(f"{folder}/{NAME}", "w") as archive:
        archive.writestr("my_study.pth", f"{here}\\n")
        archive.writestr(f"{told}/METADATA", "Name: my-study\\nVersion: 1.2\\n")
        archive.writestr(f"{told}/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        archive.writestr(f"{told}/RECORD", "")
    return NAME


def build_wheel(folder, config_settings=None, metadata_directory=None):
    build_editable(folder)
    told = "my_study-1.2.dist-info"
    with zipfile.ZipFile(f"{folder}/{NAME}", "w") as archive:
        archive.write("my_study.py")
        archive.writestr(f"{told}/METADATA", "Name: my-study\\nVersion: 1.2\\n")
        archive.writestr(f"{told}/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        archive.writestr(f"{told}/RECORD", "")
    return NAME
"""

BUILT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "my-study"
version = "1.2"
"""


def fill(folder: Path, value: str, *, pyproject: str = PROJECT, src: bool = True) -> Path:
    """Write a project of one module."""
    module = folder / "src" / "my_study.py" if src else folder / "my_study.py"
    module.parent.mkdir(parents=True, exist_ok=True)
    module.write_text(f"value = {value!r}\n\ndef main():\n    print(value)\n")
    (folder / "pyproject.toml").write_text(pyproject)
    if pyproject is BUILT:
        (folder / "backend.py").write_text(BACKEND)
    return folder


@pytest.fixture
def facets(ran_in: Any) -> dict[str, Any]:
    """Facets of an environment with the project."""
    found = ran_in("alpha==1.0")
    found["packages"]["versions"]["my-study"] = "1.2"
    return found


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The project's tree as it was checked out for a rerun."""
    return fill(tmp_path / "scratch" / "tree", "then")


def run(python: Path, code: str) -> str:
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("origin", ["editable .", ""], ids=["editable", "found beside the script"])
def test_project_itself_is_imported_from_the_tree(
    origin: str, facets: Any, store: Any, tree: Path
) -> None:
    if origin:
        facets["packages"]["origins"]["my-study"] = origin
    made = rebuild(facets, store=store, root=tree)
    assert versions_in(made.python) == {"alpha": "1.0", "my-study": "1.2"}
    assert run(made.python, "import my_study; print(my_study.value, my_study.__file__)") == (
        f"then {tree / 'src' / 'my_study.py'}"
    )
    assert made.how == "exact"


def test_commands_and_entry_points_of_a_project_are_there(
    facets: Any, store: Any, tree: Path
) -> None:
    facets["packages"]["origins"]["my-study"] = "editable ."
    made = rebuild(facets, store=store, root=tree)
    done = subprocess.run(
        [made.prefix / "bin" / "study"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "then\n"
    code = "from importlib.metadata import entry_points as e; print(*e(group='plots').names)"
    assert run(made.python, code) == "nice"


def test_two_trees_do_not_share_an_environment(
    facets: Any, store: Any, tree: Path, tmp_path: Path
) -> None:
    facets["packages"]["origins"]["my-study"] = "editable ."
    other = fill(tmp_path / "other", "now")
    made = [rebuild(facets, store=store, root=root) for root in (tree, other)]
    values = [run(each.python, "import my_study; print(my_study.value)") for each in made]
    assert values == ["then", "now"]


def test_environment_of_a_tree_goes_with_it(
    facets: Any, store: Any, tree: Path, tmp_path: Path
) -> None:
    facets["packages"]["origins"]["my-study"] = "editable ."
    first = rebuild(facets, store=store, root=tree)
    shutil.rmtree(tree)
    rebuild(facets, store=store, root=fill(tmp_path / "other", "now"))
    assert not first.prefix.exists()


def test_editable_project_elsewhere_is_that_of_its_snapshot(
    facets: Any, store: Any, project: Path, tmp_path: Path
) -> None:
    library = fill(tmp_path / "library", "then")
    taken = take(library, store.folder / "git", **LIMITS)
    fill(library, "now")
    facets["packages"]["origins"]["my-study"] = f"editable {library}"
    facets["snapshot"] = {"editable": {"my-study": {"path": str(library), "commit": taken.commit}}}
    made = rebuild(facets, store=store, root=project)
    assert run(made.python, "import my_study; print(my_study.value)") == "then"
    assert (made.how, made.differences) == ("exact", ())
    shutil.rmtree(library)
    assert rebuild(facets, store=store, root=project).prefix == made.prefix


def test_editable_project_elsewhere_without_a_snapshot_is_that_of_today_and_said(
    facets: Any, store: Any, project: Path, tmp_path: Path
) -> None:
    library = fill(tmp_path / "library", "now")
    facets["packages"]["origins"]["my-study"] = f"editable {library}"
    made = rebuild(facets, store=store, root=project)
    assert made.differences == (
        f"my-study: its code is that of today in {library}, for none was kept",
    )
    shutil.rmtree(library)
    with pytest.raises(RebuildError, match=r"my-study 1\.2: its folder .* is gone"):
        rebuild(facets, store=store, root=project)
    nearest = rebuild(facets, store=store, root=project, how="nearest")
    assert versions_in(nearest.python) == {"alpha": "1.0"}


def test_snapshot_that_is_gone_is_a_problem(
    facets: Any, store: Any, project: Path, tmp_path: Path
) -> None:
    facets["packages"]["origins"]["my-study"] = f"editable {tmp_path / 'library'}"
    facets["snapshot"] = {"editable": {"my-study": {"path": "x", "commit": "0" * 40}}}
    with pytest.raises(RebuildError, match=r"my-study 1\.2"):
        rebuild(facets, store=store, root=project)


def test_project_that_has_to_be_built_is(facets: Any, store: Any, tmp_path: Path) -> None:
    root = fill(tmp_path / "tree", "then", pyproject=BUILT, src=False)
    facets["packages"]["origins"]["my-study"] = "editable ."
    made = rebuild(facets, store=store, root=root)
    assert run(made.python, "import made, my_study; print(my_study.value, made.value)") == "then 7"


def test_project_that_was_copied_is_copied(facets: Any, store: Any, tmp_path: Path) -> None:
    root = fill(tmp_path / "tree", "then", pyproject=BUILT, src=False)
    facets["packages"]["origins"]["my-study"] = "."
    made = rebuild(facets, store=store, root=root)
    fill(root, "now", pyproject=BUILT, src=False)
    assert run(made.python, "import my_study; print(my_study.value)") == "then"


def test_project_whose_back_end_is_not_to_be_had_is_put_on_the_path(
    facets: Any, store: Any, tmp_path: Path
) -> None:
    text = PROJECT.replace("hatchling", "no_such_back_end")
    root = fill(tmp_path / "tree", "then", pyproject=text)
    facets["packages"]["origins"]["my-study"] = "editable ."
    made = rebuild(facets, store=store, root=root)
    assert run(made.python, "import my_study; print(my_study.value)") == "then"
    assert "could not be built" in made.differences[0]


def test_unchanged_environment_with_an_editable_project_is_not_taken(
    facets: Any, store: Any, tree: Path, tmp_path: Path
) -> None:
    facets["packages"]["origins"]["my-study"] = "editable ."
    made = rebuild(facets, store=store, root=tree)
    assert tmp_path / "then" != made.prefix
