"""What may differ though the arguments do not is found, and nothing else."""

from __future__ import annotations

import functools
import importlib
import sys
import textwrap

import numpy as np
import pandas as pd
import pytest

from anew.purity import find_impure

PREAMBLE = """
import contextlib, dataclasses, datetime, functools, os, random, secrets, sys, time, uuid
from datetime import datetime as DT
from time import time as now
import numpy as np
import pandas as pd
"""


def define(text, **names):
    """Run the text of a module, and give its function f."""
    namespace = {"__name__": "steps", **names}
    code = compile(PREAMBLE + textwrap.dedent(text), "steps.py", "exec", dont_inherit=True)
    exec(code, namespace)  # noqa: S102 - as a notebook does
    return namespace["f"]


def whats(text, **names):
    return [each.what for each in find_impure(define(text, **names))]


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("time.time()", "time.time()"),
        ("time.time_ns()", "time.time_ns()"),
        ("now()", "time.time()"),
        ("time.localtime()", "time.localtime()"),
        ("time.ctime(None)", "time.ctime()"),
        ("time.strftime('%Y')", "time.strftime()"),
        ("time.strftime('%Y' if x else '%m')", "time.strftime()"),
        ("DT.now()", "datetime.datetime.now()"),
        ("DT.now(tz=datetime.timezone.utc)", "datetime.datetime.now()"),
        ("datetime.datetime.utcnow()", "datetime.datetime.utcnow()"),
        ("datetime.date.today()", "datetime.date.today()"),
        ("pd.Timestamp.now()", "pandas.Timestamp.now()"),
        ("pd.Timestamp('now')", "pandas.Timestamp('now')"),
        ("np.datetime64('today', 'D')", "numpy.datetime64('now')"),
        ("uuid.uuid1()", "uuid.uuid1()"),
        ("uuid.uuid4().hex", "uuid.uuid4()"),
        ("os.urandom(4)", "os.urandom()"),
        ("secrets.token_hex(4)", "secrets.token_hex()"),
        ("secrets.choice(x)", "secrets.choice()"),
        ("random.SystemRandom().random()", "random.SystemRandom()"),
        ("random.Random()", "random.Random()"),
        ("random.seed()", "random.seed()"),
        ("np.random.default_rng()", "numpy.random.default_rng()"),
        ("np.random.default_rng(None)", "numpy.random.default_rng()"),
        ("np.random.default_rng(seed=None)", "numpy.random.default_rng()"),
        ("np.random.RandomState()", "numpy.random.RandomState()"),
        ("np.random.Generator(np.random.PCG64())", "numpy.random.PCG64()"),
        ("np.random.SeedSequence()", "numpy.random.SeedSequence()"),
        ("os.getpid()", "os.getpid()"),
        ("input('which? ')", "input()"),
        ("sys.stdin.read()", "sys.stdin"),
        ("[k for k in os.environ]", "os.environ"),
        ("os.environ.items()", "os.environ"),
        ("dict(default_factory=uuid.uuid4)", "uuid.uuid4()"),
        ("[time.time() for _ in x]", "time.time()"),
        ("lambda: time.time()", "time.time()"),
    ],
)
def test_what_gives_something_else_each_time_is_found(expression, what):
    assert whats(f"def f(x): return {expression}") == [what]


@pytest.mark.parametrize(
    "expression",
    [
        "time.perf_counter() - time.monotonic() + time.process_time()",
        "time.sleep(0)",
        "time.localtime(x)",
        "time.strftime('%Y', x)",
        "time.localtime(*x)",
        "DT.fromtimestamp(x), DT(2020, 1, 1), DT.fromisoformat(x)",
        "pd.Timestamp('2020-01-01'), np.datetime64('2020'), pd.Timestamp(x)",
        "random.random(), random.Random(x), np.random.rand(), np.random.normal(size=3)",
        "random.seed(x), np.random.seed(1)",
        "np.random.default_rng(x), np.random.default_rng(len(x)), np.random.default_rng([1, 2])",
        "np.random.default_rng(1 if x else 2), np.random.default_rng(*x)",
        "np.random.Generator(np.random.PCG64(x)), np.random.SeedSequence(x)",
        "list(map(np.random.default_rng, x)), list(map(time.ctime, x))",
        "isinstance(x, (random.Random, np.random.RandomState, random.SystemRandom))",
        "uuid.uuid5(uuid.NAMESPACE_DNS, x), uuid.UUID(x)",
        "secrets.compare_digest(x, x)",
        "os.environ['X'], os.environ.get('X'), 'X' in os.environ, os.getenv('X')",
        "[time.time() for time in x]",
        "lambda time: time.time()",
    ],
)
def test_what_depends_on_arguments_and_seeds_alone_is_not_found(expression):
    assert whats(f"def f(x): return {expression}") == []


