"""Facets as a whole."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

import anew.provenance
from anew.digests import digest_bytes
from anew.errors import SnapshotError
from anew.provenance import COLLECTORS, capture, make_facet

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from pathlib import Path

    from anew.provenance import Captured


class Counting:
    """A collector that counts how often it is asked."""

    name = "counting"
    at_end = False

    def __init__(self, *, mark: Hashable = 1, content: Any = None) -> None:
        self.mark = mark
        self.content = content
        self.collected = 0

    def freshness(self, _root: Path) -> Hashable:
        return self.mark

    def collect(self, _root: Path) -> dict[str, Any]:
        self.collected += 1
        if isinstance(self.content, Exception):
            raise self.content
        return {"value": self.content}


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[[Counting], Counting]:
    """Put one collector in the place of all."""

    def put(collector: Counting) -> Counting:
        monkeypatch.setattr(anew.provenance, "COLLECTORS", (collector,))
        return collector

    return put


def contents(captured: Captured) -> dict[str, dict[str, Any]]:
    return {facet.name: facet.content for facet in captured.facets}


def test_every_fact_of_the_begin_is_gathered(root: Path) -> None:
    captured = capture(root)
    assert captured.failures == []
    assert [facet.name for facet in captured.facets] == [
        "command",
        "cpu",
        "git",
        "gpu",
        "locale",
        "memory",
        "packages",
        "platform",
        "python",
    ]


def test_numerics_is_gathered_at_the_end(root: Path) -> None:
    assert list(contents(capture(root, at_end=True))) == ["numerics"]


def test_collectors_are_in_the_order_of_their_names() -> None:
    names = [collector.name for collector in COLLECTORS]
    assert names == sorted(names)


def test_equal_facts_have_equal_digests(root: Path) -> None:
    assert capture(root) == capture(root)


def test_a_digest_is_of_canonical_json() -> None:
    facet = make_facet("seeds", {"b": (1, 2.5), "a": "é"})
    assert facet.content == {"a": "é", "b": [1, 2.5]}
    assert facet.digest == digest_bytes(b'{"a":"\\u00e9","b":[1,2.5]}')


@pytest.mark.parametrize("value", [object(), float("nan"), {1, 2}])
def test_facts_that_are_no_json_are_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        make_facet("odd", {"value": value})


def test_names_that_are_no_text_can_be_written() -> None:
    assert json.loads(json.dumps(make_facet("odd", {"path": "\udcff"}).content))


def test_a_collector_that_fails_is_no_exception(
    root: Path, only: Callable[[Counting], Counting]
) -> None:
    only(Counting(content=ValueError("no such thing")))
    captured = capture(root)
    assert captured.facets == []
    assert captured.failures == [("counting", "no such thing")]


def test_a_failure_is_one_line_without_a_hint(
    root: Path, only: Callable[[Counting], Counting]
) -> None:
    only(Counting(content=SnapshotError("git said:\n\tno", hint="try again")))
    assert capture(root).failures == [("counting", "git said: no")]


def test_a_failure_without_words_is_named_by_its_type(
    root: Path, only: Callable[[Counting], Counting]
) -> None:
    only(Counting(content=KeyError()))
    assert capture(root).failures == [("counting", "KeyError")]


def test_an_interrupt_goes_through(root: Path, only: Callable[[Counting], Counting]) -> None:
    collector = only(Counting())

    def interrupt(root: Path) -> dict[str, Any]:
        raise KeyboardInterrupt

    collector.collect = interrupt  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        capture(root)


def test_what_is_fresh_is_not_collected_again(
    root: Path, only: Callable[[Counting], Counting]
) -> None:
    collector = only(Counting())
    assert capture(root) == capture(root)
    assert collector.collected == 1


def test_what_is_stale_is_collected_again(root: Path, only: Callable[[Counting], Counting]) -> None:
    collector = only(Counting(content=1))
    capture(root)
    collector.mark, collector.content = 2, 2
    assert contents(capture(root)) == {"counting": {"value": 2}}


def test_what_is_never_fresh_is_always_collected(
    root: Path, only: Callable[[Counting], Counting]
) -> None:
    collector = only(Counting(mark=None))
    capture(root)
    capture(root)
    assert collector.collected == 2


def test_another_project_has_other_facets(
    root: Path, tmp_path: Path, only: Callable[[Counting], Counting]
) -> None:
    collector = only(Counting())
    capture(root)
    capture(tmp_path)
    assert collector.collected == 2


@pytest.mark.parametrize("moment", ["begin", "end"])
def test_nothing_new_costs_little(
    root: Path, git: Callable[..., str], settle: Callable[[], None], moment: str
) -> None:
    git("init")
    for index in range(200):
        (root / f"file{index}.py").touch()
    git("add", ".")
    settle()
    at_end = moment == "end"
    capture(root, at_end=at_end)
    seconds = []
    for _ in range(10):
        began = time.perf_counter()
        capture(root, at_end=at_end)
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.1  # measured: 0.001; the rest is for busy machines, and coverage


def test_importing_the_collectors_loads_nothing_heavy() -> None:
    program = (
        "import sys; import anew.provenance, anew.code.snapshot, anew.code.functions\n"
        "heavy = {'numpy', 'pandas', 'psutil', 'threadpoolctl', 'importlib.metadata', 'filelock',"
        " 'blake3', 'dask'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"
