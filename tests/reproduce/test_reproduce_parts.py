"""The parts of a reproduction: its command, places, variables, folder and process."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from anew.environments import Environment
from anew.errors import NotReproducibleError
from anew.model import FileUse, StepRecord, Verdict
from anew.reproduce import child as child_module
from anew.reproduce.child import Child, last_lines, run_child
from anew.reproduce.command import find_masked, make_command
from anew.reproduce.inputs import place_inputs
from anew.reproduce.move import Move, plan_move
from anew.reproduce.recipe import Recipe
from anew.reproduce.reproduction import Reproduction
from anew.reproduce.scratch import Scratch, open_scratch
from anew.reproduce.variables import make_variables

# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def move(tmp_path: Path) -> Move:
    """A project that was in /old/study and is moved."""
    made = plan_move("/old/study", ".", tmp_path)
    made.new_root.mkdir(parents=True)
    (made.new_root / "fit.py").touch()
    return made


def command(argv: list[str], how: str, move: Move, python: str = sys.executable) -> list[str]:
    facets = {"command": {"argv": argv, "how": how}}
    return make_command(facets, move, Path(python), where="trial 1")


def test_an_experiment_runs_in_the_interpreter_that_is_given(move: Move):
    assert command(["python", "fit.py"], "script", move, "/env/bin/python")[0] == "/env/bin/python"


def test_a_program_that_knows_nothing_of_anew_is_run_by_the_anew_of_today(move: Move):
    argv = ["python", "-m", "anew", "run", "fit.py"]
    facets = {"command": {"argv": argv, "how": "anew"}, "program": {"kind": "script"}}
    made = make_command(facets, move, Path("/env/bin/python"), where="trial 1")
    assert made == [sys.executable, "-m", "anew", "run", "fit.py"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("python fit.py a=1", "fit.py a=1"),
        ("python -u fit.py -m x", "-u fit.py -m x"),
        ("python -X dev -W error fit.py", "-X dev -W error fit.py"),
        ("python -Xdev -Werror -bE fit.py", "-Xdev -Werror -bE fit.py"),
        ("python --check-hash-based-pycs always fit.py", "--check-hash-based-pycs always fit.py"),
        ("python -m pkg.mod x", "-m pkg.mod x"),
        ("python -mpkg x", "-m pkg x"),
        ("python -Im pkg x", "-I -m pkg x"),
        ("python -c import\xa0x -v", "-c import\xa0x -v"),
        ("python /venv/bin/anew run fit.py a=1", "-m anew run fit.py a=1"),
        ("python -X dev -m anew run fit.py", "-X dev -m anew run fit.py"),
        ("python /old/study/fit.py --out=/old/study/out", "{new}/fit.py --out={new}/out"),
        (
            "python fit.py /old/study-2 /old/study.x /older",
            "fit.py /old/study-2 /old/study.x /older",
        ),
        ("python -m pkg file:///old/study/x:/old/study", "-m pkg file://{new}/x:{new}"),
    ],
)
def test_a_command_is_given_again(move: Move, given: str, expected: str):
    words = given.split(" ")
    how = "anew" if "anew" in given else "script"
    made = command(words, how, move)
    assert made == [sys.executable, *expected.format(new=move.new_root).split(" ")]


@pytest.mark.parametrize(
    ("how", "given", "message"),
    [
        ("notebook", "python -m ipykernel_launcher", "in a notebook"),
        ("interactive", "python", "in an interactive session"),
        ("inline", "python", "by a program from standard input"),
        ("inline", "python -", "by a program from standard input"),
        ("inline", "python -X", "by a program from standard input"),
    ],
)
def test_what_was_no_command_cannot_be_given_again(move: Move, how: str, given: str, message: str):
    with pytest.raises(NotReproducibleError, match=message):
        command(given.split(), how, move)


def test_a_script_that_is_not_in_the_snapshot_is_said_at_once(move: Move):
    with pytest.raises(NotReproducibleError, match=r"script 'other\.py' is not in the snapshot"):
        command(["python", "other.py"], "script", move)


def test_a_program_that_was_removed_is_said(move: Move):
    with pytest.raises(NotReproducibleError, match="program '/nowhere/bin/pytest' is not there"):
        command(["python", "/nowhere/bin/pytest"], "script", move)


def test_masked_words_and_variables_are_found():
    facet = {
        "argv": ["python", "fit.py", "--token", "***", "db://***@host"],
        "environment": {"PYTHONX_TOKEN": "***", "TZ": "UTC"},
    }
    assert find_masked(facet) == [
        "the command had a credential that was not recorded: --token ***",
        "the command had a credential that was not recorded: db://***@host",
        "variable PYTHONX_TOKEN was masked as a credential: it is as it is today",
    ]


# --- places --------------------------------------------------------------------------------------


def test_a_project_whose_old_place_is_not_known_keeps_its_words(tmp_path: Path):
    move = plan_move("", "sub", tmp_path)
    assert move.place_word("/old/study/x") == "/old/study/x"
    assert move.new_cwd == tmp_path / "project" / "project" / "sub"
    assert move.old_cwd == ""


def test_a_folder_outside_of_the_project_becomes_an_empty_one(tmp_path: Path):
    move = plan_move("/old/study", "~/notes", tmp_path)
    assert move.is_outside
    assert move.old_cwd == str(Path("~/notes").expanduser())


def test_a_word_that_leads_into_the_project_by_a_link_is_moved(tmp_path: Path):
    old = tmp_path / "study"
    old.mkdir()
    (old / "fit.py").touch()
    (tmp_path / "link").symlink_to(old)
    move = plan_move(str(old), ".", tmp_path / "scratch")
    move.new_root.mkdir(parents=True)
    (move.new_root / "fit.py").touch()
    assert move.place_word(str(tmp_path / "link" / "fit.py")) == str(move.new_root / "fit.py")
    assert move.place_word(str(tmp_path / "link" / "gone.py")).endswith("link/gone.py")
    assert move.place_word("/nowhere/at/all") == "/nowhere/at/all"


# --- inputs --------------------------------------------------------------------------------------


@dataclass
class FilesOnly:
    """A store that knows of files alone, and has lost them."""

    uses: list[FileUse]
    folder: Path = Path("/nowhere")

    @property
    def objects(self) -> FilesOnly:
        return self

    def has(self, _: str) -> bool:
        return False


def place(path: str, move: Move, *, kept: bool = False) -> dict[str, str]:
    store: Any = FilesOnly([FileUse(path, "input", "blake3:0", 1, None, kept)])
    return place_inputs(store, store.uses, move, move.new_root.parents[1], where="trial 1")


def test_an_input_whose_record_leaves_the_project_is_refused(move: Move):
    with pytest.raises(NotReproducibleError, match="leaves the project"):
        place("../../etc/passwd", move)


def test_an_input_that_nobody_has_is_missing(move: Move, tmp_path: Path):
    with pytest.raises(NotReproducibleError, match=r"study/data.csv \(blake3:0, 1 bytes\): it was"):
        place("data.csv", move)
    with pytest.raises(NotReproducibleError, match=r"had: data.csv \(blake3:0"):
        place("data.csv", replace(move, old_root=""))


def test_an_input_that_may_not_be_read_any_more_is_missing(
    move: Move, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(_: Path) -> None:
        raise PermissionError

    (tmp_path / "data.csv").touch()
    monkeypatch.setattr("anew.reproduce.inputs.digest_file", refuse)
    with pytest.raises(NotReproducibleError):
        place(str(tmp_path / "data.csv"), move)


# --- variables -----------------------------------------------------------------------------------


@pytest.fixture
def today(scratch: Path) -> Scratch:
    (scratch / "one").mkdir()
    return Scratch(scratch / "one", 0)


def make(move: Move, scratch: Scratch, *, prefix: Path | None = None, **facets: Any):
    command = {"environment": {}, "paths": [".", "src"]} | facets.pop("command", {})
    record: Any = SimpleNamespace(where="trial 1")
    recipe = Recipe(record, facets | {"command": command}, (), 1)
    environment = Environment(Path(sys.executable), prefix, "exact", "")
    return make_variables(recipe, move, environment, scratch)


def test_variables_are_as_recorded(move: Move, today: Scratch, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    monkeypatch.setenv("PYTHONHASHSEED", "1")
    monkeypatch.setenv("PYTHON_TOKEN", "mine")
    monkeypatch.setenv("OTHER", "stays")
    recorded = {"OMP_NUM_THREADS": "1", "TZ": "UTC", "MPLBACKEND": "/old/study"}
    recorded |= dict.fromkeys(["PYTHON_TOKEN"], "***")
    found = make(move, today, command={"environment": recorded})
    assert found["OMP_NUM_THREADS"] == "1"
    assert found["TZ"] == "UTC"
    assert found.get("PYTHON_TOKEN") == "mine"
    assert found["MPLBACKEND"] == str(move.new_root)
    assert found["OTHER"] == "stays"
    assert found["ANEW_PLAN"] == str(today.plan)
    assert "PYTHONHASHSEED" not in found
    assert "ANEW_STORE" not in found


def test_modules_are_imported_from_the_scratch_folder_first(move: Move, today: Scratch):
    recorded = {"PYTHONPATH": "/old/study/lib:/other"}
    found = make(move, today, command={"environment": recorded})
    expected = [str(move.new_root / name) for name in ("", "src", "lib")]
    own = today.folder / "own"
    assert found["PYTHONPATH"].split(os.pathsep) == [*expected, "/other", str(own)]
    assert [each.name for each in own.iterdir()] == ["anew"]


def test_an_environment_is_found_by_whatever_looks_for_one(
    move: Move, today: Scratch, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CONDA_PREFIX", "/mine")
    found = make(move, today, prefix=Path("/env"))
    assert found["VIRTUAL_ENV"] == "/env"
    assert found["PATH"].startswith("/env/bin:")
    assert "CONDA_PREFIX" not in found


def test_paths_that_packages_of_conda_set_lead_into_the_new_environment(
    move: Move, today: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "new" / "conda-meta").mkdir(parents=True)
    monkeypatch.setenv("PROJ_LIB_OF_MINE", "/opt/conda/share/proj:/opt/conda2/share")
    monkeypatch.setenv("CONDA_PREFIX", "/opt/conda")
    python = {"prefix": "conda", "executable": "/opt/conda/bin/python"}
    recorded = {"GDAL_OF_MINE": "/opt/conda/share/gdal"}
    command = {"environment": recorded}
    found = make(move, today, prefix=tmp_path / "new", command=command, python=python)
    assert found["PROJ_LIB_OF_MINE"] == f"{tmp_path}/new/share/proj:/opt/conda2/share"
    assert found["GDAL_OF_MINE"] == f"{tmp_path}/new/share/gdal"
    assert found["CONDA_PREFIX"] == str(tmp_path / "new")
    assert "VIRTUAL_ENV" not in found
    python["executable"] = ".pixi/envs/default/bin/python"
    command = {"environment": {"GDAL_OF_MINE": f"{move.old_root}/.pixi/envs/default/share"}}
    found = make(move, today, prefix=tmp_path / "new", command=command, python=python)
    assert found["GDAL_OF_MINE"] == f"{tmp_path}/new/share"


def test_an_interpreter_without_an_environment_is_what_python_means(move: Move, today: Scratch):
    found = make(move, today)
    first = found["PATH"].split(os.pathsep)[0]
    assert Path(first, "python").readlink() == Path(sys.executable)
    assert "VIRTUAL_ENV" not in found


def test_threads_that_the_machine_decided_on_are_as_they_were(move: Move, today: Scratch):
    libraries = [{"library": "openblas", "threads": 97}, {"library": "unheard", "threads": 97}]
    found = make(move, today, numerics={"libraries": libraries})
    assert found["OPENBLAS_NUM_THREADS"] == "97"


def test_the_time_zone_of_the_machine_is_as_it_was(
    move: Move, today: Scratch, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("TZ", raising=False)
    there = Path("/usr/share/zoneinfo/Pacific/Apia").is_file()
    found = make(move, today, locale={"zone": "Pacific/Apia"})
    assert found.get("TZ") == ("Pacific/Apia" if there else None)
    assert "TZ" not in make(move, today, locale={"zone": "Not/AZone"})


# --- the verdict ---------------------------------------------------------------------------------


def judge(*verdicts: Verdict) -> bool:
    def step(label: str, *inputs: str) -> StepRecord:
        return StepRecord(label, label, 0.0, 0.0, "main", "finished", 0, None, inputs)

    steps = [step("load"), step("fit", "load"), step("other"), step("score", "fit", "other")]
    trial: Any = SimpleNamespace(steps=steps)
    return Reproduction(trial, trial, list(verdicts)).is_good


GOOD = Verdict("step", "score", "identical")


def test_without_a_verdict_nothing_is_made_anew():
    assert not judge()
    assert judge(GOOD)
    assert not judge(Verdict("status", "finished", "identical"))


def test_one_bad_verdict_is_enough():
    assert not judge(GOOD, Verdict("metric", "rmse", "different"))
    assert not judge(GOOD, Verdict("artifact", "a", "not compared"))
    assert not judge(GOOD, Verdict("artifact", "a", "extra"))


def test_a_step_that_was_not_compared_is_covered_by_what_comes_after_it():
    unknown = Verdict("step", "load", "not compared")
    assert judge(unknown, GOOD)
    assert judge(unknown, Verdict("step", "fit", "identical"))
    assert judge(unknown, Verdict("result", "score", "close"))
    assert judge(unknown, Verdict("error", "ValueError", "identical"))
    assert not judge(unknown, Verdict("step", "other", "identical"))
    assert not judge(unknown, Verdict("metric", "rmse", "identical"))
    assert not judge(unknown)


# --- the folder ----------------------------------------------------------------------------------


def abandon(scratch: Path, name: str) -> Path:
    folder = scratch / f"anew-reproduce-{name}"
    folder.mkdir()
    (folder / "owner.lock").touch()
    return folder


@pytest.mark.parametrize("stage", ["empty", "locked", "used"])
def test_a_folder_that_a_killed_process_left_is_removed(scratch: Path, stage: str):
    folder = abandon(scratch, "killed")
    if stage == "empty":
        (folder / "owner.lock").unlink()
    if stage == "used":
        (folder / "plan.json").touch()
    with open_scratch(keep=False):
        assert not folder.exists()


def test_a_folder_that_is_in_use_stays(scratch: Path):
    used = abandon(scratch, "used")
    with (used / "owner.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with open_scratch(keep=False):
            assert used.exists()


def test_a_folder_that_is_kept_stays(scratch: Path):
    with open_scratch(keep=True) as made:
        (made.folder / "tree").mkdir()
    with open_scratch(keep=False):
        assert (made.folder / "tree").exists()


@pytest.mark.parametrize("stage", ["empty", "locked"])
def test_one_whose_folder_is_removed_while_it_is_made_makes_another(
    scratch: Path, monkeypatch: pytest.MonkeyPatch, stage: str
):
    import shutil

    opened = os.open
    meddled: list[Path] = []

    def meddle(path: Path, *options: Any, **more: Any) -> int:
        if meddled:
            return opened(path, *options, **more)
        meddled.append(path.parent)
        if stage == "locked":
            descriptor = opened(path, *options)
            shutil.rmtree(path.parent)
            return descriptor
        path.parent.rmdir()
        return opened(path, *options, **more)

    monkeypatch.setattr(os, "open", meddle)
    with open_scratch(keep=False) as made:
        assert made.folder.exists()
        assert meddled != [made.folder]
    assert list(scratch.iterdir()) == []


def test_a_folder_without_rights_is_removed_too(scratch: Path, monkeypatch: pytest.MonkeyPatch):
    import shutil

    calls: list[Path] = []
    remove = shutil.rmtree

    def refuse_once(path: Path, **options: Any) -> None:
        calls.append(path)
        if len(calls) > 1:
            remove(path, **options)

    monkeypatch.setattr(shutil, "rmtree", refuse_once)
    with open_scratch(keep=False) as made:
        (made.folder / "closed").mkdir(mode=0o500)
    assert len(calls) == 2
    assert list(scratch.iterdir()) == []


# --- the process ---------------------------------------------------------------------------------


def start(code: str, *, umask: str | None = None) -> Child:
    return Child([sys.executable, "-c", code], Path.cwd(), dict(os.environ), umask)


def test_a_process_gives_its_status_and_its_lines():
    lines: list[str] = []
    code = "import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)"
    with open_scratch(keep=False) as scratch:
        assert run_child(start(code), scratch, progress=lines.append) == 3
        assert sorted(last_lines(scratch.output)) == ["one", "two"]
        assert last_lines(scratch.output, 1) == ["two"] or last_lines(scratch.output, 1) == ["one"]
        assert scratch.made is None
    assert sorted(lines) == ["one", "two"]


def test_a_process_gets_the_recorded_umask():
    with open_scratch(keep=False) as scratch:
        run_child(start("import os; print(oct(os.umask(0)))", umask="0027"), scratch)
        assert last_lines(scratch.output) == ["0o27"]


def test_a_process_holds_the_folder_when_its_parent_was_killed(scratch: Path):
    code = f"""
