"""Files that cannot be stamped, or only beside them; and none of them is ever damaged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from anew.errors import StampError
from anew.stamps import bare_bytes, bare_digest, read_stamp, write_stamp

WITH_MARKS = (
    *("figure.png", "figure.jpg", "figure.tif", "figure.webp", "figure.pdf", "figure.svg"),
    *("arrays.h5", "frame.parquet", "frame.feather", "arrays.npz", "frame.xlsx", "cells.ipynb"),
    *("long.tiff", "classic.nc", "other-xmp.png", "other-xmp.webp"),
)


def test_a_format_without_a_place_has_its_stamp_beside_it(tmp_path, stamp):
    for name in ("table.csv", "notes.txt", "array.npy", "model.pkl", "plain"):
        path = tmp_path / name
        path.write_bytes(b"a\n1\n")
        place = write_stamp(path, stamp)
        assert (place.inside, place.path) == (False, f"{path}.prov.json")
        assert path.read_bytes() == b"a\n1\n"
        assert read_stamp(path).content == bare_digest(path)


@pytest.mark.parametrize("name", WITH_MARKS)
def test_a_truncated_file_is_as_it_was_and_has_a_stamp_beside_it(make, stamp, name):
    path = make(name)
    whole = path.read_bytes()
    for size in (0, 1, 9, len(whole) // 2, len(whole) - 3):
        path.write_bytes(whole[:size])
        place = write_stamp(path, stamp)
        assert not place.inside
        assert path.read_bytes() == whole[:size]
        assert read_stamp(path).trial == stamp.trial


@pytest.mark.parametrize("name", WITH_MARKS)
def test_a_stamped_file_that_is_cut_short_breaks_nothing(make, stamp, name):
    path = make(name)
    write_stamp(path, stamp)
    whole = path.read_bytes()
    for size in range(0, len(whole), max(len(whole) // 40, 1)):
        path.write_bytes(whole[:size])
        bare_digest(path)
        try:
            read_stamp(path)
        except StampError:
            continue


def test_an_encrypted_or_signed_document_is_left_alone(make, stamp):
    path = make("figure.pdf")
    whole = path.read_bytes()
    for sign in (b"/Encrypt 9 0 R /Root", b"/ByteRange [0 1 2 3] /Root"):
        path.write_bytes(whole.replace(b"/Root", sign))
        place = write_stamp(path, stamp)
        assert (place.inside, "encrypted" in place.why or "signed" in place.why) == (False, True)


def test_a_link_leads_to_the_file_that_is_stamped(make, stamp, tmp_path):
    path = make("figure.png")
    link = tmp_path / "link.png"
    link.symlink_to(path)
    write_stamp(link, stamp)
    assert link.is_symlink()
    assert read_stamp(path).trial == read_stamp(link).trial == stamp.trial


def test_a_file_with_several_names_keeps_them(make, stamp, tmp_path):
    path = make("figure.png")
    (tmp_path / "second.png").hardlink_to(path)
    assert not write_stamp(path, stamp).inside
    assert path.stat().st_nlink == 2


def test_a_file_that_may_not_be_written_to_is_left_alone(make, stamp):
    path = make("figure.png")
    path.chmod(0o444)
    before = path.read_bytes()
    assert not write_stamp(path, stamp).inside
    assert path.read_bytes() == before


def test_what_is_no_file_is_refused(tmp_path, stamp):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    (tmp_path / "folder").mkdir()
    for name in ("pipe.png", "loop.png", "folder", "gone.png"):
        with pytest.raises(StampError, match=name.partition(".")[0]):
            write_stamp(tmp_path / name, stamp)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder", "loop.png", "pipe.png"]


def test_a_document_of_others_beside_a_file_is_never_overwritten(tmp_path, stamp):
    path = tmp_path / "table.csv"
    path.write_text("a\n")
    (tmp_path / "table.csv.prov.json").write_text('{"entity": {}}')
    with pytest.raises(StampError, match="not of anew"):
        write_stamp(path, stamp)
    assert (tmp_path / "table.csv.prov.json").read_text() == '{"entity": {}}'
    assert read_stamp(path) is None


def test_a_file_that_is_not_what_it_should_be_is_left_alone(make, stamp):
    path = make("figure.png")
    before = path.read_bytes()
    with pytest.raises(StampError, match="changed"):
        write_stamp(path, stamp, digest="blake3:" + "0" * 64)
    assert path.read_bytes() == before


def test_a_stamp_beside_goes_when_one_comes_inside(make, stamp):
    path = make("figure.png")
    write_stamp(path, stamp, sidecar_only=True)
    assert read_stamp(path).trial == stamp.trial
    write_stamp(path, stamp)
    assert [each.name for each in path.parent.iterdir()] == ["figure.png"]
    write_stamp(path, stamp, sidecar_only=True)
    assert len(list(path.parent.iterdir())) == 2
    assert b"anew-provenance" not in path.read_bytes()


def test_an_array_of_that_name_is_left_alone(tmp_path, stamp):
    import numpy as np

    path = tmp_path / "own.npz"
    np.savez(path, anew_provenance=np.arange(3))
    assert not write_stamp(path, stamp).inside


@pytest.mark.parametrize("name", ["frame.parquet", "frame.feather", "arrays.h5", "latest.hdf5"])
def test_a_large_file_is_changed_in_its_place_without_being_copied(make, stamp, name, monkeypatch):
    monkeypatch.setattr("anew.stamps.writing._LARGE", 100)
    monkeypatch.setattr("anew.stamps.writing._clone", lambda old, new: False)
    path = make(name)
    before, found = path.read_bytes(), path.stat()
    for _ in range(2):
        write_stamp(path, stamp)
        assert path.stat().st_ino == found.st_ino
        assert path.stat().st_mtime_ns == found.st_mtime_ns
        assert read_stamp(path).trial == stamp.trial
        assert bare_digest(path) == read_stamp(path).content
    write_stamp(path, replace(stamp, parameters={}, command=()))
    assert read_stamp(path).parameters == {}
    assert bare_digest(path) == read_stamp(path).content
    assert bare_bytes(str(path), path.read_bytes()) == before
    assert path.stat().st_ino == found.st_ino


KILLED = """
import sys
from anew.stamps import Provenance, write_stamp

