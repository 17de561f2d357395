"""Files that a program opens, in whatever way."""

from __future__ import annotations

import os

import pytest

READS = {
    "open": "open('a.csv').read()",
    "bytes": "open(b'a.csv').read()",
    "pathlike": "import pathlib; pathlib.Path('a.csv').read_text()",
    "os.open": "import os; os.close(os.open('a.csv', os.O_RDONLY))",
    "absolute": "import os; open(os.path.abspath('a.csv')).close()",
    "dots": "import os; os.mkdir('d'); open('d/../a.csv').close()",
    "dot": "open('./a.csv').close()",
    "chdir": "import os; os.mkdir('d'); os.chdir('d'); open('../a.csv').close()",
    "folder descriptor": (
        "import os; f = os.open('.', os.O_RDONLY); os.mkdir('d'); os.chdir('d');"
        "os.close(os.open('a.csv', os.O_RDONLY, dir_fd=f))"
    ),
    "mmap": "import mmap; f = open('a.csv', 'rb'); mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)",
    "copy": "import shutil; shutil.copy('a.csv', 'b.csv')",
    "thread": (
        "import threading; t = threading.Thread(target=lambda: open('a.csv').close());"
        "t.start(); t.join()"
    ),
    "link": "import os; os.link('a.csv', 'b.csv')",
    "update": "open('a.csv', 'r+').close()",
    "append": "open('a.csv', 'a').close()",
    "url": "import os, urllib.request as u; u.urlopen('file://' + os.path.abspath('a.csv'))",
    "at exit": "import atexit; atexit.register(lambda: open('a.csv').close())",
}

WRITES = {
    "open": "open('b.csv', 'w').write('x')",
    "append": "open('b.csv', 'a').write('x')",
    "exclusive": "open('b.csv', 'x').write('x')",
    "touch": "import pathlib; pathlib.Path('b.csv').touch()",
    "os.open": "import os; os.close(os.open('b.csv', os.O_WRONLY | os.O_CREAT))",
    "rename": "import os; open('t', 'w').close(); os.replace('t', 'b.csv')",
    "rename folder": "import os; os.mkdir('d'); open('d/b.csv', 'w').close(); os.rename('d', 'e');"
    "os.rename('e/b.csv', 'b.csv')",
    "copy": "import shutil; shutil.copyfile('a.csv', 'b.csv')",
    "move": "import shutil; shutil.move('a.csv', 'b.csv')",
    "hard link": "import os; os.link('a.csv', 'b.csv')",
    "symbolic link": "import os; os.symlink('a.csv', 'b.csv')",
    "sqlite": (
        "import sqlite3; c = sqlite3.connect('b.csv'); c.execute('create table t (a)');"
        "c.commit(); c.close()"
    ),
}

UNSEEN = {
    "descriptor": "import os; r, w = os.pipe(); open(w, 'w').close()",
    "pipe": "import os; os.mkfifo('p'); os.close(os.open('p', os.O_RDWR))",
    "device": "open('/dev/null').close()",
    "proc": "open('/proc/self/stat').close()",
    "folder": "import os; os.close(os.open('.', os.O_RDONLY)); os.listdir('.')",
    "own module": "open('m.py', 'w').write('a = 1')\nimport m",
    "traceback": "import traceback\ntry: 1 / 0\nexcept ZeroDivisionError: traceback.format_exc()",
    "memory": "import sqlite3; sqlite3.connect(':memory:').execute('create table t (a)')",
    "library's file": "import os, json; open(json.__file__).close()",
    "standard library": "import argparse, email, decimal",
    "socket": "import socket; s = socket.socket(socket.AF_UNIX); s.bind('s')",
}


@pytest.mark.parametrize("program", READS.values(), ids=READS)
def test_a_file_that_is_read_is_seen(follow, program) -> None:
    seen = follow(program)
    assert seen.done.returncode == 0, seen.done.stderr
    assert "a.csv" in seen.names("read")


@pytest.mark.parametrize("program", WRITES.values(), ids=WRITES)
def test_a_file_that_is_written_is_seen(follow, program) -> None:
    seen = follow(program)
    assert seen.done.returncode == 0, seen.done.stderr
    assert "b.csv" in seen.names("write")


