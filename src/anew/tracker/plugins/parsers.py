"""What each parser made of the command line: values by name, and which of them were given."""

from __future__ import annotations

import re

from ..masking import MASK
from .plain import leaves_of, to_plain

TYPE_CHECKING = False  # typing costs time at start
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = [
    "find_local",
    "read_absl",
    "read_argparse",
    "read_click",
    "read_docopt",
    "read_fire",
    "read_hydra",
    "read_omegaconf",
    "read_simple_parsing",
    "read_tyro",
]


def read_argparse(module: Any, parser: Any, namespace: Any, words: Any) -> tuple[Any, set[str]]:
    """Read what argparse parsed; the words tell what was given though it equals the default."""
    values = {name: value for name, value in vars(namespace).items() if name[:1] != "_"}
    given: set[str] = set()
    used = _find_given(module, parser, [str(word) for word in words], given)
    for each in used:
        for action in each._actions:  # noqa: SLF001 - told nowhere else
            default = each.get_default(action.dest)
            is_known = action.dest in values and not isinstance(default, str)
            if is_known and _differs(values[action.dest], default):
                given.add(action.dest)
    return values, given


def _find_given(module: Any, parser: Any, words: list[str], given: set[str]) -> list[Any]:
    """Add what the words name, and what must be given; list the parsers of the subcommands."""
    spellings = dict(parser._option_string_actions)  # noqa: SLF001 - told nowhere else
    for place, word in enumerate(words):
        if word == "--":
            break
        if word[:1] in parser.prefix_chars and len(word) > 1:
            given.update(action.dest for action in _match_option(spellings, word))
            continue
        for action in parser._actions:  # noqa: SLF001
            if isinstance(action, module._SubParsersAction) and word in action.choices:  # noqa: SLF001
                given.add(action.dest)
                inner = _find_given(module, action.choices[word], words[place + 1 :], given)
                return [parser, *inner]
    for action in parser._actions:  # noqa: SLF001
        if not action.option_strings and action.nargs not in {"?", "*", "A...", "..."}:
            given.add(action.dest)
    return [parser]


def _match_option(spellings: dict[str, Any], word: str) -> list[Any]:
    """Find the options that a word names: whole, abbreviated, or short ones in a row."""
    name = word.partition("=")[0]
    if name in spellings:
        return [spellings[name]]
    if name[:2] == "--":
        found = [action for spelling, action in spellings.items() if spelling.startswith(name)]
        return found[:1]
    found = []
    for letter in word[1:]:
        action = spellings.get(word[0] + letter)
        if action is None:
            break
        found.append(action)
        if action.nargs != 0:
            break
    return found


def _differs(value: Any, default: Any) -> bool:
    try:
        return bool(value != default)
    except Exception:  # noqa: BLE001 - arrays, and whatever else a type makes
        return value is not default


def read_click(context: Any) -> tuple[dict[str, Any], set[str]]:
    """Read the options of a command, with the names of the commands above it before them."""
    path: list[str] = []
    above = context
    while above.parent is not None:
        path.insert(0, above.info_name or "")
        above = above.parent
    hidden = {each.name for each in context.command.params if getattr(each, "hide_input", False)}
    values: dict[str, Any] = {}
    given: set[str] = set()
    for name, value in context.params.items():
        full = ".".join([*path, name])
        values[full] = MASK if name in hidden and value is not None else value
        source = getattr(context.get_parameter_source(name), "name", "")
        if source in {"COMMANDLINE", "ENVIRONMENT", "PROMPT"}:
            given.add(full)
    return values, given


def read_docopt(found: dict[str, Any], words: Any) -> tuple[dict[str, Any], set[str]]:
    """Read what docopt parsed: ``--alpha`` as ``alpha``, ``<file>`` and ``FILE`` as ``file``."""
    values = {}
    given: set[str] = set()
    spelled = {getattr(word, "name", None) for word in words or ()}
    for spelling, value in found.items():
        name = spelling.strip("-<>")
        if spelling.isupper():
            name = name.lower()
        name = name.replace("-", "_")
        values[name] = value
        is_option = spelling[:1] == "-"
        if spelling in spelled if is_option else value not in (None, False, [], 0):
            given.add(name)
    return values, given


def find_local(frame: Any, function: Any, name: str) -> Any:
    """Give a variable of the nearest call of a function, outwards."""
    while frame is not None:
        if frame.f_code is function.__code__:
            return frame.f_locals.get(name)
        frame = frame.f_back
    return None


