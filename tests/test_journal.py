"""What a trial says is there after whatever happens to its process, its disk or its journal."""

from __future__ import annotations

import json
import math
import os
import struct
import subprocess
import sys
import textwrap
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.errors import StoreError
from anew.journal import (
    CodeParts,
    Ended,
    Event,
    Journal,
    LoggedPoint,
    Printed,
    Said,
    read_journal,
)
from anew.model import Artifact, Failure, FileUse, Part, StepRecord

HEAD_SIZE = 9
LARGEST = 2**63 - 1

text = st.text(st.characters(exclude_categories=()), max_size=20)
# JSON joins two halves of a character that follow each other; printed text is not JSON.
joined = text.filter(lambda t: json.loads(json.dumps(t)) == t)
name = st.text(st.characters(codec="utf-8"), max_size=20)
number = st.floats(allow_nan=False)
failure = st.builds(Failure, joined, joined, joined)
parts = st.lists(st.builds(Part, joined, joined, st.none() | joined, joined)).map(tuple)
items = st.one_of(
    st.builds(
        LoggedPoint, name, st.none() | st.integers(-LARGEST - 1, LARGEST), st.floats(), number
    ),
    st.builds(Printed, st.sampled_from(["stdout", "stderr"]), text, number),
    st.builds(Event, joined, joined, number),
    st.builds(Ended, joined, st.none() | number, st.none() | failure, number),
    st.builds(
        StepRecord,
        joined,
        joined,
        number,
        number,
        joined,
        joined,
        st.integers(0, 2**64),
        st.none() | joined,
        st.lists(joined).map(tuple),
        parts=parts,
        reused=st.none() | joined,
        reason=joined,
    ),
    st.builds(CodeParts, joined, parts),
    st.builds(FileUse, joined, joined, joined, st.integers(), st.none(), kept=st.booleans()),
    st.builds(Artifact, joined, joined, st.none(), st.none(), st.none(), st.integers(), joined),
)


def write_all(path, *said):
    journal = Journal(path)
    for item in said:
        journal.write(item)
    journal.close()


def sort_in(*said):
    """Give what a journal of these items says."""
    expected = Said()
    for item in said:
        expected.add(item)
    return repr(expected)  # NaN equals nothing


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("journal") / "trial"


@pytest.fixture(autouse=True)
def _empty(path):
    path.unlink(missing_ok=True)


@given(st.lists(items))
def test_what_is_said_comes_back_in_order(path, said):
    path.unlink(missing_ok=True)
    write_all(path, *said)
    assert repr(read_journal(path)) == sort_in(*said)


@given(st.lists(items))
def test_who_reads_again_reads_the_same(path, said):
    path.unlink(missing_ok=True)
    write_all(path, *said)
    assert repr(read_journal(path)) == repr(read_journal(path))


@given(st.lists(items), st.lists(items))
def test_a_journal_that_has_grown_is_read_on(path, first, more):
    path.unlink(missing_ok=True)
    write_all(path, *first)
    before = read_journal(path)
    write_all(path, *more)
    assert repr(read_journal(path)) == sort_in(*first, *more)
    assert repr(before) == sort_in(*first)


@given(items, items, st.data())
def test_a_frame_that_is_half_written_when_it_is_read_is_read_later(path, first, last, data):
    path.unlink(missing_ok=True)
    write_all(path, first)
    start = path.stat().st_size
    write_all(path, last)
    whole = path.read_bytes()
    os.truncate(path, data.draw(st.integers(start, len(whole) - 1)))
    before = read_journal(path)
    with path.open("ab") as file:
        file.write(whole[path.stat().st_size :])
    assert repr(before) == sort_in(first)
    assert repr(read_journal(path)) == sort_in(first, last)


def test_another_journal_in_the_same_file_is_read_from_its_begin(path):
    write_all(path, Event("first", "", 1.0))
    before = read_journal(path)
    other = path.with_name("other")
    write_all(other, Event("other", "", 1.0), Event("more", "", 2.0))
    path.write_bytes(other.read_bytes())
    assert [event.kind for event in read_journal(path).events] == ["other", "more"]
    assert [event.kind for event in before.events] == ["first"]


