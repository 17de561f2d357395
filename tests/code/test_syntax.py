"""Sources are read while other threads read theirs."""

from __future__ import annotations

import ast
import gc
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from anew.code.syntax import parse


class Restless:
    """Lets other threads take over wherever garbage is collected."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        sum(range(50))


@pytest.fixture
def restless():
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    # Tracing threads that begin at once fails in CPython 3.11 now and then: what measures, rests.
    tracing = threading.gettrace()
    threading.settrace(None)  # type: ignore[arg-type]
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50, 2, 2)
    yield
    gc.set_threshold(*thresholds)
    sys.setswitchinterval(interval)
    threading.settrace(tracing)  # type: ignore[arg-type]


@pytest.mark.usefixtures("restless")
def test_threads_that_read_at_once_do_not_disturb_each_other():
    text = Path(__file__).read_text(encoding="utf-8")

    def read(_: int) -> set[int]:
        found = set()
        for _ in range(5):
            for _ in range(50):
                Restless()
            found.add(len(parse(text).body))
        return found

    with ThreadPoolExecutor(8) as pool:
        assert set().union(*pool.map(read, range(8))) == {len(ast.parse(text).body)}


def test_what_is_no_source_is_refused():
    with pytest.raises(SyntaxError):
        parse("for")