def read_fire(function: Any, component: Any, call: Any, words: Any) -> tuple[Any, set[str]]:
    """Read the call that fire is going to make; one of a command has its name before."""
    import inspect  # fire has loaded it

    bound = inspect.signature(function).bind(*call[0], **call[1])
    given = _spelled(bound.arguments, words)
    given |= {name for name, value in bound.arguments.items() if _is_positional(value, words)}
    bound.apply_defaults()
    is_whole = function is component or getattr(function, "__func__", None) is component
    prefix = "" if is_whole else f"{getattr(function, '__name__', 'call')}."
    if isinstance(function, type):
        prefix = ""
    values = {f"{prefix}{name}": value for name, value in bound.arguments.items()}
    return values, {f"{prefix}{name}" for name in given}


def _is_positional(value: Any, words: Any) -> bool:
    return str(value) in words


def _spelled(names: Iterable[str], words: Iterable[str]) -> set[str]:
    """Find the names that are spelled as options; dotted names also without what is before."""
    spelled = set()
    for word in words:
        if word[:1] == "-":
            name = word.lstrip("-").partition("=")[0].replace("-", "_")
            spelled |= {name, re.sub(r"(^|\.)no_?(?=[^.]*$)", r"\1", name)}
    return {name for name in names if name in spelled or name.rpartition(".")[2] in spelled}


def read_absl(flags: Any) -> tuple[dict[str, Any], set[str]]:
    """Read the flags of a program; those of absl itself only when they were given."""
    own = {
        flag.name
        for module, found in flags.flags_by_module_dict().items()
        if module.partition(".")[0] == "absl"
        for flag in found
    }
    given = {name for name in flags if flags[name].present}
    names = [name for name in flags if flags[name].name == name]  # and no short one besides
    names = [name for name in names if name not in own or name in given]
    return {name: flags[name].value for name in names}, given


def read_simple_parsing(namespace: Any, words: Any) -> tuple[dict[str, Any], set[str]]:
    """Read dataclasses from the command line; the only one needs no name before its fields."""
    values = {name: value for name, value in vars(namespace).items() if name != "subgroups"}
    only = next(iter(values.values())) if len(values) == 1 else None
    leaves = leaves_of(only if hasattr(only, "__dataclass_fields__") else values)
    return leaves, _spelled(leaves, words)


def read_tyro(local: Any, words: Any) -> tuple[dict[str, Any], set[str]]:
    """Read what tyro is about to make an object of, or call a function with."""
    made = local["parser_definition"].f
    values = dict(local["kwargs"])
    names = getattr(made, "__dataclass_fields__", None)
    if local["positional_args"]:
        if names is None:
            import inspect

            names = inspect.signature(made).parameters
        values = {**dict(zip(names, local["positional_args"])), **values}  # noqa: B905 - Python 3.9
    values = {name: _undress(value) for name, value in values.items()}
    leaves = leaves_of(_undress(values))
    unnamed = list(values)[: len(local["positional_args"])]
    spelled = {name for name in unnamed if str(values[name]) in words}
    return leaves, spelled | _spelled(leaves, words)


def _undress(value: Any) -> Any:
    while type(value).__name__ == "DummyWrapper":
        value = value.__tyro_dummy_inner__
    return value


def read_hydra(config: Any) -> tuple[dict[str, Any], set[str]]:
    """Read a composed configuration, without what hydra keeps of itself in it."""
    own = config._get_node("hydra")  # noqa: SLF001 - a look that resolves nothing
    values = read_omegaconf(config, skip=("hydra",))
    overrides = _to_tree(own.overrides.task) if own is not None else []
    names = {str(word).lstrip("+~").partition("=")[0].partition("@")[0] for word in overrides}
    given = {
        name for name in values if name in names or any(name.startswith(f"{n}.") for n in names)
    }
    return values, given


def read_omegaconf(config: Any, skip: tuple[str, ...] = ()) -> dict[str, Any]:
    """Read the leaves of a configuration.

    A reference to another leaf is followed; what a resolver would compute stays as it is written,
    since a resolver may draw, read or give away a secret of the environment.
    """
    tree = _to_tree(config)
    if not isinstance(tree, dict):
        return {}
    leaves = leaves_of({key: value for key, value in tree.items() if key not in skip})
    return {name: to_plain(_follow(name, leaves), name) for name in leaves}


def _follow(name: str, leaves: dict[str, Any]) -> Any:
    """Give what a leaf stands for, if that is another one."""
    seen = set()
    while name not in seen:
        seen.add(name)
        inner = re.fullmatch(r"\$\{([\w.]+)\}", str(leaves[name]))
        if inner is None or inner[1] not in leaves:
            break
        name = inner[1]
    return leaves[name]


def _to_tree(config: Any) -> Any:
    from omegaconf import OmegaConf  # whose object it is

    return OmegaConf.to_container(config, resolve=False)
