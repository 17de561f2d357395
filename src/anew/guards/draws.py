"""Random numbers that nothing seeds, found in the text of programs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from anew.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.guards.sources import Source

__all__ = ["SEEDS", "UnseededDraw", "find_unseeded"]

SEEDS: Final = {
    "random": "random.seed(0)",
    "numpy": "numpy.random.seed(0)",
    "torch": "torch.manual_seed(0)",
}
"""How the generator is seeded that all code of a process shares, by its library."""

_DRAWS: Final = {
    "random": "betavariate binomialvariate choice choices expovariate gammavariate gauss"
    " getrandbits lognormvariate normalvariate paretovariate randbytes randint random randrange"
    " sample shuffle triangular uniform vonmisesvariate weibullvariate",
    "numpy.random": "beta binomial bytes chisquare choice dirichlet exponential f gamma geometric"
    " gumbel hypergeometric laplace logistic lognormal logseries multinomial multivariate_normal"
    " negative_binomial noncentral_chisquare noncentral_f normal pareto permutation poisson power"
    " rand randint randn random random_integers random_sample ranf rayleigh sample shuffle"
    " standard_cauchy standard_exponential standard_gamma standard_normal standard_t triangular"
    " uniform vonmises wald weibull zipf",
    "torch": "bernoulli multinomial normal poisson rand rand_like randint randint_like randn"
    " randn_like randperm",
}
_GLOBAL: Final = {
    f"{module}.{name}": module.partition(".")[0]
    for module, names in _DRAWS.items()
    for name in names.split()
}
_SEEDING: Final = {
    "random.seed": "random",
    "random.setstate": "random",
    "numpy.random.seed": "numpy",
    "numpy.random.set_state": "numpy",
    "torch.manual_seed": "torch",
    "torch.random.manual_seed": "torch",
    "torch.set_rng_state": "torch",
}
_SEEDING_ALL: Final = frozenset(
    {"enable_full_determinism", "seed_everything", "set_random_seed", "set_seed"}
)
_OWN: Final = frozenset(
    {
        "numpy.random.RandomState",
        "numpy.random.SeedSequence",
        "numpy.random.default_rng",
        "random.Random",
    }
)
_NEVER_SEEDED: Final = frozenset({"random.SystemRandom"})


@dataclass(frozen=True)
class UnseededDraw:
    """The first place at which a generator is used that nothing seeds.

    Parameters
    ----------
    generator
        The library whose shared generator it is, or the call that makes one.
    path, line
        The place; line 0 where lines say nothing, as in a notebook.
    """

    generator: str
    path: str
    line: int

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.path}:{self.line}" if self.line else self.path


def find_unseeded(sources: Iterable[Source], *, is_seeded: bool = False) -> list[UnseededDraw]:
    """Find where programs draw from generators that nothing in them seeds.

    Parameters
    ----------
    sources
        Files, the one that is run first.
    is_seeded
        Whether the shared generators are seeded from outside, as for the steps of an experiment.

    Returns
    -------
    list of UnseededDraw
        One for each generator. Draws inside of libraries are not seen.
    """
    found: dict[str, UnseededDraw] = {}
    seeded = set(SEEDS) if is_seeded else set[str]()
    for path, tree in sources:
        aliases = _aliases(tree)
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = _dotted(call.func, aliases)
            if name in _SEEDING and _is_given(call):
                seeded.add(_SEEDING[name])
            elif name.rpartition(".")[2] in _SEEDING_ALL:
                seeded |= set(SEEDS)
            elif generator := _generator(name, call):
                line = 0 if path.endswith(".ipynb") else call.lineno
                known = found.get(generator)
                if known is None or (known.path == path and line < known.line):
                    found[generator] = UnseededDraw(generator, path, line)
    return [draw for generator, draw in found.items() if generator not in seeded]


def _generator(name: str, call: ast.Call) -> str | None:
    """Name the generator that a call draws from or makes without a seed."""
    if name in _GLOBAL:
        return _GLOBAL[name]
    is_unseeded = name in _NEVER_SEEDED or (name in _OWN and not _is_given(call))
    return f"{name}()" if is_unseeded else None


def _is_given(call: ast.Call) -> bool:
    """Tell whether a seed stands in the call; what None seeds differs each time."""
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    return bool(values) and not (isinstance(values[0], ast.Constant) and values[0].value is None)


def _aliases(tree: ast.Module) -> dict[str, str]:
    """Tell what imported names stand for."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _dotted(node: ast.expr, aliases: dict[str, str]) -> str:
    """Write what is called by its full name; empty for what is no plain name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([aliases.get(node.id, f"?{node.id}" if parts else node.id), *reversed(parts)])
