"""Digests of bytes and files, and the rows of text tables."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, BinaryIO

import blake3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.digests import FileDigest, digest_bytes, digest_file, files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONG_AGO_NS = 1_500_000_000 * 10**9


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch: pytest.MonkeyPatch) -> dict:
    cache: dict = {}
    monkeypatch.setattr(files, "_cache", cache)
    return cache


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each time that a file is really read."""
    seen: list[str] = []
    read = files._read

    def noted(stream: BinaryIO, suffix: str) -> FileDigest:
        seen.append(suffix)
        return read(stream, suffix)

    monkeypatch.setattr(files, "_read", noted)
    return seen


def write_old(path: Path, data: bytes) -> Path:
    """Write a file that was not written for years, and touched some time ago."""
    path.write_bytes(data)
    os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS + 1))
    time.sleep(0.12)
    return path


@given(st.binary())
def test_a_digest_of_bytes_is_their_blake3(data: bytes) -> None:
    assert digest_bytes(data) == "blake3:" + blake3.blake3(data).hexdigest()


def test_bytes_may_be_a_view_of_an_array_of_bytes() -> None:
    assert digest_bytes(memoryview(bytearray(b"abc"))) == digest_bytes(b"abc")


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_000_000])
def test_a_file_has_the_digest_and_the_size_of_its_bytes(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    path = tmp_path / "data.bin"
    path.write_bytes(data)
    assert digest_file(path) == FileDigest(digest_bytes(data), size, None)


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [
        ("a.csv", "", 0),
        ("a.csv", "x,y", 0),
        ("a.csv", "x,y\n", 0),
        ("a.csv", "x,y\n1,2\n3,4\n", 2),
        ("a.csv", "x,y\n1,2\n3,4", 2),
        ("a.tsv", "x\ty\r\n1\t2\r\n", 1),
        ("A.CSV", "x\n1\n", 1),
        ("a.txt", "one\ntwo", 2),
        ("a.txt", "", 0),
        ("a.jsonl", "{}\n{}\n", 2),
        ("a.ndjson", "{}\n", 1),
        ("a.json", "{}\n", None),
        ("a.csv.gz", "x\n1\n", None),
        ("noname", "x\n1\n", None),
    ],
)
def test_rows_are_the_lines_below_a_header(
    tmp_path: Path, name: str, text: str, rows: int | None
) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode())
    assert digest_file(path).rows == rows


