"""Digests of scipy's sparse arrays, search trees and random variables."""

from __future__ import annotations

import copy
import pickle
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import sparse, spatial, stats

from anew.digests import digest_value

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = ["csr", "csc", "bsr", "coo", "dok", "lil", "dia"]
DENSE = np.zeros((6, 5))
DENSE[[0, 1, 1, 3, 5], [4, 0, 2, 2, 1]] = [1, 2.5, -3, np.nan, 5]
MATRICES = {
    f"{kind.__name__[4:]} {form}": kind(DENSE).asformat(form)
    for kind in (sparse.coo_array, sparse.coo_matrix)
    for form in FORMATS
}
each_matrix = pytest.mark.parametrize("matrix", MATRICES.values(), ids=MATRICES)


def test_formats_and_classes_are_apart() -> None:
    for (one, first), (other, second) in combinations(MATRICES.items(), 2):
        assert digest_value(first) != digest_value(second), (one, other)


@each_matrix
def test_copies_are_together(matrix: Any) -> None:
    for again in (matrix.copy(), copy.deepcopy(matrix), pickle.loads(pickle.dumps(matrix))):
        assert digest_value(again) == digest_value(matrix)


@each_matrix
def test_an_entry_a_shape_and_a_dtype_count(matrix: Any) -> None:
    changed = matrix.tolil(copy=True)
    changed[2, 2] = 9
    wider = matrix.tolil(copy=True)
    wider.resize(6, 6)
    for other in (changed, wider, matrix.astype("f4")):
        assert digest_value(other.asformat(matrix.format)) != digest_value(matrix)


@pytest.mark.parametrize("form", ["csr", "csc"])
def test_the_order_of_entries_in_memory_does_not_matter(form: str) -> None:
    matrix = sparse.coo_array(DENSE).asformat(form)
    order = np.concatenate(
        [np.arange(*ends)[::-1] for ends in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True)]
    )
    parts = (matrix.data[order], matrix.indices[order], matrix.indptr)
    shuffled = type(matrix)(parts, shape=matrix.shape)
    kept = shuffled.indices.copy()
    assert digest_value(shuffled) == digest_value(matrix)
    np.testing.assert_array_equal(shuffled.indices, kept)


def test_entries_of_one_place_are_added_up() -> None:
    whole = sparse.coo_array(([3.0, 4.0], ([0, 1], [1, 0])))
    parts = sparse.coo_array(([4.0, 1.0, 2.0], ([1, 0, 0], [0, 1, 1])))
    assert digest_value(parts) == digest_value(whole)
    assert parts.nnz == 3
    again = sparse.csr_array((np.array([1.0, 2.0, 4.0]), [1, 1, 0], [0, 2, 3]))
    assert digest_value(again) == digest_value(whole.tocsr())


def test_a_zero_that_is_stored_counts() -> None:
    matrix = sparse.csr_array(np.eye(3))
    matrix.data[1] = 0
    other = matrix.copy()
    other.eliminate_zeros()
    assert digest_value(matrix) != digest_value(other)


def test_the_width_of_indices_and_unused_room_do_not_matter() -> None:
    matrix = sparse.csr_array(DENSE)
    wide = matrix.copy()
    wide.indices, wide.indptr = wide.indices.astype("i8"), wide.indptr.astype("i8")
    roomy = matrix.copy()
    roomy.data, roomy.indices = np.append(roomy.data, 7), np.append(roomy.indices, 1)
    assert {digest_value(wide), digest_value(roomy)} == {digest_value(matrix)}


def test_what_lies_outside_of_diagonals_and_their_order_do_not_matter() -> None:
    one = sparse.dia_array((np.array([[1, 2, 3.0], [9, 5, 6]]), [0, 1]), shape=(3, 3))
    other = sparse.dia_array((np.array([[7, 5, 6], [1, 2, 3.0]]), [1, 0]), shape=(3, 3))
    assert digest_value(one) == digest_value(other)


def test_blocks_count_by_their_shape() -> None:
    matrix = sparse.csr_array(np.eye(4))
    blocks = [sparse.bsr_array(matrix, blocksize=size) for size in ((1, 1), (2, 2))]
    assert digest_value(blocks[0]) != digest_value(blocks[1])


@pytest.mark.parametrize("shape", [(5,), (0, 3), (2, 2, 2)], ids=["1", "empty", "3"])
def test_arrays_of_any_dimension_have_digests(shape: tuple[int, ...]) -> None:
    array = sparse.coo_array(np.ones(shape))
    assert digest_value(array) == digest_value(array.copy())
    assert digest_value(array) != digest_value(2 * array) or array.nnz == 0


@pytest.mark.parametrize("kind", [spatial.KDTree, spatial.cKDTree])
def test_search_trees_are_their_points(kind: Any) -> None:
    points = np.random.default_rng(0).random((50, 2))
    tree = kind(points)
    digest = digest_value(tree)
    tree.query([0, 0])
    assert digest == digest_value(tree) == digest_value(kind(points))
    assert digest == digest_value(pickle.loads(pickle.dumps(tree)))
    assert digest not in (digest_value(kind(points + 1)), digest_value(kind(points, leafsize=3)))


@pytest.mark.parametrize(
    "variable",
    [stats.norm, stats.norm(0, 1), stats.poisson(3), stats.multivariate_normal([0, 0])],
    ids=["class", "normal", "poisson", "multivariate"],
)
def test_drawing_does_not_change_a_random_variable(variable: Any) -> None:
    digest = digest_value(variable)
    np.random.random()  # noqa: NPY002 - the global generator is what this is about
    assert digest_value(variable) == digest


def test_random_variables_are_their_parameters_and_their_own_generator() -> None:
    own = stats.norm(0, 1)
    own.random_state = 3
    values = [stats.norm(0, 1), stats.norm(0, 2), stats.expon(0, 1), own]
    assert len({digest_value(value) for value in values}) == len(values)


def test_the_process_does_not_matter(digest_elsewhere: Callable[[str], set[str]]) -> None:
    found = digest_elsewhere("""
        import numpy as np
        from scipy import sparse, spatial, stats
        points = np.arange(20.0).reshape(10, 2)
        value = [sparse.csr_array(np.eye(3)), spatial.KDTree(points), stats.norm(0, 1)]
    """)
    points = np.arange(20.0).reshape(10, 2)
    value = [sparse.csr_array(np.eye(3)), spatial.KDTree(points), stats.norm(0, 1)]
    assert found == {digest_value(value)}
