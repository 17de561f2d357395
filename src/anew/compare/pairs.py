"""What two trials made, name by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anew.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from anew.compare.finding import Finding
    from anew.compare.terms import Case
    from anew.model import FileUse

__all__ = ["match_files", "pair_up", "to_verdict"]


def pair_up(
    kind: str, case: Case, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[tuple[str, Verdict | None]]:
    """Give each name, with a verdict when only one of the trials has it.

    Parameters
    ----------
    kind
        What is named.
    case
        The trials.
    old, new
        What they have, by name.
    """
    for name in old:
        gone = Verdict(kind, name, "missing", f"trial {case.b.number} has none")
        yield name, None if name in new else gone
    for name in new:
        if name not in old:
            yield name, Verdict(kind, name, "extra", f"trial {case.a.number} has none")


def match_files(case: Case, role: str) -> tuple[dict[str, FileUse], dict[str, FileUse]]:
    """Give the files of two trials, those of the second by the paths that the first one had.

    Parameters
    ----------
    case
        The trials.
    role
        Which files: input or output.

    Returns
    -------
    old, new : dict
        What lies in a temporary folder is matched by what is not made up in its path.
    """
    old = {use.path: use for use in case.a.files if use.role == role}
    new = {case.noise.relocate(use.path): use for use in case.b.files if use.role == role}
    lonely = [path for path in old if path not in new]
    for path in [path for path in new if path not in old]:
        plain = case.noise.hide(path, 1)
        same = [each for each in lonely if case.noise.hide(each, 0) == plain]
        if len(same) == 1:
            lonely.remove(same[0])
            new[same[0]] = new.pop(path)
    return old, new


def to_verdict(kind: str, name: str, found: Finding) -> Verdict:
    """Write down what was found of one output.

    Parameters
    ----------
    kind, name
        Which one it is.
    found
        How it compares.
    """
    return Verdict(
        kind,
        name,
        found.verdict,
        found.text,
        place=found.place,
        absolute=found.absolute,
        relative=found.relative,
        picture=found.picture,
        excerpt=found.excerpt,
    )