def test_an_argument_that_has_the_name_of_a_clock_is_none():
    assert whats("def f(time, uuid): return time.time(), uuid.uuid4()") == []


def test_annotations_are_no_use():
    assert whats("def f(x: uuid.uuid4 = None) -> time.time: return x") == []


@pytest.mark.parametrize(
    "imported",
    [
        "from uuid import uuid4 as new",
        "import uuid as u; new = u.uuid4",
        "import uuid; module = uuid; new = module.uuid4",
        "try:\n        from uuid import uuid4 as new\n    except ImportError:\n        new = None",
    ],
    ids=["from", "as", "by another name", "tried"],
)
def test_an_import_in_the_body_is_followed(imported):
    assert set(whats(f"def f():\n    {imported}\n    return new()")) == {"uuid.uuid4()"}


def test_a_module_that_is_not_loaded_is_known_by_its_name(monkeypatch):
    step = define("def f():\n    from uuid import uuid4\n    return uuid4()")
    monkeypatch.delitem(sys.modules, "uuid")
    assert [each.what for each in find_impure(step)] == ["uuid.uuid4()"]


@pytest.mark.parametrize(
    "text",
    [
        "def g(): return now()\ndef f(): return g()",
        "def g(): return now()\nTABLE = {'a': [g]}\ndef f(k): return TABLE[k][0]()",
        "def g(x): return now()\ndef f(xs): return sorted(xs, key=g)",
        "def f():\n    def g(): return now()\n    return g()",
        "def f(clock=time.time): return clock()",
        "def g(x, clock=time.time): return clock()\ndef f(x): return g(x)",
        """
        def deco(function):
            @functools.wraps(function)
            def wrapper():
                return function(), time.time()
            return wrapper
        @deco
        def f(): return 1
        """,
        """
        def deco(function):
            def wrapper(): return function()
            return wrapper
        @deco
        def f(): return time.time()
        """,
        "@functools.lru_cache\ndef g(): return now()\ndef f(): return g()",
        "def g(x): return now()\npart = functools.partial(g, 1)\ndef f(): return part()",
        """
        @contextlib.contextmanager
        def timed(): yield time.time()
        def f():
            with timed(): return 1
        """,
        """
        @functools.singledispatch
        def show(x): return x
        @show.register
        def _(x: int): return time.time()
        def f(x): return show(x)
        """,
        "def g(n): return f(n - 1), now()\ndef f(n): return g(n)",
        "async def f(): return time.time()",
        "def f(): yield time.time()",
    ],
    ids=range(15),
)
def test_project_code_is_followed_however_it_is_reached(text):
    assert whats(text) == ["time.time()"]


CLASSES = """
class Base:
    def inner(self): return time.time()
class Model(Base):
    clock = staticmethod(time.time)
    rng = np.random.default_rng(0)
    def __init__(self, x=0): self.x = x
    def fit(self): return self.inner()
    def tick(self): return self.clock()
    def draw(self): return self.rng.normal()
    def unused(self): return uuid.uuid4()
    @property
    def age(self): return time.time()
    @functools.cached_property
    def born(self): return time.time()
    @classmethod
    def make(cls): return cls.stamp()
    @staticmethod
    def stamp(): return time.time()
    def __hash__(self): return hash(("Model", self.x))
MODEL = Model()
"""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Model().fit()", ["time.time()"]),
        ("MODEL.fit()", ["time.time()"]),
        ("Model().tick()", ["time.time()"]),
        ("MODEL.age", ["time.time()"]),
        ("MODEL.born", ["time.time()"]),
        ("Model.make()", ["time.time()"]),
        ("MODEL.draw()", ["the generator self.rng"]),
        ("MODEL.rng.normal()", ["the generator MODEL.rng"]),
        ("Model().x, MODEL.x", []),
    ],
)
def test_of_a_class_the_methods_that_are_asked_for_count(expression, expected):
    assert whats(f"{CLASSES}\ndef f(): return {expression}") == expected


def test_a_bound_method_knows_what_it_is_bound_to():
    method = define(f"{CLASSES}\nf = MODEL.fit")
    assert [each.what for each in find_impure(method)] == ["time.time()"]


def test_the_factories_of_a_dataclass_count():
    text = """
    @dataclasses.dataclass
    class Record:
        id: str = dataclasses.field(default_factory=uuid.uuid4)
        at: str = dataclasses.field(default_factory=lambda: DT.now())
    def f(): return Record()
    """
    assert sorted(whats(text)) == ["datetime.datetime.now()", "uuid.uuid4()"]


@pytest.mark.parametrize(
    "made",
    ["np.random.default_rng(0)", "random.Random(0)", "np.random.RandomState(0)"],
)
def test_a_generator_that_calls_share_is_found(made):
    assert whats(f"rng = {made}\ndef f(): return rng.uniform(0, 1)") == ["the generator rng"]
    assert whats(f"draw = {made}.uniform\ndef f(): return draw(0, 1)") == ["the generator draw"]
    assert whats(f"def f(source={made}): return source") == ["the generator source"]