@pytest.mark.parametrize("program", UNSEEN.values(), ids=UNSEEN)
def test_what_is_no_file_of_the_program_is_not_seen(follow, program) -> None:
    seen = follow(program)
    assert seen.done.returncode == 0, seen.done.stderr
    assert seen.names("read") == set()


def test_state_is_that_before_the_first_use(follow, work) -> None:
    os.utime(work / "a.csv", ns=(10**18, 10**18 + 7))
    found = (work / "a.csv").stat()
    seen = follow("open('a.csv').read(); open('a.csv', 'a').write('more')")
    state = (found.st_dev, found.st_ino, 4, 10**18 + 7)
    assert seen.files("read")["a.csv"].state == state
    assert seen.files("write")["a.csv"].state == state


def test_a_missing_file_that_is_looked_for_is_seen(follow) -> None:
    seen = follow("try: open('b.csv')\nexcept OSError: pass")
    assert seen.files("read")["b.csv"].state is None


def test_a_new_file_was_missing(follow) -> None:
    assert follow("open('b.csv', 'w')").files("write")["b.csv"].state is None


BOUND_TO_FAIL = {
    "no folder": "open('no/b.csv', 'w')",
    "exclusive": "open('a.csv', 'x')",
    "folder": "open('.', 'w')",
}


@pytest.mark.parametrize("program", BOUND_TO_FAIL.values(), ids=BOUND_TO_FAIL)
def test_a_file_that_cannot_be_written_is_not_seen(follow, program) -> None:
    assert follow(f"try: {program}\nexcept OSError: pass").names("write") == set()


def test_a_removed_file_is_gone(follow) -> None:
    seen = follow("import os; os.remove('a.csv')")
    assert seen.names("gone") == {"a.csv"}


def test_a_removed_tree_is_gone(follow) -> None:
    seen = follow(
        "import os, shutil; os.makedirs('d/e'); open('d/e/b', 'w').close(); shutil.rmtree('d')"
    )
    assert "d/e/b" in seen.names("gone")


def test_a_source_that_is_read_as_data_is_seen(follow) -> None:
    assert follow("import ast; ast.parse(open('program.py').read())").names("read") == {
        "program.py"
    }


def test_what_a_module_reads_at_import_is_seen(follow, work) -> None:
    (work / "m.py").write_text("text = open('a.csv').read()")
    assert follow("import m").names("read") == {"a.csv"}


NAMES = {
    "space": "a b",
    "accent": "é ü 中",
    "newline": "a\nb",
    "quote": "a\"'\\b",
    "surrogate": os.fsdecode(b"a\xff\xfeb"),
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_names_are_kept_as_they_are(follow, work, name) -> None:
    (work / name).write_text("x")
    assert follow(f"open({name!a}).read()").names("read") == {name}


def test_first_and_last_use_are_told(follow) -> None:
    seen = follow("import time\nopen('a.csv').close()\ntime.sleep(0.2)\nopen('a.csv').close()")
    file = seen.files("read")["a.csv"]
    assert 0.2 <= file.last - file.first < 20


def test_many_files_are_seen_once_each(follow) -> None:
    seen = follow("""
        import os
        os.mkdir("d")
        for i in range(2000):
            open(f"d/{i}", "w").close()
        for _ in range(3):
            for i in range(2000):
                open(f"d/{i}").close()
    """)
    assert len(seen.names("read")) == 2000
    assert len(seen.first.files) == 4000


def test_a_database_that_is_only_read_is_not_written(follow, work) -> None:
    follow("import sqlite3; c = sqlite3.connect('b'); c.execute('create table t (a)'); c.close()")
    for trace in work.parent.joinpath("traces").iterdir():
        trace.unlink()
    seen = follow("import sqlite3; sqlite3.connect('file:b?mode=ro', uri=True).execute('select 1')")
    assert seen.names("read") == {"b"}
    assert seen.names("write") == set()


def test_caches_are_not_seen(follow, tmp_path) -> None:
    program = "import os; p = os.environ['XDG_CACHE_HOME']; open(p + '/x', 'w'); open(p + '/x')"
    (tmp_path / "cache").mkdir()
    seen = follow(program, environ={"XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert seen.first.files == ()
