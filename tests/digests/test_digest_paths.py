"""Digests of paths: the content of the file or folder that they name."""

from __future__ import annotations

import os
import socket
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import pytest

from anew.digests import digest_value
from anew.errors import ValueNotStoredError


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def fill(folder: str, **contents: str) -> Path:
    """Write files of a folder, ``__`` for the separator."""
    for name, content in contents.items():
        path = Path(folder, *name.split("__"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return Path(folder)


def test_a_path_is_the_content_of_its_file_wherever_that_lies() -> None:
    one, two = fill("x", a="1") / "a", fill("y", b="1") / "b"
    assert digest_value(one) == digest_value(two) == digest_value(one.absolute())


def test_a_path_follows_each_change_of_its_file() -> None:
    path = fill(".", a="1") / "a"
    digests = [digest_value(path)]
    for text in ("2", "3", "1"):
        path.write_text(text)  # at once, and of the same size
        digests.append(digest_value(path))
    assert digests[3] == digests[0]
    assert len(set(digests)) == 3


def test_a_file_a_folder_and_nothing_are_apart() -> None:
    fill("x", a="", b__c="")
    (Path("x") / "empty").mkdir()
    values = [
        Path("x/a"),
        Path("x/b"),
        Path("x/empty"),
        Path("x/missing"),
        Path("x/a/missing"),
        Path("missing"),
        PurePosixPath("x/a"),
        PurePosixPath("missing"),
        "x/a",
        "missing",
        "",
    ]
    assert len({digest_value(value) for value in values}) == len(values)


@pytest.mark.parametrize("name", ["a\0b", "n" * 300, "loop"], ids=["NUL", "long", "loop"])
def test_a_path_that_can_name_nothing_is_its_text(name: str) -> None:
    Path("loop").symlink_to("loop")
    assert digest_value(Path(name)) == digest_value(Path(name)) != digest_value(Path("other"))


def test_a_folder_is_its_names_and_contents() -> None:
    one = fill("one", a="1", b__c="2")
    assert digest_value(one) == digest_value(fill("two", b__c="2", a="1"))
    others = [
        fill("content", a="1", b__c="3"),
        fill("name", a="1", b__d="2"),
        fill("place", a="1", c="2"),
        fill("less", a="1"),
        fill("more", a="1", b__c="2", d=""),
        fill("swapped", a="2", b__c="1"),
    ]
    assert len({digest_value(path) for path in (one, *others)}) == 7
    (fill("two") / "empty").mkdir()
    assert digest_value(Path("two")) != digest_value(one)


def test_what_anew_keeps_in_a_folder_does_not_count() -> None:
    one, two = fill("one", a="1"), fill("two", a="1")
    fill("two", **{".anew__trials": "..."})
    assert digest_value(one) == digest_value(two)


def test_links_are_followed() -> None:
    fill("one", a="1", b__c="2")
    Path("two").mkdir()
    Path("two/a").symlink_to(Path("one/a").absolute())
    Path("two/b").symlink_to(Path("one/b").absolute(), target_is_directory=True)
    Path("three").symlink_to("two")
    assert digest_value(Path("one")) == digest_value(Path("two")) == digest_value(Path("three"))


def test_a_folder_that_leads_to_itself_comes_to_an_end() -> None:
    for name in ("one", "two"):
        fill(name, a="1", b__c="2")
        Path(name, "b", "up").symlink_to("..")
        Path(name, "gone").symlink_to("nowhere")
    assert digest_value(Path("one")) == digest_value(Path("two"))
    assert digest_value(Path("one")) != digest_value(fill("three", a="1", b__c="2"))


def test_a_path_in_a_container_or_an_object_is_a_path() -> None:
    one, two = fill("x", a="1") / "a", fill("y", b="1") / "b"
    for put in (lambda p: [p], lambda p: {"a": p}, lambda p: SimpleNamespace(path=p)):
        before = digest_value(put(one))
        assert before == digest_value(put(two))
        one.write_text("2")
        assert digest_value(put(one)) != before
        one.write_text("1")


def test_what_has_no_content_is_refused_with_the_way_to_it() -> None:
    os.mkfifo("pipe")
    with pytest.raises(ValueNotStoredError, match=r"^value\['in'\]: 'pipe' is a pipe"):
        digest_value({"in": Path("pipe")})
    with pytest.raises(ValueNotStoredError, match="'/dev/null' is a device"):
        digest_value(Path(os.devnull))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("door")
        Path("folder").mkdir()
        Path("door").rename("folder/door")
        with pytest.raises(ValueNotStoredError, match=r"'folder/door' is a socket"):
            digest_value(Path("folder"))


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_what_may_not_be_read_is_refused_by_name() -> None:
    path = fill(".", a="1") / "a"
    path.chmod(0)
    with pytest.raises(ValueNotStoredError, match=r"'a' cannot be read: Permission denied"):
        digest_value(path)