def test_a_generator_that_is_set_before_it_is_drawn_from_is_not_found():
    assert whats("r = random.Random(0)\ndef f(s):\n    r.seed(s)\n    return r.random()") == []
    text = "rng = np.random.default_rng(0)\n"
    text += "def f(s):\n    global rng\n    rng = np.random.default_rng(s)\n    return rng.random()"
    assert whats(text) == []


def test_an_argument_that_anew_fills_in_may_have_a_generator_as_default():
    assert whats("def f(rng=np.random.default_rng(0)): return rng.random()") == []


def test_a_default_counts_only_where_it_is_in_force():
    text = "def g(x, rng=np.random.default_rng(0)): return rng.random()\ndef f(x, rng): return {}"
    assert whats(text.format("g(x)")) == ["the generator rng"]
    assert whats(text.format("g(x, rng)")) == []
    assert whats(text.format("g(x, rng=rng)")) == []


def test_the_hash_of_a_text_counts_where_hashes_are_not_set(monkeypatch):
    step = define("def f(x): return hash(x)")
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)
    assert [each.what for each in find_impure(step)] == ["hash()"]
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    assert find_impure(step) == []


def test_a_class_may_define_its_hash_by_others():
    assert whats(f"{CLASSES}\ndef f(): return {{MODEL}}") == []


def test_the_place_is_the_line_of_the_use():
    step = define("def g(x):\n    y = x\n    return y + time.time()\ndef f(x): return g(x)")
    assert [each.where for each in find_impure(step)] == ["g() in steps.py:9"]


def test_a_nested_function_gives_its_own_name_and_a_lambda_that_around_it():
    step = define("def f(x):\n    def g(): return time.time()\n    return g, lambda: uuid.uuid4()")
    assert [each.where for each in find_impure(step)] == ["g() in steps.py:8", "f() in steps.py:9"]


def test_each_use_is_found_with_its_place():
    step = define("def f():\n    a = time.time()\n    return a - time.time()")
    assert [each.where[-1] for each in find_impure(step)] == ["8", "9"]


def test_a_function_of_a_library_is_not_searched():
    assert whats("import tempfile\ndef f(): return tempfile.mkdtemp(), pd.DataFrame()") == []


def test_a_helper_that_is_defined_later_is_not_there_yet():
    assert whats("def f(x): return later(x), missing.attribute.call()") == []


def test_nothing_is_run_or_imported_by_looking():
    class Trap:
        def __getattribute__(self, name):
            pytest.fail(f"{name} was asked for")

    step = define("def f(): return trap.now(), trap[0], trap()", trap=Trap())
    assert find_impure(step) == []


@pytest.mark.parametrize(
    "value",
    [len, functools.partial(len), np.sum, np.add, pd.DataFrame, type, object(), None, 3, int.real],
    ids=range(10),
)
def test_nothing_is_found_in_what_has_no_code_of_the_project(value):
    assert find_impure(value) == []


def test_a_callable_object_is_searched():
    assert whats("class C:\n    def __call__(self): return now()\nf = C()") == ["time.time()"]
    assert whats("def g(x): return now()\nf = np.vectorize(g)") == ["time.time()"]


def test_a_long_function_is_read_to_its_end():
    lines = "".join(f"    a{i} = x.b{i}\n" for i in range(600))
    assert whats(f"def f(x):\n{lines}    return DT.now()") == ["datetime.datetime.now()"]


def test_a_class_in_a_function_is_searched():
    text = "def f():\n    class C:\n        make = time.time\n    return C"
    assert whats(text) == ["time.time()"]


@pytest.mark.parametrize(
    "imported",
    ["import lab.clocks as c", "from . import clocks as c", "from lab import clocks as c"],
)
def test_a_module_of_the_project_is_followed(imported, write, monkeypatch):
    write("lab/__init__.py", "")
    write("lab/clocks.py", "import time\n\ndef tick(): return time.time()\n")
    monkeypatch.syspath_prepend(".")
    monkeypatch.setattr("sys.modules", {**sys.modules})
    importlib.import_module("lab.clocks")
    text = f"def f():\n    {imported}\n    return c.tick()"
    step = define(text, __package__="lab")
    assert [each.where for each in find_impure(step)] == ["tick() in lab/clocks.py:3"]


def test_a_cell_of_a_notebook_is_called_so():
    namespace = {}
    code = compile("import time\ndef f(): return time.time()", "/tmp/ipykernel_1/2.py", "exec")  # noqa: S108
    exec(code, namespace)  # noqa: S102 - as a notebook does
    assert [each.where for each in find_impure(namespace["f"])] == ["f() in a cell:2"]
