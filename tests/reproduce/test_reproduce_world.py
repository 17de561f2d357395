"""Programs that name places by their absolute paths, and that ask the network."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from anew.errors import EnvironmentProblemError
from anew.reproduce import world as world_module
from anew.reproduce.apart import World, find_obstacle, go_apart
from anew.reproduce.world import check_offline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Project

SCRIPT = """
    import sys
    text = open({data!r}).read()
    open({root!r} + "/made.txt", "w").write(text * 2)
    print(__file__)
"""


def record(project: Project, data: Path) -> None:
    """Record a script that names its project and its data by their absolute paths."""
    project.write("anew.toml", "")
    data.parent.mkdir(exist_ok=True)
    data.write_text("recorded")
    project.write("s.py", SCRIPT.format(data=str(data), root=str(project.root)))
    project.run("-m", "anew", "run", "s.py")


def verdicts(found) -> dict[str, str]:
    return {each.name: each.verdict for each in found.verdicts if each.kind == "output"}


@pytest.mark.usefixtures("apart")
def test_a_script_with_the_path_of_its_project_in_it_finds_the_data_of_then(project: Project):
    record(project, project.root / "data.txt")
    (project.root / "data.txt").write_text("of today")
    (project.root / "made.txt").write_text("mine")
    found = project.reproduce()
    assert verdicts(found) == {"made.txt": "identical"}
    assert found.warnings == []
    assert (project.root / "made.txt").read_text() == "mine"


@pytest.mark.usefixtures("apart")
def test_a_script_with_the_path_of_a_renamed_project_in_it_runs_again(
    project: Project, tmp_path: Path
):
    record(project, project.root / "data.txt")
    before = project.store
    before.close()
    shutil.move(project.root, tmp_path / "renamed")
    moved = type(project)(tmp_path / "renamed")
    found = moved.reproduce()
    assert verdicts(found) == {"made.txt": "identical"}
    assert not project.root.exists()
    moved.store.close()


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize("change", ["changed", "gone", "gone with its folder"])
def test_data_outside_of_the_project_are_those_of_then(
    project: Project, tmp_path: Path, change: str
):
    data = tmp_path / "elsewhere" / "data.txt"
    record(project, data)
    if change == "changed":
        data.write_text("of today")
    elif change == "gone":
        data.unlink()
    else:
        shutil.rmtree(data.parent)
    found = project.reproduce()
    assert verdicts(found) == {"made.txt": "identical"}
    assert found.warnings == []
    assert data.exists() == (change == "changed")
    assert data.parent.exists() == (change != "gone with its folder")


@pytest.mark.usefixtures("apart")
def test_what_a_path_that_is_put_together_names_is_not_written_over(project: Project):
    project.write("anew.toml", "")
    parent, name = str(project.root.parent), project.root.name
    project.write("s.py", f"open({parent!r} + '/' + {name!r} + '/made.txt', 'w').write('a')")
    project.run("-m", "anew", "run", "s.py")
    (project.root / "made.txt").write_text("mine")
    assert verdicts(project.reproduce()) == {"made.txt": "identical"}
    assert (project.root / "made.txt").read_text() == "mine"


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize("change", ["changed", "gone", "gone with its folder"])
@pytest.mark.parametrize("name", ["made.txt", "the parts, a:b/made.txt"])
def test_what_is_written_outside_of_the_project_leaves_there_what_is_of_today(
    project: Project, tmp_path: Path, name: str, change: str
):
    made = tmp_path / "elsewhere" / "below" / name
    made.parent.mkdir(parents=True)
    project.write("anew.toml", "")
    project.write("s.py", f"import sys; open({str(made)!r}, 'w').write('a' * 9)")
    project.run("-m", "anew", "run", "s.py")
    if change == "changed":
        made.write_text("of today")
    elif change == "gone":
        made.unlink()
    else:
        shutil.rmtree(tmp_path / "elsewhere" / "below")
    before = sorted(
        (str(each), each.is_dir() or each.read_text()) for each in tmp_path.glob("e*/**/*")
    )
    found = project.reproduce()
    assert verdicts(found) == {str(made): "identical"}
    assert found.warnings == []
    assert before == sorted(
        (str(each), each.is_dir() or each.read_text()) for each in tmp_path.glob("e*/**/*")
    )


@pytest.mark.usefixtures("apart")
def test_where_no_folder_can_be_covered_the_project_is_shown_in_its_place_all_the_same(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    made = tmp_path / "elsewhere" / "made.txt"
    made.parent.mkdir()
    project.write("anew.toml", "")
    root = str(project.root)
    project.write("s.py", f"open({str(made)!r}, 'w').write(open({root!r} + '/data.txt').read())")
    (project.root / "data.txt").write_text("recorded")
    project.run("-m", "anew", "run", "s.py")
    (project.root / "data.txt").write_text("of today")
    monkeypatch.setattr(
        world_module,
        "find_obstacle",
        lambda world: "no overlays here" if world.covered else find_obstacle(world),
    )
    found = project.reproduce()
    assert verdicts(found) == {str(made): "identical"}
    assert found.warnings == [f"it writes {made} of today again, outside of its project"]


def test_what_is_written_into_the_home_again_is_said(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = tmp_path / "home"
    home.mkdir()
    project.write("anew.toml", "")
    project.write("s.py", f"open({str(home / 'made.txt')!r}, 'w').write('a')")
    monkeypatch.setenv("HOME", str(home))
    project.run("-m", "anew", "run", "s.py")
    found = project.reproduce()
    told = f"it writes {home / 'made.txt'} of today again, outside of its project"
    assert found.warnings == [told]


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize("change", ["as it was", "changed", "gone"])
def test_data_beside_the_project_are_found_by_their_relative_path(project: Project, change: str):
    project.write("anew.toml", "")
    data = project.root.parent / "beside.txt"
    data.write_text("recorded")
    project.write("s.py", "open('made.txt', 'w').write(open('../beside.txt').read())")
    project.run("-m", "anew", "run", "s.py")
    if change == "changed":
        data.write_text("of today")
    elif change == "gone":
        data.unlink()
    assert verdicts(project.reproduce()) == {"made.txt": "identical"}


@pytest.mark.usefixtures("apart")
def test_a_program_sees_its_project_where_it_was(project: Project, tmp_path: Path):
    project.write("anew.toml", "")
    project.write("s.py", "import os; print(os.getcwd(), __file__)")
    project.run("-m", "anew", "run", "s.py")
    project.store.close()
    shutil.move(project.root, tmp_path / "renamed")
    moved = type(project)(tmp_path / "renamed")
    found = moved.reproduce()
    assert {each.verdict for each in found.verdicts} == {"identical"}
    moved.store.close()


def test_where_nothing_can_be_shown_it_is_said(project: Project, monkeypatch: pytest.MonkeyPatch):
    record(project, project.root / "data.txt")
    monkeypatch.setattr(world_module, "find_obstacle", lambda _: "not on this system")
    found = project.reproduce()
    assert any("of today: not on this system" in each for each in found.warnings)


STARTER = """
import subprocess, sys
process = subprocess.Popen({words!r}, stdout=subprocess.PIPE)
process.stdout.readline()
print(process.pid, flush=True)
process.wait()
"""


def test_a_program_ends_when_who_started_it_is_killed(apart: Path):
    sleeping = [sys.executable, "-c", "import time; print('on', flush=True); time.sleep(60)"]
    words = go_apart(sleeping, World(str(apart), offline=True))
    starter = [sys.executable, "-c", STARTER.format(words=words)]
    with subprocess.Popen(starter, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        number = int(process.stdout.readline())
        process.kill()
    until = time.monotonic() + 20
    with pytest.raises(ProcessLookupError):  # noqa: PT012 - it takes a moment
        while time.monotonic() < until:
            os.kill(number, 0)
            time.sleep(0.05)


def test_the_root_of_the_file_system_cannot_be_covered(apart: Path):
    world = World(str(apart), places=((str(apart), "/there-is-no-such-folder/at/all"),))
    assert "root of the file system" in str(find_obstacle(world))


@pytest.fixture
def server() -> Iterator[int]:
    """A port of this machine on which somebody answers."""

    def answer() -> None:
        with contextlib.suppress(OSError):
            while True:
                listening.accept()[0].close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        Thread(target=answer, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def test_a_program_apart_reaches_no_server_but_its_own(apart: Path, server: int):
    code = f"""