@given(st.data(), st.lists(items, min_size=1))
def test_whole_frames_come_back_whatever_torn_ones_lie_between(path, data, said):
    path.unlink(missing_ok=True)
    for item in said:
        start = path.stat().st_size if path.exists() else 0
        write_all(path, item)
        torn = path.read_bytes()[start : start + data.draw(st.integers(0, 60))]
        if len(torn) < path.stat().st_size - start:  # the same frame, cut short, then whole
            os.truncate(path, start)
            with path.open("ab") as file:
                file.write(torn)
            write_all(path, item)
    assert repr(read_journal(path)) == sort_in(*said)


@given(st.lists(st.binary(max_size=40), min_size=1), items)
def test_whole_frames_come_back_whatever_bytes_lie_between(path, between, item):
    path.unlink(missing_ok=True)
    for garbage in between:
        with path.open("ab") as file:
            file.write(garbage)
        write_all(path, item)
    assert repr(read_journal(path)) == sort_in(*[item] * len(between))


@given(items, st.data())
def test_a_journal_cut_anywhere_says_what_was_whole(path, item, data):
    path.unlink(missing_ok=True)
    write_all(path, Event("first", "", 1.0))
    whole = path.stat().st_size
    write_all(path, item)
    os.truncate(path, data.draw(st.integers(whole, path.stat().st_size - 1)))
    assert repr(read_journal(path)) == sort_in(Event("first", "", 1.0))


@pytest.mark.parametrize("kind", [b"p", b"t", b"r", b"\0"])
def test_zeros_after_a_crash_of_the_machine_say_nothing(path, kind):
    path.write_bytes(kind + bytes(100))
    assert read_journal(path) == Said()


