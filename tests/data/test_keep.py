"""Files that a trial used, digested and kept."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from anew.data import Place, Used, keep, keep_files
from anew.digests import digest_bytes
from anew.objects import FolderObjects

if TYPE_CHECKING:
    from collections.abc import Callable


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


def settle(used: list[Used]) -> None:
    """Let files be so old that their digests are remembered."""
    long_ago = time.time_ns() - 10**9
    for each in used:
        os.utime(each.path, ns=(long_ago, long_ago))
    time.sleep(0.15)


def again(used: list[Used]) -> list[Used]:
    """Have files read as they are now."""
    found = [Path(each.path).stat() for each in used]
    return [
        each._replace(state=(now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns))
        for each, now in zip(used, found, strict=True)
    ]


def test_what_is_known_and_kept_is_not_read_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = [use(place, f"{number}.txt", f"{number}") for number in range(5)]
    settle(used)
    first = keep_files(again(used), place).files
    for name in ("digest_content", "digest_file"):
        monkeypatch.setattr(keep, name, None)
    assert keep_files(again(used), place).files == first


def test_what_is_known_and_was_removed_from_the_store_is_kept_again(place: Place) -> None:
    used = [use(place, "a.txt", "a")]
    settle(used)
    (found,) = keep_files(again(used), place).files
    place.objects.path(found.digest).unlink()  # type: ignore[attr-defined]
    assert keep_files(again(used), place).files == [found]
    assert content(place, found.digest) == b"a"


@pytest.fixture
def images(place: Place) -> list[Used]:
    """Give the uses of a folder that is known and kept."""
    used = [use(place, f"images/{number:02}.png", str(number)) for number in range(30)]
    settle(used)
    used = again(used)
    keep_files(used, place)
    return used


@pytest.fixture
def spared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the files that are looked at one by one."""
    looked: list[str] = []
    look = keep._look

    def note(wanted: list[keep._Wanted], place: Place) -> keep.Kept:
        looked.extend(Path(each.used.path).name for each in wanted)
        return look(wanted, place)

    monkeypatch.setattr(keep, "_look", note)
    return looked


def test_a_folder_that_is_as_it_was_is_known_as_a_whole(
    place: Place, images: list[Used], spared: list[str]
) -> None:
    (found,) = keep_files(images, place).files
    assert spared == []
    one_by_one = keep._join_trees(keep._look(_wanted(images), place).files, place)
    assert [found] == one_by_one


def _wanted(used: list[Used]) -> list[keep._Wanted]:
    return [keep._Wanted(each, Path(each.path).stat(), None) for each in used]


def test_a_file_beside_a_folder_that_is_known_is_looked_at(
    place: Place, images: list[Used], spared: list[str]
) -> None:
    found = keep_files([use(place, "a.csv", "x"), *images], place).files
    assert spared == ["a.csv"]
    assert [each.path for each in found] == ["images", "a.csv"]


def change_one(folder: Path) -> None:
    (folder / "07.png").write_text("8")


def give_another_s_content(folder: Path) -> None:
    (folder / "07.png").unlink()
    (folder / "07.png").hardlink_to(folder / "08.png")


@pytest.mark.parametrize("change", [change_one, give_another_s_content])
def test_a_folder_in_which_a_file_changed_is_another(
    place: Place, images: list[Used], change: Callable[[Path], None]
) -> None:
    (before,) = keep_files(images, place).files
    change(place.root / "images")
    (after,) = keep_files(again(images), place).files
    assert after.digest != before.digest
    assert after.count == 30


def test_a_folder_of_which_fewer_files_are_read_is_another(
    place: Place, images: list[Used]
) -> None:
    (before,) = keep_files(images, place).files
    (after,) = keep_files(images[1:], place).files
    assert (after.digest != before.digest, after.count) == (True, 29)
    assert keep_files(images, place).files == [before]


def test_a_folder_in_which_a_file_was_written_is_looked_at(
    place: Place, images: list[Used]
) -> None:
    first = images[0]._replace(is_read=False, is_written=True, state=None)
    found = keep_files([first, *images[1:]], place).files
    assert sorted((each.path, each.role, each.count) for each in found) == [
        ("images", "input", 29),
        ("images/00.png", "output", None),
    ]


@pytest.mark.parametrize("part", ["listing", "file"])
def test_what_was_removed_of_a_folder_that_is_known_is_kept_again(
    place: Place, images: list[Used], part: str
) -> None:
    (found,) = keep_files(images, place).files
    digest = found.digest if part == "listing" else digest_bytes(b"7")
    place.objects.path(digest).unlink()  # type: ignore[attr-defined]
    assert keep_files(images, place).files == [found]
    assert place.objects.has(digest)


def test_a_folder_that_was_kept_under_another_limit_is_looked_at(
    place: Place, images: list[Used]
) -> None:
    strict = Place(place.root, place.own, place.objects, 1)
    (found,) = keep_files(images, strict).files
    assert not found.kept
    assert keep_files(images, strict).files == [found]


def test_a_folder_with_files_that_could_change_unseen_is_not_known(
    place: Place, spared: list[str]
) -> None:
    used = [use(place, f"images/{number:02}.png", str(number)) for number in range(30)]
    keep_files(used, place)
    spared.clear()
    keep_files(used, place)
    assert len(spared) == 30


def test_large_files_are_kept_as_small_ones_are(place: Place) -> None:
    roomy = Place(place.root, place.own, place.objects, 10**9)
    sizes = [1, 10, 2**16, 2**17, 2**20, 2**20 + 1, 2**21]
    used = [use(place, f"{size}.bin", "x" * size) for size in sizes]
    found = keep_files(used, roomy).files
    assert sorted(each.size_bytes for each in found) == sizes
    assert all(content(place, each.digest) == b"x" * each.size_bytes for each in found)


def test_large_files_are_told_with_what_hinders_them(place: Place) -> None:
    used = [use(place, f"{number}.bin", f"{number}" * 2**17) for number in range(3)]
    place.root.joinpath("1.bin").unlink()
    kept = keep_files(used, place)
    assert kept.remarks == ["1.bin was removed by another program while the trial ran"]
    assert [name.partition(" ")[0] for name in kept.withheld] == ["0.bin", "2.bin"]


def test_a_secret_in_a_file_is_found_before_it_is_kept(place: Place) -> None:
    wary = Place(place.root, place.own, place.objects, 1000, lambda _, data: b"secret" in data)
    kept = keep_files([use(place, "a.txt", "a secret"), use(place, "b.txt", "b")], wary)
    assert [each.kept for each in kept.files] == [False, True]
    assert not place.objects.has(kept.files[0].digest)
