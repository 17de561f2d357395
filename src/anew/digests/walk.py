"""The way through a value, part by part: what is where, what was seen, what refers back.

A part becomes a *token*: bytes that say where they end. Small plain values (atoms) are written
out; every other part is a node, and its token is the digest of its tag and chunks. So equal parts
have equal tokens wherever they are and however often they are shared.

Only a part that refers back to something it is inside of cannot be named by its content alone.
The walk finds such knots as Tarjan's algorithm finds strongly connected components: inside a
knot, a part met before is named by how far back it was met; the knot as a whole is a node again.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final, NoReturn

from anew.digests import registry
from anew.digests.atoms import ATOMS
from anew.errors import ValueNotStoredError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.digests.registry import Chunk

__all__ = ["ATTRIBUTE", "ITEM", "Walk"]

# Written out in an encoding, so never to be changed without a new version of the digest.
_NODE: Final = b"#"
_MEMBER: Final = b"%"
_BACK: Final = b"@"

ATTRIBUTE: Final = ".{}"
ITEM: Final = "[{}]"

_KEY_CHARACTERS: Final = 40
_SMALL_BYTES: Final = 1024
_FORGETTABLE: Final = 100_000


class _Frame:
    """A node on the way from the root: its place among the open ones, the earliest it leads to."""

    __slots__ = ("earliest", "place")

    def __init__(self, place: int) -> None:
        self.place = place
        self.earliest = place


class Walk:
    """One pass through one value.

    Parameters
    ----------
    name
        What the value is called, the beginning of the path in error messages.

    Notes
    -----
    For one value and one thread; made by `digest_value` and handed to every encoder.
    """

    def __init__(self, name: str) -> None:
        import xxhash

        self._digest = xxhash.xxh3_128_digest
        self._hasher = xxhash.xxh3_128
        self._name = name
        self._path: list[tuple[str, object]] = []
        self._frames = [_Frame(0)]
        # Nodes that are entered and not yet named, in the order of entering.
        self._open: list[object] = []
        self._place: dict[int, int] = {}
        # Nodes that are named; the object is kept so that its id is not given to another.
        self._named: dict[int, tuple[object, bytes]] = {}
        self._nodes = 0
        self._forgotten = 0

    @property
    def path(self) -> str:
        """The way from the root to the part being encoded, as one would write it in Python."""
        return self._name + "".join(_write_step(*step) for step in self._path)

    def refuse(self, what: str, *, hint: str, cause: BaseException | None = None) -> NoReturn:
        """Give up: the part being encoded has no digest.

        Parameters
        ----------
        what
            What the part is.
        hint
            What can be done about it.
        cause
            The exception that said so.

        Raises
        ------
        ValueNotStoredError
            Always; its message begins with the path to the part.
        """
        message = f"{self.path}: {what}"
        raise ValueNotStoredError(message, hint=hint) from cause

    def token(self, value: object, template: str = "", key: object = None) -> bytes:
        """Encode a part.

        Parameters
        ----------
        value
            The part.
        template
            How the part is reached from the one being encoded, for error messages: `ITEM`,
            `ATTRIBUTE`, or a text of its own.
        key
            What fills the template.

        Returns
        -------
        bytes
            The part's token.
        """
        atom = ATOMS.get(type(value))
        if atom is not None:
            return atom(value)
        known = self._named.get(id(value))
        if known is not None:
            return known[1]
        place = self._place.get(id(value))
        frame = self._frames[-1]
        if place is not None:
            frame.earliest = min(frame.earliest, place)
            return _BACK + (frame.place - place).to_bytes(8, "little", signed=True)
        self._path.append((template, key))
        token = self._enter(value)
        self._path.pop()
        return token

    def part(
        self, tag: str, chunks: Iterable[Chunk], template: str = "", key: object = None
    ) -> bytes:
        """Encode a part that is no object of its own, such as a column of a frame.

        Parameters
        ----------
        tag
            What keeps this kind of part apart from others.
        chunks
            What it is made of; read while the path leads to it.
        template, key
            As for `token`.

        Returns
        -------
        bytes
            The part's token.
        """
        self._path.append((template, key))
        digest = self._node(tag.encode(), chunks)
        self._path.pop()
        return _NODE + digest

    def unordered(self, values: Iterable[object]) -> list[bytes]:
        """Encode parts among which there is no order, such as the elements of a set.

        Parameters
        ----------
        values
            The parts.

        Returns
        -------
        list of bytes
            Their tokens, in an order that depends on nothing but the tokens.
        """
        return sorted(self._alone(value, "{{…}}") for value in values)

    def mapping(self, items: Iterable[tuple[object, object]], template: str = ITEM) -> list[bytes]:
        """Encode keys with their values, whatever their order.

        Parameters
        ----------
        items
            Pairs of key and value.
        template
            How a value is reached by its key, for error messages.

        Returns
        -------
        list of bytes
            A token for each pair, in an order that depends on nothing but the tokens.
        """
        keyed = [(self._alone(key, ".keys()"), key, value) for key, value in items]
        keyed.sort(key=itemgetter(0))
        return sorted(name + self.token(value, template, key) for name, key, value in keyed)

    def _alone(self, value: object, template: str) -> bytes:
        """Encode a part as if it were the first of its unordered siblings to be met."""
        mark = len(self._open)
        token = self.token(value, template)
        if len(self._open) > mark:
            # It refers back to something around it. Forget it, or the tokens of its siblings
            # would depend on the order; that costs repeated work, so not without end.
            for node in self._open[mark:]:
                del self._place[id(node)]
            self._forgotten += len(self._open) - mark
            del self._open[mark:]
            if self._forgotten > _FORGETTABLE:
                self.refuse(
                    "sets whose elements refer back to them many times over",
                    hint="keep such references in lists or dictionaries",
                )
        return token

    def _enter(self, value: object) -> bytes:
        """Encode a node that was not met before, and name the knot that it closes, if any."""
        place = len(self._open)
        frame = _Frame(place)
        self._open.append(value)
        self._place[id(value)] = place
        self._frames.append(frame)
        before = self._nodes
        kind: type = type(value)
        registration = registry.find(kind)
        chunks = registration.encode(value, self)
        digest = self._node(registration.tag, chunks)
        self._nodes += 1
        self._frames.pop()
        if frame.earliest < place:
            outer = self._frames[-1]
            outer.earliest = min(outer.earliest, frame.earliest)
            return _NODE + digest
        is_worth_keeping = (
            self._nodes > before + 1
            or not isinstance(chunks, list)
            or sum(map(len, chunks)) > _SMALL_BYTES
        )
        return self._close(place, digest, keep=is_worth_keeping)

    def _close(self, place: int, digest: bytes, *, keep: bool) -> bytes:
        """Name the nodes from a place on: they lead to each other and to nothing before."""
        nodes = self._open[place:]
        del self._open[place:]
        for node in nodes:
            del self._place[id(node)]
        token = _NODE + digest
        if keep:
            self._named[id(nodes[0])] = (nodes[0], token)
        for number, node in enumerate(nodes[1:]):
            self._named[id(node)] = (node, _MEMBER + digest + number.to_bytes(8, "little"))
        return token

    def _node(self, tag: bytes, chunks: Iterable[Chunk]) -> bytes:
        """Digest a tag and chunks, which are never all in memory when they come one by one."""
        head = len(tag).to_bytes(1, "little") + tag
        if isinstance(chunks, list):
            return self._digest(head + b"".join(chunks))
        hasher = self._hasher(head)
        for chunk in chunks:
            hasher.update(chunk)
        return hasher.digest()


def _write_step(template: str, key: object) -> str:
    """Write one step of a path; only keys of plain types are sure to have a short, tame repr."""
    if template == ATTRIBUTE:
        return template.format(key)
    if not isinstance(key, str | int | float | bytes):
        return template.format(f"<{type(key).__name__}>")
    text = repr(key)
    return template.format(text if len(text) <= _KEY_CHARACTERS else text[:_KEY_CHARACTERS] + "…")
