r"""LaTeX: ``\anewclaim``, pictures and tables, outside of comments and of what is verbatim."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anew.claims.marks import Mark, blank

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["find_defined", "find_folders", "find_marks", "from_latex", "to_latex"]

_VERBATIM: Final = "verbatim|Verbatim|lstlisting|minted|alltt|comment|filecontents"
_HIDDEN: Final = re.compile(
    rf"\\begin\{{((?:{_VERBATIM})\*?)\}}.*?(?:\\end\{{\1\}}|\Z)"
    r"|\\(?:verb|lstinline)\*?([^\sa-zA-Z*]).*?\2"
    r"|(?P<kept>\\.)"
    r"|%[^\r\n]*",
    re.DOTALL,
)
_COMMAND: Final = re.compile(
    r"\\(?:(?P<claim>anewclaim|anewdefine)|(?P<use>anew)|(?P<figure>includegraphics|includesvg|includepdf)"
    r"|(?P<table>csvautotabular|csvautobooktabular|csvreader|pgfplotstabletypeset"
    r"|pgfplotstableread)|(?P<text>input|include|subfile))(?![a-zA-Z@])\*?"
)
_OPTIONS: Final = re.compile(r"\s*\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\]")
_FOLDERS: Final = re.compile(r"\\graphicspath\s*\{((?:\s*\{[^{}]*\}\s*)*)\}")
_DEFINED: Final = re.compile(r"\\anewdefine\{([^{}]*)\}\{([^{}]*)\}")
_FIRST: Final = re.compile(r"\\gdef\\anew@trial\{([^{}]*)\}")
_ARGUMENTS: Final = 4
_DEEPEST: Final = 20

_SPECIAL: Final = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{each: f"\\{each}" for each in "&%$#_{}"},
}
_EXPONENT: Final = re.compile(r"(-?[\d.,]+)e([+-]\d+)")
_TIMES: Final = re.compile(r"(-?[\d.,]+)\s*\\(?:times|cdot)\s*10\^\{?(-?\d+)\}?")
_MATH: Final = re.compile(r"\\ensuremath\{(.*)\}", re.DOTALL)


def find_marks(text: str) -> Iterator[Mark]:
    """Find what is bound in a text, and the files that it shows or puts in.

    Parameters
    ----------
    text
        The source of the text.
    """
    shown = _hide(text)
    for found in _COMMAND.finditer(shown):
        kind = found.lastgroup or ""
        at = found.end()
        if kind == "claim":
            if (claim := _read_claim(shown, text, found.start(), at)) is not None:
                yield claim
            continue
        option = ""
        while options := _OPTIONS.match(shown, at):
            option, at = options[0].strip()[1:-1].strip(), options.end()
        span = _read_group(shown, at)
        if span is None or not (named := text[slice(*span)].strip()):
            continue
        if kind != "use":
            yield Mark(kind, found.start(), span)
        elif not {"\\", "#"} & {*named, *option} or "\\_" in named:
            yield Mark(kind, found.start(), span, option, named)


def find_folders(text: str) -> list[str]:
    r"""Give the folders in which pictures are looked for, as ``\graphicspath`` says."""
    listed = "".join(found[1] for found in _FOLDERS.finditer(_hide(text)))
    return re.findall(r"\{([^{}]*)\}", listed)


def find_defined(text: str) -> tuple[str, set[tuple[str, str]]]:
    r"""Give the trial that ``\anew`` means by itself, and the numbers that are there for it.

    Parameters
    ----------
    text
        What ``anew export latex`` wrote, or another text.

    Returns
    -------
    tuple of (str, set)
        The trial, empty when the text says none; and pairs of trial and name.
    """
    shown = _hide(text)
    first = _FIRST.search(shown)
    return first[1] if first else "", {(f[1], f[2]) for f in _DEFINED.finditer(shown)}


def to_latex(text: str) -> str:
    r"""Write a number or another text so that LaTeX shows it.

    Examples
    --------
    >>> to_latex("35.68"), to_latex("12 %"), to_latex("-1.5e-05")
    ('35.68', '12 \\%', '\\ensuremath{-1.5\\times 10^{-5}}')
    """
    if found := _EXPONENT.fullmatch(text):
        return rf"\ensuremath{{{found[1]}\times 10^{{{int(found[2])}}}}}"
    if re.fullmatch(r"-[\d.,]+", text):
        return rf"\ensuremath{{{text}}}"
    return "".join(_SPECIAL.get(each, each) for each in text)


def from_latex(text: str) -> str:
    """Read again what `to_latex` wrote, and what people write of the same.

    Examples
    --------
    >>> from_latex(to_latex("-1.5e-05")), from_latex(to_latex("12 %_a"))
    ('-1.5e-05', '12 %_a')
    """
    if found := _MATH.fullmatch(text):
        text = found[1].strip()
    if found := _TIMES.fullmatch(text):
        return f"{found[1]}e{int(found[2]):+03d}"
    text = text.replace("{,}", ",").replace(r"\,", "")
    for plain, written in _SPECIAL.items():
        text = text.replace(written, plain)
    return text


def _hide(text: str) -> str:
    """Blank out comments and what is verbatim; all else stays in its place."""
    return _HIDDEN.sub(lambda found: found["kept"] or blank(found[0]), text)


def _read_group(shown: str, at: int) -> tuple[int, int] | None:
    """Find what stands within braces, after blanks."""
    while at < len(shown) and shown[at].isspace():
        at += 1
    if not shown.startswith("{", at):
        return None
    depth = 0
    for found in re.compile(r"\\.|[{}]", re.DOTALL).finditer(shown, at):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return at + 1, found.start()
        if depth > _DEEPEST:
            return None
    return None


def _read_claim(shown: str, text: str, begin: int, at: int) -> Mark | None:
    """Read the arguments of a claim; where it is defined rather than used there is none."""
    spans: list[tuple[int, int]] = []
    while len(spans) < _ARGUMENTS:
        span = _read_group(shown, at)
        if span is None:
            break
        spans.append(span)
        at = span[1] + 1
    if not spans:
        return None
    words = [text[slice(*span)].strip() for span in spans]
    if "#" in "".join(words).replace(r"\#", ""):
        return None  # the arguments of a macro around it
    if len(spans) < _ARGUMENTS:
        fault = r"it wants \anewclaim{TRIAL}{NAME}{FORMAT}{NUMBER}"
        return Mark("number", begin, spans[-1], fault=fault)
    return Mark("number", begin, spans[3], words[0], from_latex(words[1]), from_latex(words[2]))
