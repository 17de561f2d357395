"""Fingerprints that another process has made are those that this one would make."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.digests import digest_value
from anew.digests.observed import Asked, Observed

sys.path.insert(0, str(Path(__file__).parents[1] / "edits"))
from edit_rows import ROWS, State
from tiny_projects import SITE, SOURCES, Project, compiler

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")

STUDY = """
import functools
import math
import os
import textwrap
from math import sqrt

import numpy as np

from helpers import LIMIT, leaf
import helpers

SCALE, NAN, NOTHING, NAMES, TABLE = 1, float("nan"), None, ["a", "b"], {"a": 1}

def counted(f):
    number = 3
    @functools.wraps(f)
    def wrapper(*args):
        return f(*args) + number
    return wrapper

@counted
def middle(x, y=1, *, z=2):
    return leaf(x) + helpers.leaf(y) + z

def step(x, scale=0.0):
    late = helpers.later if hasattr(helpers, "later") else None
    if x in {"a", "b"}:
        return textwrap.dedent(x), TABLE, ascii(x), absent(x)
    return (middle(x) * SCALE + LIMIT + np.sum(x) + sqrt(x) + math.pi + len(NAMES),
            NAN, NOTHING, os.environ.get("ANEW_TEST"), helpers.STATE)
"""
HELPERS = """
LIMIT = 10
STATE = "x"

def leaf(x, *, y=1):
    return x + LIMIT + y
