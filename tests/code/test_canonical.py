"""The canonical text of a function: what changes it, and what does not."""

from __future__ import annotations

import ast

import pytest

from anew.code.canonical import write_annotations, write_function


def write(source: str):
    return write_function(ast.parse(source).body[0])


SAME = {
    "a comment": ("def f(x):\n    return x", "def f(x):  # a note\n    return x"),
    "a docstring": ("def f(x):\n    return x", 'def f(x):\n    """Say it."""\n    return x'),
    "the name of the function": ("def f(x): return x", "def g(x): return x"),
    "annotations": ("def f(x): return x", "def f(x: int) -> int: return x"),
    "the annotation of a local": (
        "def f():\n a = 1\n return a",
        "def f():\n a: int = 1\n return a",
    ),
    "the name of a local": ("def f():\n a = 1\n return a", "def f():\n b = 1\n return b"),
    "a positional-only argument": ("def f(a, /): return a", "def f(b, /): return b"),
    "the names of stars": ("def f(*a, **b): return a, b", "def f(*c, **d): return c, d"),
    "a pass": ("def f(x):\n    return x", "def f(x):\n    pass\n    return x"),
    "a body of dots": ("def f(x): ...", "def f(x): pass"),
    "parentheses": ("def f(x): return x + 1", "def f(x): return (x + (1))"),
    "quotes": ("def f(): return 'a'", 'def f(): return "a"'),
    "adjacent texts": ("def f(): return 'a' 'b'", "def f(): return 'ab'"),
    "digits apart": ("def f(): return 1_000", "def f(): return 1000"),
    "an exponent": ("def f(): return 1e3", "def f(): return 1000.0"),
    "an f-string in parts": ("def f(x): return f'a{x}b' f'c'", "def f(x): return f'a{x}bc'"),
    "an empty format": ("def f(x): return f'{x:}'", "def f(x): return f'{x}'"),
    "the name of a helper": ("def f(x): return clean(x)", "def f(x): return tidy(x)"),
    "the way to a helper": ("def f(x): return clean(x)", "def f(x): return helpers.clean(x)"),
    "getattr with a name": ("def f(x): return a.b", "def f(x): return getattr(a, 'b')"),
    "an import in the body": (
        "def f(): return np.pi",
        "def f():\n import numpy as np\n return np.pi",
    ),
    "an import for checkers": (
        "def f(x): return x",
        "def f(x):\n if TYPE_CHECKING:\n  import numpy\n return x",
    ),
    "a variable of a comprehension": (
        "def f(x): return [a for a in x]",
        "def f(x): return [b for b in x]",
    ),
    "a caught exception": (
        "def f():\n try: g()\n except E as a: return a",
        "def f():\n try: g()\n except E as b: return b",
    ),
}
APART = {
    "an operator": ("def f(x): return x + 1", "def f(x): return x - 1"),
    "the type of a number": ("def f(): return 1", "def f(): return 1.0"),
    "a truth and a number": ("def f(): return 1", "def f(): return True"),
    "the sign of zero": ("def f(): return 0.0", "def f(): return -0.0"),
    "text and bytes": ("def f(): return 'a'", "def f(): return b'a'"),
    "the name of an argument with a default": ("def f(a=1): return a", "def f(b=1): return b"),
    "two arguments that change names": ("def f(a, b): return a", "def f(b, a): return b"),
    "locals that change places": (
        "def f():\n a, b = 1, 2\n return a",
        "def f():\n a, b = 1, 2\n return b",
    ),
    "a local and a global": (
        "def f():\n a = 1\n return a",
        "def f():\n global a\n a = 1\n return a",
    ),
    "names of locals that are looked up": (
        "def f():\n a = 1\n return locals()",
        "def f():\n b = 1\n return locals()",
    ),
    "an attribute of an argument": ("def f(x): return x.a", "def f(x): return x.b"),
    "an asynchronous function": ("def f(x): return x", "async def f(x): return x"),
    "the conversion of an f-string": ("def f(x): return f'{x!r}'", "def f(x): return f'{x}'"),
    "the name of a keyword": ("def f(x): return g(a=x)", "def f(x): return g(b=x)"),
    "an argument that is given by keyword alone": ("def f(a, b): pass", "def f(a, *, b): pass"),
    "an assertion": ("def f(x):\n assert x\n return x", "def f(x):\n return x"),
    "the annotation of a local class": (
        "def f():\n class A:\n  x: 'int'\n return A",
        "def f():\n class A:\n  y: 'int'\n return A",
    ),
}


@pytest.mark.parametrize("case", SAME)
def test_the_text_is_the_same_whatever(case: str) -> None:
    first, second = SAME[case]
    assert write(first).text == write(second).text


@pytest.mark.parametrize("case", APART)
def test_the_text_tells_apart(case: str) -> None:
    first, second = APART[case]
    assert write(first).text != write(second).text


def names(source: str) -> list[str]:
    return [reference.name for reference in write(source).references]


def test_references_come_in_the_order_of_their_holes() -> None:
    assert names("def f(x): return a.b(c, x) + d") == ["a.b", "c", "d"]


def test_a_reference_of_an_import_in_the_body_is_to_its_module() -> None:
    found = write("def f():\n from pkg.sub import g as h\n return h.k()").references
    assert [(each.module, each.path) for each in found] == [("pkg.sub", ("g", "k"))]


def test_an_import_that_nothing_uses_is_a_reference() -> None:
    assert names("def f():\n import plugins.extra") == ["plugins", "plugins.extra"]


def test_a_module_below_that_is_asked_for_something_is_no_reference_as_a_whole() -> None:
    assert names("def f():\n import plugins.extra\n plugins.extra.g()") == ["plugins.extra.g"]


def test_a_reference_says_what_it_is_asked_for() -> None:
    keys = [each.key for each in write("def f(): return env['A'], get('B'), 'C' in env").references]
    assert keys == ["A", "B", "C"]


def test_globals_of_queries_of_frames_are_references() -> None:
    assert "LIMIT" in names("def f(frame): return frame.query('x > @LIMIT')")


def test_names_in_the_bodies_of_classes_are_mangled() -> None:
    node = ast.parse("class A:\n def f(self): return __secret()").body[0].body[0]
    assert write_function(node, "A").references[0].root == "_A__secret"


def test_texts_that_look_like_names_of_files_are_told() -> None:
    source = "def f():\n '''see a.csv'''\n return 'data/x.csv', 'y.npy', 'plain text', 'e.g. this'"
    assert write(source).strings == ("data/x.csv", "y.npy")


def test_reading_a_docstring_is_told() -> None:
    assert write("def f(self): return self.__doc__").flags == ("doc",)


def test_annotations_count_by_name_and_by_what_they_refer_to() -> None:
    first, second = (
        write_annotations(ast.parse(f"class A:\n x: {kind}").body[0])
        for kind in ("'Inner'", "Inner")
    )
    assert first == second
    assert first.references[0].name == "Inner"