def test_a_flipped_bit_is_noticed(path):
    write_all(path, LoggedPoint("loss", 1, 2.0, 3.0), LoggedPoint("loss", 2, 4.0, 5.0))
    data = bytearray(path.read_bytes())
    for place in range(len(data) // 2):
        flipped = data.copy()
        flipped[place] ^= 1
        path.write_bytes(flipped)
        assert [step for step, _, _ in read_journal(path).series["loss"]] == [2]


def test_a_frame_is_kind_length_checksum_and_payload(path):
    write_all(path, Printed("stderr", "hello", 2.0))
    kind, length, checksum = struct.unpack_from("<cII", data := path.read_bytes())
    payload = data[HEAD_SIZE:]
    assert (kind, length) == (b"t", len(payload))
    assert checksum == zlib.crc32(data[:5] + payload)
    assert payload == struct.pack("<?d", True, 2.0) + b"hello"  # noqa: FBT003 - struct's own


def test_an_absent_journal_says_nothing(path):
    assert read_journal(path) == Said()
    assert not path.exists()


def test_a_journal_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(StoreError, match="what a trial said cannot be read: Is a dir") as caught:
        read_journal(tmp_path)
    assert caught.value.where == str(tmp_path)
    assert caught.value.hint == f"chmod a+r {tmp_path}"


def test_the_folder_of_a_journal_is_made(tmp_path):
    Journal(tmp_path / "a" / "b").close()
    assert (tmp_path / "a" / "b").read_bytes() == b""


def test_an_artifact_said_again_replaces_the_one_before(path):
    first, second = (Artifact("a", "artifact", None, None, None, size, "") for size in (1, 2))
    other = Artifact("a", "value", None, None, None, 3, "")
    write_all(path, first, other, second)
    assert list(read_journal(path).artifacts.values()) == [second, other]


def test_the_last_sign_of_life_is_the_latest_time(path):
    write_all(
        path,
        LoggedPoint("loss", None, math.nan, 7.0),
        StepRecord("fit", "m.fit", 5.0, 4.0, "main", "finished", 1, None),
        Printed("stdout", "", 8.0),
        Artifact("a", "artifact", None, None, None, 1, ""),
    )
    assert read_journal(path).last_time == 9.0


def test_a_step_of_an_earlier_anew_has_no_parts(path):
    fields = {
        "label": "fit",
        "function": "m.fit",
        "started": 1.0,
        "seconds": 2.0,
        "worker": "main",
        "status": "finished",
        "seed": 1,
        "digest": None,
        "inputs": ["load"],
        "drew": True,
    }
    payload = json.dumps(["StepRecord", fields]).encode()
    head = struct.pack("<cI", b"r", len(payload))
    path.write_bytes(head + struct.pack("<I", zlib.crc32(head + payload)) + payload)
    (step,) = read_journal(path).steps
    assert step == StepRecord(
        *("fit", "m.fit", 1.0, 2.0, "main", "finished", 1, None, ("load",)), drew=True
    )


def test_a_code_said_again_is_the_last_said(path):
    first, second = ((Part("helper", name, "xxh3:1"),) for name in ("shrink", "shorten"))
    write_all(path, CodeParts("xxh3:2", first), CodeParts("xxh3:2", second))
    assert read_journal(path).codes == {"xxh3:2": second}


@pytest.mark.parametrize(
    "record",
    [["Remark", {}], ["Event", {"colour": "red"}], ["Event", {}], [], {}, 3, ["Event"], "x"],
    ids=repr,
)
def test_a_record_of_a_later_anew_is_told_and_does_not_hide_the_rest(path, record):
    payload = json.dumps(record).encode()
    head = struct.pack("<cI", b"r", len(payload))
    with path.open("wb") as file:
        file.write(head + struct.pack("<I", zlib.crc32(head + payload)) + payload)
    write_all(path, Event("after", "", 1.0))
    first, second = read_journal(path).events
    assert first.kind == "journal"
    assert first.text.startswith("a record was not understood: ")
    assert second.kind == "after"


def test_a_closed_journal_does_not_write_into_the_next_file(path, tmp_path):
    journal = Journal(path)
    journal.close()
    with (tmp_path / "somebody's").open("wb") as file:
        with pytest.raises(OSError, match="Bad file descriptor"):
            journal.write(Event("a", "b", 1.0))
        journal.close()
        assert not file.closed
        os.fstat(file.fileno())
    assert (tmp_path / "somebody's").read_bytes() == b""


def test_a_write_cut_short_is_an_error(path):
    code = """
        import resource, sys
        from pathlib import Path
        from anew.journal import Journal, Printed, read_journal

        path = Path(sys.argv[1])
        journal = Journal(path)
        journal.write(Printed("stdout", "a" * 60, 1.0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
        for _ in range(2):
            try:
                journal.write(Printed("stdout", "b" * 60, 1.0))
            except OSError as error:
                print(error.strerror)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        journal.write(Printed("stdout", "c", 1.0))
        print([item.text[0] for item in read_journal(path).printed])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), path],
        check=True,
        capture_output=True,
        text=True,
    )
    short, refused, said = done.stdout.splitlines()
    assert short == f"{path}: only 22 of 78 bytes written"
    assert refused == "File too large"
    assert said == "['a', 'c']"


def test_a_full_disk_is_an_error():
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    journal = Journal(Path("/dev/full"))
    with pytest.raises(OSError, match="No space left on device"):
        journal.write(Event("a", "b", 1.0))
    journal.close()


def test_several_processes_append_to_one_journal(path):
    code = """
        import sys
        from pathlib import Path
        from anew.journal import Journal, Printed

        journal = Journal(Path(sys.argv[1]))
        for number in range(200):
            journal.write(Printed("stdout", f"{sys.argv[2]} {number}", 1.0))
    """
    command = [sys.executable, "-c", textwrap.dedent(code), path]
    writers = [subprocess.Popen([*command, str(writer)]) for writer in range(4)]
    assert [writer.wait() for writer in writers] == [0] * 4
    printed = [item.text for item in read_journal(path).printed]
    for writer in range(4):
        mine = [text for text in printed if text.startswith(f"{writer} ")]
        assert mine == [f"{writer} {number}" for number in range(200)]
