"""What is said of a trial, how the command ends, and that nothing is left behind."""

from __future__ import annotations

import fcntl
import json
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from anew.errors import AnewWarning, NotReproducibleError, UsageError
from anew.verify import Wishes, disturbing

if TYPE_CHECKING:
    from conftest import Project

PLAIN = "print('the same')\nopen('out.txt', 'w').write('1')\n"


def test_a_deterministic_trial_is_said_to_be_so_and_nothing_is_touched(project: Project):
    project.record("main.py", PLAIN)
    before = project.describe_tree()
    found = project.verify()
    assert found.is_good
    assert found.text.startswith(
        "trial 1 is deterministic: 7 runs gave the same, whatever hash seed"
    )
    assert {row.verdict for row in found.rows} <= {"same", "not run"}
    assert project.describe_tree() == before
    assert list(project.scratch.iterdir()) == []
    assert len(project.store.trials()) == 1


def test_files_of_today_are_not_written_over_by_a_program_that_names_their_place(project: Project):
    project.record("main.py", f"open({str(project.root / 'made.txt')!r}, 'w').write('a')")
    (project.root / "made.txt").write_text("mine")
    assert project.verify("listing").is_good
    assert (project.root / "made.txt").read_text() == "mine"


def test_the_verdict_is_kept_with_the_trial_and_shown(project: Project):
    project.record("main.py", PLAIN)
    project.verify("listing")
    facet = project.store.trial(1).facets["verification"]
    assert facet["is_good"]
    assert [each["condition"] for each in facet["conditions"]] == ["runs", "listing"]
    assert "deterministic: 4 runs gave the same" in project.run("-m", "anew", "show", "1").stdout


def test_a_trial_that_makes_nothing_is_not_verified(project: Project):
    project.record("main.py", "import os\n")
    found = project.verify("listing")
    assert not found.is_good
    assert found.text == "trial 1 is not verified: it made nothing to compare"


def test_a_trial_that_came_out_otherwise_itself_is_not_verified(project: Project):
    project.write(
        "main.py", "import anew\nwith anew.trial('x'):\n    anew.log(a=hash('a') % 9973)\n"
    )
    project.run("main.py", PYTHONHASHSEED="")
    found = project.verify("listing")
    assert found.text == (
        "trial 1 is not verified: all runs gave the same, but another metric a than it gave itself"
    )
    assert found.hint.endswith("anew verify 1 --only hash-seed")


def test_what_no_process_can_take_up_is_said_to_be_not_run(project: Project):
    project.write("main.py", PLAIN)
    project.run("-m", "anew", "run", "--", sys.executable, "-I", "main.py")
    found = project.verify("listing", "time-zone")
    rows = {row.condition: row for row in found.rows}
    assert rows["listing"].verdict == "not run"
    assert rows["listing"].detail == "no Python process of the trial took it up"
    assert rows["time-zone"].verdict == "same"


def test_programs_that_cannot_see_a_change_are_named_beside_it(project: Project):
    code = "import subprocess\nsubprocess.run(['date', '+%Y'])\n"
    project.record("main.py", code)
    rows = {row.condition: row for row in project.verify("clock", "time-zone").rows}
    assert rows["clock"].verdict == "same"
    assert rows["clock"].detail == "not seen by the program date"
    assert rows["time-zone"].detail == ""


def test_what_was_ignored_by_which_rule_is_said_with_the_verdict(project: Project):
    code = "import json, time\njson.dump({'time': time.time(), 'a': 1}, open('out.json', 'w'))\n"
    project.record("main.py", code)
    found = project.verify("listing")
    assert found.text.endswith("; ignoring durations (rule: duration) in out.json")
    assert found.to_dict()["ignored"] == {"out.json": "ignoring durations (rule: duration)"}


