"""Every Python process that a program starts is followed, and every other program is told."""

from __future__ import annotations

import sys

import pytest

READ = "open('a.csv').read()"
CHILD = f"[sys.executable, '-c', {READ!r}]"
GRANDCHILD = f"subprocess.run({CHILD}, env={{}}, check=True)"

STARTS = {
    "subprocess": f"subprocess.run({CHILD}, check=True)",
    "empty environment": f"subprocess.run({CHILD}, env={{}}, check=True)",
    "copied environment": f"subprocess.run({CHILD}, env=os.environ.copy(), check=True)",
    "path of its own": f"subprocess.run({CHILD}, env={{'PYTHONPATH': '/x'}}, check=True)",
    "path set": f"os.environ['PYTHONPATH'] = '/x'; subprocess.run({CHILD}, check=True)",
    "path put": f"os.putenv('PYTHONPATH', '/x'); subprocess.run({CHILD}, check=True)",
    "environment cleared": f"os.environ.clear(); subprocess.run({CHILD}, check=True)",
    "shell": f"subprocess.run(' '.join(map(shlex.quote, {CHILD})), shell=True, check=True)",
    "os.system": f"assert os.system(' '.join(map(shlex.quote, {CHILD}))) == 0",
    "popen": f"os.popen(' '.join(map(shlex.quote, {CHILD}))).read()",
    "system after clear": f"os.environ.clear(); os.system(' '.join(map(shlex.quote, {CHILD})))",
    "spawn": f"os.spawnv(os.P_WAIT, sys.executable, {CHILD})",
    "spawn with environment": f"os.spawnve(os.P_WAIT, sys.executable, {CHILD}, {{}})",
    "posix_spawn": f"os.waitpid(os.posix_spawn(sys.executable, {CHILD}, {{}}), 0)",
    "exec": f"os.execv(sys.executable, {CHILD})",
    "exec with environment": f"os.execve(sys.executable, {CHILD}, {{b'A': b'b'}})",
    "exec by name": f"os.execvpe(sys.executable, {CHILD}, {{}})",
    "fork": f"os.fork() or ({READ}, os._exit(0)); os.wait()",
    "fork and go on": f"os.fork() or ({READ}, sys.exit(0)); os.wait()",
    "fork in a thread": (
        "import threading\n"
        f"def fork():\n    os.fork() or ({READ}, os._exit(0)); os.wait()\n"
        "t = threading.Thread(target=fork); t.start(); t.join()"
    ),
    "grandchild": (
        f"open('c.py', 'w').write('import subprocess, sys' + chr(10) + {GRANDCHILD!r});"
        "subprocess.run([sys.executable, 'c.py'], env={}, check=True)"
    ),
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_a_python_child_is_followed(follow, start) -> None:
    seen = follow(f"import os, shlex, subprocess, sys\n{start}")
    assert seen.done.returncode == 0, seen.done.stderr
    assert "a.csv" in seen.names("read")
    assert len(seen.processes) >= 2
    assert seen.processes[-1].end in {"exit", "_exit"}


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_is_followed(follow, method) -> None:
    seen = follow(f"""
        import multiprocessing

        def read(name):
            return open(name).read()

        if __name__ == "__main__":
            with multiprocessing.get_context("{method}").Pool(2) as pool:
                print(pool.map(read, ["a.csv"]))
    """)
    assert seen.done.stdout == "['1,2\\n']\n", seen.done.stderr
    assert "a.csv" in seen.names("read")


def test_a_process_of_multiprocessing_ends_as_it_does(follow) -> None:
    seen = follow("""
        import multiprocessing

        def read():
            open("a.csv").close()

        if __name__ == "__main__":
            process = multiprocessing.get_context("spawn").Process(target=read)
            process.start()
            process.join()
    """)
    assert {each.end for each in seen.processes} <= {"exit", "_exit"}


def test_joblib_is_followed(follow) -> None:
    pytest.importorskip("joblib")
    seen = follow("""
        import joblib

        def read(name):
            return open(name).read()

        print(joblib.Parallel(n_jobs=2)(joblib.delayed(read)(n) for n in ["a.csv", "a.csv"]))
    """)
    assert seen.done.stdout == "['1,2\\n', '1,2\\n']\n", seen.done.stderr
    assert "a.csv" in seen.names("read")


def test_workers_of_pytest_are_followed(follow, work) -> None:
    pytest.importorskip("xdist")
    (work / "test_it.py").write_text("def test_it():\n    open('a.csv').read()\n")
    # With a folder of its own it does not clear away what others have left in the common one.
    words = ["-n1", "-p", "no:cacheprovider", "--basetemp=scratch", "test_it.py"]
    seen = follow(f"import pytest; pytest.main({words})")
    assert "1 passed" in seen.done.stdout, seen.done.stdout
    assert "a.csv" in seen.names("read")


def test_children_know_their_parent(follow) -> None:
    seen = follow(f"import subprocess, sys; subprocess.run({CHILD})")
    parent, child = seen.processes
    assert child.parent == parent.pid
    assert child.argv[1:] == ("-c", READ)


def test_a_forked_child_tells_only_its_own(follow) -> None:
    seen = follow("""
        import os
        open("a.csv").close()
        if os.fork() == 0:
            open("b", "w").close()
            os._exit(0)
        os.wait()
    """)
    parent, child = seen.processes
    assert child.is_forked
    assert [file.path.rpartition("/")[2] for file in child.files] == ["b"]
    assert [file.path.rpartition("/")[2] for file in parent.files] == ["a.csv"]


OTHERS = {
    "subprocess": ("subprocess.run(['true', 'x'])", ("true", "x")),
    "os.system": ("os.system('true x')", ("sh", "-c", "true x")),
    "posix_spawn": ("os.waitpid(os.posix_spawnp('true', ['true', 'x'], {}), 0)", ("true", "x")),
    "exec": ("os.execvp('true', ['true', 'x'])", ("true", "x")),
    "isolated Python": (
        "subprocess.run([sys.executable, '-I', '-c', ''])",
        (sys.executable, "-I", "-c", ""),
    ),
}


@pytest.mark.parametrize(("start", "argv"), OTHERS.values(), ids=OTHERS)
def test_another_program_is_told(follow, start, argv) -> None:
    seen = follow(f"import os, subprocess, sys\n{start}")
    assert [each.argv for process in seen.processes for each in process.programs] == [argv]


def test_traced_python_is_no_other_program(follow) -> None:
    assert follow(f"import subprocess, sys; subprocess.run({CHILD})").first.programs == ()


def test_a_program_that_is_not_there_is_not_told(follow) -> None:
    seen = follow("""
        import subprocess
        try:
            subprocess.run(["no-such-program"])
        except FileNotFoundError:
            pass
    """)
    assert seen.first.programs == ()
