"""Two runs of a program: what they printed, wrote and logged, and where they part."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import anew
from anew.compare import Terms, compare_surroundings, compare_trials, first_difference
from anew.compare.noise import choose_rules

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anew.model import Trial, Verdict

    Write = Callable[[str, str], Path]

PROGRAM = """
    import gzip, json, os, sys, time
    from pathlib import Path
    from uuid import uuid4

    x = float(Path("x.txt").read_text())
    luck = float(os.environ.get("LUCK", "0"))
    print(f"started {time.ctime()}")
    print(f"rmse {x}")
    print("10 %\\r20 %\\r\\x1b[31mdone\\x1b[0m")
    print(f"fit took {time.perf_counter()} s", file=sys.stderr)
    Path("first.json").write_text(json.dumps({"id": str(uuid4()), "x": x}))
    with gzip.open("second.csv.gz", "wt") as file:
        file.write(f"a,b\\n1,{x + luck}\\n")
    Path("third.txt").write_text(f"{x + luck}\\n")
    Path("many").mkdir(exist_ok=True)
    for i in range(25):
        Path(f"many/{i}.txt").write_text(f"{i + luck if i == 7 else i}\\n")
"""


@pytest.fixture
def run(project: Path, write: Write) -> Callable[..., Trial]:
    """Run the program on a number, and give its trial."""
    write("program.py", PROGRAM)

    def run_program(x: float = 0.5, luck: float = 0.0) -> Trial:
        (project / "x.txt").write_text(f"{x}\n")
        command = [sys.executable, "-m", "anew", "run", "program.py"]
        plain = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
        environment = plain | {"LUCK": str(luck)}
        subprocess.run(command, check=True, capture_output=True, env=environment)
        return anew.open_store(project / ".anew").trial("last")

    return run_program


def judge(a: Trial, b: Trial, **how: Any) -> dict[str, str]:
    return {v.name: v.verdict for v in compare_trials(a, b, **how)}


def find(verdicts: list[Verdict], name: str) -> Verdict:
    return next(v for v in verdicts if v.name == name)


def test_a_program_that_ran_twice_is_the_same_but_for_noise(run: Callable[..., Trial]):
    a, b = run(), run()
    verdicts = compare_trials(a, b)
    assert {(v.kind, v.name): v.verdict for v in verdicts} == {
        ("status", "finished"): "identical",
        ("output", "first.json"): "same content",
        ("output", "second.csv.gz"): find(verdicts, "second.csv.gz").verdict,  # within a second
        ("output", "third.txt"): "identical",
        ("output", "many"): "identical",
        ("console", "stdout"): find(verdicts, "stdout").verdict,  # likewise
        ("console", "stderr"): "same content",
    }
    assert all(v.is_good for v in verdicts)
    assert find(verdicts, "first.json").detail == "ignoring ids of this run (rule: id)"
    assert find(verdicts, "stderr").detail == "ignoring durations (rule: duration)"
    assert first_difference(a, b) is None


def test_the_first_output_in_time_that_differs_is_named(run: Callable[..., Trial]):
    a, b = run(), run(luck=0.25)
    told = "second.csv.gz: column 'b'[0]: 0.5 → 0.75, by 0.25 (relative 0.5)"
    assert first_difference(a, b) == told
    assert first_difference(a, b, rtol=0.6) is None
    verdicts = compare_trials(a, b)
    assert judge(a, b)["third.txt"] == "different"
    assert judge(a, b)["stdout"] in {"identical", "same content"}
    assert find(verdicts, "many").detail == "7.txt, line 1: 7.0 → 7.25, by 0.25 (relative 0.036)"
    third = find(verdicts, "third.txt")
    assert (third.absolute, third.relative) == (0.25, 0.5)
    assert third.excerpt.splitlines() == ["-0.5", "+0.75", " "]


def test_an_input_that_was_read_before_is_named_first(run: Callable[..., Trial]):
    a, b = run(), run(0.75)
    first = first_difference(a, b)
    assert first is not None
    assert first.startswith(
        "input x.txt: content changed, still 1 rows; it was read before first.json"
    )


def test_what_was_printed_is_compared_by_numbers(run: Callable[..., Trial]):
    a, b = run(), run(0.75)
    printed = find(compare_trials(a, b), "stdout")
    assert (printed.verdict, printed.place, printed.absolute) == ("different", "line 2", 0.25)
    assert "-rmse 0.5" in printed.excerpt
    assert "started" not in printed.excerpt.replace(" started", "")
    assert judge(a, b, rtol=0.6)["stdout"] == "close"


def test_tolerances_hold_for_names(run: Callable[..., Trial]):
    a, b = run(), run(luck=0.25)
    found = judge(a, b, terms=Terms(tolerances={"*.csv.gz": 0.6}))
    assert found["second.csv.gz"] == "close"
    assert found["third.txt"] == "different"
    strict = judge(a, b, rtol=0.6, terms=Terms(tolerances={"third.txt": 0.0}))
    assert strict["second.csv.gz"] == "close"
    assert strict["third.txt"] == "different"


def test_without_rules_noise_is_different(run: Callable[..., Trial]):
    a, b = run(), run()
    found = judge(a, b, terms=Terms(rules=choose_rules([])))
    assert found["first.json"] == "different"
    assert found["stderr"] == "different"


def test_the_terms_of_a_project_are_its_settings(write: Write, project: Path):
    from anew.settings import load_settings

    write("anew.toml", 'ignore = ["-time"]\ntolerances = { rmse = 1e-6 }\n')
    terms = Terms.from_settings(load_settings(project))
    assert terms.tolerances == {"rmse": 1e-6}
    assert "time" not in {rule.name for rule in terms.rules}


@pytest.mark.parametrize(
    "line",
    ['tolerances = { rmse = "x" }', "tolerances = { rmse = -1 }", "tolerances = 1", "ignore = 1"],
)
def test_settings_that_are_no_terms_are_told(write: Write, project: Path, line: str):
    from anew.errors import UsageError
    from anew.settings import load_settings

    write("anew.toml", line)
    with pytest.raises(UsageError, match=f"setting '{line.split(maxsplit=1)[0]}' is "):
        load_settings(project)


def test_terms_may_be_set_by_variables(project: Path, monkeypatch: pytest.MonkeyPatch):
    from anew.settings import load_settings

    monkeypatch.setenv("ANEW_TOLERANCES", "rmse=1e-6, *.csv=0.5")
    monkeypatch.setenv("ANEW_IGNORE", "time, id")
    terms = Terms.from_settings(load_settings(project))
    assert terms.tolerances == {"rmse": 1e-6, "*.csv": 0.5}
    assert [rule.name for rule in terms.rules] == ["id", "time"]


def test_what_the_trials_ran_on_is_compared_when_asked(
    run: Callable[..., Trial], monkeypatch: pytest.MonkeyPatch
):
    a = run()
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    told = [str(change) for change in compare_surroundings(a, run())]
    assert any("OMP_NUM_THREADS" in each for each in told), told


def test_a_file_in_a_temporary_folder_is_matched_with_the_other(project: Path, write: Write):
    write(
        "program.py",
        """
        import random, tempfile
        from pathlib import Path

        Path(tempfile.mkdtemp(), "out.txt").write_text("1")
        """,
    )
    outputs = [v for v in compare_trials(*run_twice(project)) if v.kind == "output"]
    assert [v.verdict for v in outputs] == ["identical"]


ALOUD = """
    import os, sys
    print("result 1", file={stream})
    print(os.urandom(4).hex(), file=sys.stderr)
