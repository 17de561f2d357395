"""What takes the place of packages that cannot be had any more."""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.environments.index import find_nearest
from anew.environments.uv import find_uv
from anew.environments.wanted import Pin
from anew.provenance.kept import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.environments.build import Blueprint
    from anew.environments.problems import Problem

__all__ = ["apply_choices", "choose_others", "describe_choices", "keep_choices", "recall_choices"]

_HOLDS_S: Final = 86_400.0
"""An index gets new versions, and a network comes back."""

Choices = dict[str, tuple[str | None, str]]
"""The version that is taken, None for none, and why, by the name of the package."""


def choose_others(
    blueprint: Blueprint, missing: Iterable[tuple[Pin | None, Problem]], before: Choices
) -> Choices:
    """Choose what comes next to each package that cannot be had.

    Parameters
    ----------
    blueprint
        What the environment was to be made of.
    missing
        The packages, and what is wrong with them.
    before
        What was chosen already; what of it cannot be had either is left out.
    """
    python = blueprint.interpreter.path if blueprint.interpreter else Path(sys.executable)
    uv = find_uv(blueprint.root)
    chosen = dict(before)
    for pin, problem in missing:
        if pin is not None:
            nearest = None if pin.name in chosen else find_nearest(pin, python, uv)
            is_other = nearest is not None and (nearest.version != pin.version or bool(pin.url))
            version = nearest.version if nearest and is_other else None
            chosen[pin.name] = version, problem.why
    return chosen


def apply_choices(blueprint: Blueprint, choices: Choices) -> Blueprint:
    """Put what was chosen in the place of what cannot be had.

    Parameters
    ----------
    blueprint
        What the environment was to be made of.
    choices
        What was chosen.
    """
    pins = []
    for pin in blueprint.pins:
        version, _ = choices.get(pin.name, (pin.version, ""))
        if pin.name not in choices:
            pins.append(pin)
        elif version is not None:
            pins.append(Pin(pin.name, version, index=pin.index))
    return replace(blueprint, pins=tuple(pins))


def describe_choices(blueprint: Blueprint, choices: Choices) -> list[str]:
    """Say what took the place of what, a line each.

    Parameters
    ----------
    blueprint
        What the environment was to be made of.
    choices
        What was chosen.
    """
    return [
        f"{pin.named} {f'→ {choices[pin.name][0]}' if choices[pin.name][0] else 'is left out'}: "
        f"{choices[pin.name][1]}"
        for pin in blueprint.pins
        if pin.name in choices
    ]


def recall_choices(file: Path) -> Choices:
    """Read what was chosen within a day: to find it takes a while.

    Parameters
    ----------
    file
        Where it is kept.
    """
    try:
        if time.time() - file.stat().st_mtime > _HOLDS_S:
            return {}
        known = json.loads(file.read_text(encoding="utf-8"))
        return {name: (version, why) for name, (version, why) in known.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def keep_choices(file: Path, choices: Choices) -> None:
    """Keep what was chosen.

    Parameters
    ----------
    file
        Where it is kept.
    choices
        What was chosen; nothing is kept of nothing.
    """
    if choices:
        with suppress(OSError):
            write_whole(file, json.dumps(choices))
