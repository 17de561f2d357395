"""Files that a trial used, digested and kept."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from anew.data import Place, Used, keep_files
from anew.objects import FolderObjects

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Place:
    root = tmp_path / "project"
    (root / ".anew").mkdir(parents=True)
    return Place(root, (root / ".anew",), FolderObjects(root / ".anew" / "objects"), 1000)


def use(place: Place, name: str, content: str | None, **options: object) -> Used:
    path = (place.root / name).resolve()
    state = None
    if content is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        found = path.stat()
        state = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
    told = {"is_read": True, "state": state} | options
    return Used(str(path), time.time(), time.time(), **told)  # type: ignore[arg-type]


def content(place: Place, digest: str) -> bytes:
    return place.objects.get(digest)


def test_an_input_is_kept_by_its_content(place: Place) -> None:
    (found,) = keep_files([use(place, "a.csv", "x\n1\n")], place).files
    assert (found.path, found.role, found.rows, found.kept) == ("a.csv", "input", 1, True)
    assert content(place, found.digest) == b"x\n1\n"


def test_a_file_from_outside_has_its_whole_path(place: Place) -> None:
    (found,) = keep_files([use(place, "../b.txt", "b")], place).files
    assert found.path.startswith("/")


def test_a_file_above_the_limit_is_known_by_its_digest_and_said(place: Place) -> None:
    kept = keep_files([use(place, "a.bin", "a" * 1001)], place)
    assert (kept.files[0].kept, kept.files[0].size_bytes) == (False, 1001)
    assert "a.bin is not kept" in kept.withheld[0]


def test_a_file_that_was_read_and_then_written_is_recorded_twice(place: Place) -> None:
    copy = place.root / ".anew" / "before-1"
    copy.write_text("old")
    used = use(place, "a.txt", "new", is_written=True, before=copy)
    old, new = keep_files([used], place).files
    assert (old.role, content(place, old.digest)) == ("input", b"old")
    assert (new.role, content(place, new.digest)) == ("output", b"new")


def test_a_file_that_another_program_changed_is_recorded_as_it_is_and_said(place: Place) -> None:
    kept = keep_files([use(place, "a.txt", "later", state=(0, 0, 5, 0))], place)
    first, later = kept.files
    assert (first.role, first.digest, first.size_bytes) == ("input", "", 5)
    assert (later.role, content(place, later.digest)) == ("later", b"later")
    assert kept.remarks == ["a.txt was changed by another program while the trial ran"]


def test_a_file_that_another_program_removed_is_said(place: Place) -> None:
    kept = keep_files([use(place, "a.txt", None, state=(0, 0, 5, 0))], place)
    assert kept.remarks == ["a.txt was removed by another program while the trial ran"]


def test_a_file_that_was_written_and_removed_again_is_left_out(place: Place) -> None:
    used = use(place, "a.tmp", None, is_read=False, is_written=True)
    assert keep_files([used], place).files == []


def test_the_store_s_own_files_are_no_data(place: Place) -> None:
    assert keep_files([use(place, ".anew/trials.db", "x")], place).files == []


def test_a_secret_file_is_not_kept_and_that_is_said(place: Place) -> None:
    secret = Place(place.root, place.own, place.objects, 1000, lambda name, _: name == "key.pem")
    kept = keep_files([use(place, "key.pem", "k")], secret)
    assert not kept.files[0].kept
    assert kept.secret == ["key.pem is not kept, for it holds credentials"]
    assert not place.objects.has(kept.files[0].digest)


def test_a_folder_of_many_files_is_one_input_with_a_listing(place: Place) -> None:
    used = [use(place, f"images/{number:02}.png", str(number)) for number in range(30)]
    (found,) = keep_files(used, place).files
    assert (found.path, found.count, found.kept) == ("images", 30, True)
    assert content(place, found.digest).count(b"\n") == 30


def test_the_digest_of_a_folder_depends_on_the_content_alone(place: Place) -> None:
    digests = []
    for _ in range(2):
        used = [use(place, f"images/{number:02}.png", str(number)) for number in range(30)]
        digests.append(keep_files(reversed(used), place).files[0].digest)
    assert digests[0] == digests[1]
