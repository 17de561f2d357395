"""Fingerprints in one process: parts, what they say, and whether they hold."""

from __future__ import annotations

import functools
import importlib
import linecache
import logging
import sys
import threading
import types

import pytest

from anew.digests import digest_value
from anew.digests.fingerprint import fingerprint
from anew.errors import AnewWarning

ALPHA = 0.1
TABLE = {"a": [1]}
LOCK = threading.Lock()
CONFIG = {"rate": 1, "lock": threading.Lock()}
LOG = logging.getLogger("somewhere")


def clean(x: float) -> float:
    return x * ALPHA


def step(x: float) -> float:
    return clean(x)


def load(name: str = "data/x.csv") -> object:
    return TABLE["a"], name, "hourly.csv"


def locked() -> object:
    with LOCK:
        LOG.info("here")
        return CONFIG


def parts(function) -> dict[tuple[str, str], str]:
    return {(each.kind, each.name): each.digest for each in fingerprint(function).parts}


def test_parts_are_named_as_people_write_them() -> None:
    assert set(parts(step)) == {("function", "step"), ("helper", "clean"), ("global", "ALPHA")}


def test_a_changed_global_is_the_one_part_that_changes(monkeypatch) -> None:
    before, digest = parts(step), fingerprint(step).digest
    monkeypatch.setitem(globals(), "ALPHA", 0.3)
    after = parts(step)
    assert {key for key in after if after[key] != before[key]} == {("global", "ALPHA")}
    assert fingerprint(step).digest != digest


def test_a_changed_helper_is_named_and_its_callers_are_not(monkeypatch) -> None:
    before = parts(step)
    monkeypatch.setattr(clean, "__code__", (lambda x: x + ALPHA).__code__)
    after = parts(step)
    assert {key[0] for key in after if after[key] != before.get(key)} == {"helper"}


def test_a_container_is_digested_at_each_call(monkeypatch) -> None:
    before = fingerprint(load).digest
    TABLE["a"].append(2)
    try:
        assert fingerprint(load).digest != before
    finally:
        TABLE["a"].pop()
    assert fingerprint(load).digest == before


def test_a_default_that_changes_is_seen(monkeypatch) -> None:
    before = fingerprint(load).digest
    monkeypatch.setattr(load, "__defaults__", ("y.csv",))
    assert fingerprint(load).digest != before


def test_names_of_files_are_told() -> None:
    assert fingerprint(load).strings == ("data/x.csv", "hourly.csv")


def test_what_has_no_content_counts_by_its_type_and_is_told() -> None:
    found = fingerprint(locked)
    assert found.opaque == ("CONFIG", "LOCK", "LOG")


def test_what_is_beside_a_lock_counts(monkeypatch) -> None:
    before = fingerprint(locked).digest
    monkeypatch.setitem(CONFIG, "rate", 2)
    assert fingerprint(locked).digest != before


def test_a_function_is_the_same_in_an_argument() -> None:
    wrapped = functools.partial(step)
    assert digest_value([step]) == digest_value([step])
    assert fingerprint(wrapped).digest != fingerprint(step).digest


def write(folder, name: str, text: str):
    (folder / f"{name}.py").write_text(text)
    importlib.invalidate_caches()
    return importlib.import_module(name)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        del sys.modules[name]


def test_a_thousand_helpers_in_a_row_and_in_a_ring(project) -> None:
    lines = [f"def f{i}(x): return f{(i + 1) % 1000}(x) + {i}" for i in range(1000)]
    ring = write(project, "fp_ring", "\n".join(lines))
    lines[-1] = "def f999(x): return x"
    row = write(project, "fp_row", "\n".join(lines))
    assert len(fingerprint(ring.f0).parts) == len(fingerprint(row.f0).parts) == 1000
    assert fingerprint(ring.f0).digest != fingerprint(row.f0).digest


def test_a_very_long_function(project) -> None:
    text = "def f(x):\n" + "".join(f"    x += {i}\n" for i in range(5000)) + "    return x\n"
    assert fingerprint(write(project, "fp_long", text).f).digest


def test_live_code_counts_when_its_file_was_edited_since(project) -> None:
    module = write(project, "fp_edited", "def f(x):\n    return x + 1\n")
    (project / "fp_edited.py").write_text("def f(x):\n    return x + 2, 'longer'\n")
    with pytest.warns(AnewWarning, match="compiled code counts"):
        digest = fingerprint(module.f).digest
    module = importlib.reload(module)
    assert fingerprint(module.f).digest != digest


def test_an_edit_elsewhere_in_the_file_is_no_edit_of_the_function(project) -> None:
    module = write(project, "fp_moved", "def f(x):\n    return x + 1\n")
    (project / "fp_moved.py").write_text("# a new line\n\ndef f(x):\n    return x + 1  # note\n")
    moved = fingerprint(module.f).digest
    again = write(project, "fp_moved_again", "def f(x):\n    return x + 1\n")
    assert moved == fingerprint(again.f).digest


def test_code_without_a_text_counts_as_compiled() -> None:
    names: dict = {"__name__": "__main__"}
    exec(compile("def f(x): return x + 1", "<nowhere>", "exec"), names)  # noqa: S102
    with pytest.warns(AnewWarning, match="no source text"):
        digest = fingerprint(names["f"]).digest
    exec(compile("def f(x): return x + 2", "<nowhere>", "exec"), names)  # noqa: S102
    assert fingerprint(names["f"]).digest != digest  # and says nothing more


def test_a_cell_of_a_notebook_is_as_good_as_a_module(project) -> None:
    text = "def f(x):\n    return x + 1\n"
    module = write(project, "fp_cell", text)
    name = "/tmp/ipykernel_1/1.py"  # noqa: S108
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    names: dict = {"__name__": "__main__"}
    exec(compile(text, name, "exec"), names)  # noqa: S102
    assert fingerprint(names["f"]).digest == fingerprint(module.f).digest
    del linecache.cache[name]


@pytest.mark.parametrize("name", ["environ['FP_X']", "environ.get('FP_X')", "getenv('FP_X')"])
def test_a_variable_of_the_environment_counts_by_value(name, project, monkeypatch) -> None:
    module = write(project, "fp_environment", f"import os\ndef f(): return os.{name}\n")
    monkeypatch.setenv("FP_X", "1")
    before = fingerprint(module.f).digest
    monkeypatch.setenv("FP_X", "2")
    assert fingerprint(module.f).digest != before
    assert ("variable", "FP_X") in parts(module.f)


def test_a_module_that_answers_any_name_is_no_package(monkeypatch) -> None:
    odd = types.ModuleType("odd")
    odd.__getattr__ = lambda _: 3
    monkeypatch.setitem(sys.modules, "odd", odd)

    def reach() -> object:
        import odd.inner

        return odd.inner

    assert fingerprint(reach).digest
