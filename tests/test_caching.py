"""Functions that do not compute the same thing twice."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import pickle
import random
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import anew
from anew.errors import AnewWarning, UsageError

pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def cache() -> anew.Cache:
    """A place of one's own."""
    return anew.Cache("kept")


def test_a_call_runs_once(cache, capsys):
    @cache
    def square(x):
        print("computing")
        return x * x

    assert [square(3), square(3), square(4)] == [9, 9, 16]
    assert square.info().calls == 2
    assert capsys.readouterr().out == "computing\n" * 3  # what it printed is printed again


def test_however_a_call_is_written_it_is_the_same(cache):
    @cache
    def add(a, b=2, *rest, **more):
        return a + b + sum(rest) + sum(more.values())

    add(1)
    assert add.has(1, 2)
    assert add.has(a=1)
    assert add.has(b=2, a=1)
    assert not add.has(1, 2, 3)
    assert not add.has(1, c=3)


def test_ignored_arguments_make_no_difference(cache):
    @cache(ignore=["verbose"])
    def square(x, verbose=None):
        return x * x

    square(3)
    assert square.has(3, verbose=True)


def test_an_ignored_argument_that_is_none_is_refused(cache):
    with pytest.raises(UsageError, match="no argument 'verbos'") as caught:
        cache(lambda x, verbose: x, ignore=["verbos"])
    assert "verbose" in caught.value.hint


def test_coroutine_functions_are_awaited_once(cache, capsys):
    @cache
    async def fetch(x):
        await asyncio.sleep(0)
        print("fetching")
        return x

    assert inspect.iscoroutinefunction(fetch) or asyncio.iscoroutinefunction(fetch)
    assert asyncio.run(fetch(3)) == 3
    assert fetch.has(3)
    assert asyncio.run(fetch(3)) == 3


class Model:
    """Something with a method."""

    def __init__(self, factor: int) -> None:
        self.factor = factor


def test_methods_count_by_what_their_object_holds(cache):
    def times(self, x):
        return self.factor * x

    Model.times = cache(times)
    assert Model(2).times(3) == 6
    assert Model.times.has(Model(2), 3)
    assert not Model.times.has(Model(3), 3)
    assert Model(3).times(3) == 9


def test_a_method_can_be_asked_and_forgotten_for_its_object(cache):
    def times(self, x):
        return self.factor * x

    Model.times = cache(times)
    two = Model(2)
    two.times(3)
    assert two.times.has(3)
    assert two.times.key(3) == Model.times.key(two, 3)
    assert two.times.forget(3) == 1
    assert not two.times.has(3)


def test_a_call_can_be_forgotten(cache):
    @cache
    def square(x):
        return x * x

    square(3), square(4)
    assert square.forget(3) == 1
    assert (square.has(3), square.has(4)) == (False, True)
    assert square.forget() == 1
    assert cache.info().calls == 0


def test_a_cache_can_be_emptied(cache):
    cache(abs_of)(-1)
    assert cache.info().calls == 1
    assert cache.forget() == 1
    assert cache.info().calls == 0


def abs_of(x):
    """Give the absolute value."""
    return abs(x)


def test_the_digest_is_that_of_the_code(cache):
    def make(factor):
        return cache(lambda x: factor * x)

    assert make(2).digest == make(2).digest
    assert make(2).digest != make(3).digest


def test_a_file_that_was_read_counts(cache):
    @cache
    def size(name):
        return len(Path(name).read_text())

    data = Path("data.txt")
    data.write_text("abc")
    assert size("data.txt") == 3
    data.write_text("abcde")
    assert size("data.txt") == 5


def test_a_path_counts_by_its_content(cache):
    @cache
    def size(path):
        return len(path.read_text())

    data = Path("data.txt")
    data.write_text("abc")
    size(data)
    assert size.has(data)
    data.write_text("abd")
    assert not size.has(data)


def draw_both() -> tuple[float, float]:
    """Draw from the generators that all share."""
    return random.random(), np.random.rand()  # noqa: NPY002, S311 - those are what it is about


def seed_both() -> None:
    """Seed them."""
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 - as above


def test_what_a_call_draws_is_its_own_and_disturbs_nobody(cache):
    draw = cache(draw_both)
    seed_both()
    undisturbed = draw_both()
    seed_both()
    first = draw()
    assert draw_both() == undisturbed
    assert draw() == first
    cache.forget()
    assert draw() == first


def test_large_arrays_come_back_writable(cache):
    @cache
    def zeros(n):
        return np.zeros(n)

    zeros(100_000)[0] = 1
    again = zeros(100_000)
    again[1] = 2
    assert again[:3].tolist() == [0, 2, 0]
    assert zeros(100_000)[:3].tolist() == [0, 0, 0]


