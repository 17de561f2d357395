"""Randomness that can be made again."""

from __future__ import annotations

import random
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import anew
from anew.errors import UsageError
from anew.seeds import seed_for, seed_globally, with_seed_arguments
from anew.seeds.generators import has_moved, look_at_all

pytestmark = pytest.mark.usefixtures("project")


@given(st.integers(0), st.lists(st.text()))
def test_a_seed_depends_on_root_and_path_alone_and_fits_every_generator(root, path):
    seed = seed_for(root, *path)
    assert seed == seed_for(root, *path)
    assert 0 <= seed < 2**32


@given(st.lists(st.lists(st.text(), max_size=3).map(tuple), unique=True, min_size=2, max_size=5))
def test_different_paths_give_different_seeds(paths):
    assert len({seed_for(1, *path) for path in paths}) == len(paths)


def test_arguments_that_the_caller_leaves_out_are_filled_in():
    def step(x, seed, random_state=None, *, rng=None):
        """Take randomness in three ways."""

    filled = with_seed_arguments(step, (1,), {}, 5)
    assert filled["seed"] == filled["random_state"] == 5
    assert filled["rng"].random() == np.random.default_rng(5).random()


def test_arguments_that_the_caller_gives_stay():
    def step(x, seed, rng=None):
        """Take randomness in two ways."""

    assert with_seed_arguments(step, (1, 2), {"rng": 3}, 5) == {"rng": 3}


def test_a_builtin_without_a_signature_gets_nothing():
    assert with_seed_arguments(iter, (), {}, 5) == {}


@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(random.random, id="random"),
        pytest.param(lambda: random.gauss(0, 1), id="gauss"),
        pytest.param(lambda: random.shuffle([1, 2, 3]), id="shuffle"),
        pytest.param(lambda: random.seed(5), id="seed"),
        pytest.param(lambda: random.randbytes(624 * 4), id="a-whole-turn"),  # noqa: S311
        pytest.param(np.random.rand, id="numpy"),
        pytest.param(lambda: np.random.seed(5), id="numpy-seed"),  # noqa: NPY002 - shared
    ],
)
def test_whoever_draws_leaves_a_mark(draw):
    seed_globally(1)
    before = look_at_all()
    assert not has_moved(before, look_at_all())
    draw()
    assert has_moved(before, look_at_all())


def test_a_number_that_gauss_has_in_store_is_drawn_from_it():
    seed_globally(1)
    random.gauss(0, 1)
    before = look_at_all()
    random.gauss(0, 1)
    assert has_moved(before, look_at_all())


@pytest.mark.parametrize("between", [lambda: None, random.random, np.random.rand, random.seed])
def test_seeding_again_gives_what_the_public_functions_give(between):
    for seed in (1, 2**32 - 1):
        seed_globally(seed)
        random.gauss(0, 1)
        between()
        seed_globally(seed)
        found = random.gauss(0, 1), random.random(), np.random.randn(), np.random.rand()  # noqa: NPY002, S311
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002 - shared
        expected = random.gauss(0, 1), random.random(), np.random.randn(), np.random.rand()  # noqa: NPY002, S311
        assert found == expected


def test_another_generator_in_the_place_of_numpys_is_seeded(project):
    del project
    own = np.random.get_bit_generator()
    try:
        np.random.set_bit_generator(np.random.PCG64())
        drawn = []
        for _ in range(2):
            seed_globally(3)
            drawn.append(np.random.rand())  # noqa: NPY002 - shared
        assert drawn[0] == drawn[1]
    finally:
        np.random.set_bit_generator(own)


def test_whoever_listens_is_told_of_the_next_seed(monkeypatch):
    seed_globally(1)
    heard, real = [], np.random.seed
    monkeypatch.setattr(np.random, "seed", lambda seed: (heard.append(seed), real(seed)))
    for seed in (2, 3):
        seed_globally(seed)
    np.random.rand()  # noqa: NPY002 - shared
    seed_globally(4)
    assert heard == [2, 4]


