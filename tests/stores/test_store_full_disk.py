"""A disk without space: what was recorded is kept, and what to do is said."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing, suppress

import pytest

from anew.stores.sqlite import SQLiteStore

FILL = """
from anew.errors import StoreError

store = SQLiteStore(Path(sys.argv[1]))
begin(store, "before", note="kept")
fill = Path(sys.argv[1]) / "everything else"
number = 0
try:
    while True:
        number += 1
        begin(store, f"trial {number}", note="x" * 5_000)
except StoreError as error:
    print(str(error).replace("\\n", " "))
print(number, len(store.trials()))
"""


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one MiB; only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if (
        sys.platform != "linux"
        or subprocess.run(mount, check=False, capture_output=True).returncode
    ):
        pytest.skip("no disk can be made here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_told_and_keeps_what_was_recorded(small_disk, run):
    told, numbers = run(FILL, small_disk / "store").splitlines()
    assert told.startswith("the store cannot be written: database or disk is full (")
    assert str(small_disk / "store" / "trials.db") in told
    assert "hint: free some space there, or set ANEW_STORE to a folder on a local disk" in told
    tried, kept = map(int, numbers.split())
    assert tried > 20
    assert kept == tried


def fill(disk):
    """Leave no byte of space."""
    with (disk / "filler").open("wb", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))


def test_a_store_on_a_full_disk_is_read(small_disk, run):
    run(FILL, small_disk / "store")
    fill(small_disk)
    with closing(SQLiteStore(small_disk / "store")) as store:
        assert store.trial(1).parameters == {"note": "kept"}


def test_a_store_is_written_again_once_there_is_space(small_disk, run):
    (small_disk / "other").write_bytes(bytes(200_000))
    run(FILL, small_disk / "store")
    (small_disk / "other").unlink()
    with closing(SQLiteStore(small_disk / "store")) as store:
        before = len(store.trials())
        store.experiment_seed("another", lambda: 7)
        assert len(store.trials()) == before


def test_no_store_can_be_made_on_a_full_disk(small_disk, run):
    fill(small_disk)
    told = run(
        """
        try:
            begin(SQLiteStore(Path(sys.argv[1])), "a")
        except OSError as error:
            print(type(error).__name__, error)
        """,
        small_disk / "store",
    )
    assert told.startswith(("StoreError", "StoreNotWritableError"))
    assert "hint: " in told


def test_a_file_that_may_not_grow_is_told_and_loses_nothing(store, run):
    told, numbers = run(
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))\n"
        f"{FILL}\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)\n",
        store.folder,
    ).splitlines()
    assert told.startswith("the store cannot be written: ")
    assert "hint: free some space there" in told
    tried, kept = map(int, numbers.split())
    assert 1 < tried == kept
    assert len(store.trials()) == kept
    assert store.experiment_seed("another", lambda: 7) == 7


def test_points_that_the_disk_has_no_place_for_are_written_when_it_has(small_disk, run):
    told = run(
        """
        import warnings
        from anew.journal import Voice
        warnings.simplefilter("always")
        store = SQLiteStore(Path(sys.argv[1]) / "store")
        begin(store, "a")
        voice = Voice(store.journal_path("a"), 1, keep=lambda *what: store.fold("a", *what))
        voice.log({"loss": 0}, None)
        filler = Path(sys.argv[1]) / "filler"
        with filler.open("wb", buffering=0) as file:
            for size in (65_536, 4_096, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    pass
        for number in range(1, 5000):
            voice.log({"loss": number, "other": -number}, None)
        print(len(voice._unsaid) > 1000)
        filler.unlink()
        voice.log({"loss": 5000}, None)
        print(voice.close(), list(store.series("a", "loss").values) == list(range(5001)))
        finish(store, "a")
        print(list(store.series("a", "loss").values) == list(range(5001)))
        print(list(store.series("a", "other").values) == list(range(-1, -5000, -1)))
        """.replace('warnings.simplefilter("always")', 'warnings.simplefilter("ignore")'),
        small_disk,
    )
    assert told == "True\n0 True\nTrue\nTrue\n"
