"""The arguments of a program as its own parser gives them, with defaults.

Only what parses the command line of the program counts, or is asked by the user's code: a library
may have a parser of its own. Of several parses, the first counts.
"""

from __future__ import annotations

import sys

from ..imports import when_imported
from ..noting import BEGIN, END, is_within, note_begin, note_call, note_return
from .own import is_own, top_level

TYPE_CHECKING = False  # typing costs time at start
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["start"]

_MACHINERY = frozenset(
    {"absl", "argparse", "click", "contextlib", "docopt", "fire", "functools", "hydra"}
    | {"omegaconf", "simple_parsing", "typer", "tyro"}
)
_WRAPPERS = {"absl", "fire", "hydra", "simple_parsing", "tyro"}
"""They use argparse within, and have more to tell themselves."""
_RUNNERS = {"_pytest", "anew", "distributed", "execnet", "joblib", "loky", "ray", "xdist"}
"""What they parse is how tests, workers and trials are run: there is no parameter in it."""


class _Teller:
    """Writes the first parse of a program: the user's own, or the one of the command line."""

    def __init__(self, trace: Any) -> None:
        self.trace = trace
        self.is_told = False
        self.root: Any = None

    def counts(self, frame: Any, words: Any) -> bool:
        """Tell whether what is parsed is for the program."""
        while frame is not None and top_level(frame) in _MACHINERY:
            frame = frame.f_back
        if frame is not None and is_own(frame.f_code.co_filename):
            return True
        if frame is not None and _package(frame) in _RUNNERS:
            return False
        return words is None or list(words) == sys.argv[1:]

    def tell(self, by: str, values: dict[str, Any], given: Any) -> None:
        """Write the arguments, once."""
        self.is_told = True
        names = [name for name in values if name in given]
        if values:
            from .plain import leaves_of

            self.trace.write("arguments", by=by, values=leaves_of(values), given=names)


def _package(frame: Any) -> str:
    """Name the package that code belongs to, also where it is run by its name."""
    spec = frame.f_globals.get("__spec__")
    return str(getattr(spec, "name", "")).partition(".")[0] or top_level(frame)


def start(trace: Any) -> None:
    """See the arguments of this process."""
    teller = _Teller(trace)

    def on(module: str, action: Callable[[Any, _Teller], None]) -> None:
        when_imported(module, lambda loaded: action(loaded, teller))

    on("argparse", _on_argparse)
    on("click.core", _on_click)
    on("typer._click.core", _on_click)
    on("docopt", _on_docopt)
    on("fire.core", _on_fire)
    on("absl.flags._flagvalues", _on_absl)
    on("simple_parsing.parsing", _on_simple_parsing)
    on("tyro._calling", _on_tyro)
    on("hydra.core.utils", _on_hydra)
    on("omegaconf.omegaconf", _on_omegaconf)


def _parsers() -> Any:
    """Load what reads the results only when there is one."""
    from . import parsers

    return parsers


def _on_argparse(module: Any, teller: _Teller) -> None:
    parser = module.ArgumentParser
    names = ("parse_known_args", "parse_known_intermixed_args")
    methods = [getattr(parser, name) for name in names if hasattr(parser, name)]
    words: list[Any] = [None]  # parsing uses them up

    def see(frame: Any, value: Any) -> None:
        if teller.is_told or value is END or is_within(frame, *methods):
            return
        if value is BEGIN:
            given = frame.f_locals["args"]
            words[0] = given if given is None else list(given)
            return
        caller = frame.f_back
        while caller is not None and top_level(caller) == "argparse":
            caller = caller.f_back
        is_inner = caller is not None and top_level(caller) in _WRAPPERS
        if not is_inner and teller.counts(caller, words[0]):
            spelled = sys.argv[1:] if words[0] is None else words[0]
            found = _parsers().read_argparse(module, frame.f_locals["self"], value[0], spelled)
            teller.tell("argparse", *found)

    for method in methods:
        note_call(method, see)


