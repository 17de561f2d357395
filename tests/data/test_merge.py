"""What the processes of a trial did with a file, put together."""

from __future__ import annotations

from pathlib import Path

from anew.data.merge import merge
from anew.tracker.reading import SeenFile, SeenProcess

FOLDER = Path("/traces")
STATE = (1, 2, 3, 4)


def process(*files: SeenFile, modules: dict[str, str] | None = None) -> SeenProcess:
    nothing: tuple[()] = ()
    return SeenProcess(
        1, 0, ("python",), "python", "3.12.1", "/project", 0.0, 1.0, "exit",
        files, modules or {}, nothing, nothing, nothing, nothing, nothing, {},
    )  # fmt: skip


def seen(mode: str, first: float, *, before: str | None = None, state=STATE) -> SeenFile:
    return SeenFile("/project/a", mode, first, first, state, before)


def test_a_file_that_is_read_is_read() -> None:
    (used,) = merge([process(seen("read", 1.0))], FOLDER).values()
    assert (used.is_read, used.is_written, used.state) == (True, False, STATE)


def test_a_file_that_is_written_first_is_the_trial_s_own() -> None:
    writer, reader = process(seen("write", 1.0, state=None)), process(seen("read", 2.0))
    (used,) = merge([reader, writer], FOLDER).values()
    assert (used.is_read, used.is_written) == (False, True)


def test_a_file_that_is_read_and_then_written_is_both() -> None:
    files = seen("read", 1.0, before="before-1"), seen("write", 2.0)
    (used,) = merge([process(*files)], FOLDER).values()
    assert (used.is_read, used.is_written, used.before) == (True, True, FOLDER / "before-1")


def test_a_file_that_was_looked_for_and_missing_is_not_read() -> None:
    (used,) = merge([process(seen("read", 1.0, state=None))], FOLDER).values()
    assert not used.is_read


def test_the_first_state_of_several_counts() -> None:
    later = seen("read", 2.0, state=(9, 9, 9, 9))
    (used,) = merge([process(later), process(seen("read", 1.0))], FOLDER).values()
    assert (used.state, used.first, used.last) == (STATE, 1.0, 2.0)


def test_the_source_of_a_module_is_code_and_no_file() -> None:
    assert merge([process(seen("read", 1.0), modules={"a": "/project/a"})], FOLDER) == {}


def test_the_source_of_a_module_that_is_written_is_a_file() -> None:
    assert merge([process(seen("write", 1.0), modules={"a": "/project/a"})], FOLDER)
