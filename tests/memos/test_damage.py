"""What is damaged is a clean miss, and the next put mends it."""

from __future__ import annotations

import shutil
import sqlite3
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from anew.errors import AnewWarning, MemoLostError
from anew.memos import Memos
from anew.memos.container import read_container, write_container

VALUES = {
    "array": lambda: np.arange(5000.0),
    "frame": lambda: pd.DataFrame({"a": np.arange(3000.0), "b": np.arange(3000)}),
    "objects": lambda: [{"n": n, "weights": np.full(300, n)} for n in range(50)],
    "table": lambda: pa.table({"a": range(5000)}),
}


@pytest.fixture(params=VALUES)
def kept(request, memos, record):
    """A memo with a payload of each kind, and the payload's file, which may be written to."""
    memos.put(record(), VALUES[request.param]())
    (found,) = memos.find("k")
    path = memos._payloads.path(found.payload)
    path.chmod(0o644)
    return found, path


def lost(memos, found):
    """Tell whether loading says that the value is lost, and in no other way."""
    try:
        memos.load(found)
    except MemoLostError:
        return True
    return False


def test_a_missing_payload_is_told(memos, kept):
    found, path = kept
    path.unlink()
    assert not memos.has_value(found)
    with pytest.raises(MemoLostError, match="cannot be read: FileNotFoundError") as caught:
        memos.load(found)
    assert caught.value.where == found.payload