def drawing(ex: anew.Experiment):
    """Make a graph whose steps draw in every way that there is."""

    @ex.step
    def shared(which):
        return [which, random.random(), float(np.random.rand())]  # noqa: NPY002, S311 - shared

    @ex.step
    def hidden(which):
        from numpy import random as legacy

        return [which, float(legacy.standard_normal())]  # noqa: NPY002 - shared, too

    @ex.step
    def own(which, rng, seed, random_state):
        return [which, rng.random(), seed, random_state]

    @ex.result
    def gather(parts):
        return parts

    gather([step.node(i) for i in range(4) for step in (shared, hidden, own)])


@pytest.mark.filterwarnings("ignore::anew.AnewWarning")
def test_neither_order_nor_parallelism_matters():
    ex = anew.Experiment("random")
    drawing(ex)
    first = ex.run(1, scheduler="sync").result
    ex.run(1, scheduler="threads")  # from now on hidden() is known to draw
    assert ex.run(1, scheduler="threads").result == first
    assert ex.run(1, scheduler="processes").result == first


def test_equal_calls_draw_apart():
    ex = anew.Experiment("boot")

    @ex.step
    def boot(rng):
        return rng.random()

    ex.result(lambda parts: parts)([boot.node() for _ in range(5)])
    assert len(set(ex.run(1).result)) == 5


def test_the_value_of_a_parameter_changes_no_seed():
    ex = anew.Experiment("variance")
    alpha = ex.parameter("alpha", default=1)
    ex.result(lambda alpha, seed: seed)(alpha)
    assert ex.run(1).result == ex.run(1, alpha=2).result


def test_trials_share_the_seed_of_their_experiment():
    ex = anew.Experiment("own")
    ex.result(lambda seed: seed)
    first, second = ex.run(), ex.run()
    assert first.seed == second.seed
    assert first.result == second.result
    assert first.facets["seeds"] == {"root": first.seed, "origin": "experiment"}


def test_a_given_seed_is_used_and_recorded():
    ex = anew.Experiment("own")
    ex.result(lambda seed: seed)
    assert ex.run(7).seed == 7
    assert ex.run(seed=np.int64(8)).seed == 8
    assert ex.run(2**80).seed == 2**80


def test_new_draws_another_seed_for_one_trial():
    ex = anew.Experiment("own")
    ex.result(lambda seed: seed)
    own = ex.run().seed
    assert ex.run("new").seed != own
    assert ex.run().seed == own


@pytest.mark.parametrize("seed", [-1, 1.5, True, "nwe", [1]])
def test_a_seed_that_is_none_is_an_error(seed):
    ex = anew.Experiment("own")
    ex.result(lambda seed: seed)
    with pytest.raises(UsageError, match="seed is"):
        ex.run(seed)


def test_steps_that_share_a_generator_unseen_are_warned_of_once():
    ex = anew.Experiment("sharing")
    meeting = threading.Barrier(2, timeout=30)
    pick = {"draw": random.random}

    @ex.step
    def sly(which):
        meeting.wait()
        value = pick["draw"]()
        meeting.wait()
        return value

    ex.result(lambda parts: parts)([sly.node(1), sly.node(2)])
    with pytest.warns(anew.AnewWarning, match="sly.* ran beside other steps"):
        ex.run()


SLY = """
import random, anew

pick = {"draw": random.random}
ex = anew.Experiment("sly")

@ex.step
def sly(which):
    return pick["draw"]()

@ex.result
def gather(parts):
    return parts

gather([sly.node(which) for which in range(4)])
ex.main()
"""


def test_what_was_seen_to_draw_takes_turns_in_later_processes(project):
    (project / "sly.py").write_text(SLY)
    command = [sys.executable, "-W", "ignore", "sly.py", "--seed", "1"]
    for _ in range(3):
        subprocess.run(command, check=True, capture_output=True)
    first, second, third = anew.open_store().trials()
    assert [step.drew for step in second.steps] == [True] * 4 + [False]
    assert second.result == third.result
    assert len(set(third.result)) == 4
    assert first.seed == third.seed
