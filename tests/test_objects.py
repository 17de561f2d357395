"""Content by digest: whole or not at all, and never another content than asked for."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.digests import digest_bytes, digest_file
from anew.errors import ObjectCorruptError, ObjectMissingError, StoreError
from anew.objects import FolderObjects

ABSENT = "blake3:" + "ab" * 32


@pytest.fixture
def objects(tmp_path):
    return FolderObjects(tmp_path / "objects")


@pytest.fixture
def file(tmp_path):
    """A file to keep."""
    path = tmp_path / "hourly.csv"
    path.write_bytes(b"a,b\n1,2\n")
    return path


def damage(objects, digest, data=b"other"):
    place = objects.path(digest)
    place.chmod(0o644)
    place.write_bytes(data)
    return place


def files_in(objects):
    return sorted(path for path in objects.folder.rglob("*") if path.is_file())


@given(st.binary())
def test_content_comes_back(data):
    with tempfile.TemporaryDirectory() as folder:
        objects = FolderObjects(Path(folder))
        digest = objects.put(data)
        assert digest == digest_bytes(data)
        assert objects.get(digest) == data
        assert objects.has(digest)


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 100_000])
def test_content_of_any_size_is_read_whole(objects, size):
    data = bytes(range(256)) * (size // 256 + 1)
    assert objects.get(objects.put(data[:size])) == data[:size]


def test_a_view_of_memory_is_kept_as_its_bytes(objects):
    view = memoryview(b"abcd1234").cast("I")
    assert objects.get(objects.put(view)) == b"abcd1234"
    assert objects.put(view) == objects.put(b"abcd1234")


def test_the_same_content_is_kept_once(objects):
    place = objects.path(objects.put(b"a"))
    before = place.stat()
    objects.put(b"a")
    assert files_in(objects) == [place]
    assert place.stat() == before


def test_content_is_filed_by_its_digest_and_read_only(objects):
    digest = objects.put(b"a")
    name = digest.removeprefix("blake3:")
    assert objects.path(digest) == objects.folder / name[:2] / name[2:]
    assert objects.path(digest).stat().st_mode & 0o777 == 0o444


def test_nothing_is_made_before_something_is_kept(objects):
    assert not objects.has(ABSENT)
    with pytest.raises(ObjectMissingError):
        objects.get(ABSENT)
    assert not objects.folder.exists()


@pytest.mark.parametrize(
    "digest",
    [
        "blake3:../../x",
        "blake3:" + "../" * 21 + "a",
        "blake3:",
        "blake3:ab",
        "blake3:" + "AB" * 32,
        "blake3:" + "ab" * 32 + "\n",
        "blake3:" + "ab" * 33,
        "blake3:" + "٣" * 64,
        "xxh3-2:" + "ab" * 32,
        "ab" * 32,
        "",
        "/etc/passwd",
    ],
)
@pytest.mark.parametrize("method", ["get", "has", "path", "copy_to", "put_file"])
def test_what_is_no_digest_leads_nowhere(objects, file, digest, method):
    arguments = {"copy_to": (digest, file), "put_file": (file, digest)}.get(method, (digest,))
    with pytest.raises(ObjectMissingError, match="not the digest of a kept object") as caught:
        getattr(objects, method)(*arguments)
    assert repr(digest) in caught.value.what
    assert caught.value.where == str(objects.folder)
    assert "64 hexadecimal digits" in caught.value.hint


def test_missing_content_is_told(objects, tmp_path):
    for use in (lambda: objects.get(ABSENT), lambda: objects.copy_to(ABSENT, tmp_path / "a")):
        with pytest.raises(ObjectMissingError, match=f"object {ABSENT} is not in the store") as e:
            use()
        assert e.value.where == str(objects.path(ABSENT))
        assert "run the trial again" in e.value.hint
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("data", [b"b", b"", b"longer"])
def test_damaged_content_is_told_with_a_way_out(objects, data):
    digest = objects.put(b"a")
    place = damage(objects, digest, data)
    with pytest.raises(ObjectCorruptError, match="damaged") as caught:
        objects.get(digest)
    assert digest in caught.value.what
    assert caught.value.where == str(place)
    command, _, rest = caught.value.hint.partition(",")
    subprocess.run(shlex.split(command), check=True)
    assert "run the trial again" in rest
    objects.put(b"a")
    assert objects.get(digest) == b"a"


def test_content_that_a_crash_cut_short_is_kept_again(objects, file):
    digest = objects.put(file.read_bytes())
    damage(objects, digest, b"")
    objects.put(file.read_bytes())
    assert objects.get(digest) == file.read_bytes()
    damage(objects, digest, b"a,b")
    objects.put_file(file, digest)
    assert objects.get(digest) == file.read_bytes()


def test_a_file_is_kept(objects, file):
    digest = digest_file(file).digest
    objects.put_file(file, digest)
    assert objects.get(digest) == file.read_bytes()
    objects.put_file(file, digest)
    assert len(files_in(objects)) == 1


def test_a_file_that_changed_meanwhile_is_not_kept(objects, file):
    digest = digest_file(file).digest
    file.write_bytes(b"a,b\n1,3\n")
    with pytest.raises(ObjectCorruptError, match="changed while it was being kept") as caught:
        objects.put_file(file, digest)
    assert str(file) in caught.value.what
    assert files_in(objects) == []


def test_a_file_that_is_gone_is_the_callers_to_know(objects, file):
    digest = digest_file(file).digest
    file.unlink()
    with pytest.raises(FileNotFoundError):
        objects.put_file(file, digest)


def test_content_is_copied_to_a_file(objects, tmp_path):
    digest = objects.put(b"a")
    objects.copy_to(digest, tmp_path / "new" / "folder" / "a.txt")
    copy = tmp_path / "new" / "folder" / "a.txt"
    assert copy.read_bytes() == b"a"
    copy.write_bytes(b"may be changed")
    assert objects.get(digest) == b"a"


def test_damaged_content_does_not_replace_a_file(objects, file):
    digest = objects.put(b"a")
    damage(objects, digest)
    before = file.read_bytes()
    with pytest.raises(ObjectCorruptError):
        objects.copy_to(digest, file)
    assert file.read_bytes() == before


def test_a_block_that_fails_leaves_nothing(objects, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupt)
    with pytest.raises(KeyboardInterrupt):
        objects.put(b"a")
    assert files_in(objects) == []


def test_a_temporary_file_that_is_gone_is_no_second_error(objects, monkeypatch):
    def vanish(path, _):
        path.unlink()
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", vanish)
    with pytest.raises(KeyboardInterrupt):
        objects.put(b"a")


def test_a_file_in_the_way_is_told(objects):
    objects.folder.touch()
    with pytest.raises(StoreError, match="an object cannot be kept: ") as caught:
        objects.put(b"a")
    assert str(objects.folder) in caught.value.where
    assert "ANEW_STORE" in caught.value.hint


def test_content_that_cannot_be_read_is_told_with_a_way_out(objects):
    digest = objects.put(b"a")
    place = objects.path(digest)
    place.unlink()
    place.mkdir()
    with pytest.raises(StoreError, match="cannot be read: Is a directory") as caught:
        objects.get(digest)
    assert caught.value.hint == f"chmod a+r {place}"


def test_a_disk_that_is_full_is_told_and_nothing_half_is_left(objects):
    code = """
        import resource, sys
        from pathlib import Path
        from anew.errors import StoreError
        from anew.objects import FolderObjects

        objects = FolderObjects(Path(sys.argv[1]))
        objects.put(b"")
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
        try:
            objects.put(bytes(2000))
        except StoreError as error:
            print(error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        print(objects.put(bytes(2000)))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), objects.folder],
        check=True,
        capture_output=True,
        text=True,
    )
    what, hint, digest = done.stdout.splitlines()
    assert what.startswith(f"an object cannot be kept: File too large ({objects.folder}")
    assert hint.startswith("hint: free some space there, or set ANEW_STORE")
    assert objects.get(digest) == bytes(2000)
    assert len(files_in(objects)) == 2