def test_a_payload_cut_anywhere_is_told(memos, kept):
    found, path = kept
    whole = path.read_bytes()
    places = {0, 1, 7, 8, 31, 32, 63, 64, 65, 127, 128, 4095, 4096, 4097, len(whole) // 2}
    for length in sorted(places | {len(whole) - n for n in (1, 2, 8, 64)}):
        path.write_bytes(whole[:length])
        assert lost(memos, found), length
        assert not memos.has_value(found)
    path.write_bytes(whole)
    assert not lost(memos, found)


def test_a_payload_with_more_behind_it_is_told(memos, kept):
    found, path = kept
    path.write_bytes(path.read_bytes() + b"\0")
    assert lost(memos, found)


def test_any_flipped_bit_of_the_header_is_told(memos, kept):
    found, path = kept
    whole = path.read_bytes()
    for place in range(160):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << place % 8
        path.write_bytes(flipped)
        assert lost(memos, found), place


@pytest.mark.parametrize("content", [b"", b"\0" * 100_000, b"something else" * 1000])
def test_a_foreign_file_is_told(memos, kept, content):
    found, path = kept
    path.write_bytes(content)
    assert lost(memos, found)


def test_another_payload_under_that_name_is_told(memos, record, kept):
    found, path = kept
    memos.put(record("other"), np.ones(7000))
    other = memos._payloads.path(memos.find("other")[0].payload)
    path.unlink()
    shutil.copyfile(other, path)
    assert lost(memos, found)


def test_a_folder_in_place_of_a_payload_is_told(memos, kept):
    found, path = kept
    path.unlink()
    path.mkdir()
    assert lost(memos, found)


def test_putting_again_mends_a_damaged_payload(memos, record, kept):
    found, path = kept
    value = memos.load(found)
    data = bytearray(path.read_bytes())
    data[50] ^= 1
    path.unlink()
    path.write_bytes(data)
    assert lost(memos, found)
    assert memos.put(record(), value)
    assert not lost(memos, memos.find("k")[0])


def test_putting_again_mends_what_only_unpickling_sees(memos, record):
    value = [str(n) for n in range(20_000)]
    memos.put(record(), value)
    (found,) = memos.find("k")
    path = memos._payloads.path(found.payload)
    data = bytearray(path.read_bytes())
    data[50_000] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
    with pytest.raises(MemoLostError, match="its header or pickle is damaged"):
        memos.load(found)
    assert memos.put(record(), value)
    assert memos.load(record()) == value


def test_a_damaged_value_in_the_index_is_told_and_mended(memos, record):
    memos.put(record(), [1, 2, 3])
    damaged = bytearray(memos.find("k")[0].inline)
    damaged[-2] ^= 1
    with memos._index.writing() as sql:
        sql.execute("UPDATE memos SET inline = ?", (bytes(damaged),))
    assert lost(memos, memos.find("k")[0])
    assert memos.put(record(), [1, 2, 3])
    assert memos.load(record()) == [1, 2, 3]


def test_a_name_that_leads_elsewhere_is_told(memos, record, tmp_path):
    memos.put(record(), np.arange(5000))
    with memos._index.writing() as sql:
        sql.execute("UPDATE memos SET payload = '../../../etc/passwd'")
    (found,) = memos.find("k")
    assert not memos.has_value(found)
    assert lost(memos, found)


def test_a_container_says_what_is_wrong_with_it():
    whole = b"".join(map(bytes, write_container([b"\x80\x05N."], [])))
    assert read_container(memoryview(bytearray(whole))) is None
    for data, told in [
        (whole[:20], "too short"),
        (b"x" + whole[1:], "no header"),
        (whole[:-1], "damaged"),
        (whole + b"x", r"has \d+ bytes, expected"),
    ]:
        with pytest.raises(ValueError, match=told):
            read_container(memoryview(bytearray(data)))


BROKEN = {
    "text": b"this is no database, but a text that is longer than a header" * 50,
    "cut": None,
    "zeros": bytes(8192),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_damaged_index_is_set_aside_with_a_warning(memos, record, name):
    for n in range(50):
        memos.put(record(str(n)), "x" * 1000)
    memos.close()
    path = memos.folder / "memo.db"
    path.write_bytes(BROKEN[name] or path.read_bytes()[:5000])
    with pytest.warns(AnewWarning, match=r"damaged .* set aside as .*memo\.db\.broken-1"):
        found = memos.find("1")
    assert found == []
    assert (memos.folder / "memo.db.broken-1").exists()
    assert memos.put(record(), 5)
    assert memos.load(record()) == 5


def test_a_damaged_index_does_not_keep_from_putting(memos, record):
    memos.put(record("a"), 1)
    memos.close()
    (memos.folder / "memo.db").write_bytes(b"not a database" * 100)
    with pytest.warns(AnewWarning, match="set aside"):
        assert memos.put(record("b"), 2)
    assert memos.load(record("b")) == 2


def test_a_second_damaged_index_does_not_replace_the_first(memos, record):
    for number in (1, 2):
        memos.put(record(), 1)
        memos.close()
        (memos.folder / "memo.db").write_bytes(b"%d" % number * 5000)
        with pytest.warns(AnewWarning, match=f"broken-{number}"):
            memos.find("k")
    assert (memos.folder / "memo.db.broken-1").read_bytes()[:1] == b"1"


def test_a_database_of_somebody_else_is_set_aside_whole(memos, record):
    memos.folder.mkdir()
    with sqlite3.connect(memos.folder / "memo.db") as other:
        other.execute("CREATE TABLE t (x)")
        other.execute("INSERT INTO t VALUES (7)")
    other.close()
    with pytest.warns(AnewWarning, match="no index of memos"):
        assert memos.put(record(), 1)
    again = sqlite3.connect(memos.folder / "memo.db.broken-1")
    assert again.execute("SELECT x FROM t").fetchone() == (7,)
    again.close()


def test_an_index_of_a_later_anew_is_left_alone(memos, record):
    memos.put(record(), 1)
    with memos._index.writing() as sql:
        sql.execute("PRAGMA user_version = 99")
    memos.close()
    with pytest.warns(AnewWarning, match="scheme 99"):
        assert memos.find("k") == []
    with pytest.warns(AnewWarning, match="cannot be kept: the memos have scheme 99"):
        assert not memos.put(record("b"), 2)
    with pytest.warns(AnewWarning, match="cannot be cleaned"):
        memos.clean(0)
    assert not list(memos.folder.glob("*broken*"))


def test_an_empty_index_is_filled(memos, record):
    memos.folder.mkdir()
    (memos.folder / "memo.db").touch()
    assert memos.find("k") == []
    assert memos.put(record(), 1)
    assert memos.load(record()) == 1


def test_the_log_of_a_removed_index_does_not_reach_the_next(memos, record, run):
    run("memos.put(record('old'), 1); os._exit(0)")  # leaves its log behind
    assert (memos.folder / "memo.db-wal").stat().st_size
    (memos.folder / "memo.db").unlink()
    assert memos.put(record("new"), 2)
    assert memos.find("old") == []
    assert memos.load(record("new")) == 2


def test_a_warning_is_given_once(memos, record, tmp_path):
    (tmp_path / "file").touch()
    inside = Memos(tmp_path / "file" / "memo")
    assert inside.find("k") == []
    with pytest.warns(AnewWarning, match="no memos can be kept here"):
        assert not inside.put(record(), 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not inside.put(record(), 1)
        assert inside.clean().size_bytes == 0
