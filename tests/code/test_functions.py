"""Which functions changed, in words."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from anew.code.functions import changed_functions, describe_changes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anew.code.snapshot import Snapshot

    Take = Callable[..., Snapshot]
    Describe = Callable[..., list[str]]

BASE = dedent('''
    """A study."""

    import math

    RATE = 0.1


    def load(path):
        """Read a file."""
        return open(path)


    async def fit(x, rate=RATE):
        # a comment
        def inner(y):
            return y * rate
        return inner(x)


    class Model(Base):
        """A model."""

        slope: float = 1.0

        def __init__(self, n):
            self.n = n

        @property
        def size(self):
            return self.n

        @size.setter
        def size(self, n):
            self.n = n

        class Inner:
            def deep(self):
                return 1


    if __name__ == "__main__":
        load("x")
''')


def edited(*pairs: tuple[str, str]) -> str:
    text = BASE
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return text


CHANGES = {
    "body": ((("return open(path)", "return open(path, 'rb')"),), ["load"]),
    "default": ((("rate=RATE", "rate=0.2"),), ["fit"]),
    "nested function": ((("y * rate", "y + rate"),), ["fit"]),
    "async": ((("async def", "def"),), ["fit"]),
    "method": ((("self.n = n", "self.n = int(n)"),), ["Model.__init__"]),
    "setter": (
        (("size(self, n):\n        self.n = n", "size(self, n):\n        pass"),),
        ["Model.size"],
    ),
    "decorator": ((("@property", "@cached"),), ["Model.size"]),
    "base class": ((("Model(Base)", "Model(Other)"),), ["Model"]),
    "class attribute": ((("slope: float = 1.0", "slope: float = 2.0"),), ["Model"]),
    "inner class": ((("return 1", "return 2"),), ["Model.Inner.deep"]),
    "constant": ((("RATE = 0.1", "RATE = 0.2"),), ["module"]),
    "main block": ((('load("x")', 'load("y")'),), ["module"]),
    "rename": ((("def load", "def read"),), ["load", "read"]),
    "two": ((("RATE = 0.1", "RATE = 1"), ("open(path)", "None")), ["load", "module"]),
    "number type": ((("return 1", "return 1.0"),), ["Model.Inner.deep"]),
}


@pytest.mark.parametrize(("pairs", "names"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_named(pairs: tuple[tuple[str, str], ...], names: list[str]) -> None:
    assert changed_functions(BASE, edited(*pairs)) == names


NO_CHANGES = {
    "comment": (("# a comment", "# another"),),
    "docstring": (("Read a file.", "Read some file."),),
    "no docstring": (('    """Read a file."""\n', ""),),
    "module docstring": (('"""A study."""', ""),),
    "class docstring": (('"""A model."""', '"""Another."""'),),
    "formatting": (("def load(path):", "def load(\n    path,\n):"), ("0.1", "(0.1)")),
    "blank lines": (("import math", "\n\n\nimport math"),),
    "pass": (("return open(path)", "return open(path)\n    pass"),),
}


@pytest.mark.parametrize("pairs", NO_CHANGES.values(), ids=NO_CHANGES)
def test_what_does_not_matter_is_not_named(pairs: tuple[tuple[str, str], ...]) -> None:
    assert changed_functions(BASE, edited(*pairs)) == []


def test_the_order_of_definitions_does_not_matter() -> None:
    one, two = "def a():\n    return 1\n", "def b():\n    return 2\n"
    assert changed_functions(one + two, two + one) == []


def test_an_empty_class_that_appears_is_named() -> None:
    assert changed_functions("", "class Empty: ...") == ["Empty"]


@pytest.mark.parametrize(
    "broken", ["def f(:", "\0", "(" * 5000], ids=["syntax", "null byte", "depth"]
)
def test_what_cannot_be_parsed_is_the_module(broken: str) -> None:
    assert changed_functions("x = 1", broken) == ["module"]
    assert changed_functions(broken, "x = 1") == ["module"]


def test_what_cannot_be_parsed_but_is_equal_did_not_change() -> None:
    assert changed_functions("def f(:", "def f(:") == []


@pytest.fixture
def describe(tmp_path: Path, take: Take, git_dir: Path) -> Callable[..., list[str]]:
    """Describe the changes between two states of a project, given as texts by path."""
    root = tmp_path / "described"

    def run(
        old: dict[str, str | bytes], new: dict[str, str | bytes], **options: frozenset[str]
    ) -> list[str]:
        commits = []
        for state in (old, new):
            for path in [path for path in root.rglob("*") if path.is_file()]:
                path.unlink()
            for name, content in state.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
            commits.append(take(root).commit)
        return describe_changes(git_dir, *commits, **options)

    root.mkdir()
    return run


def test_a_function_is_named_without_its_file(describe: Describe) -> None:
    assert describe({"a.py": "def fit(): return 1"}, {"a.py": "def fit(): return 2"}) == [
        "fit() changed"
    ]


def test_parts_are_named_for_what_they_are(describe: Describe) -> None:
    old = "x = 1\nclass Model:\n  a = 1\n  def fit(self): return 1\ndef old(): pass\n"
    new = "x = 2\nclass Model:\n  a = 2\n  def fit(self): return 2\ndef new(): pass\n"
    assert describe({"a.py": old}, {"a.py": new}) == [
        "Model.fit() changed",
        "a.py changed at top level",
        "class Model changed",
        "new() added",
        "old() removed",
    ]


def test_several_files_are_told_apart(describe: Describe) -> None:
    old = {"train.py": "def fit(): return 1", "lib/features.py": "def load(): return 1"}
    new = {"train.py": "x = 1\ndef fit(): return 2", "lib/features.py": "def load(): return 2"}
    assert describe(old, new) == [
        "fit() changed in train.py",
        "load() changed in lib/features.py",
        "train.py changed at top level",
    ]


def test_files_that_come_and_go_are_named(describe: Describe) -> None:
    old = {"old.py": "x = 1", "a.py": "def fit(): return 1"}
    new = {"helpers.py": "x = 2", "a.py": "def fit(): return 2"}
    assert describe(old, new) == ["fit() changed in a.py", "helpers.py added", "old.py removed"]


def test_a_changed_comment_is_nothing(describe: Describe) -> None:
    assert describe({"a.py": "x = 1  # one"}, {"a.py": "x = 1  # two"}) == []


def test_a_file_with_a_changed_comment_does_not_count_as_one_of_several(
    describe: Describe,
) -> None:
    old = {"a.py": "def fit(): return 1", "b.py": "# one"}
    new = {"a.py": "def fit(): return 2", "b.py": "# two"}
    assert describe(old, new) == ["fit() changed"]


def test_other_sources_and_settings_are_named(describe: Describe) -> None:
    names = ["fit.R", "params.yaml", "setup.cfg", "Makefile", "kernel.pyx", "q.sql"]
    old = dict.fromkeys(names, "a")
    new = dict.fromkeys(names, "b")
    assert describe(old, new) == sorted(f"{name} changed" for name in names)


def test_data_and_pictures_are_no_code(describe: Describe) -> None:
    names = ["data.csv", "figure.png", "README.md", "table.parquet", "noname"]
    assert describe(dict.fromkeys(names, "a"), dict.fromkeys(names, "b")) == []


def test_ignored_paths_are_not_named(describe: Describe) -> None:
    told = describe(
        {"out.json": "1", "p.json": "1"},
        {"out.json": "2", "p.json": "2"},
        ignore=frozenset({"out.json"}),
    )
    assert told == ["p.json changed"]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("p.toml", "a = 1  # one", "a = 1"),
        ("p.json", '{"a": 1, "b": 2}', '{"b": 2,\n "a": 1}'),
        ("p.yaml", "a: 1\r\n", "a: 1\n"),
    ],
)
def test_settings_that_say_the_same_did_not_change(
    describe: Describe, name: str, old: str, new: str
) -> None:
    assert describe({name: old}, {name: new}) == []


@pytest.mark.parametrize("name", ["p.toml", "p.json", "n.ipynb"])
def test_settings_that_cannot_be_read_are_compared_as_text(describe: Describe, name: str) -> None:
    assert describe({name: "= ["}, {name: "= ]"}) == [f"{name} changed"]
    assert describe({name: "= ["}, {name: "= [\n"}) == []


def notebook(*sources: str, output: str = "", kind: str = "code") -> str:
    cells = [{"cell_type": kind, "source": [s], "outputs": [output]} for s in sources]
    return json.dumps({"cells": cells, "metadata": {"output": output}})


def test_a_notebook_is_its_code(describe: Describe) -> None:
    old = {"n.ipynb": notebook("x = 1  # one", "%matplotlib inline", output="1")}
    same = {"n.ipynb": notebook("x = 1  # two", "%matplotlib inline", output="2")}
    other = {"n.ipynb": notebook("x = 2", "%matplotlib inline", output="1")}
    assert describe(old, same) == []
    assert describe(old, other) == ["n.ipynb changed"]


def test_the_prose_of_a_notebook_is_no_code(describe: Describe) -> None:
    old, new = notebook("one", kind="markdown"), notebook("two", kind="markdown")
    assert describe({"n.ipynb": old}, {"n.ipynb": new}) == []


def test_a_declared_encoding_is_read(describe: Describe) -> None:
    old = "# -*- coding: latin-1 -*-\nx = 'é'".encode("latin-1")
    new = "# -*- coding: latin-1 -*-\nx = 'è'".encode("latin-1")
    assert describe({"a.py": old}, {"a.py": new}) == ["a.py changed at top level"]


def test_bytes_that_are_no_text_differ_still(describe: Describe) -> None:
    assert describe({"a.py": b"x = '\xff'"}, {"a.py": b"x = '\xfe'"}) == [
        "a.py changed at top level"
    ]


def test_a_script_that_turns_into_a_link_is_described(
    project: Path, take: Take, git_dir: Path
) -> None:
    before = take().commit
    (project / "fit.py").unlink()
    (project / "fit.py").symlink_to("notes/plan.txt")
    assert describe_changes(git_dir, before, take().commit) == [
        "fit() removed",
        "fit.py changed at top level",
    ]