def test_many_threads_keep_the_same_content(objects):
    data = [os.urandom(1000) for _ in range(5)]
    with ThreadPoolExecutor(8) as pool:
        digests = list(pool.map(objects.put, data * 40))
    assert len(files_in(objects)) == 5
    assert [objects.get(digest) for digest in digests] == data * 40


def test_a_writer_that_is_killed_leaves_no_object(objects):
    code = """
        import os, signal, sys
        from pathlib import Path
        from anew.objects import FolderObjects

        Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        FolderObjects(Path(sys.argv[1])).put(b"a")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), objects.folder], check=False
    )
    assert done.returncode == -9
    digest = digest_bytes(b"a")
    assert not objects.has(digest)
    assert objects.get(objects.put(b"a")) == b"a"


def test_content_is_there_whole_or_not(objects):
    digest = objects.put(b"abc")
    assert objects.has(digest, 3)
    damage(objects, digest, b"ab")
    assert objects.has(digest)
    assert not objects.has(digest, 3)


@pytest.mark.parametrize("data", [b"", b"small", bytes(100_000)])
def test_a_file_is_kept_by_what_was_read_of_it(objects, file, data):
    file.write_bytes(data)
    for each in (data, data + b"!"):  # where nothing can be cloned, that shows with the first
        file.write_bytes(each)
        digest = digest_bytes(each)
        objects.put_file(file, digest, each)
        assert objects.get(digest) == each
        assert objects.path(digest).stat().st_mode & 0o777 == 0o444
    assert len(files_in(objects)) == 2
