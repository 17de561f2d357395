"""Our records are dataclasses to all who look, and cost little to define."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import os
import pickle
import subprocess
import sys
from typing import Any, ClassVar

import pytest

from anew import records
from anew.records import asdict, dataclass, field, field_names, replace


@dataclass(frozen=True)
class Spot:
    """A frozen record."""

    kind: ClassVar[str] = "spot"

    x: int
    y: float = 0.5
    names: list[str] = field(default_factory=list)
    note: str = field(default="", repr=False, compare=False)


@dataclass
class Bag:
    """One that changes."""

    spot: Spot
    more: dict[str, Any] = field(default_factory=dict)
    last: int = field(default=3, kw_only=True)

    def __post_init__(self) -> None:
        self.seen = self.last


@dataclass(frozen=True)
class Far(Spot):
    """One of a class that is a record."""

    z: int = 9


def standard(**options: Any) -> Any:
    """Make the same as `Spot` by the standard library."""
    namespace = {
        "__annotations__": {"x": int, "y": float, "names": list, "note": str},
        "__module__": __name__,
        "__doc__": "",
        "y": 0.5,
        "names": dataclasses.field(default_factory=list),
        "note": dataclasses.field(default="", repr=False, compare=False),
    }
    return dataclasses.dataclass(**options)(type("Spot", (), namespace))


GIVEN = [
    pytest.param((1,), {}, id="least"),
    pytest.param((1, 2.0, ["a"], "n"), {}, id="all"),
    pytest.param((1,), {"note": "n", "y": 2}, id="in another order"),
    pytest.param((), {"x": 1}, id="by name"),
    pytest.param((), {}, id="nothing"),
    pytest.param((1,), {"x": 1}, id="twice"),
    pytest.param((1,), {"q": 1}, id="unknown"),
    pytest.param((1, 2, 3, 4, 5), {}, id="too many"),
]


@pytest.mark.parametrize(("words", "named"), GIVEN)
def test_it_is_made_as_one_of_the_standard_library(words, named):
    try:
        expected = standard(frozen=True)(*words, **named)
    except TypeError:
        with pytest.raises(TypeError, match="Spot"):
            Spot(*words, **named)
    else:
        made = Spot(*words, **named)
        assert list(vars(made).items()) == list(vars(expected).items())
        assert repr(made) == repr(expected)


def test_no_two_share_what_a_factory_made():
    assert Spot(1).names is not Spot(1).names


def test_equal_fields_make_equal_records():
    assert Spot(1, 2, [], "a") == Spot(1, 2, [], "b")
    assert Spot(1) != Spot(2)
    assert Spot(1) != Far(1)
    assert hash(Far(1, 2, ())) == hash(Far(1, 2, ()))


def test_what_can_change_has_no_hash():
    with pytest.raises(TypeError, match="unhashable"):
        hash(Bag(Spot(1)))


def test_a_frozen_one_stays_as_it_is():
    with pytest.raises(dataclasses.FrozenInstanceError, match="'x'"):
        Spot(1).x = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="'x'"):
        del Spot(1).x


def test_what_is_to_be_done_after_is_done():
    assert Bag(Spot(1), last=5).seen == 5


def test_a_field_by_name_is_given_by_name_alone():
    with pytest.raises(TypeError, match="Bag"):
        Bag(Spot(1), {}, 5)


def test_fields_of_the_base_come_first():
    assert field_names(Far) == ("x", "y", "names", "note", "z")
    assert (Far(1, 2).y, Far(1).z) == (2, 9)


def test_patterns_match_by_position():
    match Spot(1, 2.0):
        case Spot(x, y):
            assert (x, y) == (1, 2.0)


@pytest.mark.parametrize("kind", [Spot, Far, Bag], ids=lambda kind: kind.__name__)
def test_the_standard_library_knows_it(kind):
    assert dataclasses.is_dataclass(kind)
    assert tuple(each.name for each in dataclasses.fields(kind)) == field_names(kind)
    assert tuple(inspect.signature(kind).parameters) == field_names(kind)


def test_the_standard_library_takes_it_apart_and_changes_it():
    bag = Bag(Spot(1), {"a": [Spot(2)]})
    assert dataclasses.asdict(bag) == asdict(bag) == asdict(copy.deepcopy(bag))
    assert dataclasses.replace(Spot(1), x=2) == replace(Spot(1), x=2) == Spot(2)


def test_one_of_the_standard_library_may_come_of_it():
    @dataclasses.dataclass(frozen=True)
    class Near(Spot):
        w: int = 1

    assert Near(1, w=2) == Near(1, w=2)
    assert [each.name for each in dataclasses.fields(Near)][-1] == "w"


def test_one_of_the_standard_library_is_taken_apart_too():
    made = standard()(1)
    assert asdict(made) == dataclasses.asdict(made)
    assert replace(made, x=2).x == 2
    assert field_names(3) == ()


def test_a_subclass_with_its_own_way_to_be_made_shows_that():
    class Own(Spot):
        def __init__(self, a: int) -> None:
            super().__init__(a)

    assert list(inspect.signature(Own).parameters) == ["a"]


def test_it_is_pickled_and_copied():
    bag = Bag(Spot(1), {"a": 1})
    assert pickle.loads(pickle.dumps(bag)) == copy.copy(bag) == bag


def test_nothing_is_loaded_to_define_one():
    code = (
        "import sys; from anew.records import dataclass\n"
        "@dataclass(frozen=True)\nclass A:\n    x: int = 1\n"
        "A() == A(2); repr(A()); hash(A())\n"
        "sys.exit('dataclasses' in sys.modules or 'inspect' in sys.modules)"
    )
    # What measures the coverage of processes loads more.
    plain = {name: text for name, text in os.environ.items() if not name.startswith("COVERAGE")}
    subprocess.run([sys.executable, "-c", code], check=True, env=plain)


def test_all_that_is_offered_is_there():
    assert all(hasattr(records, name) for name in records.__all__)
