"""What was bundled, taken in, pushed and pulled, in a few lines."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from rich.text import Text

from anew.formats.size import write_size
from anew.render.screen import note, open_screen, print_rendered
from anew.render.text import count

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from anew.sharing import Bundle, Bundled, Transfer
    from anew.sharing.opening import Opened

__all__ = ["print_bundle", "print_bundled", "print_opened", "print_transfer"]


def print_bundled(made: Bundled) -> None:
    """Print what is in a bundle, and what is not.

    Parameters
    ----------
    made
        The bundle.
    """
    inside = f"{count(len(made.trials), 'trial')}, {count(made.objects, 'file')}"
    print_rendered(Text(f"{made.path}: {inside}, {write_size(made.size_bytes)}"))
    _print_missing(made.missing)


def print_bundle(bundle: Bundle) -> None:
    """Print on standard error what making the trials of a bundle anew would run.

    Parameters
    ----------
    bundle
        What is in it.
    """
    note(f"{bundle.path} ({write_size(bundle.size_bytes)}) would run on this machine:")
    for trial in bundle.trials:
        command = _escape(trial.command or "no command")
        note(f"  {command}  (trial {trial.number} of {trial.experiment})")
        python = _escape(trial.python or "?")
        note(f"  with Python {python} and {count(len(trial.packages), 'package')}")
        for name, origin in trial.origins.items():
            note(_escape(f"    {name} from {origin}"))
    note(f"  {count(bundle.code_files, 'file')} of code, {write_size(bundle.code_bytes)}")
    if bundle.pickles:
        note(f"  {count(bundle.pickles, 'pickle')}, which may run any code when read")


def print_opened(opened: Opened, folder: Path | None) -> None:
    """Print which trials a bundle had, and how to make them anew.

    Parameters
    ----------
    opened
        What became of it.
    folder
        Where it was opened; None for the present store.
    """
    for trial in opened.trials:
        known = "" if trial.uuid in opened.added else ", which was here already"
        print_rendered(Text(f"trial {trial.number} of {trial.experiment}{known}"))
    _print_missing(opened.missing)
    go = "" if folder is None else f"cd {shlex.quote(str(folder))} && "
    numbers = " ".join(str(trial.number) for trial in opened.trials)
    told = Text(f"make it anew: {go}anew reproduce {numbers}", style="dim")
    open_screen().print(told, soft_wrap=True)  # a command is copied in one piece


def print_transfer(done: Transfer, verb: str) -> None:
    """Print what went over the line.

    Parameters
    ----------
    done
        What did.
    verb
        Such as ``pushed to``.
    """
    what = f"{count(len(done.sent), 'trial')}, {count(done.objects, 'file')}"
    print_rendered(Text(f"{verb} {done.remote}: {what}, {write_size(done.size_bytes)}"))
    _print_missing(done.missing)


def _print_missing(missing: Iterable[str]) -> None:
    for each in missing:
        note(_escape(f"missing: {each}"))


def _escape(text: str) -> str:
    """Show what a terminal would obey."""
    shown = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return "".join(shown)