"""


def run_twice(project: Path) -> list[Trial]:
    trials = []
    for _ in range(2):
        plain = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
        command = [sys.executable, "-m", "anew", "run", "program.py"]
        subprocess.run(command, check=True, capture_output=True, env=plain)
        trials.append(anew.open_store(project / ".anew").trial("last"))
    return trials


def test_warnings_are_shown_and_do_not_decide(project: Path, write: Write):
    write("program.py", ALOUD.format(stream="sys.stdout"))
    a, b = run_twice(project)
    found = find(compare_trials(a, b), "stderr")
    assert (found.verdict, found.is_good) == ("different", True)
    assert first_difference(a, b) is None


def test_where_nothing_else_was_made_they_do(project: Path, write: Write):
    write("program.py", ALOUD.format(stream="sys.stderr"))
    found = find(compare_trials(*run_twice(project)), "stderr")
    assert (found.verdict, found.is_good) == ("different", False)


def test_what_anew_says_itself_is_not_compared(project: Path, write: Write):
    write(
        "program.py",
        """
        import sys, warnings
        from pathlib import Path
        from anew import AnewWarning

        print("a result", file=sys.stderr)
        if Path("again").exists():
            warnings.warn("it is not pure", AnewWarning)
        Path("again").touch()
        """,
    )
    found = find(compare_trials(*run_twice(project)), "stderr")
    assert found.verdict == "identical"
