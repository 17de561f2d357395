"""Cases of steps that find what others read: helpers, a script, and what runs after each edit."""

from __future__ import annotations

from typing import NamedTuple

from found_helpers import HELPERS, PLAIN

TWO_STEPS = """
@ex.step(persist=True)
def first():
    ran("first")
    return len(helpers.data())

@ex.step(persist=True)
def second(one):
    ran("second")
    return helpers.data()["a"]

print(second.node(first.node()).compute(scheduler="sync"))
"""


class Case(NamedTuple):
    """What is in the helpers' module and in the script, and what runs after each edit."""

    name: str
    helpers: str
    script: str = TWO_STEPS
    after_x: str = "first second"
    after_y: str = ""


LAZY = 'import json\nCONFIG = json.load(open("x.json"))\n\ndef rate():\n    return CONFIG["a"]\n'
THREE = """
@ex.step(persist=True)
def x():
    ran("x")
    return helpers.{one}

@ex.step(persist=True)
def y(one):
    ran("y")
    return helpers.{two}

@ex.step(persist=True)
def z(one):
    ran("z")
    return helpers.{three}

print(z.node(y.node(x.node())).compute(scheduler="sync"))
"""
LOAD = """
import functools, json
@CACHE
def load(name):
    return len(json.load(open(name)))
"""
CALLS = ['load("x.json")', 'load("y.json")', 'load("y.json")']


def three(one: str, two: str, three: str) -> str:
    return THREE.format(one=one, two=two, three=three)


