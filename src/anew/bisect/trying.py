"""One mixture, made and run: what comes of it is an answer, kept for good."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from anew.bisect.answers import Answer
from anew.bisect.mixtures import mix
from anew.errors import EnvironmentProblemError
from anew.notices import warn_once
from anew.reproduce.limits import limit_of
from anew.reproduce.rerun import prepare, rerun
from anew.reproduce.scratch import open_scratch
from anew.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anew.bisect.answers import Answers
    from anew.bisect.changes import Changes
    from anew.bisect.mixtures import Candidate
    from anew.bisect.wishes import Wishes
    from anew.environments import Environment
    from anew.model import Trial
    from anew.reproduce.recipe import Recipe
    from anew.reproduce.rerun import Prepared
    from anew.reproduce.scratch import Scratch

__all__ = ["BudgetSpentError", "Trying"]

_SKIP: Final = 125
"""With this status, a test says that it cannot tell, as for ``git bisect run``."""

_CONTEXT: Final = ("packages", "python", "numerics", "locale", "conda")
_CONTEXT_OF_COMMAND: Final = ("environment", "cwd", "paths", "umask", "how")


class BudgetSpentError(Exception):
    """As many mixtures were run as were allowed."""


class Trying:
    """Runs mixtures of two trials, each once.

    Parameters
    ----------
    recipe
        That of the first trial.
    changes
        In what the second one differs.
    answers
        What is known already.
    wanted
        How the search is to be done.
    tell
        Called with a line on what goes on.
    """

    def __init__(
        self,
        recipe: Recipe,
        changes: Changes,
        answers: Answers,
        wanted: Wishes,
        tell: Callable[[str], None],
    ) -> None:
        self.recipe = recipe
        self.changes = changes
        self.answers = answers
        self.wanted = wanted
        self.tell = tell
        self.is_fresh = wanted.fresh
        self.runs = 0
        self.seconds = 0.0

    def find(self, chosen: Iterable[Candidate], *, more: int = 1, is_fresh: bool = False) -> Answer:
        """Give the answer of a mixture.

        Parameters
        ----------
        chosen
            What is exchanged.
        more
            About how many more mixtures are to be tried.
        is_fresh
            Whether every step is computed, also one whose value is known.

        Raises
        ------
        BudgetSpentError
            When it is not known, and no more may be run.
        """
        wanted = set(chosen)
        ordered = [each for each in self.changes.candidates if each in wanted]
        fresh = is_fresh or self.is_fresh
        key = _name(ordered, is_fresh=fresh)
        known = self.answers.get(key)
        if known is None:
            self._announce(ordered, more)
            made = replace(mix(self.recipe, self.changes.words, ordered), fresh=fresh)
            known = self.run(made, key)
        return known

    def run(self, recipe: Recipe, key: str) -> Answer:
        """Run a recipe, unless the answer is known.

        Parameters
        ----------
        recipe
            What is run.
        key
            What it is called in the file of answers.
        """
        known = self.answers.get(key)
        if known is not None:
            return known
        if self.wanted.budget is not None and self.runs >= self.wanted.budget:
            raise BudgetSpentError
        self.runs += 1
        began = time.perf_counter()
        place = _place_of(recipe)
        limit = limit_of(self.wanted.timeout, self.answers.seconds)
        made = replace(recipe, store=self.answers.folder / place, limit_s=limit)
        try:
            answer = self._try(made, Answer(key, place))
        except EnvironmentProblemError as error:
            return self.answers.remember(Answer(key, why=error.message))
        except TimeoutError as error:
            return self.answers.remember(Answer(key, why=str(error)))
        seconds = time.perf_counter() - began
        self.seconds += seconds
        answer = replace(answer, seconds=round(seconds, 3))
        self.answers.add(answer)
        return answer

    def trial(self, answer: Answer) -> Trial | None:
        """Give the trial of a mixture; None when its command came to none."""
        if not answer.uuid:
            return None
        return open_store(self.answers.folder / answer.place).trial(answer.uuid)

    def _announce(self, chosen: list[Candidate], more: int) -> None:
        """Say what is tried, and how long all will take."""
        each = self.seconds / self.runs if self.runs else 0.0
        rest = f", {each * (more + 1):.0f} s" if each else ""
        names = ", ".join(candidate.title for candidate in chosen) or "trial A itself"
        self.tell(f"run {self.runs + 1}, about {more} more{rest}: {names}")

    def _try(self, recipe: Recipe, answer: Answer) -> Answer:
        """Make the mixture in a scratch folder of its own."""
        from anew.environments import rebuild

        with open_scratch(keep=False) as scratch:
            prepared = prepare(recipe, scratch)
            environment = rebuild(
                recipe.facets,
                store=recipe.record.store,
                root=prepared.move.new_root,
                how=self.wanted.env,
            )
            made = rerun(prepared, environment, offline=self.wanted.offline)
            for warning in made.warnings:
                warn_once(warning)
            if made.problem:
                raise TimeoutError(made.problem)
            if made.trial is not None:
                answer = replace(answer, uuid=made.trial.uuid)
            if self.wanted.test is not None:
                status = _ask_test(self.wanted.test, prepared, environment)
                why = f"the test ended with status {_SKIP}" if status == _SKIP else ""
                return replace(answer, status=status, why=why)
            if made.trial is None:
                why = f"the command ended with status {made.status} before the trial began"
                return replace(answer, why=f"{why}{_last_line(scratch)}")
        return answer


def _ask_test(test: str, prepared: Prepared, environment: Environment) -> int:
    """Run the test where the mixture ran; the store of the mixture is that of anew."""
    folders = [str(environment.python.parent), os.environ.get("PATH", os.defpath)]
    variables = os.environ | {
        "PATH": os.pathsep.join(folders),
        "ANEW_STORE": str(prepared.recipe.store),
    }
    done = subprocess.run(  # noqa: S602 - a shell command is what was asked for
        test,
        shell=True,
        cwd=prepared.move.new_cwd,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return done.returncode


def _name(chosen: list[Candidate], *, is_fresh: bool) -> str:
    """Name a mixture by what is exchanged; with nothing or all known to be computed, by that."""
    words = "\0\0".join([*(each.key for each in chosen), "fresh" if is_fresh else ""])
    return hashlib.blake2b(words.encode(errors="surrogateescape"), digest_size=12).hexdigest()


def _place_of(recipe: Recipe) -> str:
    """Name the folder in which a mixture is recorded.

    Mixtures of one environment share what is known of their steps, and those of another do not:
    what a variable or an interpreter does to a step need not show in the step.
    """
    facets: dict[str, Any] = recipe.facets
    command = {name: facets["command"].get(name) for name in _CONTEXT_OF_COMMAND}
    told = [command, *(facets.get(name) for name in _CONTEXT)]
    words = json.dumps(told, sort_keys=True, default=repr)
    return hashlib.blake2b(words.encode(), digest_size=6).hexdigest()


def _last_line(scratch: Scratch) -> str:
    """Give the last line that was printed, which is the error as a rule."""
    from anew.reproduce.child import last_lines

    lines = last_lines(scratch.output, 1) if scratch.output.exists() else []
    return f": {lines[0]}" if lines else ""
