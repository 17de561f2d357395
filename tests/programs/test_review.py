"""What a hostile new user met."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.programs.conftest import Place


def test_a_script_that_comes_through_a_pipe_is_run(place: Place) -> None:
    done = place.run("/dev/stdin", given=b"print('here')")
    assert done.printed == b"here\n"


def test_what_is_no_file_is_not_said_to_be_gone(place: Place) -> None:
    place.write(
        "train.py",
        """
        import os
        os.makedirs("images", exist_ok=True)
        names = [f"images/{number}.png" for number in range(30)]
        for name in names:
            if not os.path.exists(name):
                open(name, "w").write("x")
        for name in names:
            open(name).read()
        """,
    )
    told = [place.run("train.py").all_told for _ in range(3)]
    assert not [each for each in told if b"is gone" in each]


def test_a_log_that_was_appended_to_is_no_other_result(place: Place) -> None:
    place.write(
        "train.py",
        """
        import time
        with open("train.log", "a") as log:
            log.write(f"{time.time()}\\n")
        """,
    )
    told = [place.run("train.py").all_told for _ in range(3)]
    assert not [each for each in told if b"result changed" in each]


def test_a_file_with_credentials_is_not_called_too_large(place: Place) -> None:
    place.write(".env", "API_KEY=planted-secret-11z\n")
    place.write("train.py", "open('.env').read()\n")
    told = place.run("train.py").all_told
    assert b"it holds credentials" in told
    assert b"too large" not in told


def test_the_arguments_of_workers_are_no_parameters(place: Place) -> None:
    place.write(
        "train.py",
        """
        from joblib import Parallel, delayed
        print(Parallel(n_jobs=2)(delayed(abs)(number) for number in (-1, -2)))
        """,
    )
    told = place.run("train.py")
    assert told.printed == b"[1, 2]\n"
    assert b"nothing read it" not in told.all_told


@pytest.mark.parametrize(
    "call",
    ["subprocess.run('cat a > b', shell=True)", "subprocess.run([sys.executable, '-I', '-c', ''])"],
    ids=["shell", "isolated"],
)
def test_a_program_that_nobody_looks_into_is_said(place: Place, call: str) -> None:
    place.write("a", "1")
    place.write("train.py", f"import subprocess, sys\n{call}\n")
    place.run("train.py")
    (unseen,) = place.trial().facets["tracking"]["unseen"]
    assert unseen.startswith("files that the program ")


def test_status_looks_at_the_interpreter_that_programs_run_in(place: Place) -> None:
    subprocess.run([sys.executable, "-m", "venv", ".venv"], cwd=place.folder, check=True)
    place.write("train.py", "print(1)\n")
    shell = {"VIRTUAL_ENV": str(place.folder / ".venv")}
    place.run("train.py", variables=shell)
    status = subprocess.run(
        [sys.executable, "-m", "anew", "status", "--json"],
        cwd=place.folder,
        env=place.environment | shell,
        capture_output=True,
        check=True,
    )
    assert json.loads(status.stdout)["changes"] == []