MORE = [
    Case("an uncached helper with other files", PLAIN, three(*CALLS), "x", "y z"),
    Case(
        "lru_cache of other files",
        LOAD.replace("CACHE", "functools.lru_cache"),
        three(*CALLS),
        "x",
        "y z",
    ),
    Case(
        "lru_cache asked for one again",
        LOAD.replace("CACHE", "functools.lru_cache"),
        three(*CALLS[:2], CALLS[0]),
        "x z",
        "y",
    ),
    Case(
        "objects of a class that keeps",
        PLAIN,
        three('Loader("x.json").get()', 'Loader("y.json").get()', 'Loader("y.json").get()'),
        "x",
        "y z",
    ),
    Case("closures that keep nothing", PLAIN, three("get_x()", "get_y()", "get_y()"), "x", "y z"),
    Case("closures that keep", PLAIN, three("kept_x()", "kept_y()", "kept_x()"), "x z", "y"),
    Case(
        "lru_cache within lru_cache",
        """
        import functools, json
        @functools.lru_cache
        def data():
            return json.load(open("x.json"))
        @functools.lru_cache
        def report():
            return len(data())
        """,
        three("data()", "report()", "report()"),
        "x y z",
        "",
    ),
    Case(
        "a module imported in a step",
        "",
        """
        @ex.step(persist=True)
        def first():
            import lazy
            ran("first")
            return len(lazy.CONFIG)

        @ex.step(persist=True)
        def second(one):
            import lazy
            ran("second")
            return lazy.CONFIG["a"]

        print(second.node(first.node()).compute(scheduler="sync"))
        """,
    ),
    Case(
        "a function imported in a step",
        "",
        """
        @ex.step(persist=True)
        def first():
            from lazy import CONFIG
            ran("first")
            return len(CONFIG)

        @ex.step(persist=True)
        def second(one):
            from lazy import rate
            ran("second")
            return rate()

        print(second.node(first.node()).compute(scheduler="sync"))
        """,
    ),
    Case(
        "a module imported by a name that is made",
        "",
        """
        import importlib
        @ex.step(persist=True)
        def first():
            ran("first")
            return len(importlib.import_module("la" + "zy"[:-4]).CONFIG)
        """.replace('"la" + "zy"[:-4]', '"_".join("lazy".split("_"))')
        + """
        @ex.step(persist=True)
        def second(one):
            ran("second")
            return importlib.import_module("_".join("lazy".split("_"))).CONFIG["a"]

        print(second.node(first.node()).compute(scheduler="sync"))
        """,
    ),
    Case(
        "a step that does not import it",
        "",
        """
        @ex.step(persist=True)
        def first():
            import lazy
            ran("first")
            return len(lazy.CONFIG)

        @ex.step(persist=True)
        def second(one):
            ran("second")
            return one

        print(second.node(first.node()).compute(scheduler="sync"))
        """,
        "first",
    ),
    Case(
        "found by another trial",
        HELPERS["lru_cache"],
        """
        @ex.step(persist=True)
        def first():
            ran("first")
            return len(helpers.data())

        @ex.step(persist=True)
        def second(n):
            ran("second")
            return helpers.data()["a"]
        print(first.node().compute(scheduler="sync"))
        print(second.node(3).compute(scheduler="sync"))
        """,
    ),
    Case(
        "anew.cache alone",
        HELPERS["lru_cache"],
        """
        @anew.cache
        def first():
            ran("first")
            return len(helpers.data())

        @anew.cache
        def second():
            ran("second")
            return helpers.data()["a"]

        print(first(), second())
        """,
    ),
    Case(
        "async",
        HELPERS["lru_cache"],
        """
        import asyncio
        @anew.cache
        async def first():
            ran("first")
            return len(helpers.data())

        @anew.cache
        async def second():
            ran("second")
            return helpers.data()["a"]

        async def both():
            return await first(), await second()

        print(asyncio.run(both()))
        """,
    ),
    Case(
        "threads",
        HELPERS["lru_cache"],
        """
        @ex.step(persist=True)
        def first():
            ran("first")
            return len(helpers.data())

        @ex.step(persist=True)
        def second():
            ran("second")
            return helpers.data()["a"]

        @ex.step(persist=True)
        def both(one, two):
            return [one, two]

        print(both.node(first.node(), second.node()).compute(scheduler="threads"))
        """,
    ),
    Case(
        "a cached property of an argument",
        """
        import functools, json
        class Table:
            def __init__(self, name):
                self.name = name
            @functools.cached_property
            def rows(self):
                return json.load(open(self.name))
        """,
        """
        @ex.step(persist=True)
        def first():
            ran("first")
            table = helpers.Table("x.json")
            len(table.rows)
            return table

        @ex.step(persist=True)
        def second(table):
            ran("second")
            return table.rows["a"]

        print(second.node(first.node()).compute(scheduler="sync"))
        """,
    ),
    Case(
        "a cached method of an argument",
        """
        import functools, json
        class Table:
            @functools.lru_cache
            def rows(self):
                return json.load(open("x.json"))
        """,
        """
        @ex.step(persist=True)
        def first():
            ran("first")
            table = helpers.Table()
            len(table.rows())
            return table

        @ex.step(persist=True)
        def second(table):
            ran("second")
            return table.rows()["a"]

        print(second.node(first.node()).compute(scheduler="sync"))
        """,
    ),
    Case(
        "a function as an argument",
        HELPERS["lru_cache"],
        """
        @ex.step(persist=True)
        def first():
            ran("first")
            return len(helpers.data())

        @ex.step(persist=True)
        def second(one, get):
            ran("second")
            return get()["a"]

        print(second.node(first.node(), helpers.data).compute(scheduler="sync"))
        """,
    ),
    Case(
        "lru_cache filled by the script",
        HELPERS["lru_cache"],
        """
        print(len(helpers.data()))

        @ex.step(persist=True)
        def first():
            ran("first")
            return helpers.data()["a"]

        print(first.node().compute(scheduler="sync"))
        """,
        "first",
    ),
    Case(
        "an uncached helper that the script calls",
        PLAIN,
        "print(helpers.load('x.json'))\n" + three("SETTINGS", *CALLS[1:]),
        "",
        "y z",
    ),
    Case(
        "read and found in one step",
        HELPERS["a dict"],
        """
        @ex.step(persist=True)
        def first():
            ran("first")
            return helpers.data()["a"] + helpers.data()["a"]

        print(first.node().compute(scheduler="sync"))
        """,
        "first",
    ),
    Case(
        "a file made by the one that reads",
        """
        import functools, json, os
        @functools.lru_cache
        def data():
            made = __name__ + ".made"
            if not os.path.exists(made):
                with open(made, "w") as file:
                    file.write("1")
            return int(open(made).read())
        """,
        three("data()", "data()", "data()"),
        "",
        "",
    ),
]

CASES = [Case(name, text) for name, text in HELPERS.items()] + MORE
