"""Digests of records of attrs and pydantic."""

from __future__ import annotations

import copy
import pickle
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import attrs
import pydantic
import pytest

from anew.digests import digest_value

if TYPE_CHECKING:
    from collections.abc import Callable


@attrs.define
class Slotted:
    x: Any
    _hidden: int = 0


@attrs.define(slots=False)
class Open:
    x: Any
    _hidden: int = 0

    @cached_property
    def double(self) -> Any:
        return 2 * self.x


@attrs.frozen(eq=False)
class Frozen:
    x: Any
    _hidden: int = 0


@attrs.frozen(slots=False, cache_hash=True)
class Hashed:
    x: Any
    _hidden: int = 0


@attrs.frozen(cache_hash=True)
class HashedSlots:
    x: Any
    _hidden: int = 0

    @cached_property
    def double(self) -> Any:
        return 2 * self.x


@attrs.define(slots=False)
class Derived(Open):
    y: int = attrs.field(default=1, eq=False, repr=False)
    later: int = attrs.field(init=False)


class Undeclared(Slotted):
    """A class that attrs did not make, of one that it did."""


KINDS = [Slotted, Open, Frozen, Hashed, HashedSlots, Derived, Undeclared]
each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
def test_records_of_attrs_are_their_fields(kind: Any) -> None:
    record = kind({"a": [1]}, 2)
    digest = digest_value(record)
    copies = [kind({"a": [1]}, 2), copy.deepcopy(record), pickle.loads(pickle.dumps(record))]
    assert {digest_value(each) for each in copies} == {digest}
    assert digest not in {digest_value(kind({"a": [2]}, 2)), digest_value(kind({"a": [1]}, 3))}


def test_records_of_different_classes_are_apart() -> None:
    for one, other in combinations(KINDS, 2):
        assert digest_value(one(1)) != digest_value(other(1)), (one, other)


@pytest.mark.parametrize("kind", [Hashed, HashedSlots])
def test_a_hash_that_is_kept_says_nothing(kind: Any) -> None:
    record = kind("text")
    digest = digest_value(record)
    hash(record)
    assert digest_value(record) == digest


@pytest.mark.parametrize("kind", [Open, HashedSlots])
def test_a_property_that_is_computed_once_says_nothing(kind: Any) -> None:
    record = kind(2)
    digest = digest_value(record)
    assert record.double == 4
    assert digest_value(record) == digest


def test_fields_that_are_not_compared_or_not_set_and_other_attributes_count() -> None:
    changed, later, more = Derived(1, y=2), Derived(1), Derived(1)
    later.later = 3
    more.more = 4  # type: ignore[attr-defined]
    undeclared = Undeclared(1)
    undeclared.more = 4  # type: ignore[attr-defined]
    values = [Derived(1), changed, later, more, Undeclared(1), undeclared]
    assert len({digest_value(value) for value in values}) == len(values)


def test_a_record_may_refer_to_itself() -> None:
    one, other = Slotted(None), Slotted(None)
    one.x, other.x = one, other
    assert digest_value(one) == digest_value(other) != digest_value(Slotted(None))


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")
    x: Any
    y: int = 1
    _secret: int = 0

    @cached_property
    def double(self) -> Any:
        return 2 * self.x


class Other(Model): ...


class Names(pydantic.RootModel[list[str]]): ...


def test_models_of_pydantic_are_their_fields() -> None:
    model = Model(x={"a": [1]})
    digest = digest_value(model)
    copies = [model.model_copy(deep=True), copy.copy(model), pickle.loads(pickle.dumps(model))]
    assert {digest_value(each) for each in copies} == {digest}
    assert digest_value(Model(x={"a": [1]}, y=1)) == digest, "a default that is given is the same"


def test_models_that_differ_in_a_field_an_extra_a_private_one_or_class_are_apart() -> None:
    private = Model(x=1)
    private._secret = 2
    extra: dict[str, Any] = {"z": 1}
    values = [Model(x=1), Model(x=2), Model(x=1, y=2), Model(x=1, **extra), private, Other(x=1)]
    assert len({digest_value(value) for value in values}) == len(values)


def test_what_a_model_computes_once_says_nothing() -> None:
    model = Model(x=2)
    digest = digest_value(model)
    assert model.double == 4
    assert digest_value(model) == digest


def test_models_of_one_value_are_that_value() -> None:
    assert digest_value(Names(["a"])) == digest_value(Names(["a"])) != digest_value(Names(["b"]))


def test_the_process_does_not_matter(digest_elsewhere: Callable[[str], set[str]]) -> None:
    found = digest_elsewhere("""
        import attrs, pydantic
        @attrs.frozen(slots=False, cache_hash=True)
        class Record:
            x: object
        class Model(pydantic.BaseModel):
            x: object
        value = [Record("text"), Model(x={"a", "b", "c"})]
        hash(value[0])
    """)
    assert len(found) == 1
