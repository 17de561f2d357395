"""What is masked, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.provenance.masking import mask_arguments, mask_text, mask_variable, show_path

MASKED = {
    "word after the option": (["--password", "x"], ["--password", "***"]),
    "word after a short name": (["-token", "x"], ["-token", "***"]),
    "value of the option": (["--api-key=x"], ["--api-key=***"]),
    "value of a parameter": (["api_key=x"], ["api_key=***"]),
    "name with a prefix": (["--db-password=x"], ["--db-password=***"]),
    "dotted name": (["wandb.api_key=x"], ["wandb.api_key=***"]),
    "header": (["-H", "Authorization: Bearer abcdefgh"], ["-H", "Authorization: Bearer ***"]),
    "url": (["postgres://me:x@host/db"], ["postgres://***@host/db"]),
    "url without a name": (["redis://:x@host/0"], ["redis://***@host/0"]),
    "token as name": (["https://x@host/a"], ["https://***@host/a"]),
    "query": (["http://host/?a=1&token=x&b=2"], ["http://host/?a=1&token=***&b=2"]),
    "url as value": (["--store=mongodb://me:x@host"], ["--store=mongodb://***@host"]),
    "token of a service": (["ghp_0123456789abcdef"], ["***"]),
    "key of a service": (["AKIA0123456789ABCDEF"], ["***"]),
}


@pytest.mark.parametrize(("words", "masked"), MASKED.values(), ids=MASKED)
def test_a_secret_is_masked(words: list[str], masked: list[str]) -> None:
    assert mask_arguments(words) == masked


READABLE = [
    ["--token-limit", "100"],
    ["--max-tokens=5"],
    ["--tokenizer", "bert"],
    ["--pad-token", "<pad>"],
    ["--key", "age"],
    ["alpha=0.3"],
    ["--token", "--verbose"],
    ["--password="],
    ["password", "x"],
    ["git@example.org:a.git"],
    ["https://example.org/a@b"],
    ["basic training"],
]


@pytest.mark.parametrize("words", READABLE, ids=map(str, READABLE))
def test_what_is_no_secret_stays_readable(words: list[str]) -> None:
    assert mask_arguments(words) == words


@given(st.lists(st.text(max_size=20), max_size=8))
def test_as_many_words_come_out_as_go_in(words: list[str]) -> None:
    masked = mask_arguments(words)
    assert len(masked) == len(words)
    assert mask_arguments(masked) == masked


@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask_text(mask_text(text)) == mask_text(text)


def test_a_variable_with_a_secret_name_is_masked_whole() -> None:
    assert mask_variable("PYTHON_SECRET", "anything") == "***"
    assert mask_variable("PYTHONHASHSEED", "0") == "0"


def test_a_path_in_the_project_is_relative(tmp_path: Path) -> None:
    assert show_path(tmp_path / "a" / "b.py", tmp_path) == "a/b.py"
    assert show_path(tmp_path, tmp_path) == "."


def test_a_path_in_a_project_behind_a_link_is_relative(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert show_path(tmp_path / "real" / "a.py", tmp_path / "link") == "a.py"


def test_a_path_at_home_does_not_name_its_owner(tmp_path: Path, home: Path) -> None:
    assert show_path(home / "bin" / "python", tmp_path) == "~/bin/python"


def test_another_path_is_absolute(tmp_path: Path) -> None:
    assert show_path("/usr/bin/python", tmp_path) == "/usr/bin/python"


def test_a_user_without_a_home_has_absolute_paths(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> Path:
        message = "no home"
        raise RuntimeError(message)

    monkeypatch.setattr(Path, "home", nobody)
    assert show_path(home / "a", tmp_path) == str(home / "a")


def test_the_root_folder_is_nobodys_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/")
    assert show_path("/usr/bin/python", tmp_path) == "/usr/bin/python"