stamp = Provenance.from_json(sys.argv[2])
print("ready", flush=True)
while True:
    write_stamp(sys.argv[1], stamp)
"""


@pytest.mark.parametrize("name", ["figure.png", "arrays.h5", "frame.parquet"])
def test_whoever_is_killed_leaves_the_old_or_the_new_file(make, stamp, name):
    path = make(name)
    whole = {path.read_bytes()}
    digest = bare_digest(path)
    for wait_s in (0.0, 0.003, 0.011, 0.02):
        words = [sys.executable, "-c", KILLED, str(path), stamp.to_json()]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            time.sleep(wait_s)
            process.send_signal(signal.SIGKILL)
        assert bare_digest(path) == digest
        found = read_stamp(path)
        assert path.read_bytes() in whole if found is None else found.trial == stamp.trial


def test_a_file_that_is_still_open_for_writing_is_left_alone(make, stamp):
    path = make("figure.png")
    with path.open("rb"):
        assert write_stamp(path, stamp).inside
    before = path.read_bytes()
    with path.open("ab"), pytest.raises(StampError, match="open for writing"):
        write_stamp(path, stamp)
    assert path.read_bytes() == before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no other system tells")
def test_a_file_that_another_program_writes_is_left_alone(make, stamp):
    path = make("figure.png")
    code = "import sys; f = open(sys.argv[1], 'ab'); print('ready', flush=True); input()"
    words = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        try:
            with pytest.raises(StampError, match="open for writing"):
                write_stamp(path, stamp)
        finally:
            process.communicate(b"\n")
    assert write_stamp(path, stamp).inside


def test_what_a_killed_process_left_is_removed_when_it_is_old(make, stamp):
    path = make("figure.png")
    left = [path.with_name(f".anew-stamp-{pid}-ab") for pid in (2**22 - 1, 2**22 - 2, os.getpid())]
    for each in left:
        each.write_bytes(b"half")
    os.utime(left[0], (0, 0))
    os.utime(left[2], (0, 0))
    write_stamp(path, stamp)
    assert [each.exists() for each in left] == [False, True, True]


@pytest.mark.parametrize("name", ["frame.parquet", "batches.arrow", "arrays.h5", "latest.hdf5"])
@pytest.mark.parametrize("size", [0, 4091, 4093, 4096])
def test_each_step_leaves_a_large_file_readable(make, stamp, name, size, monkeypatch):
    """A kill may part two writes."""
    import h5py
    import pandas as pd
    import pyarrow as pa

    def read():
        if name == "frame.parquet":
            return pd.read_parquet(path).to_dict()
        if name == "batches.arrow":
            return pa.ipc.open_file(path).read_all().to_pydict()
        with h5py.File(path) as file:
            return file["x"][()].tolist(), file.attrs["unit"]

    monkeypatch.setattr("anew.stamps.writing._LARGE", 100)
    monkeypatch.setattr("anew.stamps.writing._clone", lambda old, new: False)
    path = make(name)
    before, real, seen = read(), os.pwrite, []
    stamp = replace(stamp, experiment="x" * size)

    def write(descriptor, data, place):
        first, last = place // 4096, (place + len(data) - 1) // 4096
        is_behind = place >= len(whole) and name.endswith("5")
        assert first == last or is_behind
        done = real(descriptor, data, place)
        seen.append(read())
        return done

    whole = path.read_bytes()
    monkeypatch.setattr(os, "pwrite", write)
    write_stamp(path, stamp)
    assert len(seen) > 1
    assert all(each == before for each in seen)
    assert read_stamp(path).content == bare_digest(path)


def test_content_that_is_kept_is_not_copied_again_for_a_stamp(tmp_path, stamp):
    from anew.digests import digest_file
    from anew.objects import FolderObjects

    path = tmp_path / "page.html"
    path.write_text("<!doctype html>\n<html><head></head><body>1</body></html>\n")
    objects = FolderObjects(tmp_path / "objects")
    digest = digest_file(path).digest
    objects.put_file(path, digest)
    kept = objects.path(digest).stat().st_ino
    assert write_stamp(path, stamp).inside
    objects.put_file(path, digest)
    assert objects.path(digest).stat().st_ino == kept
