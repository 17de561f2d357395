"""Each kind of non-determinism, in a step and in a script, is found and attributed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anew.verify.conditions import NAMES

if TYPE_CHECKING:
    from anew.verify import Verification
    from conftest import Project

CAUSES = """
    import datetime
    import locale
    import os
    import random
    import time

    import numpy as np


    def hash_seed():
        return list({"alpha", "beta", "gamma", "delta", "epsilon"})


    def threads():
        return 1.0 + int(os.environ.get("OMP_NUM_THREADS", "7")) * 2.0**-52


    def folder():
        return len(os.getcwd())


    def locale_():
        return locale.setlocale(locale.LC_ALL, "") + os.environ.get("LC_ALL", "")


    def time_zone():
        return str(datetime.datetime.fromtimestamp(0))


    def listing():
        os.makedirs("parts", exist_ok=True)
        for name in "abcde":
            open(f"parts/{name}", "w").close()
        return os.listdir("parts")


    def memory():
        return np.empty(1_000_000)[:10].tobytes().hex()


    def clock():
        return datetime.date.today().toordinal() // 100


    def stamp():
        return time.time()


    def chance():
        return float(np.random.default_rng().random())


    def address():
        return id(object()) // 4096


    def pure():
        return random.Random(1).random()
"""

STUDY = """
    import sys
    import anew
    import causes

    ex = anew.Experiment("study", scheduler="sync")

    @ex.result
    def collect(parts):
        return parts

    steps = [ex.step(getattr(causes, name)) for name in {names!r}]
    outcome = collect([step.node() for step in steps])

    if __name__ == "__main__":
        ex.run()
"""

SCRIPT = """
    import json
    import causes

    for name in {names!r}:
        with open(f"{{name}}.json", "w") as file:
            json.dump(getattr(causes, name)(), file)
