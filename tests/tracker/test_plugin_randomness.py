"""Global generators that nothing seeded."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

START = "import random, os, numpy as np\n"

MOVED = {
    "random": ("random.random()", {"random"}),
    "random, within": ("x = [1, 2]; random.shuffle(x)", {"random"}),
    "numpy": ("np.random.rand()", {"numpy"}),
    "both": ("np.random.rand(); random.random()", {"numpy", "random"}),
    "drawn before it is seeded": ("random.random(); random.seed(1)", {"random"}),
    "numpy before it is seeded": ("np.random.rand(); np.random.seed(1)", {"numpy"}),
    "seeded by the system": ("random.seed(1); random.seed(); random.random()", {"random"}),
    "numpy seeded by the system": ("np.random.seed(); np.random.rand()", {"numpy"}),
    "put back": (
        "s = np.random.get_state(); np.random.seed(1); np.random.set_state(s); np.random.rand()",
        {"numpy"},
    ),
    "random put back": (
        "s = random.getstate(); random.seed(1); random.setstate(s); random.random()",
        {"random"},
    ),
    "through a library": (
        "from sklearn.utils import check_random_state as c; c(None).rand()",
        {"numpy"},
    ),
}


@pytest.mark.parametrize(("program", "names"), MOVED.values(), ids=MOVED)
def test_a_generator_that_moved_unseeded_is_told(
    follow: Callable[..., object], program: str, names: set[str]
) -> None:
    assert {draw.generator for draw in follow(START + program).first.draws} == names


STILL = {
    "nothing": "pass",
    "seeded": "random.seed(1); random.random()",
    "seeded by a text": "random.seed('a'); random.random()",
    "numpy seeded": "np.random.seed(1); np.random.rand()",
    "numpy seeded by its word": "np.random.seed(seed=1); np.random.rand()",
    "own generators": "random.Random(1).random(); np.random.default_rng(1).random()",
    "the old generator of numpy": "np.random.RandomState(1).rand()",
    "the old generator, by a library": (
        "from sklearn.utils import check_random_state as c; c(1).rand()"
    ),
    "a generator that is copied": (
        "import copy; r = copy.deepcopy(np.random.RandomState(1)); r.seed(2); r.rand()"
    ),
    "names of temporary files": "import tempfile; tempfile.mkdtemp(); import uuid; uuid.uuid4()",
    "libraries that are imported": "import pandas, sklearn.ensemble, matplotlib.pyplot",
}


@pytest.mark.parametrize("program", STILL.values(), ids=STILL)
def test_one_that_was_seeded_or_never_moved_is_not(
    follow: Callable[..., object], program: str
) -> None:
    assert follow(START + program).first.draws == ()


def test_a_generator_of_numpy_without_a_seed_is_told_with_its_place(
    follow: Callable[..., object],
) -> None:
    (draw,) = follow(START + "def f():\n    return np.random.default_rng()\nf()").first.draws
    assert (draw.generator, draw.line, draw.function) == ("numpy.random.default_rng", 3, "f")
    assert draw.file.endswith("program.py")


def test_the_old_generator_of_numpy_without_a_seed_is_told_with_its_place(
    follow: Callable[..., object],
) -> None:
    (draw,) = follow(START + "np.random.RandomState(1)\nr = np.random.RandomState()").first.draws
    assert (draw.generator, draw.line) == ("numpy.random.RandomState", 3)


def test_a_forked_child_draws_for_itself(follow: Callable[..., object]) -> None:
    program = """
        import os, random
        random.seed(1)
        if os.fork() == 0:
            random.random()
            os._exit(0)
        os.wait()
        """
    done = follow(program)
    assert [len(process.draws) for process in done.processes] == [0, 1]


def test_seeding_draws_what_it_drew_before(follow: Callable[..., object]) -> None:
    program = """
        import pickle, random, numpy as np
        random.seed(1); np.random.seed(1)
        print(random.random(), np.random.rand(), random.seed.__name__)
        assert pickle.loads(pickle.dumps(np.random.seed)) is np.random.seed
        try:
            random.seed([])
        except TypeError as error:
            print(error, error.__traceback__.tb_next.tb_frame.f_code.co_name)
        """
    assert follow(program).done.stdout.split("\n")[0].startswith("0.13436424411240122 0.417022")


def test_a_part_of_a_process_draws_for_itself(follow: Callable[..., object], work: Path) -> None:
    program = """
        import os, random
        from pathlib import Path
        from anew import tracker
        from anew.tracker.plugins import randomness
        from anew.tracker.reading import read_traces

        def trace(name, action):
            os.mkdir(name)
            with tracker.tracing(os.path.abspath(name)):
                randomness.begin()
                action()
            print(len(read_traces(Path(name))[0].draws))

        trace("a", lambda: None)
        trace("b", random.random)
        trace("c", lambda: None)
        random.random()
        trace("d", lambda: None)
        """
    (work / "program.py").write_text(textwrap.dedent(program))
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=work, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["0", "1", "0", "0"], done.stderr
