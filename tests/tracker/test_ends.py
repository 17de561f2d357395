"""However a process ends, what it did until then is told."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tracker_following import plain_environment

from anew import tracker
from anew.tracker.reading import read_traces

ENDS = {
    "falls off": ("", "exit", 0),
    "sys.exit": ("sys.exit(3)", "exit", 3),
    "exception": ("1 / 0", "exit", 1),
    "interrupt": ("signal.raise_signal(signal.SIGINT)", "exit", -2),
    "os._exit": ("os._exit(4)", "_exit", 4),
    "exec": ("os.execvp('true', ['true'])", "exec", 0),
    "terminate": ("os.kill(os.getpid(), signal.SIGTERM)", "", -15),
    "kill": ("os.kill(os.getpid(), signal.SIGKILL)", "", -9),
    "crash": ("import ctypes; ctypes.string_at(0)", "", -11),
    "abort": ("os.abort()", "", -6),
    "failed exec": ("os.execv('/no/program', ['x'])", "exit", 1),
    "exec of what is no program": ("os.chmod('a.csv', 0o755); os.execv('a.csv', ['x'])", "exit", 1),
}


@pytest.mark.parametrize(("program", "end", "status"), ENDS.values(), ids=ENDS)
def test_the_end_is_told(follow, program, end, status) -> None:
    seen = follow(f"import os, signal, sys\nopen('a.csv').read()\n{program}")
    assert seen.done.returncode == status, seen.done.stderr
    assert seen.first.end == end
    assert (seen.first.ended is None) == (end == "")
    assert "a.csv" in seen.names("read")


DESCRIPTORS = {
    "closed": "os.closerange(3, 1000)",
    "used by another file": (
        "os.closerange(3, 1000); f = os.open('b', os.O_RDWR | os.O_CREAT)\n"
        "for n in range(150, 300): os.dup2(f, n)"
    ),
    "used by a pipe": "r, w = os.pipe()\nfor n in range(150, 300): os.dup2(w, n)",
    "none left": "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (30, 30))",
    "daemon": "os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0);"
    "os.closerange(0, 500); os.open('/dev/null', 2); os.dup(0); os.dup(0)",
}


@pytest.mark.parametrize("program", DESCRIPTORS.values(), ids=DESCRIPTORS)
def test_a_program_may_close_and_use_all_descriptors(follow, work, program) -> None:
    seen = follow(f"import os, time\n{program}\nopen('a.csv').read(); open('done', 'w')")
    for _ in range(100):
        if (work / "done").exists() and all(each.end for each in seen.processes):
            break
        subprocess.run(["sleep", "0.05"], check=True)
    assert seen.done.returncode == 0, seen.done.stderr
    assert "a.csv" in seen.names("read")
    assert not (work / "b").exists() or (work / "b").read_bytes() == b""


def test_closed_output_is_no_trouble(follow) -> None:
    seen = follow("import os, sys; sys.stdout.close(); os.close(2); open('a.csv')")
    assert "a.csv" in seen.names("read")


def test_a_full_disk_is_said(follow) -> None:
    seen = follow("""
        import resource
        open("a.csv").read()
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
        for i in range(50):
            open(f"{i}", "w").close()
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    """)
    assert seen.done.returncode == 0, seen.done.stderr
    assert "a.csv" in seen.names("read")
    assert "could not be written into the trace" in seen.first.unseen[-1]


def test_a_trace_folder_that_is_gone_is_no_trouble(follow, traces) -> None:
    seen = follow(f"import shutil; shutil.rmtree({str(traces)!r}); open('a.csv').read()")
    assert (seen.done.returncode, seen.done.stderr) == (0, "")


def test_a_missing_trace_folder_is_no_trouble(work, tmp_path) -> None:
    environ = plain_environment()
    environ |= tracker.variables(str(tmp_path / "none"), environ)
    done = subprocess.run(
        [sys.executable, "-c", "open('a.csv')"],
        capture_output=True,
        check=False,
        cwd=work,
        env=environ,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert not (tmp_path / "none").exists()


def test_a_torn_line_is_passed_over(follow, traces) -> None:
    seen = follow("open('a.csv').read(); import os; os._exit(0)")
    (trace,) = traces.glob("*.trace")
    trace.write_bytes(trace.read_bytes()[:-5])
    (process,) = read_traces(traces)
    assert process.end == ""
    assert "a.csv" in seen.names("read")


def test_a_trace_without_its_beginning_is_read(follow, traces) -> None:
    seen = follow("open('a.csv').read()")
    (trace,) = traces.glob("*.trace")
    trace.write_bytes(trace.read_bytes().partition(b"\n")[2])
    (process,) = read_traces(traces)
    assert process.pid > 0
    assert "beginning" in process.unseen[0]
    assert "a.csv" in seen.names("read")


def test_what_was_imported_is_told(follow, work) -> None:
    (work / "pack").mkdir()
    (work / "pack/__init__.py").touch()
    (work / "pack/part.py").touch()
    seen = follow("import json, pack.part")
    modules = seen.first.modules
    assert modules["pack"] == str(work / "pack/__init__.py")
    assert modules["pack.part"] == str(work / "pack/part.py")
    assert modules["sys"] == ""
    assert "json" in modules
    assert "json.decoder" not in modules
    assert not any("anew_tracker" in name for name in modules)


def test_the_hash_seed_is_told(follow) -> None:
    seen = follow("", environ={"PYTHONHASHSEED": "7"})
    assert seen.first.numerics["hash_seed"] == "7"


def test_the_process_is_told(follow, work) -> None:
    process = follow("", "x", "--y=z").first
    assert process.argv[1:] == ("program.py", "x", "--y=z")
    assert process.folder == str(work)
    assert process.version == "{}.{}.{}".format(*sys.version_info)
    assert process.started <= process.ended
