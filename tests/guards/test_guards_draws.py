"""Random numbers that nothing seeds, found in the text of programs."""

from __future__ import annotations

import ast

import pytest

from anew.guards import find_obstacles
from anew.guards.draws import find_unseeded


def unseeded(*texts: str, is_seeded: bool = False) -> list[str]:
    """Name generators and places, of files a.py, b.py …"""
    sources = [(f"{name}.py", ast.parse(text)) for name, text in zip("abc", texts, strict=False)]
    found = find_unseeded(sources, is_seeded=is_seeded)
    return [f"{draw.generator} {draw.place}" for draw in found]


@pytest.mark.parametrize(
    ("text", "generator"),
    [
        ("import random\nrandom.shuffle([])", "random"),
        ("from random import shuffle as mix\nmix([])", "random"),
        ("import numpy as np\nnp.random.rand(3)", "numpy"),
        ("from numpy import random\nrandom.normal()", "numpy"),
        ("import numpy.random as npr\nnpr.choice([1])", "numpy"),
        ("import numpy\nnumpy.random.default_rng()", "numpy.random.default_rng()"),
        ("import numpy\nnumpy.random.default_rng(None)", "numpy.random.default_rng()"),
        ("import numpy\nnumpy.random.default_rng(seed=None)", "numpy.random.default_rng()"),
        ("import random\nrandom.Random()", "random.Random()"),
        ("import random\nrandom.SystemRandom(1)", "random.SystemRandom()"),
        ("import torch\ntorch.randn(3)", "torch"),
    ],
)
def test_a_draw_without_a_seed_is_found(text, generator):
    assert unseeded(text) == [f"{generator} a.py:2"]


@pytest.mark.parametrize(
    "text",
    [
        "import random\nrandom.seed(1)\nrandom.random()",
        "import numpy as np\nnp.random.seed(seed)\nnp.random.rand()",
        "import torch\ntorch.manual_seed(0)\ntorch.rand(1)",
        "import numpy as np\nrng = np.random.default_rng(0)\nrng.normal()",
        "import numpy as np\nrng = np.random.default_rng(*seeds)",
        "import random\nrandom.Random(3).random()",
        "from lightning import seed_everything\nimport random\nseed_everything(1)\nrandom.random()",
        "random = {}\nrandom.random()",
        "import os\nos.urandom",
    ],
)
def test_what_is_seeded_or_no_draw_is_not(text):
    assert unseeded(text) == []


def test_a_seed_of_nothing_is_none():
    assert unseeded("import random\nrandom.seed()\nrandom.random()") == ["random a.py:3"]
    assert unseeded("import random\nrandom.seed(None)\nrandom.random()") == ["random a.py:3"]


def test_a_seed_in_another_file_counts():
    assert unseeded("import random\nrandom.random()", "import random\nrandom.seed(1)") == []


def test_a_seed_of_one_library_is_not_one_of_another():
    text = "import random, numpy\nrandom.seed(1)\nnumpy.random.rand()"
    assert unseeded(text) == ["numpy a.py:3"]


def test_the_first_line_is_named():
    assert unseeded("import random\ndef f():\n    random.random()\nrandom.random()") == [
        "random a.py:3"
    ]


def test_where_steps_are_seeded_only_own_generators_are_minded():
    text = "import numpy as np\nnp.random.rand()\nnp.random.default_rng()"
    assert unseeded(text, is_seeded=True) == ["numpy.random.default_rng() a.py:3"]


def test_only_what_the_script_reaches_is_looked_at(pushed, look):
    (pushed / "train.py").write_text("import model\n")
    (pushed / "model.py").write_text("import random\n\nrandom.random()\n")
    (pushed / "other.py").write_text("import numpy as np\n\nnp.random.rand()\n")
    found = [each for each in find_obstacles(look()) if each.kind == "seed"]
    assert [str(each) for each in found] == ["seed: random is used unseeded at model.py:3"]
    assert found[0].mend == "random.seed(0) before the first draw"


def test_a_package_is_followed_with_relative_imports(pushed, look):
    (pushed / "src" / "pack").mkdir(parents=True)
    (pushed / "src" / "pack" / "__init__.py").touch()
    (pushed / "src" / "pack" / "one.py").write_text("from . import two\n")
    (pushed / "src" / "pack" / "two.py").write_text("from .three import x\n")
    (pushed / "src" / "pack" / "three.py").touch()
    (pushed / "train.py").write_text("def main():\n    from pack.one import f\n")
    assert [path for path, _ in look().sources] == [
        "train.py",
        "src/pack/__init__.py",
        "src/pack/one.py",
        "src/pack/two.py",
        "src/pack/three.py",
    ]


def test_a_notebook_is_read_without_its_magic(pushed, look):
    cells = '[{"cell_type": "code", "source": ["%time\\n", "import random\\n", "random.random()"]}]'
    (pushed / "a.ipynb").write_text(f'{{"cells": {cells}}}')
    found = [str(each) for each in find_obstacles(look("a.ipynb")) if each.kind == "seed"]
    assert found == ["seed: random is used unseeded at a.ipynb"]


def test_a_file_that_is_no_python_is_left_out(pushed, look):
    (pushed / "model.py").write_text("def (\n")
    assert [path for path, _ in look().sources] == ["train.py"]
    (pushed / "model.py").write_bytes(b"\xff\x00")
    assert [path for path, _ in look().sources] == ["train.py"]
