"""What came of making a trial anew, as Markdown for a merge request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anew.render.verdicts import count_verdicts, show_verdict, summarize_verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.model import Verdict
    from anew.reproduce import Reproduction

__all__ = ["to_markdown"]

_MARKS: Final = {"identical": "✅", "same content": "✅", "close": "✅", "not compared": "⚠️"}
_SHOWN: Final = 50
_FENCE: Final = "```"


def to_markdown(found: Reproduction) -> str:
    """Write a summary: the verdict, what is not identical, and what could not be given back.

    Parameters
    ----------
    found
        What came of making a trial anew.

    Returns
    -------
    str
        GitHub and GitLab show it alike. Names and texts of the trial are escaped.
    """
    mark = "✅" if found.is_good else "❌"
    parts = [f"### {mark} {_escape(summarize_verdicts(found).plain)}"]
    if found.first_difference:
        parts.append(f"**First difference**: {_escape(found.first_difference)}")
    if table := _list_verdicts(v for v in found.verdicts if v.verdict != "identical"):
        parts.append(table)
    if found.environment:
        parts.append(f"Environment: {_escape(found.environment)}.")
    parts += [_list(f"**{name}**", lines) for name, lines in _remarks(found) if lines]
    parts += [_fold(v.name, v.excerpt) for v in found.verdicts if v.excerpt]
    same = [verdict for verdict in found.verdicts if verdict.verdict == "identical"]
    if same:
        listed = "\n".join(f"* {each.kind} {_escape(each.name)}" for each in same[:_SHOWN])
        more = f"\n* and {len(same) - _SHOWN} more" if len(same) > _SHOWN else ""
        told = count_verdicts(same)
        parts.append(f"<details><summary>{told}</summary>\n\n{listed}{more}\n\n</details>")
    return "\n\n".join(parts) + "\n"


def _remarks(found: Reproduction) -> list[tuple[str, list[str]]]:
    return [
        ("Warnings", found.warnings),
        ("Not as it was", found.differences),
        ("Not controlled", found.uncontrolled),
    ]


def _list_verdicts(verdicts: Iterable[Verdict]) -> str:
    rows = [
        f"| {_mark(each)} {each.verdict} | {each.kind} | {_escape(each.name)} "
        f"| {_escape(show_verdict(each)[1])} |"
        for each in verdicts
    ]
    if not rows:
        return ""
    more = [f"| | | and {len(rows) - _SHOWN} more | |"] if len(rows) > _SHOWN else []
    head = ["| verdict | kind | output | difference |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows[:_SHOWN], *more])


def _mark(verdict: Verdict) -> str:
    return _MARKS.get(verdict.verdict, "❌") if verdict.decides else "💬"


def _list(title: str, lines: Iterable[str]) -> str:
    return "\n".join([title, "", *(f"* {_escape(line)}" for line in lines)])


def _fold(name: str, excerpt: str) -> str:
    """Put an excerpt of a difference where it is opened by who wants to see it."""
    longest = max((len(found) for found in re.findall("`+", excerpt)), default=0)
    fence = _FENCE + "`" * max(0, longest - len(_FENCE) + 1)
    head = f"<details><summary>{_escape(name)}</summary>"
    return f"{head}\n\n{fence}diff\n{excerpt.rstrip()}\n{fence}\n\n</details>"


def _escape(text: str) -> str:
    """Write a text so that nothing in it is Markdown, HTML, a mention or a new line."""
    text = " ".join(text.split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"([\\`*_{}\[\]#|~])", r"\\\1", text)
    return text.replace("@", "@\u200b").replace("://", ":\u200b//")
