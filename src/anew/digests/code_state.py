"""What a walk knows about the code that it meets: parts for people, what was read, what counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anew.code import libraries
from anew.digests.values import PREFIX
from anew.model import Part

if TYPE_CHECKING:
    from types import FunctionType

    from anew.code.libraries import Origin
    from anew.code.texts import Reference, Text
    from anew.digests.observed import Binding, Bindings
    from anew.digests.walk import Walk

__all__ = ["Body", "CodeState", "Whole", "hash_part", "state_of"]


class Body:
    """A class by what it does, without its name; one for each class in a walk."""

    def __init__(self, kind: type) -> None:
        self.kind = kind


class Whole:
    """All globals of a module, by their names."""

    def __init__(self, contents: dict[str, Any], name: str) -> None:
        self.contents = contents
        self.name = name


class CodeState:
    """What a walk knows about the code that it meets.

    Parameters
    ----------
    walk
        The walk.
    modes
        What counts that otherwise does not, since something reads it.
    """

    def __init__(self, walk: Walk, modes: frozenset[str] = frozenset()) -> None:
        self.walk = walk
        self.modes = modes
        self.flags: set[str] = set()
        self.parts: dict[tuple[str, str], Part] = {}
        self.strings: dict[str, None] = {}
        self.opaque: dict[str, None] = {}
        self.bindings: list[Binding] | Bindings = []
        self.shared: dict[int, dict[Reference, bytes]] = {}
        self.mutable: list[tuple[Any, bytes | None]] = []
        self.calls: list[tuple[Any, Any]] = []
        self.functions: dict[int, FunctionType] = {}  # of the project, that are reached
        self.wrappers: dict[int, Any] = {}  # what lru_cache made of functions
        self.modules: set[str] = set()  # that are reached and not loaded
        self.is_volatile = False
        self.home: str | None = None
        self._bodies: dict[int, Body] = {}
        self._wholes: dict[int, Whole] = {}

    # Parts for people

    def enter(self, function: FunctionType, text: Text) -> None:
        """Note a function that is reached."""
        self.flags.update(text.flags)
        self.strings.update(dict.fromkeys(text.strings))
        self.see_attribute(function, "__code__", function.__code__)
        if id(function) in self.functions:
            return
        self.functions[id(function)] = function
        is_first = self.home is None
        if is_first:
            self.home = function.__module__
        kind = "function" if is_first else "helper"
        self.add(kind, self.name(function.__module__, function.__qualname__), _own_digest(text))

    def enter_class(self, kind: type, digest: str) -> None:
        """Note a class that is reached."""
        if self.home is None:
            self.home = kind.__module__
        self.add("class", self.name(kind.__module__, kind.__qualname__), digest)

    def name(self, module: str | None, name: str) -> str:
        """Give the name of something for people, with its module where that is another one."""
        return name if module == self.home or not module else f"{module}.{name}"

    def add(self, kind: str, name: str, digest: str | None, text: str = "") -> None:
        """Note a part; of two with one name both are kept."""
        part = Part(kind, name, digest, text)
        number = 1
        while (known := self.parts.setdefault((kind, part.name), part)) is not part:
            if known == part:
                return
            number += 1
            part = Part(kind, f"{name}:{number}", digest, text)

    def see(self, place: Any, key: str | None, value: Any) -> None:
        """Note a binding that was read: of no place when it is nothing that can be watched."""
        if place is None:
            self.is_volatile = True
        else:
            self.bindings.append((place, key, value))

    def see_attribute(self, owner: Any, name: str, value: Any) -> None:
        """Note an attribute that was read."""
        self.bindings.append((owner, f".{name}", value))

    # What counts by a name

    def library(self, origin: Origin | None) -> bytes:
        """Encode the version of the distribution that something belongs to."""
        if origin is None or origin.kind != libraries.LIBRARY:
            return self.extension(origin) if origin is not None else b""
        text = f"{origin.name} {origin.version}"
        self.add("library", origin.name, hash_part(text.encode()), text)
        return b"l" + self.walk.token(text)

    def extension(self, origin: Origin) -> bytes:
        """Encode the file of a compiled extension of the project."""
        if origin.kind != libraries.EXTENSION:
            return b""
        from anew.digests.files import digest_file

        try:
            digest = digest_file(origin.file).digest
        except OSError:
            digest = None
        self.add("extension", origin.name, digest)
        return b"x" + self.walk.token(digest)

    def body(self, kind: type) -> Body:
        """Give the one object that stands for what a class does."""
        return self._bodies.setdefault(id(kind), Body(kind))

    def whole(self, contents: dict[str, Any], name: str) -> bytes:
        """Encode all globals of a module."""
        return self.walk.token(self._wholes.setdefault(id(contents), Whole(contents, name)))


def state_of(walk: Walk) -> CodeState:
    """Give what a walk knows about code, from its first function on."""
    if walk.code is None:
        walk.code = CodeState(walk)
    state: CodeState = walk.code
    return state


def _own_digest(text: Text) -> str:
    names = "\0".join(reference.name for reference in text.references)
    return hash_part(text.text + b"\0\0" + names.encode())


def hash_part(data: bytes) -> str:
    """Give the digest of a part.

    Parameters
    ----------
    data
        What it is made of.

    Returns
    -------
    str
        With the prefix of digests of values.
    """
    import xxhash

    return PREFIX + xxhash.xxh3_128_hexdigest(data)
