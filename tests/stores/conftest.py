"""Stores, the trials in them, and other processes that use them."""

from __future__ import annotations

import itertools
import os
import shutil
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from anew.provenance.process import identify
from anew.stores.sqlite import SQLiteStore

PREAMBLE = """
import os, sys
from pathlib import Path
from anew.journal import Event, Journal, LoggedPoint, Printed
from anew.model import Artifact, Facet, Failure, FileUse, StepRecord
from anew.provenance.process import identify
from anew.stores.sqlite import SQLiteStore

def begin(store, uuid, **parameters):
    record = {"started": 1.0, "seed": 1, "parameters": parameters, "process": identify(),
              "reproduces": None}
    return store.begin(uuid, "bikes", record)

def finish(store, uuid):
    store.finish(uuid, status="finished", seconds=1.0, error=None)

def give_up_rights():
    # What is imported when it is used is imported now: the interpreter may be out of reach then.
    SQLiteStore(Path("/nowhere/store")).trials(), identify()
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)

"""


@pytest.fixture
def store(tmp_path):
    """A store that is not made yet."""
    made = SQLiteStore(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture
def begin(store):
    """Enter a running trial of this process, or of another one, and give its UUID."""
    numbers = itertools.count(1)

    def begin_trial(experiment="bikes", *, process=None, reproduces=None, seed=1, **parameters):
        uuid = f"{next(numbers):08x}-0000-7000-8000-000000000000"
        record = {
            "started": 1000.0,
            "seed": seed,
            "parameters": parameters,
            "process": process or identify(),
            "reproduces": reproduces,
        }
        store.begin(uuid, experiment, record)
        return uuid

    return begin_trial


@pytest.fixture
def dead():
    """The identity of a process that is gone: its number belongs to another one now."""
    return identify() | {"started": 1}


@pytest.fixture
def start(start_process):
    """Start a program of its own that may use a store, and end it in any case."""

    def start_script(code, *arguments):
        command = [
            sys.executable,
            "-W",
            "error",
            "-c",
            PREAMBLE + textwrap.dedent(code),
            *map(str, arguments),
        ]
        return start_process(command)

    return start_script


@pytest.fixture
def run(start):
    """Run a program to its end and give what it printed; what it says of errors is shown."""

    def run_script(code, *arguments):
        process = start(code, *arguments)
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        return output

    return run_script


@pytest.fixture
def public():
    """A folder that every user may look into, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="anew-"))
    folder.chmod(0o755)
    yield folder
    for parent, _, _ in os.walk(folder):
        Path(parent).chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def lock():
    """Take the right to write from everybody."""

    def lock_folder(folder):
        for parent, _, files in os.walk(folder):
            for file in files:
                (Path(parent) / file).chmod(0o444)
            Path(parent).chmod(0o555)

    return lock_folder
