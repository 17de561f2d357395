"""A folder of memos, records to put into it, and other processes that use it."""

from __future__ import annotations

import sys
import textwrap

import pytest

from anew.memos import Memo, Memos

PREAMBLE = """
import os, sys, time
from pathlib import Path
import numpy as np
from anew.memos import Memo, Memos

def record(key, **other):
    told = dict(function="pkg.f", content=f"xxh3-1:{key}", seconds=1.0, cost=1.0, seed=None,
                reads=(), effects="", code="c", parts="[]", trial=None, created=time.time())
    return Memo(key=key, **(told | other))

memos = Memos(Path(sys.argv[1]))
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "memo"


@pytest.fixture
def memos(folder):
    """A folder of memos that is not made yet."""
    made = Memos(folder)
    yield made
    made.close()


@pytest.fixture
def record():
    """Make the record of a call; its content follows from its key."""

    def make(key="k", **other):
        told = {
            "function": "pkg.f",
            "content": f"xxh3-1:{key}",
            "seconds": 1.0,
            "cost": 1.0,
            "seed": None,
            "reads": (),
            "effects": "",
            "code": "c",
            "parts": "[]",
            "trial": None,
            "created": 1000.0,
        }
        return Memo(key=key, **(told | other))

    return make


@pytest.fixture
def start(start_process, folder):
    """Start a program that uses the folder, and end it in any case."""

    def start_script(code, *arguments, folder=folder):
        script = PREAMBLE + textwrap.dedent(code)
        command = [sys.executable, "-W", "error", "-c", script, folder, *arguments]
        return start_process([*map(str, command)])

    return start_script


@pytest.fixture
def run(start):
    """Run a program to its end and give what it printed; what it says of errors is shown."""

    def run_script(code, *arguments, **other):
        process = start(code, *arguments, **other)
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        return output

    return run_script


@pytest.fixture
def age():
    """Make a folder's memos look used some days ago, the first the longest."""

    def make_old(memos, **days):
        with memos._index.writing() as sql:
            for key, number in days.items():
                query = "UPDATE memos SET used = used - ? WHERE key = ?"
                sql.execute(query, (86400 * number, key))

    return make_old
