"""Encoders of the tensors of torch, jax and tensorflow, and of the modules of torch.

What counts is what pickle keeps. On which device a tensor lies does not, nor do gradients that
were computed along the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from anew.digests.arrays import encode_array
from anew.digests.registry import register
from anew.digests.walk import ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__: list[str] = []

# Part of no format: so much of a tensor is brought from another device at once.
_BLOCK_ELEMENTS: Final = 1 << 20
_HOOKS: Final = "_hooks"
# What hooks are registered under counts all hooks of the process.
_ORDERED: Final = ("_modules", "_parameters", "_buffers")


@register("torch.Tensor", "torch._tensor.Tensor", tag="torch tensor")
def _encode_tensor(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode class, dtype, shape, layout and content, and attributes that were set on it."""
    import torch

    is_plain = type(value) in (torch.Tensor, torch.nn.Parameter, torch.nn.Buffer)
    yield walk.token(type(value).__name__ if is_plain else type(value))
    yield walk.token((str(value.dtype), str(value.layout), value.requires_grad))
    yield walk.token(None if value.is_nested else tuple(value.shape))
    yield from walk.mapping(vars(value).items(), ATTRIBUTE)
    with torch.no_grad():
        yield from _encode_content(value.detach(), walk)


def _encode_content(value: Any, walk: Walk) -> Iterator[Chunk]:
    import torch

    if value.is_meta:
        walk.refuse("a tensor of the device meta has no content", hint="keep its shape instead")
    if value.is_quantized:
        walk.refuse("a quantized tensor cannot be digested", hint="give its .dequantize()")
    if value.is_nested:
        parts = value.unbind()
        yield walk.token(len(parts))
        yield from _encode_parts(parts, walk)
    elif value.layout == torch.sparse_coo:
        value = value.coalesce()
        yield from _encode_parts([value.indices(), value.values()], walk)
    elif value.layout in (torch.sparse_csr, torch.sparse_bsr):
        yield from _encode_parts([value.crow_indices(), value.col_indices(), value.values()], walk)
    elif value.layout in (torch.sparse_csc, torch.sparse_bsc):
        yield from _encode_parts([value.ccol_indices(), value.row_indices(), value.values()], walk)
    elif value.layout == torch.strided:
        yield from _encode_strided(value, walk)
    else:
        walk.refuse(f"a tensor of layout {value.layout}", hint="give its .to_dense()")


def _encode_parts(parts: Any, walk: Walk) -> Iterator[Chunk]:
    for part in parts:
        yield walk.token((str(part.dtype), tuple(part.shape)))
        yield from _encode_strided(part, walk)


def _encode_strided(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode elements where they lie, or block by block as they come from another device."""
    value = value.resolve_conj().resolve_neg()
    if value.device.type == "cpu":
        yield from encode_array(_view(value), walk)
        return
    flat = value.reshape(-1)
    for start in range(0, len(flat), _BLOCK_ELEMENTS):
        yield from encode_array(_view(flat[start : start + _BLOCK_ELEMENTS].cpu()), walk)


def _view(value: Any) -> Any:
    """View a tensor as an array of numpy, as integers where numpy has no such numbers."""
    import torch

    try:
        return value.numpy()
    except TypeError:
        codes = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
        return value.view(codes[value.element_size()]).numpy()


@register("torch.storage._StorageBase", "torch.storage.TypedStorage", tag="torch storage")
def _encode_storage(value: object, walk: Walk) -> list[Chunk]:  # noqa: ARG001
    walk.refuse("a storage of torch cannot be digested", hint="give a tensor that views it")


@register("torch._C.Generator", "torch.Generator", tag="torch generator")
def _encode_generator(value: Any, walk: Walk) -> list[Chunk]:
    return [walk.token(value.device.type), walk.token(value.get_state())]


@register("torch.nn.modules.module.Module", tag="torch module")
def _encode_module(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode class and attributes; in which order parameters and modules are counts."""
    if any(base.__name__ == "ScriptModule" for base in type(value).__mro__):
        walk.refuse("a compiled module is a file's matter", hint="keep what it was compiled from")
    yield walk.token(type(value))
    state = dict(value.__getstate__() or {})
    state.pop("_compiled_call_impl", None)
    for name in _ORDERED:
        yield walk.token(list(state.pop(name, {}).items()), ATTRIBUTE, name)
    for name, part in state.items():
        if _HOOKS in name and isinstance(part, dict):
            state[name] = list(part.values())  # their keys count all hooks of the process
    yield from walk.mapping(state.items(), ATTRIBUTE)


@register("torch.optim.optimizer.Optimizer", tag="torch optimizer")
def _encode_optimizer(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode settings and parameters by group, and what was learned of each parameter."""
    yield walk.token(type(value))
    yield walk.token(value.defaults, ATTRIBUTE, "defaults")
    yield walk.token(value.param_groups, ATTRIBUTE, "param_groups")
    for group in value.param_groups:
        for i, parameter in enumerate(group["params"]):
            yield walk.token(value.state.get(parameter), ".state[{}]", i)


@register(
    "jaxlib._jax.ArrayImpl",
    "jaxlib.xla_extension.ArrayImpl",
    "jax._src.array.ArrayImpl",
    tag="jax array",
)
def _encode_jax(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode content, and whether the dtype yields to those of others."""
    import numpy as np

    yield walk.token(value.weak_type)
    yield from encode_array(np.asarray(value), walk)


@register("jax._src.random.prng.PRNGKeyArray", "jax._src.prng.PRNGKeyArray", tag="jax key")
def _encode_key(value: Any, walk: Walk) -> Iterator[Chunk]:
    import jax
    import numpy as np

    yield walk.token(str(jax.random.key_impl(value)))
    yield from encode_array(np.asarray(jax.random.key_data(value)), walk)


@register("jax._src.core.Tracer", "jax.core.Tracer", tag="jax tracer")
def _encode_tracer(value: object, walk: Walk) -> list[Chunk]:  # noqa: ARG001
    walk.refuse("a value being traced has no content", hint="take the digest outside jit and vmap")


@register(
    "tensorflow.python.framework.ops.EagerTensor",
    "tensorflow.python.framework.ops._EagerTensorBase",
    tag="tensorflow tensor",
)
def _encode_eager(value: Any, walk: Walk) -> Iterator[Chunk]:
    import numpy as np

    yield from encode_array(np.asarray(value.numpy()), walk)


@register("tensorflow.python.ops.variables.Variable", tag="tensorflow variable")
def _encode_variable(value: Any, walk: Walk) -> Iterator[Chunk]:
    import numpy as np

    yield walk.token(value.trainable)
    yield from encode_array(np.asarray(value.numpy()), walk)


@register("keras.src.saving.keras_saveable.KerasSaveable", tag="keras model")
def _encode_keras(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode class, configuration and weights, and those of its optimizer."""
    yield walk.token(type(value))
    for part in (value, getattr(value, "optimizer", None)):
        if part is not None:
            yield walk.token(part.get_config(), ".get_config()")
            yield walk.token([each.numpy() for each in part.variables], ATTRIBUTE, "variables")
