"""Which files are seen at once, and which only after a closer look."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from anew.tracker import places, uses

PARTS = st.sampled_from([
    "", ".", "..", ".hidden", ".git", ".anew", ".coverage", ".coverage.1", "__pycache__", "data",
    "proc", "usr", "lib", "site-packages", "a.bin",
])  # fmt: skip


@given(st.lists(PARTS, min_size=1, max_size=5))
def test_a_plain_path_is_normal_and_not_ignored(parts: list[str]) -> None:
    path = "/" + "/".join(parts)
    if places.is_plain(path):
        assert uses.place_of(path) == path
        assert not places.is_ignored(path)


def test_files_of_a_data_folder_are_plain() -> None:
    assert places.is_plain("/project/images/1.png")
    assert places.is_plain("/project/images/2.png")


def test_a_folder_that_is_ignored_from_now_on_is_not_plain_any_more() -> None:
    assert places.is_plain("/traces of this test/1")
    places.ignore("/traces of this test")
    assert not places.is_plain("/traces of this test/1")
