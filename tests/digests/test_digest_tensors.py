"""Digests of the tensors of torch and jax."""

from __future__ import annotations

import copy
import pickle
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from anew.digests import digest_value
from anew.errors import ValueNotStoredError


def make_tensors(torch: Any) -> dict[str, Any]:
    """Make tensors that differ, each in one thing."""
    tensor = torch.arange(12.0).reshape(3, 4)
    names = ("bfloat16", "float16", "float64", "int32", "bool", "complex64", "float8_e4m3fn")
    return {
        "plain": tensor,
        "turned": tensor.T,
        "shape": tensor.reshape(4, 3),
        "content": tensor + 1,
        **{name: tensor.to(getattr(torch, name)) for name in names},
        "gradient": tensor.clone().requires_grad_(),
        "parameter": torch.nn.Parameter(tensor),
        "COO": tensor.to_sparse(),
        "CSC": tensor.to_sparse_csc(),
        "BSR": tensor[:2].to_sparse_bsr((1, 2)),
        "nested": torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        "empty": torch.zeros(0),
        "empty rows": torch.zeros(0, 3),
        "number": torch.tensor(1.0),
    }


@pytest.mark.filterwarnings("ignore::UserWarning")  # some layouts call themselves experimental
def test_different_tensors_are_apart_and_equal_ones_together() -> None:
    torch = pytest.importorskip("torch")
    tensors = make_tensors(torch)
    for name, again in make_tensors(torch).items():
        assert digest_value(tensors[name]) == digest_value(again), name
    for (one, first), (other, second) in combinations(tensors.items(), 2):
        assert digest_value(first) != digest_value(second), (one, other)


@pytest.mark.parametrize("name", ["float32", "bfloat16", "complex64"])
def test_how_a_tensor_lies_in_memory_does_not_matter(name: str) -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.arange(12.0).reshape(3, 4).to(getattr(torch, name))
    assert digest_value(tensor.T) == digest_value(tensor.T.contiguous())
    assert digest_value(tensor[:, ::2]) == digest_value(tensor[:, ::2].clone())
    assert digest_value(tensor.conj()) == digest_value(tensor.conj().resolve_conj())
    assert digest_value(pickle.loads(pickle.dumps(tensor))) == digest_value(tensor)


def test_entries_of_one_place_of_a_sparse_tensor_are_added_up() -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.sparse_coo_tensor([[0, 0], [1, 1]], [1.0, 2.0], (2, 2), check_invariants=True)
    assert digest_value(tensor) == digest_value(tensor.coalesce())


def test_tensors_without_content_are_refused() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(ValueNotStoredError, match="meta"):
        digest_value(torch.empty(2, device="meta"))
    with pytest.raises(ValueNotStoredError, match="storage"):
        digest_value(torch.ones(2).untyped_storage())


def make_module(torch: Any) -> Any:
    """Make a module with weights that are always the same."""
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.LSTM(4, 2), torch.nn.BatchNorm1d(2))


def test_a_module_is_its_weights_and_settings() -> None:
    torch = pytest.importorskip("torch")
    module = make_module(torch)
    digest = digest_value(module)
    copies = [make_module(torch), copy.deepcopy(module), pickle.loads(pickle.dumps(module))]
    assert {digest_value(each) for each in copies} == {digest}
    module[0](torch.ones(1, 3)).sum().backward()
    assert digest_value(module) == digest, "gradients are on the way, pickle does not keep them"
    assert digest_value(copies[0].eval()) != digest
    copies[1][0].register_forward_hook(print)
    copies[2][0].register_forward_hook(print)
    assert digest_value(copies[1]) == digest_value(copies[2]) != digest
    with torch.no_grad():
        module[0].weight[0, 0] += 1
    assert digest_value(module) != digest


def test_the_order_of_modules_counts() -> None:
    torch = pytest.importorskip("torch")
    parts = {"a": torch.nn.ReLU(), "b": torch.nn.Tanh()}
    one = torch.nn.ModuleDict(parts)
    other = torch.nn.ModuleDict(dict(reversed(parts.items())))
    assert digest_value(one) != digest_value(other)


def test_an_optimizer_is_its_settings_and_what_it_learned() -> None:
    torch = pytest.importorskip("torch")
    module = make_module(torch)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.1)
    digest = digest_value(optimizer)
    assert digest_value(torch.optim.Adam(module.parameters(), lr=0.2)) != digest
    assert digest_value(torch.optim.SGD(module.parameters(), lr=0.1)) != digest
    module[0](torch.ones(1, 3)).sum().backward()
    optimizer.step()
    assert digest_value(optimizer) != digest
    assert digest_value(pickle.loads(pickle.dumps(optimizer))) == digest_value(optimizer)


def test_a_generator_is_its_state() -> None:
    torch = pytest.importorskip("torch")
    one, other = (torch.Generator().manual_seed(1) for _ in range(2))
    assert digest_value(one) == digest_value(other)
    torch.rand(1, generator=one)
    assert digest_value(one) != digest_value(other)


def test_arrays_of_jax_are_their_content() -> None:
    jax = pytest.importorskip("jax")
    array = jax.numpy.arange(6.0).reshape(2, 3)
    names = ("bfloat16", "float16", "int32", "float8_e4m3fn")
    values = [
        *(array, array.T, array + 1, np.asarray(array)),
        *(array.astype(name) for name in names),
        *(jax.random.key(0), jax.random.key(1), jax.random.key(0, impl="rbg")),
        *(jax.random.PRNGKey(0), jax.numpy.asarray(1.0), jax.numpy.float32(1.0)),
    ]
    digests = [digest_value(value) for value in values]
    assert len(set(digests)) == len(values)
    assert digests == [digest_value(pickle.loads(pickle.dumps(value))) for value in values]
    assert digest_value(array.T) == digest_value(jax.numpy.array(np.ascontiguousarray(array.T)))


def test_a_value_that_jax_traces_is_refused() -> None:
    jax = pytest.importorskip("jax")
    with pytest.raises(ValueNotStoredError, match="traced"):
        jax.jit(digest_value)(jax.numpy.ones(2))
