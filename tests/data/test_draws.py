"""Where the user's code draws first."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from anew.data.draws import find_draws
from anew.tracker.records import Draw

if TYPE_CHECKING:
    from pathlib import Path

PLACES = {
    "at once": ("random", "import random\nx = random.random()\n", 2, "<module>"),
    "other name": ("random", "from random import gauss as g\n\ng(0, 1)\n", 3, "<module>"),
    "numpy": ("numpy", "import numpy as np\nnp.random.rand(3)\n", 2, "<module>"),
    "numpy.random": ("numpy", "from numpy import random as r\nr.normal()\n", 2, "<module>"),
    "in a function": (
        "numpy",
        "import numpy as np\ndef noise():\n    return np.random.rand()\nnoise()\n",
        3,
        "noise",
    ),
    "executed first, written later": (
        "random",
        "import random\ndef late():\n    return random.random()\nrandom.gauss(0, 1)\nlate()\n",
        4,
        "<module>",
    ),
    "in a method": (
        "random",
        "import random\nclass A:\n    def draw(self):\n        random.random()\nA().draw()\n",
        4,
        "draw",
    ),
    "as an argument": (
        "random",
        "import random\ndef f(x):\n    return random.random()\nlist(map(f, [1]))\n",
        3,
        "f",
    ),
    "torch": ("torch", "import torch\ntorch.nn.Linear(2, 3)\n", 2, "<module>"),
    "in a library": (
        "numpy",
        (
            "from sklearn.model_selection import train_test_split as t\nt([1], random_state=1)\n"
            "import pandas as pd\npd.DataFrame().sample(3)\n"
        ),
        4,
        "<module>",
    ),
}


@pytest.mark.parametrize(("name", "text", "line", "function"), PLACES.values(), ids=PLACES)
def test_the_first_draw_is_found(
    tmp_path: Path, name: str, text: str, line: int, function: str
) -> None:
    path = tmp_path / "program.py"
    path.write_text(text)
    assert find_draws([Draw(name)], [path]) == [Draw(name, str(path), line, function)]


def test_it_is_found_in_a_module_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("from noise import draw\ndraw()\n")
    (tmp_path / "noise.py").write_text(
        textwrap.dedent("""
            import random
            def draw():
                return random.random()
            """)
    )
    found = find_draws([Draw("random")], [tmp_path / "program.py", tmp_path / "noise.py"])
    assert found == [Draw("random", str(tmp_path / "noise.py"), 4, "draw")]


def test_what_is_drawn_after_the_seed_is_not_meant(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text("import random\nrandom.seed(1)\nrandom.random()\n")
    assert find_draws([Draw("random", is_seeded=True)], [path]) == []
    path.write_text("import random\nrandom.random()\nrandom.seed(1)\nrandom.random()\n")
    (found,) = find_draws([Draw("random", is_seeded=True)], [path])
    assert found.line == 2


def test_of_numpy_it_is_said_without_a_place(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text("import library\nlibrary.compute()\n")
    assert find_draws([Draw("numpy")], [path]) == [Draw("numpy")]


def test_names_that_a_library_draws_are_not_meant(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text("import library\n")
    assert find_draws([Draw("random")], [path]) == []


def test_a_place_that_is_known_is_kept_once(tmp_path: Path) -> None:
    draw = Draw("numpy.random.default_rng", "a.py", 3, "f")
    assert find_draws([draw, draw], []) == [draw]


def test_files_that_cannot_be_read_are_passed_over(tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("def (:\n")
    assert find_draws([Draw("numpy")], [broken, tmp_path / "missing.py"]) == [Draw("numpy")]
