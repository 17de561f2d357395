"""What a file held when it was read, though the trial changed it afterwards."""

from __future__ import annotations

import pytest

CHANGES = {
    "overwritten": "open('a.csv', 'w').write('new')",
    "appended to": "open('a.csv', 'a').write('new')",
    "updated": "open('a.csv', 'r+').write('new')",
    "truncated": "import os; os.truncate('a.csv', 0)",
    "removed": "import os; os.remove('a.csv')",
    "renamed over": "import os; open('t', 'w').write('new'); os.replace('t', 'a.csv')",
    "renamed away": "import os; os.rename('a.csv', 'b.csv'); open('b.csv', 'w').write('new')",
    "copied over": "import shutil; open('t', 'w').write('new'); shutil.copy('t', 'a.csv')",
    "through a link": "import os; os.symlink('a.csv', 'b'); open('b', 'w').write('new')",
    "through a hard link": "import os; os.link('a.csv', 'b'); open('b', 'w').write('new')",
    "linked and removed": (
        "import os; os.link('a.csv', 'b'); os.remove('a.csv'); open('b', 'w').write('new')"
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_was_read_is_kept(follow, change) -> None:
    seen = follow(f"open('a.csv').read()\n{change}")
    assert seen.done.returncode == 0, seen.done.stderr
    assert seen.before("a.csv") == b"1,2\n"


def test_what_the_parent_read_is_kept_by_the_child(follow) -> None:
    seen = follow("""
        import subprocess, sys
        open("a.csv").read()
        subprocess.run([sys.executable, "-c", "open('a.csv', 'w').write('new')"])
    """)
    assert seen.before("a.csv") == b"1,2\n"


def test_what_the_child_read_is_kept_by_the_parent(follow) -> None:
    seen = follow("""
        import subprocess, sys
        subprocess.run([sys.executable, "-c", "open('a.csv').read()"])
        open("a.csv", "w").write("new")
    """)
    assert seen.before("a.csv") == b"1,2\n"


def test_what_was_read_before_a_fork_is_kept(follow) -> None:
    seen = follow("""
        import os
        open("a.csv").read()
        if os.fork() == 0:
            os.remove("a.csv")
            os._exit(0)
        os.wait()
    """)
    assert seen.before("a.csv") == b"1,2\n"


def test_what_the_program_made_itself_is_not_kept(follow, traces) -> None:
    program = "open('b', 'w').write('x'); open('b').read(); open('b', 'w').write('y')"
    assert follow(program + "; import os; os.remove('b')").before("b") is None
    assert list(traces.glob("before-*")) == []


def test_what_nobody_read_is_not_kept(follow, traces) -> None:
    follow("open('a.csv', 'w').write('x')")
    assert list(traces.glob("before-*")) == []


def test_a_file_over_the_limit_is_said_not_to_be_kept(follow) -> None:
    seen = follow("open('a.csv').read(); open('a.csv', 'w')", keep_bytes=3)
    assert seen.before("a.csv") is None
    assert "a.csv" in seen.first.unseen[0]


def test_the_limit_reaches_children_with_an_environment_of_their_own(follow) -> None:
    seen = follow(
        """
        import subprocess, sys
        program = "open('a.csv').read(); open('a.csv', 'w')"
        subprocess.run([sys.executable, "-c", program], env={})
        """,
        keep_bytes=3,
    )
    assert seen.before("a.csv") is None
    assert "a.csv" in seen.processes[1].unseen[0]


def test_a_large_file_is_removed_at_no_cost(follow) -> None:
    seen = follow("import os; open('a.csv').read(); os.remove('a.csv')", keep_bytes=3)
    assert seen.before("a.csv") == b"1,2\n"


DATABASE = """
import subprocess, sys
make = "import sqlite3; c = sqlite3.connect('b'); c.execute('create table t (a)'); c.close()"
subprocess.run([sys.executable, "-I", "-c", make])
import sqlite3
c = sqlite3.connect("b"); c.execute("insert into t values (1)"); c.commit(); c.close()
"""


def test_a_database_that_changes_is_kept_as_it_was(follow) -> None:
    seen = follow(DATABASE)
    assert "b" in seen.names("write")
    assert seen.before("b").startswith(b"SQLite format 3")
    assert not any("/b held" in text for text in seen.first.unseen)


def test_a_large_database_that_changes_is_said_not_to_be_kept(follow) -> None:
    seen = follow(DATABASE, keep_bytes=3)
    assert "b" in seen.names("write")
    assert any("/b held" in text for text in seen.first.unseen)
