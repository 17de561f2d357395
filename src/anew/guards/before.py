"""What is said before a trial begins, beyond what changed since the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.guards.concern import Concern
    from anew.guards.present import Present
    from anew.model import Facet
    from anew.settings import Settings

__all__ = ["before_trial", "tell_before"]

_said: Final[set[str]] = set()
"""What was said in this process, which may run many trials on the same."""

_seen: Final[set[tuple[str | None, ...]]] = set()
"""What was looked at, by the digests of the facets that decide on what is found."""

_DECLARING: Final = frozenset({"locks", "requirements"})
_DECISIVE: Final = ("locks", "packages", "python", "requirements")


def before_trial(present: Present) -> list[Concern]:
    """Find what is to be said before a trial, in short.

    Parameters
    ----------
    present
        What there is now; with no sources, imports are not looked at, and it takes 1 to 2 ms.

    Returns
    -------
    list of Concern
        A lock or requirements that do not agree with what is installed, and an interpreter that
        the project did not ask for. What strict mode alone minds is not among them.
    """
    from anew.guards.interpreter import find_wrong_interpreter

    version = str(present.facets.get("python", {}).get("version", ""))
    found = find_wrong_interpreter(present.root, version)
    if not _DECLARING.isdisjoint(present.facets):
        from anew.guards.environment import find_mismatches  # otherwise not worth its loading

        found = [*find_mismatches(present), *found]
    return [each for each in found if each.severity == "warns"]


def tell_before(settings: Settings, facets: Iterable[Facet]) -> None:
    """Say what `before_trial` finds, in this process once.

    Parameters
    ----------
    settings
        Those of the project.
    facets
        What the trial runs on.
    """
    from anew.guards.present import Present
    from anew.guards.saying import say_concerns

    known = {facet.name: facet for facet in facets}
    digests = (known[name].digest if name in known else None for name in _DECISIVE)
    mark = (str(settings.root), *digests)
    if mark in _seen:
        return
    _seen.add(mark)
    found = before_trial(Present(settings, {n: facet.content for n, facet in known.items()}))
    new = [each for each in found if each.text not in _said]
    _said.update(each.text for each in new)
    say_concerns(new)