def test_a_run_that_hangs_is_ended(project: Project):
    project.record(
        "main.py",
        """
        import time

        time.sleep(600 * (time.timezone != 0))
        print(1)
        """,
    )
    found = project.verify("time-zone", timeout=12)  # as long as others may need to begin
    rows = {row.condition: row for row in found.rows}
    assert rows["time-zone"].verdict == "not run"
    assert rows["time-zone"].detail == "it did not end within 12 s"
    with pytest.raises(UsageError, match="timeout is 0, expected a number of seconds above 0"):
        project.verify(timeout=0)


def test_tolerances_of_the_project_are_those_of_its_verification(project: Project):
    project.write("anew.toml", "[tolerances]\nscore = 1e12\n")
    project.record("main.py", "import anew, random\nanew.log(score=random.random())\n")
    assert project.verify("time-zone").is_good


def test_the_sitecustomize_of_the_user_still_runs(project: Project):
    project.write("own/sitecustomize.py", "import builtins\nbuiltins.of_mine = 'mine'\n")
    project.record(
        "main.py",
        "import os, sys\nprint(of_mine, os.listdir('own')[:0], 'changed' in str(sys.path))\n",
        PYTHONPATH="own",
    )
    found = project.verify("listing", "clock")
    assert [row.verdict for row in found.rows] == ["same"] * 3


def test_children_of_a_program_see_the_change_too(project: Project):
    project.record(
        "main.py",
        """
        import subprocess, sys
        code = "import datetime; print(datetime.date.today().year)"
        subprocess.run([sys.executable, "-c", code], check=True)
        """,
    )
    (finding,) = project.verify("clock").findings
    assert finding.place == "stdout"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--only", "listing"), 0),
        (("--only", "time-zone", "1"), 1),
        (("--only", "listings"), 2),
        (("--times", "0"), 2),
        (("7",), 2),
        (("1", "--", "--alpha"), 2),
    ],
    ids=["same", "differs", "unknown condition", "no runs", "no such trial", "arguments"],
)
def test_the_command_ends_with_the_status_of_the_verdict(
    project: Project, words: tuple[str, ...], status: int
):
    project.record("main.py", "import time\nprint(time.localtime(0).tm_hour)\n")
    done = project.run("-m", "anew", "verify", "--env", "current", *words, check=False)
    assert done.returncode == status, done.stderr
    if status < 2:
        assert done.stdout.splitlines()[-1].startswith("trial 1 is ")


def test_a_script_is_recorded_first_and_its_arguments_are_handed_on(project: Project):
    project.write("main.py", "import sys\nprint(sys.argv[1:])\n")
    words = ("main.py", "--only", "listing", "--json", "--", "--alpha", "3")
    done = project.run("-m", "anew", "verify", *words)
    told = json.loads(done.stdout)
    assert told["is_good"]
    assert told["runs"] == 4
    assert project.store.trial(told["trial"]).console == "['--alpha', '3']\n"


def test_a_trial_that_cannot_be_run_again_ends_with_status_3(project: Project):
    done = subprocess.run(
        [sys.executable, "-"],
        input="import anew\nwith anew.trial('x'):\n    anew.log(a=1)\n",
        cwd=project.root,
        env=project.environ(),
        text=True,
        capture_output=True,
        check=True,
    )
    assert done.returncode == 0
    with pytest.raises(NotReproducibleError):
        project.verify("listing")
    assert project.run("-m", "anew", "verify", check=False).returncode == 3
    assert list(project.scratch.iterdir()) == []


def is_held(lock: Path) -> bool:
    """Tell whether a process holds a lock."""
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_two_at_once_do_not_meet_and_a_killed_one_leaves_nothing(project: Project):
    project.record("main.py", "import time\ntime.sleep(0.2)\n" + PLAIN)
    words = [sys.executable, "-m", "anew", "verify", "--only", "listing", "--env", "current"]
    started = [
        subprocess.Popen(words, cwd=project.root, env=project.environ(), stdout=subprocess.DEVNULL)
        for _ in range(3)
    ]
    while not any(project.scratch.glob("*/*")):
        assert any(each.poll() is None for each in started)
        time.sleep(0.05)
    os.kill(started[0].pid, signal.SIGKILL)
    assert [each.wait() for each in started] == [-signal.SIGKILL, 0, 0]
    while any(map(is_held, project.scratch.glob("*/owner.lock"))):  # by what the killed one ran
        time.sleep(0.05)
    assert project.verify("listing").is_good
    assert list(project.scratch.iterdir()) == []
    assert len(project.store.trials()) == 1