"""
MAIN = """
import sys, helpers, study, numpy, math, textwrap, builtins, functools, types, os
from study import step
"""
CHANGES = {
    "a number that is equal, of another type": "study.SCALE = True",
    "a number that is equal, a float": "study.SCALE = 1.0",
    "a NaN of other bits": "study.NAN = -study.NAN",
    "zero with a sign, in a default": "step.__defaults__ = (-0.0,)",
    "a default of keywords": "helpers.leaf.__kwdefaults__ = {'y': 2}",
    "a default of keywords, in place": "helpers.leaf.__kwdefaults__['y'] = 2",
    "defaults that are gone": "step.__defaults__ = None",
    "what a cell holds": "study.middle.__closure__[1].cell_contents = 4",
    "what is wrapped": "study.middle.__wrapped__ = helpers.leaf",
    "an attribute of a function": "step.told = 1",
    "other code": "step.__code__ = (lambda x, scale=0: x).__code__",
    "a list, in place": "study.NAMES.append('c')",
    "a dictionary, in place": "study.TABLE['b'] = 2",
    "a list that holds itself": "study.NAMES.append(study.NAMES)",
    "a tuple for a list": "study.NAMES = ('a', 'b')",
    "a global of another module": "helpers.STATE = 'y'",
    "a name that is bound in one module alone": "helpers.LIMIT = 11",
    "a helper that is another one": "study.leaf = study.counted",
    "a helper that does the same": (
        "f = helpers.leaf; helpers.leaf = types.FunctionType(f.__code__, f.__globals__, 'leaf');"
        " helpers.leaf.__kwdefaults__ = f.__kwdefaults__"
    ),
    "a name that is there now": "study.absent = 3",
    "a name that is there now, in builtins": "builtins.absent = 3",
    "a builtin that is hidden": "study.ascii = lambda x: 3",
    "a builtin that is replaced": "builtins.ascii = helpers.leaf",
    "a builtin that is a number": "builtins.ascii = 3",
    "an attribute that is there now": "helpers.later = 3",
    "a module that makes its attributes": "helpers.__getattr__ = {'later': 3}.get",
    "a library's function": "math.sqrt = abs; study.sqrt = abs",
    "a library's function, in the library": "numpy.sum = numpy.mean",
    "a library's function, by the project's": "numpy.sum = helpers.leaf",
    "a library's function, by one that says it is it": (
        "textwrap.dedent = functools.wraps(textwrap.dedent)(lambda *args: 'no')"
    ),
    "a library's function, by one of no file": (
        "exec('def f(x): return 1'); textwrap.dedent = functools.wraps(textwrap.dedent)(f)"
    ),
    "a library's module": "study.np = math",
    "a module of the project": (
        "study.helpers = types.ModuleType('helpers'); vars(study.helpers).update(vars(helpers))"
    ),
    "an instance for a number": "study.SCALE = numpy.float64(1)",
    "an object for None": "study.NOTHING = object()",
    "a class for None": "study.NOTHING = type('C', (), {})",
    "a partial for a helper": "study.leaf = functools.partial(helpers.leaf, y=1)",
    "the environment": "os.environ = dict(os.environ)",
    "how the environment is asked": "os.environ = types.SimpleNamespace(get=len)",
    "a variable of the environment": "os.environ['ANEW_TEST'] = 'other'",
    "the package of a module": "helpers.__package__ = 'other'",
    "the name of a module": "helpers.__name__ = 'other'",
    "the module of a function": "helpers.leaf.__module__ = 'other'",
}


class Server:
    """Answers in fresh processes with one hash seed."""

    def __init__(self, seed: int) -> None:
        unwanted = ("COVERAGE", "PYTHON")
        around = {k: v for k, v in os.environ.items() if not k.startswith(unwanted)}
        around |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(SOURCES)}
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("recalling.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=around | {"PYTHONHASHSEED": str(seed)},
            text=True,
        )

    def ask(self, project: Project, state: State, database: Path | None, **more) -> dict:
        project.write(state)
        editable = [str(project.sources / i[3]) for i in state.installed if i[0] == "editable"]
        path = [*editable, str(project.folder / SITE)]
        request = {"folder": str(project.sources), "path": path, **more}
        request["database"] = database and str(database)
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        reply = json.loads(self.process.stdout.readline())
        assert "error" not in reply, reply["error"]
        return reply


@pytest.fixture(scope="module")
def servers():
    both = Server(1), Server(2)
    yield both
    for each in both:
        each.process.stdin.close()
        each.process.stdout.close()
        each.process.wait(10)


@pytest.fixture
def database(tmp_path):
    return tmp_path / "memo" / "known.db"


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path / "tiny")


STATE = State({"study.py": STUDY, "helpers.py": HELPERS, "main.py": MAIN})
# All of them take minutes; this is set to see that each holds.
EACH = int(os.environ.get("ANEW_TEST_EACH_ROW", "47"))
each_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())


@pytest.mark.parametrize("row", ROWS[::EACH], ids=lambda row: row.id)
def test_a_row_gives_what_it_would_give_without_memory(row, project, servers, database):
    if row.condition == "compiler" and compiler() is None:
        pytest.skip("no C compiler with the headers of Python here")
    for state in (row.before, row.after):
        made = servers[0].ask(project, state, None)["found"]
        for server in reversed(servers):
            assert server.ask(project, state, database)["found"] == made


def test_a_fingerprint_is_recalled_in_another_process(project, servers, database):
    assert not servers[0].ask(project, STATE, database)["is recalled"]
    assert servers[1].ask(project, STATE, database)["is recalled"]


@pytest.fixture(scope="module")
def kept(servers, tmp_path_factory):
    """A project, the folder in which its fingerprint is kept, and the fingerprint."""
    folder = tmp_path_factory.mktemp("kept")
    project = Project(folder / "tiny")
    servers[0].ask(project, STATE, folder / "memo" / "known.db")
    return project, folder / "memo", servers[0].ask(project, STATE, None)["found"]


@each_change
def test_what_a_process_has_changed_is_seen(change, kept, servers, database):
    project, folder, _ = kept
    shutil.copytree(folder, database.parent)
    made = servers[0].ask(project, STATE, None, change=change)["found"]
    assert servers[1].ask(project, STATE, database, change=change)["found"] == made


@each_change
def test_what_changes_after_it_was_recalled_is_seen(change, kept, servers, database):
    project, folder, _ = kept
    shutil.copytree(folder, database.parent)
    made = servers[0].ask(project, STATE, None, later=change)["found"]
    later = servers[1].ask(project, STATE, database, later=change)
    assert later["is recalled"]
    assert later["found"] == made


@each_change
def test_what_was_kept_of_a_changed_process_is_no_other_ones(change, kept, servers, database):
    project, _, made = kept
    servers[0].ask(project, STATE, database, change=change)
    assert servers[1].ask(project, STATE, database)["found"] == made


def test_a_variable_of_the_environment_is_compared(project, servers, database):
    for value in ("a", "b"):
        given = {"ANEW_TEST": value}
        made = servers[0].ask(project, STATE, None, variables=given)["found"]
        found = servers[1].ask(project, STATE, database, variables=given)
        assert found["found"] == made
        assert not found["is recalled"]
        assert servers[0].ask(project, STATE, database, variables=given)["is recalled"]


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda each: (
        st.lists(each, max_size=3)
        | st.tuples(each, each)
        | st.dictionaries(st.integers() | st.text(), each, max_size=3)
    ),
    max_leaves=5,
)


def tell(value: object) -> bytes:
    """Tell a function that reads a global of this value."""
    module = ModuleType("told_of")
    exec("def told(): return VALUE", vars(module))  # noqa: S102
    vars(module)["VALUE"] = value
    sys.modules["told_of"] = module
    try:
        asked = Asked((("told_of", False, ("VALUE",)),), (), (), is_plain=True)
        return Observed(vars(module)["told"], asked).digest
    finally:
        del sys.modules["told_of"]


@given(plain, plain)
def test_values_that_differ_are_told_apart(one, other):
    if digest_value(one) != digest_value(other):
        assert tell(one) != tell(other)
    assert tell(one) == tell(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (1, 1.0), (0.0, -0.0), ("1", b"1"), ([1], (1,)), (math.nan, -math.nan)],
    ids=repr,
)
def test_values_that_are_equal_and_not_alike_are_told_apart(one, other):
    assert tell(one) != tell(other)