def _on_click(module: Any, teller: _Teller) -> None:
    by = module.__name__.partition(".")[0]

    def see(frame: Any, context: Any) -> None:
        root = context.find_root()
        if context.resilient_parsing or (teller.is_told and root is not teller.root):
            return
        is_inner = root is not context and root is teller.root
        if is_inner or (root is context and teller.counts(frame, frame.f_locals.get("args"))):
            teller.root = root
            name = "typer" if type(context.command).__module__.startswith("typer") else by
            teller.tell(name, *_parsers().read_click(context))

    method = vars(getattr(module, "Command", None)).get("make_context")
    if method is None:  # click 8.1 and before: in its base class
        method = module.BaseCommand.make_context
    note_return(method, see)


def _on_docopt(module: Any, teller: _Teller) -> None:
    def see(frame: Any, value: Any) -> None:
        words = frame.f_locals.get("argv")
        if not teller.is_told and teller.counts(frame, None):
            teller.tell("docopt", *_parsers().read_docopt(value, words))

    note_return(module.docopt, see)


def _on_fire(module: Any, teller: _Teller) -> None:
    def see_call(frame: Any, parse: Any) -> None:
        function = frame.f_locals["fn"]
        note_return(parse, lambda inner, value: see_parse(function, inner, value))

    def see_parse(function: Any, frame: Any, value: Any) -> None:
        if teller.is_told and teller.root is not module:
            return
        if not teller.counts(frame, None):
            return
        teller.root = module
        component = _parsers().find_local(frame, module.Fire, "component")
        teller.tell("fire", *_parsers().read_fire(function, component, value[0], sys.argv[1:]))

    note_return(module._MakeParseFn, see_call)  # noqa: SLF001 - what it parses is told nowhere else


def _on_absl(module: Any, teller: _Teller) -> None:
    def see(frame: Any, value: Any) -> None:  # noqa: ARG001 - what is left over
        if not teller.is_told and teller.counts(frame, None):
            teller.tell("absl", *_parsers().read_absl(frame.f_locals["self"]))

    note_return(module.FlagValues.__call__, see)


def _on_simple_parsing(module: Any, teller: _Teller) -> None:
    method = module.ArgumentParser.parse_known_args

    def see(frame: Any, value: Any) -> None:
        words = frame.f_locals.get("args")
        if teller.is_told or is_within(frame, method) or not teller.counts(frame, words):
            return
        teller.tell("simple-parsing", *_parsers().read_simple_parsing(value[0], words))

    note_return(method, see)


def _on_tyro(module: Any, teller: _Teller) -> None:
    def see(frame: Any, value: Any) -> None:  # noqa: ARG001 - what makes the object, or calls
        local = frame.f_locals
        if not teller.is_told and local["field_name_prefix"] == "" and teller.counts(frame, None):
            teller.tell("tyro", *_parsers().read_tyro(local, sys.argv[1:]))

    note_return(module.callable_with_args, see)


def _on_hydra(module: Any, teller: _Teller) -> None:
    def see(frame: Any, value: Any) -> None:  # noqa: ARG001 - it only begins
        if not teller.is_told:
            teller.tell("hydra", *_parsers().read_hydra(frame.f_locals["config"]))

    note_begin(module.run_job, see)


def _on_omegaconf(module: Any, teller: _Teller) -> None:
    """Without hydra: what was given, and then the first whole that it is merged into."""
    given: set[str] = set()

    def see_words(frame: Any, value: Any) -> None:
        if not teller.is_told and teller.counts(frame, frame.f_locals.get("args_list")):
            values = _parsers().read_omegaconf(value)
            given.update(values)
            teller.tell("omegaconf", values, given)

    def see_whole(frame: Any, value: Any) -> None:
        caller = frame.f_back
        if given and caller is not None and is_own(caller.f_code.co_filename):
            values = _parsers().read_omegaconf(value)
            if given <= set(values):
                teller.tell("omegaconf", values, frozenset(given))
                given.clear()

    note_return(module.OmegaConf.from_cli, see_words)
    note_return(module.OmegaConf.merge, see_whole)
