"""Whose doing it is, with threads, processes and tasks."""

from __future__ import annotations

import asyncio
import contextvars
import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import dask
import pytest

from anew.digests import digest_bytes
from anew.watch import Logged, current, touching


def read_and_write(root, number):
    """Touch two files in one step."""
    with touching(root) as touch:
        Path(root, f"in{number}").read_text()
        print("from", number)
        Path(root, f"out{number}").write_text(str(number))
    return touch.reads, touch.writes, [note.text for note in touch.notes]


def expected(root, number):
    """What `read_and_write` touches."""
    path = f"{root}/in{number}", f"{root}/out{number}"
    digest = digest_bytes(str(number).encode())
    return {path[0]: digest}, {path[1]: digest}, [f"from {number}\n"]


@pytest.fixture
def inputs(project):
    """Files to read."""
    for number in range(40):
        Path(f"in{number}").write_text(str(number))
    return project


def test_steps_in_threads_are_kept_apart(inputs):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: read_and_write(inputs, number), range(40)))
    assert found == [expected(inputs, number) for number in range(40)]


def test_steps_in_dask_threads_are_kept_apart(inputs):
    steps = [dask.delayed(read_and_write)(str(inputs), number) for number in range(40)]
    found = dask.compute(*steps, scheduler="threads", num_workers=4)
    assert list(found) == [expected(inputs, number) for number in range(40)]


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_steps_in_processes_are_seen_there(inputs, method, monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2])  # where they find this function
    context = multiprocessing.get_context(method)
    with touching(inputs), ProcessPoolExecutor(2, mp_context=context) as pool:
        found = list(pool.map(read_and_write, [str(inputs)] * 4, range(4)))
    assert found == [expected(inputs, number) for number in range(4)]


def test_threads_that_the_only_step_starts_are_its_own(inputs):
    with touching(inputs) as touch, ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda number: Path(f"in{number}").read_text(), range(5)))
        pool.submit(Path("new").write_text, "x").result()
        pool.submit(lambda: current().note(Logged("m", 1, 2.0))).result()
    assert {os.path.basename(path) for path in touch.reads} == {f"in{n}" for n in range(5)}
    assert touch.writes == {f"{inputs}/new": digest_bytes(b"x")}
    assert touch.notes == [Logged("m", 1, 2.0)]


def test_reads_of_a_thread_without_a_step_belong_to_all(inputs):
    pool = ThreadPoolExecutor(1)
    pool.submit(int).result()
    barrier = threading.Barrier(2)
    touches = {}

    def step(number):
        with touching(inputs) as touches[number]:
            barrier.wait()
            if number == 0:
                pool.submit(Path("in1").read_text).result()
                pool.submit(print, "who?").result()
            barrier.wait()

    threads = [threading.Thread(target=step, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool.shutdown()
    path = f"{inputs}/in1"
    assert touches[0].reads == touches[1].reads == {path: digest_bytes(b"1")}
    assert touches[0].notes == touches[1].notes == []


def test_what_a_thread_writes_belongs_to_the_step_that_started_it(inputs):
    barrier = threading.Barrier(2)
    touches = {}

    def write(number):
        Path(f"out{number}").write_text(str(number))
        print(number)

    def step(number):
        with touching(inputs) as touches[number]:
            barrier.wait()
            thread = threading.Thread(target=write, args=(number,))
            thread.start()
            thread.join()
            barrier.wait()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(step, range(2)))
    for number, touch in touches.items():
        assert touch.writes == {f"{inputs}/out{number}": digest_bytes(str(number).encode())}
        assert [note.text for note in touch.notes] == [f"{number}\n"]


def test_the_main_thread_is_nobodys_who_did_not_enter_there(inputs):
    begun, ended = threading.Event(), threading.Event()

    def step():
        with touching(inputs) as touch:
            begun.set()
            ended.wait()
        return touch

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(step)
        begun.wait()
        Path("in1").read_text()
        print("main")
        assert current() is None
        ended.set()
        touch = future.result()
    assert (touch.reads, touch.notes) == ({}, [])


def test_an_empty_context_in_the_thread_of_the_step_is_its_own(inputs):
    with touching(inputs) as touch:
        contextvars.Context().run(Path("in1").read_text)
    assert touch.reads.keys() == {f"{inputs}/in1"}


def test_tasks_are_kept_apart(inputs):
    async def step(number):
        with touching(inputs) as touch:
            Path(f"in{number}").read_text()
            await asyncio.sleep(0.001)
            await asyncio.gather(inner(number), asyncio.to_thread(inner_in_thread, number))
        return touch.reads, [note.text for note in touch.notes]

    async def inner(number):
        await asyncio.sleep(0)
        Path(f"in{number + 10}").read_text()

    def inner_in_thread(number):
        Path(f"in{number + 20}").read_text()
        print(number)

    async def main():
        return await asyncio.gather(*(step(number) for number in range(5)))

    for number, (reads, texts) in enumerate(asyncio.run(main())):
        names = {os.path.basename(path) for path in reads}
        assert names == {f"in{number + more}" for more in (0, 10, 20)}
        assert texts == [f"{number}\n"]


def test_what_an_inner_step_touches_the_outer_one_touches(inputs):
    with touching(inputs) as outer:
        Path("in1").read_text()
        Path("made").write_text("m")
        with touching(inputs) as inner:
            Path("in2").read_text()
            Path("made").read_text()
            Path("out").write_text("o")
        Path("out").read_text()
    assert inner.reads == {
        f"{inputs}/in2": digest_bytes(b"2"),
        f"{inputs}/made": digest_bytes(b"m"),
    }
    assert inner.writes == {f"{inputs}/out": digest_bytes(b"o")}
    assert outer.reads == {f"{inputs}/in1": digest_bytes(b"1"), f"{inputs}/in2": digest_bytes(b"2")}
    assert outer.writes.keys() == {f"{inputs}/made", f"{inputs}/out"}


def test_what_a_reused_inner_step_touched_the_outer_one_touches(inputs):
    with touching(inputs) as outer:
        Path("own").write_text("1")
        Path("again").write_text("2")
        outer.add_reads({f"{inputs}/in1": digest_bytes(b"1"), f"{inputs}/own": "exists"})
        outer.add_writes({f"{inputs}/again": "blake3:as before"})
    assert outer.reads == {f"{inputs}/in1": digest_bytes(b"1")}
    assert outer.writes.keys() == {f"{inputs}/own", f"{inputs}/again"}


def test_files_named_to_an_inner_step_are_the_outer_ones_too(inputs):
    with touching(inputs) as outer, touching(inputs, ("in1",)):
        pass
    assert outer.reads == {f"{inputs}/in1": digest_bytes(b"1")}


def test_a_task_that_outlives_its_step_is_nobodys(inputs):
    async def late(event):
        await event.wait()
        Path("in1").read_text()

    async def main():
        event = asyncio.Event()
        with touching(inputs) as touch:
            task = asyncio.create_task(late(event))
            await asyncio.sleep(0)
        event.set()
        await task
        return touch

    assert asyncio.run(main()).reads == {}


def test_there_is_no_current_touch_outside_of_one(inputs):
    assert current() is None
    with touching(inputs) as outer:
        assert current() is outer
        with touching(inputs) as inner:
            assert current() is inner
        assert current() is outer
    assert current() is None


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_of_a_step_begins_afresh(inputs):
    with touching(inputs):
        seeing = os.stat
        child = os.fork()
        if child == 0:
            is_fine = current() is None and os.stat is not seeing
            os._exit(0 if is_fine else 1)
        assert os.waitpid(child, 0)[1] == 0
