"""A program cannot tell that it is followed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from tracker_following import plain_environment

SHOWN = {
    "environment": "import os; print(sorted(os.environ.items()), sorted(os.environb))",
    "path": "import sys; print(sys.path, sys.path_importer_cache.keys() & {''})",
    "arguments": "import sys; print(sys.argv, sys.orig_argv, sys.flags, sys.warnoptions)",
    "main": "print(sorted(globals()), __file__, __name__)",
    "site": "import sys; print('sitecustomize' in sys.modules, 'usercustomize' in sys.modules)",
    "warning": "import warnings; warnings.warn('careful')",
    "traceback": "def f():\n    open('no')\nf()",
    "failing import": "open('m.py', 'w').write('1 / 0')\nimport m",
    "failing library": (
        "import os, sys; os.mkdir('random'); open('random/__init__.py', 'w').write('1 / 0');"
        "sys.path.insert(0, '.'); sys.modules.pop('random', None)\nimport random"
    ),
    "missing program": "import subprocess; subprocess.run(['no-such-program'])",
    "status": "raise SystemExit(7)",
    "message": "raise SystemExit('stop')",
    "functions": (
        "import os, pickle; print(pickle.loads(pickle.dumps(os._exit)) is os._exit,"
        "os.execve in os.supports_fd, os.execve.__name__, os.posix_spawn.__doc__)"
    ),
    "finders": "import importlib, pkgutil; importlib.invalidate_caches();"
    "print(len(list(pkgutil.iter_modules(['.']))))",
    "loader": "import random; print(vars(random.__loader__), random.__spec__.origin)",
    "open files": "import os; f = open('a.csv'); print(f.fileno(), os.dup(0))",
    "cleared": "import os; os.environ.clear(); print(dict(os.environ))",
    "deleted": "import os; os.environ.pop('PYTHONPATH', None); print('PYTHONPATH' in os.environ)",
}


def run_plainly(folder, environ):
    return subprocess.run(
        [sys.executable, "program.py"],
        capture_output=True,
        check=False,
        cwd=folder,
        env=environ,
        text=True,
    )


def clean(work) -> None:
    for path in work.iterdir():
        if path.name not in {"a.csv", "program.py"}:
            subprocess.run(["rm", "-r", str(path)], check=True)


@pytest.mark.parametrize("path", [None, "", "/x:/y", ":"], ids=["none", "empty", "two", "dots"])
@pytest.mark.parametrize("program", SHOWN.values(), ids=SHOWN)
def test_what_a_program_shows_is_the_same(follow, work, program, path) -> None:
    environ = {} if path is None else {"PYTHONPATH": path}
    seen = follow(program, environ=environ)
    clean(work)
    plain = run_plainly(work, plain_environment() | environ)
    assert (seen.done.returncode, seen.done.stdout, seen.done.stderr) == (
        plain.returncode,
        plain.stdout,
        plain.stderr,
    )


@pytest.mark.parametrize(
    "text",
    ["import sys; sys.stdout.write('hello ')", "1 / 0", "raise ImportError('no')"],
    ids=["prints", "fails", "fails to import"],
)
def test_a_sitecustomize_of_the_user_runs(follow, work, tmp_path, text) -> None:
    folder = tmp_path / "custom"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(text)
    environ = {"PYTHONPATH": str(folder)}
    program = "import sys; print('sitecustomize' in sys.modules)"
    seen = follow(program, environ=environ)
    plain = run_plainly(work, plain_environment() | environ)
    assert (seen.done.stdout, seen.done.stderr) == (plain.stdout, plain.stderr)


def test_a_child_shows_its_environment_as_it_was_given(follow) -> None:
    seen = follow("""
        import subprocess, sys
        show = "import os; print(dict(os.environ))"
        for environ in ({}, {"PYTHONPATH": "/x"}, {"PYTHONPATH": ""}):
            subprocess.run([sys.executable, "-c", show], env=environ)
    """)
    shown = [eval(line) for line in seen.done.stdout.splitlines()]  # noqa: S307
    for each in shown:
        each.pop("LC_CTYPE", None)  # Python's own
    assert shown == [{}, {"PYTHONPATH": "/x"}, {"PYTHONPATH": ""}]


def test_an_environment_that_is_handed_over_is_not_changed(follow) -> None:
    seen = follow("""
        import subprocess, sys
        environ = {"A": "b"}
        subprocess.run([sys.executable, "-c", ""], env=environ)
        print(environ)
    """)
    assert seen.done.stdout == "{'A': 'b'}\n"


def test_a_tracker_that_fails_is_not_noticed(follow, traces, tmp_path, monkeypatch) -> None:
    for name in [name for name in os.environ if name.startswith("COVERAGE")]:
        monkeypatch.delenv(name)  # that fails too
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "fcntl.py").write_text("raise RuntimeError('no')")
    seen = follow("print(1)", environ={"PYTHONPATH": str(tmp_path / "broken")})
    assert (seen.done.stdout, seen.done.stderr) == ("1\n", "")
    assert "did not start" in seen.first.unseen[0]


def test_an_isolated_interpreter_is_left_alone(work, traces) -> None:
    from tracker_following import run_followed

    seen = run_followed(work, traces, ["-I", "-c", "open('a.csv')"])
    assert seen.done.returncode == 0
    assert seen.processes == []
