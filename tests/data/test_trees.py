"""Folders whose files are told as one."""

from __future__ import annotations

from anew.data.trees import find_trees, read_listing, write_listing

ROOT = "/project"


def images(folder: str, count: int = 20) -> list[str]:
    return [f"{folder}/{number:03}.png" for number in range(count)]


def test_many_files_of_one_kind_are_one() -> None:
    assert list(find_trees(images("/project/images"), ROOT)) == ["/project/images"]


def test_few_files_are_told_one_by_one() -> None:
    assert find_trees(images("/project/images", 19), ROOT) == {}


def test_folders_of_classes_are_one_with_the_folder_around_them() -> None:
    paths = images("/project/data/train/cat") + images("/project/data/train/dog")
    found = find_trees([*paths, "/project/data/labels.csv"], ROOT)
    assert list(found) == ["/project/data/train"]
    assert len(found["/project/data/train"]) == 40


def test_a_single_folder_does_not_draw_in_the_one_above() -> None:
    assert list(find_trees(images("/project/data/images"), ROOT)) == ["/project/data/images"]


def test_a_zarr_group_is_one() -> None:
    paths = ["/project/a.zarr/.zgroup", "/project/a.zarr/x/.zarray", "/project/a.zarr/x/0.0"]
    assert list(find_trees(paths, ROOT)) == ["/project/a.zarr"]


def test_chunks_in_folders_below_a_zarr_array_belong_to_it() -> None:
    paths = ["/project/a.zarr/zarr.json", "/project/a.zarr/c/0/0", "/project/a.zarr/c/0/1"]
    assert find_trees(paths, ROOT) == {"/project/a.zarr": sorted(paths)}


def test_a_partitioned_table_is_one() -> None:
    paths = [
        f"/project/t/year={year}/month={month}/p.parquet" for year in (1, 2) for month in (1, 2)
    ]
    assert list(find_trees(paths, ROOT)) == ["/project/t"]


def test_the_project_itself_is_never_one() -> None:
    assert find_trees(images(ROOT), ROOT) == {}


def test_what_is_around_the_project_is_never_one() -> None:
    assert find_trees(images("/work"), "/work/project") == {}


def test_a_listing_does_not_depend_on_the_order() -> None:
    one = write_listing({"b": ("blake3:1", 2), "a": ("blake3:0", 1)})
    assert one == write_listing({"a": ("blake3:0", 1), "b": ("blake3:1", 2)})


def test_a_listing_is_read_again() -> None:
    files = {"a": ("blake3:0", 1), 'b\n"c"': ("blake3:1", 2), "é\udcff": ("blake3:2", 3)}
    assert read_listing(write_listing(files)) == files


def test_a_line_end_in_a_name_makes_no_line() -> None:
    assert write_listing({"a\nb": ("blake3:0", 1)}).count(b"\n") == 1
