"""The way through a value, part by part: what is where, what was seen, what refers back.

A part becomes a *token*: bytes that say where they end. Small plain values (atoms) are written
out; every other part is a node, and its token is the digest of its tag and chunks. So equal parts
have equal tokens wherever they are and however often they are shared.

Only a part that refers back to something it is inside of cannot be named by its content alone.
The walk finds such knots as Tarjan's algorithm finds strongly connected components: inside a
knot, a part met before is named by how far back it was met; the knot as a whole is a node again.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

from anew.digests import registry
from anew.digests.atoms import ATOMS, FEW_ITEMS, encode_text
from anew.digests.opaque import CODE, encode_opaque, is_machinery
from anew.errors import AnewWarning, ValueNotStoredError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anew.digests.registry import Chunk

    _Digest: TypeAlias = Callable[[bytes], bytes]

__all__ = ["ATTRIBUTE", "ITEM", "Walk", "small_token"]

# Written out in an encoding, so never to be changed without a new version of the digest.
_NODE: Final = b"#"
_MEMBER: Final = b"%"
_BACK: Final = b"@"

ATTRIBUTE: Final = ".{}"
ITEM: Final = "[{}]"

_KEY_CHARACTERS: Final = 40
_SMALL_BYTES: Final = 1024
_FEW_KEYS: Final = 64
_LEVELS: Final = 2
_FORGETTABLE: Final = 100_000
_REMEMBERED: Final = 1 << 14


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
        # Of each node on the way from the root: its place among the open ones, and the earliest
        # place that it leads to.
        self._places = [0]
        self._earliest = [0]
        # Nodes that are entered and not yet named, in the order of entering.
        self._open: list[object] = []
        self._place: dict[int, int] = {}
        # Nodes that are named; the object is kept so that its id is not given to another.
        self._named: dict[int, tuple[object, bytes]] = {}
        self._nodes = 0
        self._forgotten = 0
        # Within code, what has no content counts by its type: a lock must not stop a step.
        self.in_code = 0
        self.is_broken = False
        self.opaque: list[object] = []
        self.code: Any = None

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
        kind = type(value)
        atom = ATOMS.get(kind)
        if atom is not None:
            return atom(value)
        if kind in _CONTAINERS:
            small = _write_small(value, kind, self._digest, _LEVELS)
            if small is not None:
                return small
        known = self._named.get(id(value))
        if known is not None:
            return known[1]
        place = self._place.get(id(value))
        if place is not None:
            self._earliest[-1] = min(self._earliest[-1], place)
            return _BACK + (self._places[-1] - place).to_bytes(8, "little", signed=True)
        self._path.append((template, key))
        token = self._enter(value, kind)
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
        pairs = list(items)
        write_key = _write_key if len(pairs) < _FEW_KEYS else encode_text
        keyed = []
        for key, value in pairs:
            kind = type(key)
            if kind is str:
                name = write_key(key)  # type: ignore[arg-type]
            else:
                atom = ATOMS.get(kind)
                name = atom(key) if atom else self._alone(key, ".keys()")
            keyed.append((name, key, value))
        keyed.sort(key=_FIRST)
        token = self.token
        return sorted([name + token(value, template, key) for name, key, value in keyed])

    def forget(self, count: int) -> None:
        """Forget all but so many parts met before, if there are many more.

        A part that was forgotten is encoded again when it is met again. An encoder of a long
        array that holds objects calls this from time to time, or memory would grow with it.

        Parameters
        ----------
        count
            How many to keep: what `remembered` was when the array was begun.
        """
        surplus = len(self._named) - count
        if surplus < _REMEMBERED:
            return
        for place in list(islice(reversed(self._named), surplus)):
            # The name of a knot's member says where the knot was entered: it must not change.
            if self._named[place][1][:1] == _NODE:
                del self._named[place]

    @property
    def remembered(self) -> int:
        """The number of parts that are known when they are met again."""
        return len(self._named)

    def is_free(self, token: bytes) -> bool:
        """Tell whether a token is the same wherever its part is met.

        Parameters
        ----------
        token
            The last token that was made.

        Returns
        -------
        bool
            False within a knot.
        """
        return len(self._open) == 0 or (
            token[:1] == _NODE and self._earliest[-1] == self._places[-1] == len(self._open) - 1
        )

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

    def _enter(self, value: object, kind: type) -> bytes:
        """Encode a node that was not met before, and name the knot that it closes, if any."""
        place = len(self._open)
        self._open.append(value)
        self._place[id(value)] = place
        self._places.append(place)
        self._earliest.append(place)
        before = self._nodes
        chunks: Iterable[Chunk] = ()
        if self.in_code:
            is_list, digest = False, self._in_code(value, kind, place)
        else:
            registration = registry.find(kind)
            chunks = registration.encode(value, self)
            is_list = isinstance(chunks, list)
            digest = self._node(registration.tag, chunks)
        self._nodes += 1
        self._places.pop()
        earliest = self._earliest.pop()
        if earliest < place:
            self._earliest[-1] = min(self._earliest[-1], earliest)
            return _NODE + digest
        is_worth_keeping = (
            not is_list
            or self._nodes > before + 1
            or kind is type
            or sum(map(len, chunks)) > _SMALL_BYTES
        )
        return self._close(place, digest, keep=is_worth_keeping)

    def _in_code(self, value: object, kind: type, place: int) -> bytes:
        """Encode a node that code refers to: by its type alone when it has no content."""
        level, depth, path = self.in_code, len(self._places), len(self._path)
        registration = registry.find_in_code(kind) or registry.find(kind)
        before = len(self.opaque)
        try:
            digest = self._node(registration.tag, registration.encode(value, self))
        except (RecursionError, MemoryError, AnewWarning):
            raise
        except Exception:  # parts of any class were asked, who may fail in any way
            self.is_broken = self.is_broken or registration.tag in CODE
            if self.is_broken:  # code that is not understood must not be taken for data
                raise
            self.in_code = level
            del self._places[depth:], self._earliest[depth:], self._path[path:]
            for node in self._open[place + 1 :]:
                del self._place[id(node)]
            del self._open[place + 1 :]
            self._earliest[-1] = place
            return self._node(b"opaque", encode_opaque(value, self))
        if len(self.opaque) > before and registration.tag == b"object" and is_machinery(kind):
            return self._node(b"opaque", encode_opaque(value, self))
        return digest

    def _close(self, place: int, digest: bytes, *, keep: bool) -> bytes:
        """Name the nodes from a place on: they lead to each other and to nothing before."""
        token = _NODE + digest
        if len(self._open) == place + 1:  # a knot of its own, as most are
            node = self._open.pop()
            del self._place[id(node)]
            if keep:
                self._named[id(node)] = (node, token)
            return token
        nodes = self._open[place:]
        del self._open[place:]
        for node in nodes:
            del self._place[id(node)]
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


def small_token(value: object) -> bytes | None:
    """Encode a small container of plain values without a walk.

    Parameters
    ----------
    value
        Anything.

    Returns
    -------
    bytes or None
        Its token, as `Walk.token` gives it; None for anything else.
    """
    import xxhash

    kind = type(value)
    if kind not in _CONTAINERS:
        return None
    return _write_small(value, kind, xxhash.xxh3_128_digest, _LEVELS)


def _write_small(value: Any, kind: type, digest: _Digest, levels: int) -> bytes | None:
    """Write a small container of plain values as its encoder would, past all bookkeeping.

    Knots are of no concern: what has so few levels that it ends here has none.
    """
    if len(value) >= FEW_ITEMS:
        return None
    parts = []
    if kind is dict:
        for key, part in value.items():
            name = _write_key(key) if type(key) is str else _write_plain(key, digest, levels)
            token = _write_plain(part, digest, levels)
            if token is None or name is None:
                return None
            parts.append(name + token)
        parts.sort()
    else:
        for part in value:
            token = _write_plain(part, digest, levels)
            if token is None:
                return None
            parts.append(token)
    return _NODE + digest(_CONTAINERS[kind][len(parts)] + b"".join(parts))


def _write_plain(value: Any, digest: _Digest, levels: int) -> bytes | None:
    kind = type(value)
    atom = ATOMS.get(kind)
    if atom is not None:
        return atom(value)
    if kind in _CONTAINERS and levels:
        return _write_small(value, kind, digest, levels - 1)
    return None


# What the encoders of these begin with, for each number of parts.
_CONTAINERS: Final[dict[type, list[bytes]]] = {
    list: [b"\4list" + n.to_bytes(8, "little") + b":" for n in range(FEW_ITEMS)],
    tuple: [b"\5tuple" + n.to_bytes(8, "little") + b":" for n in range(FEW_ITEMS)],
    dict: [b"\4dict"] * FEW_ITEMS,
}
# The same keys are met again and again.
_write_key: Final = lru_cache(maxsize=1024)(encode_text)
_FIRST: Final = itemgetter(0)


def _write_step(template: str, key: object) -> str:
    """Write one step of a path; only keys of plain types are sure to have a short, tame repr."""
    if template == ATTRIBUTE:
        return template.format(key)
    if not isinstance(key, str | int | float | bytes):
        return template.format(f"<{type(key).__name__}>")
    text = repr(key)
    return template.format(text if len(text) <= _KEY_CHARACTERS else text[:_KEY_CHARACTERS] + "…")
