"""The public face is documented to the last parameter, in numpydoc."""

from __future__ import annotations

import inspect
from dataclasses import is_dataclass
from typing import TYPE_CHECKING

import pytest
from numpydoc.validate import validate

import anew

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_ASKED = {
    "ES01",  # an extended summary where there is more to say
    "EX01",  # an example where a call does not speak for itself
    "GL01",  # ruff and PEP 257 start the summary beside the quotes
    "GL08",  # ruff's D rules say where a docstring must be
    "PR04",  # types live in annotations
    "RT03",  # "The number." may be all there is to say of a returned value
    "SA01",  # See Also where it helps
    "YD01",  # an iterator may explain itself
}


def public_docstrings() -> Iterator[str]:
    """Give the dotted names of public functions and classes, and of what is public in them."""
    for name in anew.__all__:
        value = getattr(anew, name)
        if inspect.isroutine(value) or inspect.isclass(value):
            yield f"anew.{name}"
        if inspect.isclass(value):
            for member, part in vars(value).items():
                documented = isinstance(part, property) or inspect.isroutine(part)
                if documented and not member.startswith("_"):
                    yield f"anew.{name}.{member}"


@pytest.mark.parametrize("name", list(public_docstrings()))
def test_docstring_is_complete(name: str) -> None:
    found = {code: text for code, text in validate(name)["errors"] if code not in NOT_ASKED}
    if is_dataclass(getattr(anew, name.removeprefix("anew."), None)):
        found.pop("PR01", None)  # the fields of a record are its attributes: anew makes it
    assert found == {}