"""

FUNCTIONS = {name: name.replace("-", "_") + ("_" if name == "locale" else "") for name in NAMES}


def record(project: Project, kind: str, names: list[str]) -> None:
    project.write("causes.py", CAUSES)
    if kind == "script":
        project.record("main.py", SCRIPT.format(names=names))
    else:
        project.write("main.py", STUDY.format(names=names))
        project.run("main.py", PYTHONHASHSEED="0")


def blamed(found: Verification) -> dict[str, str]:
    return {
        finding.condition: finding.step or finding.place.removesuffix(".json")
        for finding in found.findings
    }


def test_a_result_is_said_to_depend_on_each_condition_where_it_does(project: Project):
    record(project, "script", ["pure", *FUNCTIONS.values()])
    found = project.verify()
    there = {row.condition for row in found.rows if row.verdict != "not run"} - {"runs"}
    assert blamed(found) == {name: FUNCTIONS[name] for name in FUNCTIONS if name in there}
    assert there >= set(NAMES) - {"locale", "memory"}
    assert not found.is_good


def test_the_step_that_depends_on_a_condition_is_named(project: Project):
    names = ["hash-seed", "threads", "clock"]  # as the others, where the step is found out
    record(project, "experiment", ["pure", *(FUNCTIONS[name] for name in names)])
    found = project.verify(*names)
    assert blamed(found) == {name: FUNCTIONS[name] for name in names}
    assert all(finding.step for finding in found.findings)


@pytest.mark.parametrize("kind", ["experiment", "script"])
def test_what_differs_from_run_to_run_is_told_with_the_reason(project: Project, kind: str):
    record(project, kind, ["pure", "stamp", "chance"])
    found = project.verify("listing", parallel=2)
    assert [finding.condition for finding in found.findings] == ["runs", "runs"]
    told = {f.step or f.place.removesuffix(".json"): f.reason for f in found.findings}
    assert "clock" in told["stamp"]
    assert "default_rng" in told["chance"]
    assert found.rows[0].verdict == "differs"
    assert found.rows[1].verdict == "same"


def test_an_order_by_addresses_is_not_taken_for_another_cause(project: Project):
    record(project, "script", ["address"])
    found = project.verify("folder", "hash-seed")
    assert blamed(found) == {"runs": "address"}
    assert found.findings[0].reason in {"it depends on addresses in memory", ""}


def test_a_generator_that_all_share_and_nothing_seeds_is_named(project: Project):
    project.record("draw.py", "import numpy as np\nprint(np.random.normal(size=3))\n")
    found = project.verify("listing")
    assert found.text == (
        "trial 1 is not deterministic: differs from run to run, first in stdout: "
        "it draws from numpy, which nothing seeded (draw.py:2)"
    )


def test_a_step_is_named_only_where_the_difference_begins(project: Project):
    project.write("causes.py", CAUSES)
    project.write(
        "main.py",
        """
        import anew
        import causes

        ex = anew.Experiment("study", scheduler="sync")
        zone = ex.step(causes.time_zone)

        @ex.step
        def later(text):
            return text * 2

        @ex.result
        def last(text):
            return len(text) + text.count("9")

        outcome = last(later(zone.node()))

        if __name__ == "__main__":
            ex.run()
        """,
    )
    project.run("main.py", PYTHONHASHSEED="0")
    found = project.verify("time-zone")
    assert [f.text for f in found.findings] == ["result depends on TZ in step time_zone"]


def test_what_no_output_depends_on_is_said_to_matter_in_its_step_alone(project: Project):
    project.write(
        "main.py",
        """
        import time
        import anew

        ex = anew.Experiment("study", scheduler="sync")

        @ex.step
        def zone():
            return time.localtime(0).tm_hour

        @ex.result
        def last(hour):
            return hour < 100

        outcome = last(zone.node())

        if __name__ == "__main__":
            ex.run()
        """,
    )
    project.run("main.py", PYTHONHASHSEED="0")
    found = project.verify("time-zone")
    assert [f.text for f in found.findings] == ["step zone depends on TZ, though no output does"]


def test_rounding_is_told_as_such_and_a_tolerance_allows_it(project: Project):
    record(project, "script", ["threads"])
    (finding,) = project.verify("threads").findings
    assert finding.rounding.endswith("relative: close with --rtol 1e-9")
    assert "depends on OMP_NUM_THREADS" in finding.text
    assert project.verify("threads", rtol=1e-9).is_good


def test_a_program_that_fails_under_a_condition_depends_on_it(project: Project):
    project.record(
        "main.py",
        """
        import time
        print("begins")
        assert time.localtime(0).tm_hour == 0, "not here"
        """,
    )
    found = project.verify("time-zone")
    assert [f.condition for f in found.findings] == ["time-zone"]


def test_the_first_finding_is_enough_where_that_is_wanted(project: Project):
    record(project, "script", ["time_zone", "clock"])
    found = project.verify("time-zone", "clock", first=True)
    assert blamed(found) == {"time-zone": "time_zone"}


def test_what_only_several_changes_make_differ_together_is_told_as_that(project: Project):
    project.record(
        "main.py",
        """
        import os, time
        print(time.localtime(0).tm_hour > 0 and os.environ.get("PYTHONHASHSEED") == "1")
        """,
    )
    found = project.verify("time-zone", "hash-seed")
    assert [f.condition for f in found.findings] == ["together"]
    assert [row.verdict for row in found.rows] == ["same", "same", "same", "differs"]


def test_what_differs_now_and_then_is_blamed_on_no_condition(project: Project):
    (project.scratch.parent / "counted").mkdir()
    project.record(
        "main.py",
        f"""
        import itertools, os
        for number in itertools.count(1):
            try:
                os.mkdir({str(project.scratch.parent / "counted")!r} + f"/{{number}}")
                break
            except FileExistsError:
                pass
        print(number == 5)
        """,
    )
    found = project.verify("time-zone", "listing")
    assert [f.text for f in found.findings] == ["differs from run to run, first in stdout"]