def test_an_argument_without_a_digest_is_named_and_the_call_runs(cache):
    @cache
    def read(file):
        return file.name

    with Path("a.txt").open("w") as file, pytest.warns(AnewWarning, match="file: a TextIOWrapper"):
        assert read(file) == "a.txt"


def test_what_cannot_be_kept_is_given_each_time(cache):
    @cache
    def make(n):
        return (i for i in range(n))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnewWarning)
        assert list(make(3)) == [0, 1, 2]
        assert list(make(3)) == [0, 1, 2]


def test_an_exception_is_raised_each_time(cache):
    @cache
    def fail():
        message = "no"
        raise ValueError(message)

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            fail()
    assert cache.info().calls == 0


def test_a_cached_function_that_a_step_calls_tells_it_what_it_read(cache):
    @cache
    def load(name):
        return Path(name).read_text()

    ex = anew.Experiment("inner")

    @ex.result
    def size():
        return len(load("data.txt"))

    size.node()
    data = Path("data.txt")
    data.write_text("abc")
    load("data.txt")
    assert ex.run().result == 3
    data.write_text("abcde")
    assert ex.run().result == 5


def test_the_project_keeps_values_by_default(project):
    @anew.cache
    def square(x):
        return x * x

    square(3)
    assert (project / ".anew" / "memo" / "memo.db").is_file()
    assert square.has(3)


def test_threads_may_call_at_once(cache):
    @cache
    def square(x):
        return x * x

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(square, [1, 2, 3, 4] * 50)) == [1, 4, 9, 16] * 50


def test_a_cached_function_pickles_by_name():
    assert pickle.loads(pickle.dumps(cached_at_top)) is cached_at_top


cached_at_top = anew.cache(abs_of)
cached_at_top.__qualname__ = cached_at_top.__name__ = "cached_at_top"

SCRIPT = """
import json, sys
import anew

cache = anew.Cache("kept")

def helper(x):
    return x + int(sys.argv[1] == "never")

@cache
def square(x):
    open("ran.txt", "a").close()
    print("ran", file=sys.stderr)
    return helper(x) ** 2

was_known = square.has(3)
json.dump([was_known, square(3)], sys.stdout)
"""


def run_script() -> list[object]:
    """Run the script in a process of its own."""
    command = [sys.executable, "square.py", "x"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_another_process_knows_what_was_computed(write):
    write("square.py", SCRIPT)
    assert [run_script(), run_script()] == [[False, 9], [True, 9]]


def test_a_changed_helper_makes_the_call_run_again(write):
    script = write("square.py", SCRIPT)
    run_script()
    script.write_text(SCRIPT.replace("return x +", "return 1 + x +"))
    assert run_script() == [False, 16]
    script.write_text(SCRIPT.replace("return x +", "# a comment\n    return (x) +"))
    assert run_script() == [True, 9]


@pytest.fixture
def pipe():
    """Two ends of a pipe: what goes through it is no value of a function that writes to it."""
    ends = os.pipe()
    yield ends
    for each in ends:
        os.close(each)


def test_equal_calls_that_are_awaited_at_once_run_once(cache, pipe):
    ran, tell = pipe

    @cache
    async def fetch(name):
        os.write(tell, name.encode())
        await asyncio.sleep(0.01)
        return name.upper()

    async def gather():
        return await asyncio.gather(*(fetch(name) for name in "aabab"))

    assert asyncio.run(gather()) == ["A", "A", "B", "A", "B"]
    assert os.read(ran, 100) == b"ab"


def test_calls_that_fail_while_others_wait_for_them_are_tried_by_each(cache, pipe):
    ran, tell = pipe

    @cache
    async def fetch(name):
        os.write(tell, name.encode())
        await asyncio.sleep(0.01)
        raise OSError(name)

    async def gather():
        return await asyncio.gather(*(fetch("a") for _ in range(3)), return_exceptions=True)

    assert [type(each) for each in asyncio.run(gather())] == [OSError] * 3
    assert os.read(ran, 100) == b"aaa"


def test_a_function_that_changes_its_argument_always_runs_and_is_named(cache):
    @cache
    def push(items):
        items.append(1)
        return len(items)

    first, second = [], []
    with pytest.warns(AnewWarning, match=r"push\(\) always runs.*items"):
        assert push(first) == 1
    assert push(second) == 1
    assert (first, second) == ([1], [1])


def test_a_variable_of_the_environment_counts_by_whatever_name_it_is_read(cache, monkeypatch):
    @cache
    def read(parts):
        return os.environ.get("_".join(parts), "nothing")

    assert read(["ODD", "NAME"]) == "nothing"
    monkeypatch.setenv("ODD_NAME", "something")
    assert read(["ODD", "NAME"]) == "something"
    monkeypatch.delenv("ODD_NAME")
    assert read.has(["ODD", "NAME"])
