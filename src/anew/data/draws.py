"""Where the user's code first draws from a global generator that nothing seeded.

The tracker only knows that a generator moved. The place is looked for in the sources of the
project, read in the order in which they are executed, as far as that can be seen from outside.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from anew.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from anew.tracker.records import Draw

__all__ = ["find_draws"]

_MODULES: Final = {"random": "random", "numpy.random": "numpy", "torch": "torch"}
_NO_DRAWS: Final = {
    "random": {"Random", "SystemRandom", "getstate", "seed", "setstate"},
    "numpy": {
        *("BitGenerator", "Generator", "MT19937", "PCG64", "PCG64DXSM", "Philox", "RandomState"),
        *("SFC64", "SeedSequence", "default_rng", "get_state", "seed", "set_state"),
        *("get_bit_generator", "set_bit_generator", "mtrand", "bit_generator"),
    },
}
_SEEDS: Final = {
    "random.seed": "random",
    "numpy.random.seed": "numpy",
    "torch.manual_seed": "torch",
    "torch.random.manual_seed": "torch",
}
_TORCH: Final = frozenset(
    "torch." + name
    for name in (
        *("rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial", "poisson"),
        *("rand_like", "randn_like", "randint_like", "nn.functional.dropout"),
        *("utils.data.DataLoader", "utils.data.random_split", "utils.data.RandomSampler"),
    )
)
_TORCH_METHODS: Final = {"uniform_", "normal_", "bernoulli_", "random_", "exponential_"}
_DRAWING_LIBRARIES: Final = {
    "random": {"albumentations", "deap", "faker", "gymnasium", "imgaug", "networkx", "nltk"},
    "numpy": {"networkx", "pandas", "scipy", "seaborn", "sklearn", "statsmodels", "xgboost"},
    "torch": {"lightning", "pytorch_lightning", "torchvision", "transformers"},
}
_DRAWING_CALLS: Final = {
    *("bootstrap", "cross_val_score", "cross_validate", "erdos_renyi_graph", "fit_transform"),
    *("gnp_random_graph", "permutation_test", "random_layout", "resample", "rvs", "sample"),
    *("shuffle", "split", "spring_layout", "train_test_split"),
}
_SEED_WORDS: Final = {"generator", "random_seed", "random_state", "rng", "seed"}


def find_draws(draws: Iterable[Draw], sources: Sequence[Path]) -> list[Draw]:
    """Find file, line and function of the first draw from each generator.

    Parameters
    ----------
    draws
        As the tracker saw them.
    sources
        Python files of the project that were executed, the program itself first.

    Returns
    -------
    list of Draw
        Each generator and place once. Where no place is found, the file is ``""``. A move of
        Python's own generator is left out when no code of the user, nor a library that is known
        to draw from it, may have caused it: others draw names for what is in no result.

    Notes
    -----
    Nothing is executed or imported. Files that cannot be read or parsed are passed over.
    """
    found: dict[tuple[str, str, int], Draw] = {}
    project = _Project(sources)
    for draw in draws:
        placed = draw if draw.file else project.place(draw)
        if placed is not None:
            found.setdefault((placed.generator, placed.file, placed.line), placed)
    return list(found.values())


class _Source:
    """One file: its tree, and what names of libraries mean in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tree = ast.parse(path.read_bytes())
        self.names: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    bound = alias.asname or alias.name.partition(".")[0]
                    self.names[bound] = alias.name if alias.asname else bound
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    self.names[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def meaning(self, node: ast.expr) -> str:
        """Write out what a name or a chain of attributes stands for; ``""`` for anything else."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, "")
        if isinstance(node, ast.Attribute):
            owner = self.meaning(node.value)
            return f"{owner}.{node.attr}" if owner else ""
        return ""

    def libraries(self) -> set[str]:
        """Name the packages that are imported."""
        return {name.partition(".")[0] for name in self.names.values()}


type_of_function = ast.FunctionDef | ast.AsyncFunctionDef
Call = tuple[_Source, ast.Call, str]


class _Project:
    """The calls of all sources, in the order in which they seem to be made."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.sources: list[_Source] = []
        for path in paths:
            try:
                self.sources.append(_Source(path))
            except (OSError, SyntaxError, ValueError, RecursionError):
                continue
        self.functions: dict[str, list[tuple[_Source, type_of_function]]] = {}
        for source in self.sources:
            for node in ast.walk(source.tree):
                if isinstance(node, type_of_function):
                    self.functions.setdefault(node.name, []).append((source, node))
        self.modules = {source.path.stem: source for source in self.sources}
        self.seen: set[int] = set()
        self.calls = [call for source in self.sources for call in self._walk_module(source)]
        for places in self.functions.values():  # what nobody is seen to call: callbacks and such
            for source, node in places:
                self.calls.extend(self._walk_function(source, node))

    def place(self, draw: Draw) -> Draw | None:
        """Find the first call that draws; else the first that may draw within a library."""
        for is_draw in (_draws_from, _may_draw_from):
            for source, call, function in self.calls:
                meaning = source.meaning(call.func)
                if draw.is_seeded and _SEEDS.get(meaning) == draw.generator and call.args:
                    break
                if is_draw(draw.generator, source, call, meaning):
                    place = str(source.path), call.lineno, function
                    return replace(draw, file=place[0], line=place[1], function=place[2])
        libraries = {name for source in self.sources for name in source.libraries()}
        is_likely = libraries & _DRAWING_LIBRARIES.get(draw.generator, set())
        return draw if is_likely or draw.generator != "random" else None

    def _walk_module(self, source: _Source) -> Iterator[Call]:
        if id(source) not in self.seen:
            self.seen.add(id(source))
            yield from self._walk(source, source.tree, "<module>")

    def _walk_function(self, source: _Source, node: type_of_function) -> Iterator[Call]:
        if id(node) not in self.seen:
            self.seen.add(id(node))
            for statement in node.body:
                yield from self._walk(source, statement, node.name)

    def _walk(self, source: _Source, node: ast.AST, function: str) -> Iterator[Call]:
        """Give the calls below a node; of a function only when it is called."""
        if isinstance(node, type_of_function):
            for part in (*node.decorator_list, node.args):
                yield from self._walk(source, part, function)
            return
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name in _imported(node):
                if name in self.modules:
                    yield from self._walk_module(self.modules[name])
            return
        for child in ast.iter_child_nodes(node):
            yield from self._walk(source, child, function)
        if isinstance(node, ast.Call):
            yield source, node, function
            for place in self._called(source, node):
                yield from self._walk_function(*place)

    def _called(
        self, source: _Source, call: ast.Call
    ) -> Iterator[tuple[_Source, type_of_function]]:
        """Give the functions that a call may execute: by their name, and as arguments."""
        for node in (call.func, *call.args):
            name = getattr(node, "id", None) or getattr(node, "attr", None) or ""
            if name[:1].isupper():
                name = "__init__"
            places = self.functions.get(name, [])
            yield from sorted(places, key=lambda place: place[0] is not source)


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Name the modules that an import may execute, without their packages."""
    names = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        names.insert(0, node.module or "")
    return [name.rpartition(".")[2] for name in names]


def _draws_from(generator: str, source: _Source, call: ast.Call, meaning: str) -> bool:
    """Tell a call of a function that draws from a global generator."""
    if generator == "torch":
        if any(word.arg == "generator" for word in call.keywords):
            return False
        if isinstance(call.func, ast.Attribute) and call.func.attr in _TORCH_METHODS:
            return "torch" in source.libraries()
        return meaning in _TORCH or meaning.startswith(("torch.nn.init.", "torch.nn.modules."))
    owner, _, name = meaning.rpartition(".")
    return _MODULES.get(owner) == generator and name not in _NO_DRAWS[generator]


def _may_draw_from(generator: str, source: _Source, call: ast.Call, meaning: str) -> bool:
    """Tell a call that draws in a library, unless it is told a seed."""
    if any(word.arg in _SEED_WORDS and not _is_none(word.value) for word in call.keywords):
        return False
    libraries = _DRAWING_LIBRARIES.get(generator, set())
    if generator == "torch" and meaning.startswith("torch.nn."):
        return True
    if not source.libraries() & libraries:
        return False
    name = call.func.attr if isinstance(call.func, ast.Attribute) else meaning.rpartition(".")[2]
    is_library = meaning.partition(".")[0] in libraries
    return name in _DRAWING_CALLS and (is_library or isinstance(call.func, ast.Attribute))


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