def test_rows_are_counted_across_blocks(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_bytes(b"0123456\n" * 400_000 + b"end")
    assert digest_file(path).rows == 400_001


def test_an_unchanged_file_is_read_once(tmp_path: Path, reads: list[str]) -> None:
    path = write_old(tmp_path / "a.csv", b"x\n1\n")
    assert digest_file(path) == digest_file(str(path))
    assert reads == [".csv"]


def test_a_file_of_another_size_is_read_again(tmp_path: Path, reads: list[str]) -> None:
    path = write_old(tmp_path / "a.csv", b"x\n1\n")
    before = digest_file(path)
    write_old(path, b"x\n1\n2\n")
    assert digest_file(path) != before
    assert len(reads) == 2


def test_a_file_of_another_time_is_read_again(tmp_path: Path) -> None:
    path = write_old(tmp_path / "a.csv", b"x\n1\n")
    before = digest_file(path)
    path.write_bytes(b"x\n2\n")
    os.utime(path, ns=(LONG_AGO_NS + 1, LONG_AGO_NS + 1))
    assert digest_file(path) != before


def test_a_file_put_in_the_place_of_another_is_read_again(tmp_path: Path) -> None:
    path = write_old(tmp_path / "a.csv", b"x\n1\n")
    before = digest_file(path)
    write_old(tmp_path / "b.csv", b"x\n2\n").replace(path)
    assert digest_file(path) != before


def test_a_file_written_just_now_is_not_remembered(tmp_path: Path, reads: list[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x\n1\n")
    digest_file(path)
    digest_file(path)
    assert len(reads) == 2


def test_a_file_that_changes_while_it_is_read_is_read_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_old(tmp_path / "a.txt", b"old\n")
    read = files._read
    reads = []

    def disturbed(stream: BinaryIO, suffix: str) -> FileDigest:
        found = read(stream, suffix)
        if not reads:
            path.write_bytes(b"new\nnew\n")
        reads.append(found)
        return found

    monkeypatch.setattr(files, "_read", disturbed)
    assert digest_file(path) == FileDigest(digest_bytes(b"new\nnew\n"), 8, 2)
    assert len(reads) == 2


def test_a_file_that_never_rests_is_given_as_it_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_cache: dict
) -> None:
    path = write_old(tmp_path / "a.log", b"0")
    read = files._read
    reads = []

    def disturbed(stream: BinaryIO, suffix: str) -> FileDigest:
        reads.append(read(stream, suffix))
        path.write_bytes(b"0" * (len(reads) + 1))
        return reads[-1]

    monkeypatch.setattr(files, "_read", disturbed)
    assert digest_file(path) == FileDigest(digest_bytes(b"00"), 2, None)
    assert len(reads) == 2
    assert empty_cache == {}


class Notebook:
    """A memory that notes what it is asked and told."""

    def __init__(self) -> None:
        self.known: dict = {}
        self.asked: list = []

    def get(self, state: tuple) -> FileDigest | None:
        self.asked.append(state)
        return self.known.get(state)

    def put(self, state: tuple, found: FileDigest) -> None:
        self.known[state] = found


@pytest.fixture
def memory() -> Iterator[Notebook]:
    notebook = Notebook()
    files.use_memory(notebook)
    yield notebook
    files.use_memory(None)


def test_a_memory_knows_what_another_process_read(
    tmp_path: Path, memory: Notebook, reads: list[str], empty_cache: dict
) -> None:
    path = write_old(tmp_path / "a.csv", b"x\n1\n")
    found = digest_file(path)
    stat = path.stat()
    times = stat.st_mtime_ns, stat.st_ctime_ns
    state = (str(path), stat.st_dev, stat.st_ino, stat.st_size, *times)
    assert memory.known == {state: found}
    empty_cache.clear()
    assert digest_file(path) == found
    digest_file(path)
    assert (len(reads), len(memory.asked)) == (1, 2)  # asked once in each "process"


def test_a_memory_is_not_told_of_a_file_that_may_still_change(
    tmp_path: Path, memory: Notebook
) -> None:
    (tmp_path / "a.txt").write_bytes(b"1")
    digest_file(tmp_path / "a.txt")
    assert memory.known == {}


def test_a_time_in_whole_seconds_is_trusted_later(tmp_path: Path, reads: list[str]) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"1")
    second_ago = (time.time_ns() // 10**9 - 1) * 10**9
    os.utime(path, ns=(second_ago, second_ago))
    digest_file(path)
    digest_file(path)
    assert len(reads) == 2


def test_the_oldest_digests_are_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: list[str]
) -> None:
    monkeypatch.setattr(files, "_CACHE_ENTRIES", 2)
    monkeypatch.setattr(files, "_memory", None)
    paths = [write_old(tmp_path / f"{i}.txt", b"") for i in range(3)]
    for path in paths:
        digest_file(path)
    digest_file(paths[2])
    assert len(reads) == 3
    digest_file(paths[0])
    assert len(reads) == 4


def test_a_relative_path_follows_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_old(tmp_path / name / "a.txt", name.encode())
    found = []
    for name in ("one", "two"):
        monkeypatch.chdir(tmp_path / name)
        found.append(digest_file("a.txt").digest)
    assert found == [digest_bytes(b"one"), digest_bytes(b"two")]


def test_a_missing_file_is_the_error_of_opening_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        digest_file(tmp_path / "missing")


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        digest_file(tmp_path)


def test_threads_get_the_same_digest(tmp_path: Path) -> None:
    path = write_old(tmp_path / "a.txt", b"x" * 100_000)
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(digest_file, [path] * 64))) == 1
