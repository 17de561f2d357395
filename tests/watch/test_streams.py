"""What is printed still goes where it went, and is heard."""

from __future__ import annotations

import copy
import io
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr, redirect_stdout

import cloudpickle
import pytest

from anew.watch import Streams


@contextmanager
def screen():
    """Lead both streams to one text; pytest leads them elsewhere between fixtures and tests."""
    with redirect_stdout(io.StringIO()) as shown, redirect_stderr(shown):
        yield shown


@contextmanager
def listening():
    """Hear what is printed in the block."""
    heard = []
    streams = Streams(lambda stream, text: heard.append((stream, text)))
    streams.start()
    try:
        yield heard
    finally:
        streams.stop()


def test_what_is_printed_is_passed_on_and_heard():
    with screen() as shown, listening() as heard:
        print("hello", 3)
    assert shown.getvalue() == "hello 3\n"
    assert "".join(text for _, text in heard) == "hello 3\n"


def test_both_streams_are_heard_in_order():
    with screen() as shown, listening() as heard:
        sys.stdout.write("a")
        sys.stderr.write("b")
        sys.stdout.writelines(["c", "d"])
    assert heard == [("stdout", "a"), ("stderr", "b"), ("stdout", "c"), ("stdout", "d")]
    assert shown.getvalue() == "abcd"


def test_writing_gives_what_the_stream_beneath_gives():
    with screen(), listening():
        assert sys.stdout.write("abc") == 3


def test_what_is_printed_is_heard_before_anybody_sees_it():
    with screen() as shown, listening() as heard:
        shown.close()
        with pytest.raises(ValueError, match="closed"):
            sys.stdout.write("a")
    assert heard == [("stdout", "a")]


def test_the_streams_are_put_back():
    with screen() as shown:
        with listening():
            assert sys.stdout is not shown
        assert sys.stdout is sys.stderr is shown


def test_the_last_listener_puts_the_streams_back():
    heard = []
    streams = Streams(lambda _, text: heard.append(text))
    with screen() as shown:
        streams.start()
        streams.start()
        streams.stop()
        sys.stdout.write("a")
        streams.stop()
        sys.stdout.write("b")
        assert sys.stdout is shown
    assert heard == ["a"]


def test_a_stream_that_somebody_else_replaced_is_left_to_them():
    with screen(), redirect_stdout(None):
        streams = Streams(lambda *_: None)
        sys.stdout = io.StringIO()
        streams.start()
        sys.stdout = theirs = io.StringIO()
        streams.stop()
        assert sys.stdout is theirs


def test_nothing_is_heard_twice_after_a_stream_that_outlived_its_listener():
    heard = []
    streams = Streams(lambda _, text: heard.append(text))
    with screen() as shown:
        streams.start()
        with redirect_stdout(io.StringIO()):
            streams.stop()
        sys.stdout.write("unheard ")
        streams.start()
        sys.stdout.write("heard")
        streams.stop()
    assert heard == ["heard"]
    assert shown.getvalue() == "unheard heard"


def test_a_program_without_a_console_is_fine():
    with redirect_stdout(None), listening():
        assert sys.stdout is None


def test_a_stream_can_do_what_the_one_beneath_can():
    with listening():
        assert sys.stdout.encoding
        assert not sys.stdout.isatty()
        sys.stdout.flush()
        with pytest.raises(AttributeError, match="nonsense"):
            _ = sys.stdout.nonsense


@pytest.mark.parametrize("pack", [pickle.dumps, cloudpickle.dumps], ids=["pickle", "cloudpickle"])
def test_a_stream_in_a_pickle_is_the_stream_of_the_process_that_reads_it(pack):
    with screen() as shown:
        with listening():
            data = pack(sys.stdout)
            assert pickle.loads(data) is sys.stdout
            assert copy.copy(sys.stdout) is sys.stdout
        assert pickle.loads(data) is shown


def test_threads_are_heard():
    with screen(), listening() as heard, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: sys.stdout.write(f"{number}\n"), range(200)))
    assert sorted(text for _, text in heard) == sorted(f"{number}\n" for number in range(200))
