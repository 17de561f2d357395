"""What is impure is said once, at definition, with the way out."""

from __future__ import annotations

import time
import uuid
import warnings

import pytest

from anew.errors import AnewWarning
from anew.purity import say_impurities


def say_all(*definitions):
    """Say what is impure of several definitions."""
    for definition in definitions:
        say_impurities(*definition)


def test_step_thing_place_and_way_out_are_named():
    def stamp():
        return time.time()

    with pytest.warns(AnewWarning) as caught:
        say_impurities(stamp, "stamp", otherwise="mark stamp with pure=False")
    text = str(caught[0].message)
    line = stamp.__code__.co_firstlineno + 1
    assert text.startswith("stamp may not give the same for the same arguments: time.time() reads")
    assert f"test_saying.py:{line})" in text
    assert text.endswith("hand the time over as an argument, or mark stamp with pure=False")


def test_each_thing_is_said_once():
    def twice():
        return time.time(), time.time(), uuid.uuid4(), uuid.uuid4()

    with pytest.warns(AnewWarning) as caught:
        say_all((twice, "twice"), (twice, "twice"))
    assert [str(each.message).split(": ")[1].split(" ")[0] for each in caught] == [
        "time.time()",
        "uuid.uuid4()",
    ]


def test_two_steps_that_share_a_helper_are_both_told():
    def tick():
        return time.time()

    def one():
        return tick()

    def other():
        return tick()

    with pytest.warns(AnewWarning) as caught:
        say_all((one, "one"), (other, "other"))
    assert [str(each.message).split(" ")[0] for each in caught] == ["one", "other"]


class Strange:
    def __getattribute__(self, name):
        raise RuntimeError(name)


@pytest.mark.parametrize("name", ["builtin", "none", "class", "object", "type"])
def test_nothing_is_said_of_what_cannot_be_looked_into(name):
    things = {"builtin": len, "none": None, "class": Strange, "object": Strange(), "type": type}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        say_impurities(things[name], "strange")