import socket
with socket.create_server(("127.0.0.1", 0)) as own:
    socket.create_connection(own.getsockname()).close()
try:
    socket.create_connection(("127.0.0.1", {server}), 5)
except OSError:
    print("alone")
"""
    words = go_apart([sys.executable, "-c", code], World(str(apart), offline=True))
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout == "alone\n"


@pytest.mark.usefixtures("apart")
def test_a_hidden_download_shows_when_the_network_is_off(project: Project, server: int):
    project.write("anew.toml", "")
    project.write(
        "s.py",
        f"""
        import socket
        socket.create_connection(("127.0.0.1", {server}), 5).close()
        open("made.txt", "w").write("downloaded")
        """,
    )
    project.run("-m", "anew", "run", "s.py")
    found = project.reproduce(offline=True)
    assert not found.is_good
    assert found.made is not None
    assert found.made.error is not None


def test_a_system_without_namespaces_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(EnvironmentProblemError, match="kept from the network here: namespaces"):
        check_offline(tmp_path)


@pytest.mark.usefixtures("apart")
def test_a_file_that_is_made_elsewhere_and_moved_into_the_project_gets_there(project: Project):
    project.write("anew.toml", "")
    project.write(
        "s.py",
        """
        import os, tempfile
        handle, name = tempfile.mkstemp()
        os.write(handle, b"made elsewhere")
        os.replace(name, "made.txt")
        """,
    )
    project.run("-m", "anew", "run", "s.py")
    assert verdicts(project.reproduce()) == {"made.txt": "identical"}
