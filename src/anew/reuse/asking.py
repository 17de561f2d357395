"""A call as it is known before it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anew.memo import make_key
from anew.reuse.arguments import digest_arguments
from anew.reuse.states import digest_states

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from anew.model import Part

__all__ = ["Asked", "ask"]


@dataclass(frozen=True)
class Asked:
    """A call as it is known before it runs.

    Parameters
    ----------
    function
        The dotted name, for people.
    code
        The digest of the function's code; empty when it has none.
    parts
        Arguments and whatever else is in the key.
    key
        The key; None when the code or a part has no digest, so that nothing can be said.
    trial
        The UUID of the trial that it belongs to, if any.
    """

    function: str
    code: str
    parts: tuple[Part, ...]
    key: str | None
    trial: str | None = None

    def find_changed(
        self,
        arguments: dict[str, Any],
        ignore: Collection[str] = (),
        *,
        states: Mapping[str, bytes | None] | None = None,
    ) -> list[str]:
        """Name the arguments that the call has changed.

        Parameters
        ----------
        arguments
            By name, as they are after the call.
        ignore
            Names that do not count.
        states
            What `digest_states` gave before the call. An argument that is the same by itself was
            not changed: it was something that its class uses.
        """
        before = {part.name: part.digest for part in self.parts if part.kind == "argument"}
        now = digest_arguments(arguments, ignore)
        changed = [name for name, digest in now.items() if before[name] not in {None, digest}]
        if not (changed and states):
            return changed
        after = digest_states({name: arguments[name] for name in changed})
        return [n for n in changed if states.get(n) is None or states[n] != after.get(n)]


def ask(
    function: str,
    code: str,
    parts: Iterable[Part],
    *,
    trial: str | None = None,
    scope: str = "",
) -> Asked:
    """Say what a call is known by.

    Parameters
    ----------
    function
        The dotted name, for people.
    code
        The digest of the function's code; empty when it has none.
    parts
        What it is called with, as `make_parts` digests it.
    trial
        The UUID of the trial that it belongs to, if any.
    scope
        What tells its key from that of another kind of call of the same function.
    """
    listed = tuple(parts)
    key = make_key(f"{scope}{code}", listed) if code else None
    return Asked(function, code, listed, key, trial)
