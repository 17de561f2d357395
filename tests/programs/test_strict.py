"""Strict mode, from end to end: what others could not make anew is not run at all."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

SCRIPT = """
import random
import sys

random.seed(1)
print(sys.argv[1:], random.random())
"""

EXPERIMENT = """
import anew

ex = anew.Experiment("dice")
throws = ex.parameter("throws", default=2)


@ex.result
def total(throws, rng):
    return int(rng.integers(1, 7, size=throws).sum())


total(throws)
ex.main()
"""

BLOCK = """
import anew

with anew.trial("block") as trial:
    print("ran")
"""


@pytest.fixture
def git(place, home):
    """Call git in the project, as somebody with a name."""
    assert home.is_dir()

    def call(*words):
        who = ("-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")
        command = ["git", *who, *words]
        subprocess.run(command, cwd=place.folder, check=True, capture_output=True)

    return call


@pytest.fixture
def push(git):
    """Commit and push all that there is."""

    def commit():
        git("add", "--all")
        git("commit", "-m", "more")
        git("push", "-u", "origin", "main")

    return commit


@pytest.fixture
def ready(place, git, push, tmp_path_factory):
    """A project that is as it should be."""
    place.write("train.py", SCRIPT)
    place.write("dice.py", EXPERIMENT)
    place.write("block.py", BLOCK)
    place.write("package/work.py", SCRIPT)
    place.write("requirements.txt", f"numpy=={version('numpy')}\n")
    remote = tmp_path_factory.mktemp("remote")
    git("init", "--bare", str(remote))
    git("init")
    git("remote", "add", "origin", str(remote))
    push()
    return place


def edit(place, push):
    place.write("train.py", f"{SCRIPT}\nprint()\n")


def add_module(place, push):
    place.write("train.py", f"import more\n{SCRIPT}")
    push()
    place.write("more.py", "")


def commit_only(place, push):
    place.write("train.py", f"{SCRIPT}\nprint()\n")
    who = ("-c", "user.name=A", "-c", "user.email=a@b.c")
    subprocess.run(["git", *who, "commit", "-qam", "x"], cwd=place.folder, check=True)


def forget_remote(place, push):
    subprocess.run(["git", "remote", "remove", "origin"], cwd=place.folder, check=True)


def read_too_large(place, push):
    place.write("train.py", f"{SCRIPT}\nopen('data.bin').read()\n")
    place.write(".gitignore", "data.bin\n")
    place.write("data.bin", "0123456789")
    place.write("anew.toml", "keep_inputs = 1\n")
    push()
    assert place.run("train.py").status == 0


def drop_lock(place, push):
    (place.folder / "requirements.txt").unlink()
    push()


def lock_another(place, push):
    place.write("requirements.txt", "numpy==1.0\n")
    push()


def change_declared(place, push):
    declared = '[project]\nname = "x"\nversion = "1"\ndependencies = ["numpy>99"]\n'
    place.write("pyproject.toml", declared)
    push()


def import_undeclared(place, push):
    place.write("train.py", f"import pandas\n{SCRIPT}")
    push()


def pin_another_python(place, push):
    place.write(".python-version", "3.4\n")
    push()


def forget_seed(place, push):
    place.write("train.py", SCRIPT.replace("random.seed(1)\n", ""))
    push()


OBSTACLES = {
    "code": (edit, "code: 1 file is not committed: train.py", "git add train.py && git commit"),
    "module": (add_module, "code: 1 file is not committed: more.py", "git add more.py"),
    "commit": (commit_only, "is on no remote", "git push origin main"),
    "remote": (forget_remote, "remote: the code has no remote", "git remote add origin URL"),
    "data": (read_too_large, "data: 1 file read is not", "keep_inputs = 10"),
    "lock": (drop_lock, "lock: no lock file", "uv pip freeze > requirements.txt"),
    "installed": (lock_another, "lock: installed is not what", "uv pip sync requirements.txt"),
    "stale": (change_declared, "requirements.txt does not hold what is declared", "uv pip freeze"),
    "import": (import_undeclared, "imported and not declared: pandas (train.py:1)", "add pandas"),
    "python": (pin_another_python, ".python-version asks for 3.4", "uv venv --clear --python"),
    "seed": (forget_seed, "random is used unseeded at train.py:", "random.seed(0)"),
}


def test_a_script_that_others_could_make_anew_runs_and_is_marked(ready):
    done = ready.run("--strict", "train.py", "--strict")
    assert done.status == 0
    assert done.printed.startswith(b"['--strict']")
    trial = ready.trial()
    assert trial.facets["strict"]["mode"] == "clean"
    assert {"code", "remote", "data", "lock", "seed"} <= {*trial.facets["strict"]["checked"]}


@pytest.mark.parametrize("name", OBSTACLES)
def test_what_stands_in_the_way_is_said_with_its_mend_and_nothing_runs(ready, push, name):
    spoil, said, mend = OBSTACLES[name]
    spoil(ready, push)
    before = sorted((ready.folder / ".anew").glob("objects/*/*"))
    done = ready.run("--strict", "train.py")
    told = done.told.decode()
    assert done.status == 3, told
    assert done.printed == b""
    assert "nothing was run" in told.splitlines()[0]
    assert said in told
    assert mend in told
    assert sorted((ready.folder / ".anew").glob("objects/*/*")) == before
    assert not (ready.folder / ".anew/trials.db").exists() or ready.trial().number == 1


def test_all_of_it_is_said_at_once(ready, push):
    drop_lock(ready, push)
    forget_remote(ready, push)
    edit(ready, push)
    told = ready.run("--strict", "train.py").told.decode()
    assert told.splitlines()[0].startswith("error: 3 things stand in the way")
    assert [line.split(":")[0] for line in told.splitlines()[2::2]] == [
        "  code",
        "  remote",
        "  lock",
    ]


def test_a_snapshot_is_accepted_where_that_is_said(ready, push):
    edit(ready, push)
    assert ready.run("--strict=snapshot", "train.py").status == 0
    assert ready.trial().facets["strict"]["mode"] == "snapshot"


def test_without_it_nothing_is_refused_nor_marked(ready, push):
    forget_seed(ready, push)
    assert ready.run("train.py").status == 0
    assert "strict" not in ready.trial().facets


def test_a_module_is_looked_at_as_a_script_is(ready, push):
    assert ready.run("--strict", "-m", "package.work").status == 0
    ready.write("package/work.py", SCRIPT.replace("random.seed(1)\n", ""))
    push()
    done = ready.run("--strict", "-m", "package.work")
    assert done.status == 3
    assert b"unseeded at package/work.py:5" in done.told


def test_a_command_is_looked_at_for_the_script_in_it(ready, push):
    words = ("--strict", "--", sys.executable, "train.py")
    assert ready.run(*words).status == 0
    forget_seed(ready, push)
    assert ready.run(*words).status == 3


def test_an_experiment_is_seeded_by_anew(ready, push):
    assert ready.run("--strict", "dice.py", "throws=3").status == 0
    assert ready.trial().facets["strict"]["mode"] == "clean"
    assert ready.run("dice.py", "--strict", "throws=4", bare=True).status == 0
    assert ready.trial().facets["strict"]["mode"] == "clean"
    assert ready.trial().parameters == {"throws": 4}
    ready.write("dice.py", EXPERIMENT.replace("size=throws", "size=throws + 1"))
    for words, bare in ((("--strict", "dice.py"), False), (("dice.py", "--strict"), True)):
        done = ready.run(*words, bare=bare)
        assert done.status == 3
        assert b"git add dice.py" in done.told
    assert ready.run("dice.py", "--strict=snapshot", bare=True).status == 0
    assert [ready.trial().number, ready.trial().facets["strict"]["mode"]] == [3, "snapshot"]


def test_the_setting_makes_every_trial_strict(ready, push):
    ready.write("anew.toml", "strict = true\n")
    push()
    assert ready.run("block.py", bare=True).printed == b"ran\n"
    assert ready.trial().facets["strict"]["mode"] == "clean"
    edit(ready, push)
    done = ready.run("block.py", bare=True)
    assert (done.status, done.printed) == (1, b"")
    assert b"anew.errors.StrictError: 1 thing stands in the way" in done.told
    assert ready.run("train.py").status == 3
    assert ready.run("dice.py", bare=True).status == 3
    assert ready.trial().number == 1


def test_the_command_line_and_variables_go_before_files(ready, push):
    ready.write("anew.toml", "strict = true\n")
    push()
    edit(ready, push)
    assert ready.run("--strict=snapshot", "train.py").status == 0
    assert ready.run("train.py", variables={"ANEW_STRICT": "false"}).status == 0
    assert "strict" not in ready.trial().facets


def test_a_strict_trial_is_made_anew_wherever_that_is(ready, push):
    assert ready.run("--strict", "train.py").status == 0
    edit(ready, push)
    command = [sys.executable, "-m", "anew", "reproduce", "1"]
    subprocess.run(command, cwd=ready.folder, env=ready.environment, check=False)
    trial = ready.trial()
    assert (trial.number, trial.status) == (2, "finished")
    assert "strict" not in trial.facets


def test_the_mark_is_shown(ready, push):
    assert ready.run("--strict", "train.py").status == 0
    assert ready.run("train.py").status == 0

    def show(*words):
        command = [sys.executable, "-m", "anew", *words]
        options = {"cwd": ready.folder, "env": ready.environment, "text": True}
        return subprocess.run(command, check=True, capture_output=True, **options).stdout

    assert "reproducible by record (clean)" in show("show", "1")
    assert "reproducible by record" not in show("show", "2")
    heads, first, second = show("ls").splitlines()
    assert "strict" in heads
    assert "clean" in first
    assert "clean" not in second
    assert len(show("ls", "--where", 'strict == "clean"').splitlines()) == 2


def test_a_mark_is_taken_back_by_what_is_found_afterwards(ready, push):
    ready.write("train.py", f"{SCRIPT}\nopen('data.bin').read()\n")
    ready.write(".gitignore", "data.bin\n")
    ready.write("data.bin", "0123456789")
    ready.write("anew.toml", "keep_inputs = 1\n")
    push()
    assert ready.run("--strict", "train.py").status == 0
    command = [sys.executable, "-m", "anew", "show"]
    options = {"cwd": ready.folder, "env": ready.environment}
    shown = subprocess.run(command, check=True, capture_output=True, **options).stdout
    assert b"passed (clean), but see the remarks" in shown


def test_a_mode_that_there_is_not_is_told(place):
    place.write("train.py", SCRIPT)
    done = place.run("--strict=much", "train.py")
    assert done.status == 2
    assert done.printed == b""