import os, sys, tempfile, time
from pathlib import Path
from anew.reproduce.child import Child, run_child
from anew.reproduce.scratch import open_scratch
tempfile.tempdir = {str(scratch)!r}
with open_scratch(keep=False) as made:
    work = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    child = Child([sys.executable, "-c", work], Path.cwd(), dict(os.environ), None)
    run_child(child, made, progress=lambda line: print(line, flush=True))
"""
    place = str(Path(child_module.__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": place},
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
        (folder,) = scratch.iterdir()
        with open_scratch(keep=False):
            assert folder.exists()
        os.kill(child, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while folder.exists() and time.monotonic() < deadline:
        with open_scratch(keep=False):
            pass
    assert not folder.exists()


def test_a_program_that_cannot_be_started_is_said():
    child = Child(["/nowhere/python"], Path.cwd(), {}, None)
    with (
        open_scratch(keep=False) as scratch,
        pytest.raises(NotReproducibleError, match="cannot be started: No such file"),
    ):
        run_child(child, scratch)


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_process_that_is_not_waited_for_is_ended(
    monkeypatch: pytest.MonkeyPatch, *, stubborn: bool
):
    monkeypatch.setattr(child_module, "_PATIENCE_S", 0.5)
    code = "import signal, time\n"
    code += "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" if stubborn else ""
    code += "import os; print(os.getpid(), flush=True); time.sleep(60)"
    seen: list[str] = []

    def stop(line: str) -> None:
        seen.append(line)
        raise KeyboardInterrupt

    with open_scratch(keep=False) as scratch, pytest.raises(KeyboardInterrupt):
        run_child(start(code), scratch, progress=stop)
    with pytest.raises(ProcessLookupError):
        os.kill(int(seen[0]), 0)
