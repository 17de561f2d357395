"""Markdown, MyST, Quarto and HTML: comments around numbers, images, files that are put in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from anew.claims.marks import Mark, blank

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["find_marks", "path_of"]

_FENCE: Final = re.compile(
    r"^(?P<begin>[ \t>]*(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\r\n]*)\r?$)"
    r"(?P<rest>.*?)(?:^[ \t>]*(?P=fence)[`~]*[ \t]*\r?$|\Z)",
    re.MULTILINE | re.DOTALL,
)
_DIRECTIVE: Final = re.compile(r"[ \t>]*[`~:]{3,}[ \t]*\{(figure|image|include)\}[ \t]+(\S+)")
_COLONS: Final = re.compile(rf"^{_DIRECTIVE.pattern}", re.MULTILINE)
_SPAN: Final = re.compile(  # within one paragraph
    r"(?<!`)(`+)(?!`)((?:(?!\n\s*\n).)+?)(?<!`)\1(?!`)", re.DOTALL
)
_OPEN: Final = re.compile(r"<!--\s*anew:(.{0,2000}?)-->", re.DOTALL)
_CLOSE: Final = re.compile(r"<!--\s*/\s*anew\s*-->")
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_WORD: Final = re.compile(r"""([\w-]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"']+)|(\S+)""")
_IMAGE: Final = re.compile(
    r"!\[(?:[^\]\\]|\\.){0,2000}\]\(\s*(?P<path><[^<>\n]*>|(?:[^\s()]|\([^\s()]*\))+)"
)
_NAMED: Final = re.compile(r"!\[(?P<text>(?:[^\]\\]|\\.){0,2000})\](?:\[(?P<name>[^\]]*)\])?(?!\()")
_MEANT: Final = re.compile(r"^[ ]{0,3}\[([^\]]+)\]:[ \t]*(<[^<>\n]*>|\S+)", re.MULTILINE)
_HTML: Final = re.compile(
    r"""<img\b[^>]{0,2000}?\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE
)
_RST: Final = re.compile(r"^[ \t]*\.\. (figure|image|include)::[ \t]+(\S+)", re.MULTILINE)
_QUARTO: Final = re.compile(r"\{\{<\s*include\s+(\S+)\s*>\}\}")

_KINDS: Final = {"figure": "figure", "image": "figure", "include": "text"}
_SAID: Final = {"metric": "metric.", "parameter": "param.", "param": "param.", "name": ""}
_KNOWN: Final = frozenset({"trial", "format", "unit", *_SAID})


def find_marks(text: str) -> Iterator[Mark]:
    """Find what is bound in a text, and the files that it shows or puts in.

    Parameters
    ----------
    text
        The source of the text.
    """
    yield from sorted((*_find_all(text),), key=lambda mark: mark.at)


def path_of(text: str) -> str | None:
    """Give the path that a link leads to; None for what is elsewhere.

    Examples
    --------
    >>> path_of("<my figure.png>"), path_of("a%20b.png?raw=1"), path_of("https://example.org/a.png")
    ('my figure.png', 'a b.png', None)
    """
    if text.startswith("<"):
        return text[1:-1]
    if re.match(r"[a-zA-Z][a-zA-Z+.-]+:|//", text):
        return None
    return unquote(re.split(r"[?#]", text)[0]) or None


def _find_all(text: str) -> Iterator[Mark]:
    yield from _find_directives(text)
    shown = _SPAN.sub(lambda found: blank(found[0]), _FENCE.sub(_hide_fence, text))
    yield from _find_claims(shown)
    shown = _COMMENT.sub(lambda found: blank(found[0]), shown)
    for found in _IMAGE.finditer(shown):
        yield Mark("figure", found.start(), found.span("path"))
    meant = {" ".join(f[1].lower().split()): f.span(2) for f in _MEANT.finditer(shown)}
    for found in _NAMED.finditer(shown):
        name = " ".join((found["name"] or found["text"]).lower().split())
        if name in meant:
            yield Mark("figure", found.start(), meant[name])
    for found in _HTML.finditer(shown):
        yield Mark("figure", found.start(), found.span(found.lastindex or 1))
    for found in _RST.finditer(shown):
        yield Mark(_KINDS[found[1]], found.start(), found.span(2))
    for found in _QUARTO.finditer(shown):
        yield Mark("text", found.start(), found.span(1))


def _hide_fence(found: re.Match[str]) -> str:
    """Blank out a block of code; what is in a directive is text."""
    if found["info"].startswith("{") and "code" not in found["info"]:
        return (
            blank(found["begin"])
            + found["rest"]
            + blank(found[0][len(found["begin"] + found["rest"]) :])
        )
    return blank(found[0])


def _find_directives(text: str) -> Iterator[Mark]:
    """Find the figures of MyST, which stand where code does."""
    for fence in _FENCE.finditer(text):
        if found := _DIRECTIVE.match(text, fence.start()):
            yield Mark(_KINDS[found[1]], found.start(), found.span(2))
    for found in _COLONS.finditer(_FENCE.sub(lambda fence: blank(fence[0]), text)):
        yield Mark(_KINDS[found[1]], found.start(), found.span(2))


def _find_claims(shown: str) -> Iterator[Mark]:
    """Find the comments that bind what stands between them."""
    for begin in _OPEN.finditer(shown):
        end, other = _CLOSE.search(shown, begin.end()), _OPEN.search(shown, begin.end())
        if end is None or (other is not None and other.start() < end.start()):
            fault = "there is no <!-- /anew --> after it"
            yield Mark("number", begin.start(), (begin.end(), begin.end()), fault=fault)
            continue
        span = begin.end(), end.start()
        yield _read_words(begin[1], Mark("number", begin.start(), span))


def _read_words(words: str, mark: Mark) -> Mark:
    """Read ``trial=12 metric=rmse format=.2f``."""
    said: dict[str, str] = {}
    for key, value, other in _WORD.findall(words):
        if other or key not in _KNOWN or key in said:
            fault = f"cannot read {other or key!r}: it wants trial=N metric=NAME format=.2f"
            return Mark("number", mark.at, mark.span, fault=fault)
        plain = value.replace("\\|", "|")  # as a table has it
        said[key] = plain[1:-1] if plain[:1] in {'"', "'"} else plain
    names = [f"{_SAID[key]}{value}" for key, value in said.items() if key in _SAID]
    if "trial" not in said or len(names) != 1:
        fault = "it wants trial=N and one of metric=NAME, parameter=NAME and name=NAME"
        return Mark("number", mark.at, mark.span, fault=fault)
    return Mark("number", mark.at, mark.span, said["trial"], names[0], said.get("format", ""))
