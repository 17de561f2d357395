"""What can be run: scripts, modules, notebooks, commands; and what anew's options are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from anew.data.outsiders import FOUND


def works(*words):
    """Tell whether a program can be used here."""
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


HAS_KERNEL = works(sys.executable, "-c", "import nbclient, ipykernel")
STRACE = works("strace", "-f", "-o", os.devnull, "true")
CELLS = ["import os\nalpha = 0.3\nprint('alpha is', alpha)", "alpha * 2"]


def paths(trial, role):
    return sorted(use.path for use in trial.files if use.role == role)


def write_notebook(place, cells):
    """Write a notebook as Jupyter does."""
    made = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell-{number}",
            "metadata": {},
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(cells)
    ]
    content = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return place.write("notebook.ipynb", json.dumps(content))


def test_a_module_is_run_as_python_does(place):
    place.write("package/__init__.py", "")
    place.write("package/fit.py", "import sys; print(__name__, __package__, sys.argv[1:])")
    bare = place.run("-m", "package.fit", "-m", "--alpha", "1", bare=True)
    assert place.run("-m", "package.fit", "-m", "--alpha", "1") == bare
    assert place.trial().experiment == "fit"


def test_a_command_is_run_with_its_arguments(place):
    done = place.run("--", "sh", "-c", "echo $0 $1; exit 7", "--", "-x")
    assert (done.status, done.printed) == (7, b"-- -x\n")
    assert (place.trial().experiment, place.trial().error.type) == ("sh", "ExitStatus")


def test_a_command_that_is_not_there_is_said_before_a_trial_is_begun(place):
    done = place.run("--", "no-such-program")
    assert done.status == 2
    assert b"no such command: 'no-such-program'" in done.told
    assert not (place.folder / ".anew").exists()


def test_a_script_that_is_not_there_is_said_with_near_misses(place):
    place.write("train.py", "")
    done = place.run("trian.py")
    assert (done.status, b"did you mean 'train.py'?" in done.told) == (2, True)


def test_a_script_of_another_language_is_told_how(place):
    place.write("fit.R", "")
    assert b"hint: anew run -- Rscript fit.R" in place.run("fit.R").told


def test_nothing_to_run_is_said(place):
    assert place.run().status == 2


def test_options_of_anew_stop_at_the_script(place):
    place.write("program.py", "import sys; print(sys.argv[1:])")
    done = place.run("--experiment", "mine", "--seed=5", "program.py", "--seed", "6", "--help")
    assert done.printed == b"['--seed', '6', '--help']\n"
    assert (place.trial().experiment, place.trial().seed) == ("mine", 5)


def test_a_script_that_builds_an_experiment_takes_parameters(place):
    place.write(
        "study.py",
        "import anew\nex = anew.Experiment('study')\nalpha = ex.parameter('alpha', default=1)\n"
        "@ex.result\ndef double(alpha): return 2 * alpha\nnode = double(alpha)\n",
    )
    done = place.run("study.py", "alpha=4")
    assert b"double = 8" in done.printed


def test_the_hash_seed_is_set_and_recorded_when_the_user_did_not(place):
    place.write("program.py", "import os; print(os.environ.get('PYTHONHASHSEED'), hash('x'))")
    first, second = place.run("program.py"), place.run("program.py")
    assert first == second
    assert place.trial().facets["command"]["environment"]["PYTHONHASHSEED"] == "0"
    assert place.trial().facets["program"]["hash_seed"] == {"value": "0", "origin": "anew"}
    done = place.run("program.py", variables={"PYTHONHASHSEED": "7"})
    assert done.printed.startswith(b"7 ")
    assert place.trial().facets["program"]["hash_seed"] == {"origin": "user"}


def test_the_command_line_is_recorded_without_secrets(place):
    place.write("program.py", "")
    place.run("program.py", "--token", "s3cr3t-value", "--alpha", "0.3")
    found = place.trial().facets
    assert found["program"]["argv"] == ["program.py", "--token", "***", "--alpha", "0.3"]
    stored = b"".join(p.read_bytes() for p in (place.folder / ".anew").rglob("*") if p.is_file())
    assert b"s3cr3t-value" not in stored


def test_what_argparse_parsed_are_the_parameters(place):
    place.write(
        "program.py",
        """
        import argparse
        parser = argparse.ArgumentParser()
        parser.add_argument("data")
        parser.add_argument("--alpha", type=float, default=1.0)
        parser.add_argument("--depth", type=int, default=3)
        print(parser.parse_args())
        """,
    )
    place.run("program.py", "data.csv", "--alpha", "0.3")
    assert place.trial().parameters == {"data": "data.csv", "alpha": 0.3, "depth": 3}


def test_printed_lines_are_metrics_when_asked_for(place):
    place.write("program.py", "print('epoch 1')\nprint('loss: 0.5')\nprint('loss: 2.5e-1', end='')")
    place.run("program.py")
    assert place.trial().metrics == {}
    place.run("--metrics-from-output", "program.py")
    assert place.trial().metrics == {"loss": 0.25}
    assert [point.value for point in place.trial().points("loss")] == [0.5, 0.25]


def test_declared_inputs_are_recorded_as_they_were_at_the_start(place):
    place.write("data.csv", "a\n1\n")
    place.run("--in", "*.csv", "--", "sh", "-c", "echo x >> data.csv")
    found = next(use for use in place.trial().files if use.role == "input")
    assert (found.path, found.size_bytes) == ("data.csv", 4)


def test_code_in_the_program_may_speak_to_the_trial(place):
    place.write(
        "program.py",
        """
        import multiprocessing, anew
        def work(n): anew.log(loss=n)
        if __name__ == '__main__':
            anew.save('table', [1, 2])
            with multiprocessing.get_context('spawn').Pool(1) as pool:
                pool.map(work, [1, 2])
            work(3)
        """,
    )
    assert place.run("program.py").status == 0
    trial = place.trial()
    assert [point.value for point in trial.points("loss")] == [1, 2, 3]
    assert trial.artifacts["table"] == [1, 2]


def test_trials_begun_in_the_program_are_its_children(place):
    place.write("program.py", "import anew\nwith anew.trial('inner'): print('in')")
    assert place.run("program.py").printed == b"in\n"
    outer, inner = place.trial(1), place.trial(2)
    assert (outer.experiment, inner.experiment, inner.parent) == ("program", "inner", outer.uuid)


def test_no_trace_folder_is_left(place):
    place.write("program.py", "")
    place.run("program.py")
    assert not (place.folder / ".anew/traces").exists()


@pytest.mark.skipif(not STRACE, reason="strace is not allowed here")
def test_strace_changes_neither_status_nor_output(place):
    done = place.run("--trace", "--", "sh", "-c", "cat anew.toml; echo hi > out.txt; exit 3")
    assert (done.status, done.printed) == (3, b"")
    assert place.trial().error.type == "ExitStatus"


def test_without_strace_that_is_said(place):
    place.write("program.py", "")
    folder = place.folder / "bin"
    folder.mkdir()
    for name in ("git", "sh"):
        (folder / name).symlink_to(shutil.which(name))
    done = place.run("--trace", "program.py", variables={"PATH": str(folder)})
    assert done.status == 0
    assert b"files were not traced: strace is not installed" in done.told


@pytest.mark.skipif(not HAS_KERNEL, reason="no kernel here")
def test_a_notebook_is_executed_and_kept(place):
    path = write_notebook(place, CELLS)
    before = path.read_bytes()
    done = place.run("notebook.ipynb")
    assert (done.status, done.printed, done.told) == (0, b"alpha is 0.3\n", b"")
    assert path.read_bytes() == before
    kept = json.loads(place.trial().artifacts["notebook.ipynb"])
    assert kept["cells"][1]["outputs"][0]["data"]["text/plain"] == ["0.6"]


@pytest.mark.skipif(not HAS_KERNEL, reason="no kernel here")
def test_an_error_in_a_cell_fails_the_trial(place):
    write_notebook(place, [*CELLS, "1 / 0", "print('never')"])
    done = place.run("notebook.ipynb")
    assert done.status == 1
    error = place.trial().error
    assert (error.type, error.message) == ("ZeroDivisionError", "division by zero")


@pytest.mark.skipif(HAS_KERNEL, reason="there is a kernel here")
def test_a_notebook_without_a_kernel_is_told_the_way_out(place):
    write_notebook(place, CELLS)
    done = place.run("notebook.ipynb")
    assert done.status == 3
    assert b"-m pip install nbclient ipykernel" in done.told


def test_a_file_that_the_program_tells_of_is_an_output(place):
    place.write(
        "program.py",
        """
        import subprocess, anew
        subprocess.run(["sh", "-c", "echo 1 > told.txt; echo 2 > untold.txt"])
        anew.output("told.txt")
        """,
    )
    place.run("program.py")
    found = {use.path: use.origin for use in place.trial().files}
    assert found == {"told.txt": "", "untold.txt": FOUND}


def test_what_a_command_wrote_is_seen_by_a_look_before_and_after(place):
    place.run("--", "sh", "-c", "echo 1 > made.txt")
    assert paths(place.trial(), "output") == ["made.txt"]


@pytest.mark.skipif(not STRACE, reason="strace is not allowed here")
def test_with_strace_all_files_are_seen(place):
    place.write("data.csv", "a\n1\n")
    place.write(
        "program.py", "import subprocess\nsubprocess.run(['sh', '-c', 'cat data.csv > made.txt'])"
    )
    place.run("--trace", "program.py")
    assert paths(place.trial(), "input") == ["data.csv"]
    assert paths(place.trial(), "output") == ["made.txt"]


def test_declared_outputs_are_recorded(place):
    place.write("program.py", "import subprocess\nsubprocess.run(['touch', 'a.txt', 'b.txt'])")
    done = place.run("--out", "[ab].txt", "--out", "c*.txt", "program.py")
    assert paths(place.trial(), "output") == ["a.txt", "b.txt"]
    assert b"no file is named by --out 'c*.txt'" in done.told


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no list of what is mapped")
def test_native_libraries_of_the_program_are_recorded(place):
    place.write("program.py", "print(1)")
    place.run("program.py")
    files = place.trial().facets["libraries"]["files"]
    assert any("/libc." in path for path in files)
    assert not any("-packages" in path for path in files)


def test_a_hash_seed_that_nobody_set_is_no_change(place):
    place.write("program.py", "import anew\nwith anew.trial('bikes'):\n    pass\n")
    told = [place.run("program.py", bare=bare).all_told for bare in (True, False, True, False)]
    assert b"HASHSEED" not in b"".join(told)
    assert b"hash_randomization" not in b"".join(told)


def test_of_trials_at_the_same_time_each_has_its_own_outputs(place):
    place.write(
        "program.py",
        """
        import pathlib, subprocess, sys, time
        pathlib.Path(sys.argv[1]).write_text("1")
        subprocess.run(["sh", "-c", "true"])
        time.sleep(float(sys.argv[2]))
        """,
    )
    processes = [
        place.start("program.py", f"{n}.txt", seconds) for n, seconds in ((1, "1"), (2, "2"))
    ]
    for process in processes:
        process.communicate(timeout=120)
    found = {tuple(paths(place.trial(number), "output")) for number in (1, 2)}
    assert found == {("1.txt",), ("2.txt",)}


def test_what_a_program_asks_of_anew_is_no_parameter_or_input_of_its_own(place):
    place.write("first.py", "print(1)")
    place.run("first.py")
    place.write(
        "second.py",
        """
        import subprocess, sys
        subprocess.run([sys.executable, "-m", "anew", "reproduce", "1"], check=True)
        """,
    )
    place.run("second.py")
    trial = place.trial(2)
    assert trial.experiment == "second"
    assert trial.parameters == {}
    assert list(paths(trial, "input")) == []
