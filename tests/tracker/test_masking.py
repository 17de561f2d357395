"""What is masked, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.tracker.masking import (
    is_secret_name,
    mask_arguments,
    mask_parameters,
    mask_text,
    mask_value,
    mask_variable,
)

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
    "name in humps": (["--dbPassword=x"], ["--dbPassword=***"]),
    "password of digits": (["--password", "1234"], ["--password", "***"]),
    "long token of digits": (["--token=123456789"], ["--token=***"]),
    "group of secrets": (["secrets.mail=x"], ["secrets.mail=***"]),
    "shell": (["-c", "cd a; DB_PASSWORD=x ./fit"], ["-c", "cd a; DB_PASSWORD=*** ./fit"]),
    "connection": (["Server=s;Pwd=x;A=1"], ["Server=s;Pwd=***;A=1"]),
    "quoted": (["f(password='a b', c=1)"], ["f(password='***', c=1)"]),
    "header of a key": (["-H", "X-Api-Key: abc"], ["-H", "X-Api-Key: ***"]),
    "private key": (
        ["-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n"],
        ["***\n"],
    ),
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
    ["--token=3"],
    ["--keyboard=de"],
    ["passwords.txt"],
    ["--secretary=x"],
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


def test_a_signed_address_is_masked() -> None:
    signed = "https://h/a?X-Amz-Credential=x&X-Amz-Signature=y&n=1"
    assert mask_text(signed) == "https://h/a?X-Amz-Credential=***&X-Amz-Signature=***&n=1"


SECRET_NAMES = ["api_key", "apiKey", "AWS_SECRET_ACCESS_KEY", "db.password", "credentials.user"]


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_secret_is_known_by_its_name_in_any_spelling(name: str) -> None:
    assert is_secret_name(name)


def test_a_value_is_masked_within_lists_and_mappings() -> None:
    value = {"user": "me", "password": 1234, "urls": ["http://a:b@h"], "token": None}
    assert mask_value("db", value) == {
        "user": "me",
        "password": "***",
        "urls": ["http://***@h"],
        "token": None,
    }


def test_parameters_that_are_no_text_stay_as_they_are() -> None:
    kept = object()
    assert mask_parameters({"a": kept, "password": "x"}) == {"a": kept, "password": "***"}