def test_what_the_runs_write_outside_of_the_project_is_said(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    project.record("main.py", f"open({str(home / 'made.txt')!r}, 'w').write('a')\n")
    with pytest.warns(AnewWarning, match="made.txt of today again, outside of its project") as said:
        project.verify("listing")
    assert len(said) == 1


@pytest.mark.parametrize(
    "wish",
    [{"times": 0}, {"parallel": 0}, {"rtol": -1.0}, {"env": "other"}, {"only": ("hash",)}],
    ids=["times", "parallel", "rtol", "env", "only"],
)
def test_a_wish_that_cannot_be_is_refused(wish: dict[str, object]):
    with pytest.raises(UsageError):
        Wishes(**wish)


def try_changed(switches: str, code: str) -> str:
    """Run code in a process in which something is changed."""
    place = str(Path(disturbing.__file__).parent)
    begin = f"import sys; sys.path.insert(0, {place!r}); import disturbing\n"
    words = [sys.executable, "-c", f"{begin}assert disturbing.change({switches!r})\n{code}"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def test_dates_under_another_clock_are_dates_as_ever():
    code = """
import datetime, pickle, time
now = datetime.datetime.now(datetime.timezone.utc)
assert pickle.loads(pickle.dumps(now)) == now and type(now) is datetime.datetime
assert abs(time.time() - now.timestamp()) < 60 and abs(time.time_ns() / 1e9 - time.time()) < 60
assert time.strftime("%Y") == str(time.localtime().tm_year) == time.ctime()[-4:]
assert time.gmtime(0).tm_year == 1970 and time.strftime("%Y", time.gmtime(0)) == "1970"
print(datetime.date.today().year - 2000, datetime.datetime.today().year, now.year)
"""
    year = time.localtime(time.time() + 10 * 366 * 86400).tm_year
    assert try_changed(f"clock=+{10 * 366 * 86400}", code).split()[1:] == [str(year)] * 2


def test_a_clock_that_is_held_goes_on_while_somebody_waits_for_it():
    code = """
import time
start = time.time()
assert time.time() == start == 1e9
time.sleep(0.01)
assert abs(time.time() - start - 0.01) < 1e-6
while time.time() < start + 0.05:
    pass
"""
    assert try_changed("clock=@1000000000", code) == ""


def test_listings_that_are_reversed_are_whole(tmp_path: Path):
    for name in "abc":
        (tmp_path / "in" / name).mkdir(parents=True)
    code = f"""
import glob, os, pathlib, shutil
place = {str(tmp_path / "in")!r}
with os.scandir(place) as found:
    names = [each.name for each in found]
assert names == os.listdir(place) and sorted(names) == ["a", "b", "c"]
assert len(glob.glob(place + "/*")) == len(list(pathlib.Path(place).iterdir())) == 3
print(*names)
shutil.rmtree(place)
assert not os.path.exists(place)
"""
    straight = [each.name for each in (tmp_path / "in").iterdir()]
    assert try_changed("listing=reversed", code).split() == straight[::-1]


def test_chance_that_is_seeded_is_the_same_in_each_process():
    code = """
import random, secrets, uuid
print(random.random(), random.Random().random(), secrets.token_hex(4), uuid.uuid4())
"""
    first = try_changed("chance=1", code)
    assert first == try_changed("chance=1", code)
    assert first != try_changed("chance=2", code)


def test_what_is_changed_can_be_pickled_by_reference():
    assert pickle.loads(pickle.dumps(disturbing.change)) is disturbing.change
