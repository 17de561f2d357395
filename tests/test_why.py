"""Why steps were reused or computed: told from records, as a trial writes them."""

from __future__ import annotations

import pickle
from contextlib import closing
from dataclasses import asdict, replace
from itertools import count

import pytest

from anew import digests
from anew.code.snapshot import take
from anew.errors import UnknownNameError
from anew.journal import CodeParts, Journal
from anew.memos import MEMO_FOLDER, Memo, Memos
from anew.model import Artifact, Facet, FileUse, Part, StepRecord
from anew.provenance.process import identify
from anew.stores.sqlite import SQLiteStore
from anew.why import Difference, why


def part(kind, name, digest, text=""):
    return Part(kind, name, None if digest is None else f"xxh3-1:{digest}", text)


ARGUMENT = part("argument", "alpha", "a1", "0.1")
OTHER_ARGUMENT = part("argument", "alpha", "a2", "0.3")
FUNCTION = part("function", "bikes.fit", "f1")
HELPER = part("helper", "bikes.shrink", "11111111aa")
OTHER_HELPER = part("helper", "bikes.shrink", "22222222aa")
GLOBAL = part("global", "bikes.ALPHA", "g1", "0.1")
LIBRARY = part("library", "numpy", "l1", "numpy 2.3.1")
CODE = (FUNCTION, HELPER, GLOBAL, LIBRARY)


def step(label="fit", **facts):
    """Put a step on record; its code is known by what it is made of."""
    code = facts.pop("code", CODE)
    arguments = facts.pop("arguments", (ARGUMENT,))
    conditions = facts.pop("conditions", ())
    made_of = [each.digest for each in code]
    key = f"key-1:{made_of} {[(each.name, each.digest) for each in arguments]}"
    facts = {
        "label": label,
        "function": f"bikes.{label.rstrip('-0123456789')}",
        "started": 1000.0,
        "seconds": 0.5,
        "worker": "main",
        "status": "finished",
        "seed": 1,
        "digest": "xxh3-1:out",
        "key": key,
        "code": f"code-1:{made_of}" if code else None,
        "parts": (*arguments, *conditions),
    } | facts
    return StepRecord(**facts), code


@pytest.fixture
def store(tmp_path):
    made = SQLiteStore(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture
def record(store):
    """Record a trial of some steps, and give it."""
    numbers = count(1)

    def record_trial(*steps, experiment="bikes", is_closed=True, snapshot=None, files=(), kept=()):
        uuid = f"{next(numbers):08x}-0000-7000-8000-000000000000"
        facts = {"started": 1000.0, "seed": 1, "parameters": {}, "process": identify()}
        store.begin(uuid, experiment, facts | {"reproduces": None})
        if snapshot:
            store.add_facets(uuid, [Facet("snapshot", snapshot.commit, asdict(snapshot))])
        with closing(Journal(store.journal_path(uuid))) as journal:
            for each in (*files, *kept):
                journal.write(each)
            for each, code in steps:
                journal.write(each)
                if code:
                    journal.write(CodeParts(each.code, code))
        if is_closed:
            store.finish(uuid, status="finished", seconds=1.0, error=None)
        return store.trial(uuid)

    return record_trial


@pytest.fixture
def explain(record):
    """Record a trial of one step after others, and say why that was computed."""

    def explain_step(*earlier, **facts):
        for each in earlier:
            record(each)
        (reason,) = why(record(step(**facts)))
        return reason

    return explain_step


# --- reused ---------------------------------------------------------------------------------------


def test_a_reused_step_says_from_where_and_what_it_spared(record):
    origin = record(step(seconds=2.5), step("load", seconds=9.0))
    reused = step(status="reused", reused=origin.uuid, seconds=0.01)
    (reason,) = why(record(reused))
    assert reason.decision == "reused"
    assert (reason.origin, reason.spared, reason.seconds) == (1, 2.5, 0.01)
    assert reason.text == "reused from trial 1: code and 1 argument are the same"
    assert (reason.against, reason.differences) == (None, ())


def test_a_reused_step_says_what_is_the_same(record):
    origin = record(step())
    arguments = ARGUMENT, part("argument", "frame", "b", "from load")
    conditions = part("file", "hourly.csv", "c", "3 rows"), part("seed", "seed", "7", "7")
    reused = {"status": "reused", "reused": origin.uuid}
    many = step(arguments=arguments, conditions=conditions, **reused)
    none = step("none", arguments=(), **reused)
    texts = [reason.text for reason in why(record(many, none))]
    assert texts[0].endswith(": code, 2 arguments, 1 file and the seed are the same")
    assert texts[1].endswith(": code is the same")


def test_a_reused_step_whose_trial_is_gone_says_so(record, store):
    origin = record(step())
    (reason,) = why(record(step(status="reused", reused=origin.uuid)))
    with store.connection.writing() as sql:
        sql.execute("DELETE FROM trials WHERE number = 1")
    (reason,) = why(store.trial("last"))
    assert (reason.origin, reason.spared) == (None, None)
    assert reason.text.startswith("reused from a trial that is not in the store any more: code")


def test_a_step_may_be_reused_from_another_experiment_and_under_another_name(record):
    origin = record(step("train", seconds=3.0), experiment="cars")
    (reason,) = why(record(step("fit", status="reused", reused=origin.uuid)))
    assert (reason.origin, reason.spared) == (1, 3.0)


def test_a_step_may_be_reused_from_a_trial_that_still_runs(record):
    origin = record(step(seconds=3.0), is_closed=False)
    (reason,) = why(record(step(status="reused", reused=origin.uuid)))
    assert (reason.origin, reason.spared) == (1, 3.0)


# --- computed -------------------------------------------------------------------------------------


def test_the_first_execution_is_the_first_time(record):
    (reason,) = why(record(step()))
    assert (reason.decision, reason.text, reason.against) == ("computed", "first time", None)


def test_the_first_execution_in_an_experiment_is_the_first_time(record):
    record(step(), experiment="cars")
    (reason,) = why(record(step()))
    assert reason.text == "first time"


def test_a_later_trial_says_nothing(record):
    trial = record(step())
    record(step(arguments=(OTHER_ARGUMENT,)))
    assert why(trial)[0].text == "first time"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            HELPER,
            OTHER_HELPER,
            Difference("helper", "bikes.shrink", "11111111", "22222222"),
        ),
        (
            GLOBAL,
            part("global", "bikes.ALPHA", "g2", "0.3"),
            Difference("global", "bikes.ALPHA", "0.1", "0.3"),
        ),
        (
            LIBRARY,
            part("library", "numpy", "l2", "numpy 2.4.0"),
            Difference("library", "numpy", "numpy 2.3.1", "numpy 2.4.0"),
        ),
        (
            FUNCTION,
            part("function", "bikes.fit", "f2"),
            Difference("function", "bikes.fit", "f1", "f2"),
        ),
        (
            part("variable", "LEVEL", None, "not set"),
            part("variable", "LEVEL", "v", "'3'"),
            Difference("variable", "LEVEL", "not set", "'3'"),
        ),
        (
            part("class", "bikes.Model", "c1"),
            part("class", "bikes.Model", "c2"),
            Difference("class", "bikes.Model", "c1", "c2"),
        ),
        (
            part("extension", "fast.so", "e1", "12 kB"),
            part("extension", "fast.so", "e2", "12 kB"),
            Difference("extension", "fast.so", "12 kB e1", "12 kB e2"),
        ),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_what_differs_in_the_code_is_named(explain, old, new, expected):
    rest = tuple(each for each in CODE if each.kind != old.kind)
    reason = explain(step(code=(*rest, old)), code=(*rest, new))
    assert reason.differences == (expected,)
    assert reason.against == 1
    assert reason.text == f"{expected.kind} {expected.name} changed since trial 1"


def test_an_argument_that_differs_is_named(explain):
    reason = explain(step(), arguments=(OTHER_ARGUMENT,))
    (difference,) = reason.differences
    assert difference == Difference("argument", "alpha", "0.1", "0.3")
    assert difference.text == "0.1 → 0.3"
    assert reason.text == "argument alpha changed since trial 1"


def test_an_argument_from_another_step_is_named_with_it(explain):
    old, new = (part("argument", "frame", digest, "from load") for digest in "ab")
    reason = explain(step(arguments=(old,)), arguments=(new,))
    (difference,) = reason.differences
    assert (difference.subject, difference.text) == (
        "argument frame (from load)",
        "content changed",
    )
    assert reason.text == "argument frame (from load) changed since trial 1"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param((0.1, 0.25), (("0.1", "0.25"), "0.1 → 0.25"), id="numbers"),
        pytest.param(("a", "b"), (("a", "b"), "a → b"), id="texts"),
        pytest.param((None, 3), (("None", "3"), "None → 3"), id="types"),
        pytest.param(
            (0.123456789, 0.123456788),
            (("0.123457", "0.123457"), "0.123456789 → 0.123456788"),
            id="close-numbers",
        ),
        pytest.param(
            ([1, 2], [1, 3]), (("list of 2", "list of 2"), "[1]: 2 → 3"), id="what-differs-inside"
        ),
    ],
)
@pytest.mark.parametrize("keep", ["with-the-trial", "among-the-memos"])
def test_a_value_that_another_step_gave_is_shown(record, store, values, expected, keep):
    shown, told = expected
    for number, value in enumerate(values):
        content = digests.digest(value)
        giving, code = step("load", digest=content, key=f"key-1:{number}")
        taking = step(arguments=(Part("argument", "x", content, "from load"),))
        kept = []
        if keep == "with-the-trial":
            encoded = pickle.dumps(value)
            made = store.objects.put(encoded)
            kept = [Artifact("load", "value", "pickle", made, content, len(encoded), "")]
        else:
            memo = Memo(giving.key, "load", content, 1, 1, None, (), "", "", "", None, 0.0)
            Memos(store.folder / MEMO_FOLDER).put(memo, value)
        trial = record((giving, code), taking, kept=kept)
    (difference,) = why(trial, "fit")[0].differences
    assert (difference.old, difference.new) == shown
    assert (difference.subject, difference.text) == ("argument x (from load)", told)


def test_an_argument_from_yet_another_step_is_named(explain):
    old, new = (part("argument", "frame", text, f"from {text}") for text in ("load", "clean"))
    reason = explain(step(arguments=(old,)), arguments=(new,))
    assert [each.text for each in reason.differences] == ["from load → from clean"]


def test_a_file_that_differs_is_named(explain):
    old, new = (part("file", "hourly.csv", f"{n}", f"{n} rows") for n in (3, 4))
    reason = explain(step(conditions=(old,)), conditions=(new,), reason="hourly.csv changed")
    assert reason.differences == (Difference("file", "hourly.csv", "3 rows", "4 rows"),)
    assert reason.text == "file hourly.csv changed since trial 1"


def test_a_file_is_shown_by_its_size_where_that_is_on_record(record):
    for rows in (3, 4):
        read = part("file", "hourly.csv", f"{rows}", f"blake3:{rows}")
        use = FileUse("hourly.csv", "input", read.digest, 1000 * rows, rows, kept=True)
        trial = record(step(conditions=(read,)), files=(use,))
    assert [each.text for each in why(trial)[0].differences] == ["3 rows → 4 rows"]


def test_another_version_of_a_library_is_one_difference(explain):
    old, new = (part("library", f"numpy {n}", n, f"numpy {n}") for n in ("2.3", "2.4"))
    reason = explain(
        step(code=(FUNCTION, old), conditions=(old,)), code=(FUNCTION, new), conditions=(new,)
    )
    assert reason.differences == (Difference("library", "numpy", "numpy 2.3", "numpy 2.4"),)
    assert reason.text == "library numpy changed since trial 1"


def test_a_file_that_was_missing_is_named(explain):
    old, new = part("file", "extra.csv", None), part("file", "extra.csv", "1", "3 rows")
    reason = explain(step(conditions=(old,)), conditions=(new,))
    assert reason.differences == (Difference("file", "extra.csv", "missing", "3 rows"),)


def test_the_seed_is_named_where_it_counts(explain):
    old, new = (part("seed", "seed", f"{n}", f"{n}") for n in (7, 8))
    reason = explain(step(conditions=(old,)), conditions=(new,))
    assert reason.differences == (Difference("seed", "seed", "7", "8"),)


def test_a_file_that_only_one_read_is_no_cause_where_something_else_differs(explain):
    files = (part("file", f"{name}.csv", name) for name in "ab")
    old, new = files
    reason = explain(step(conditions=(old,)), arguments=(OTHER_ARGUMENT,), conditions=(new,))
    assert [each.kind for each in reason.differences] == ["argument"]


@pytest.mark.parametrize("kind", ["file", "variable", "class", "folder"])
def test_what_only_one_met_on_its_way_is_no_cause(explain, kind):
    reason = explain(step(conditions=(part(kind, "NO_COLOR", "a", "not set"),)))
    assert reason.text == "the same as in trial 1, of which no outcome was at hand"


def test_a_variable_that_the_code_names_is_told_once(explain):
    old, new = (part("variable", "MODE", f"c{n}", f"'{n}'") for n in (1, 2))
    read = [replace(each, digest=f"variable:{each.digest}", text="d63bd9a8") for each in (old, new)]
    reason = explain(
        step(code=(FUNCTION, old), conditions=(read[0],)),
        code=(FUNCTION, new),
        conditions=(read[1],),
    )
    assert reason.differences == (Difference("variable", "MODE", "'1'", "'2'"),)
    assert reason.text == "variable MODE changed since trial 1"


def test_what_is_new_and_what_is_gone_is_told(explain):
    reason = explain(step(code=(FUNCTION, GLOBAL)), code=(FUNCTION, HELPER))
    assert reason.differences == (
        Difference("global", "bikes.ALPHA", "0.1", None),
        Difference("helper", "bikes.shrink", None, "11111111"),
    )
    assert [each.text for each in reason.differences] == ["gone: 0.1", "new: 11111111"]


def test_the_only_thing_that_is_new_is_said_to_be_new(explain):
    reason = explain(step(code=(FUNCTION,)), code=(FUNCTION, HELPER))
    assert reason.text == "helper bikes.shrink is new since trial 1"


def test_the_only_thing_that_is_gone_is_said_to_be_gone(explain):
    reason = explain(step(code=(FUNCTION, HELPER)), code=(FUNCTION,))
    assert reason.text == "helper bikes.shrink is gone since trial 1"


def test_another_name_for_the_same_helper_is_no_difference(explain):
    renamed = part("helper", "bikes.shorten", "11111111aa")
    old = step(code=(FUNCTION, HELPER, GLOBAL))
    reason = explain(old, code=(FUNCTION, renamed, part("global", "bikes.ALPHA", "g2", "0.3")))
    assert [each.kind for each in reason.differences] == ["global"]


def test_another_name_for_the_same_argument_is_a_difference(explain):
    reason = explain(step(), arguments=(part("argument", "beta", "a1", "0.1"),))
    assert [each.text for each in reason.differences] == ["gone: 0.1", "new: 0.1"]


def test_two_parts_of_one_name_do_not_hide_each_other(explain):
    same = part("helper", "bikes.shrink", "3")
    reason = explain(step(code=(FUNCTION, same, HELPER)), code=(FUNCTION, same, OTHER_HELPER))
    assert [each.old for each in reason.differences] == ["11111111"]


def test_of_many_differences_the_first_are_named(explain):
    old, new = (
        tuple(part("global", name, f"{name}{n}", f"{n}") for name in "ABCDE") for n in (1, 2)
    )
    reason = explain(step(code=(FUNCTION, *old)), code=(FUNCTION, *new))
    assert len(reason.differences) == 5
    assert reason.text == "global A, global B, global C and 2 more changed since trial 1"


def test_code_that_is_not_known_by_its_parts_is_a_difference(record):
    for digest in "12":
        unknown, _ = step(code=())
        trial = record((replace(unknown, code=f"code-1:{digest}"), ()))
    (reason,) = why(trial)
    assert reason.differences == (Difference("code", "bikes.fit", "1", "2"),)


# --- with what it is compared ---------------------------------------------------------------------


def test_a_step_is_compared_with_the_most_similar_execution(explain):
    other = part("argument", "model", "m1", "ridge")
    far = step(code=(FUNCTION, OTHER_HELPER), arguments=(OTHER_ARGUMENT, other))
    near = step(arguments=(ARGUMENT, other))
    reason = explain(far, near, far, arguments=(OTHER_ARGUMENT, other))
    assert reason.against == 2
    assert [each.name for each in reason.differences] == ["alpha"]


def test_of_equally_similar_executions_it_is_the_newest(explain):
    old = step(arguments=(OTHER_ARGUMENT,))
    assert explain(old, old, old).against == 3


def test_a_reused_execution_is_as_good_as_a_computed_one(explain):
    old = step(arguments=(OTHER_ARGUMENT,))
    reused = step(arguments=(OTHER_ARGUMENT,), status="reused", reused="elsewhere")
    assert explain(old, reused).against == 2


def test_a_failed_execution_is_not_compared_with(explain):
    assert explain(step(status="failed")).text == "first time"


def test_a_step_that_moved_is_found(explain):
    reason = explain(step(), function="elsewhere.fit", arguments=(OTHER_ARGUMENT,))
    assert reason.against == 1


def test_a_step_under_another_label_is_found(explain):
    assert explain(step("fit-2"), arguments=(OTHER_ARGUMENT,)).against == 1


def test_a_renamed_step_is_found_by_its_code(explain):
    reason = explain(step(), label="train", function="bikes.train", arguments=(OTHER_ARGUMENT,))
    assert reason.against == 1


# --- computed though nothing differs --------------------------------------------------------------


@pytest.mark.parametrize("told", ["pure=False", "fresh=True", "its value was not kept"])
def test_the_recorded_reason_is_told(explain, told):
    reason = explain(step(), reason=told)
    assert (reason.decision, reason.text, reason.differences) == ("computed", told, ())
    assert reason.against == 1


def test_the_recorded_reason_is_told_beside_what_differs(explain):
    reason = explain(step(), reason="pure=False", arguments=(OTHER_ARGUMENT,))
    assert reason.text == "pure=False; argument alpha changed since trial 1"


def test_the_recorded_reason_is_told_of_a_first_execution(record):
    assert why(record(step(reason="pure=False")))[0].text == "pure=False"


def test_an_argument_without_a_digest_is_the_reason(explain):
    arguments = (ARGUMENT, part("argument", "connection", None, "a socket"))
    reason = explain(step(key=None, arguments=arguments), key=None, arguments=arguments)
    assert reason.text == "argument connection cannot be digested"


def test_code_without_a_digest_is_the_reason(explain):
    assert explain(key=None, code=()).text == "its code cannot be digested"


def test_that_no_outcome_was_at_hand_is_told(explain):
    reason = explain(step())
    assert reason.text == "the same as in trial 1, of which no outcome was at hand"


def test_what_is_not_known_by_name_is_told(explain):
    reason = explain(step(), key="key-1:other")
    assert reason.text == "something changed since trial 1 that is not known by name"


def test_a_failed_step_says_what_differs(explain):
    reason = explain(step(), status="failed", arguments=(OTHER_ARGUMENT,))
    assert (reason.decision, reason.text) == ("failed", "argument alpha changed since trial 1")


def test_a_trial_of_an_earlier_anew_says_that_nothing_is_recorded(record):
    bare = {"key": None, "parts": (), "code": ()}
    (reason,) = why(record(step(**bare)))
    assert reason.text == "what it depended on is not recorded"
    (reason,) = why(record(step()))
    assert reason.text == "first time that what it depends on is recorded"


# --- which steps ----------------------------------------------------------------------------------


def test_steps_come_in_the_order_in_which_they_began(record):
    trial = record(step("fit", started=1001.0), step("load"))
    assert [reason.label for reason in why(trial)] == ["load", "fit"]


def test_one_step_is_asked_for_by_its_label(record):
    trial = record(step("load"), step("fit"), step("fit-2"))
    assert [reason.label for reason in why(trial, "fit")] == ["fit"]


@pytest.mark.parametrize("name", ["train", "bikes.train"])
def test_steps_are_asked_for_by_their_function(record, name):
    trial = record(step("a", function="bikes.train"), step("b", function="bikes.train"))
    assert [reason.label for reason in why(trial, name)] == ["a", "b"]


def test_a_step_that_was_computed_after_all_is_told_once(record):
    origin = record(step())
    reused = step(status="reused", reused=origin.uuid, started=1000.0)
    computed = step(started=1001.0, reason="its value was not kept")
    (reason,) = why(record(reused, computed))
    assert (reason.decision, reason.text) == ("computed", "its value was not kept")


def test_an_unknown_step_is_told_with_near_misses(record):
    trial = record(step("load"), step("fit"))
    with pytest.raises(UnknownNameError, match=r"no step 'laod' \(trial 1\)") as caught:
        why(trial, "laod")
    assert caught.value.hint == "did you mean 'load'?"


def test_a_trial_without_steps_has_no_reasons(record):
    assert why(record()) == []


def test_the_steps_of_a_running_trial_are_explained(record):
    record(step())
    (reason,) = why(record(step(arguments=(OTHER_ARGUMENT,)), is_closed=False))
    assert reason.text == "argument alpha changed since trial 1"


# --- the source that changed ----------------------------------------------------------------------

SOURCE = '''"""A study."""

class Model:
    @staticmethod
    def shrink(value):
        return value / 2


def shrink(value):
    return value / 2
'''


@pytest.fixture
def keep(project, store, write):
    """Keep a state of the source."""

    def take_snapshot(**files):
        for path in project.glob("*.py"):
            path.unlink()
        for name, text in files.items():
            write(f"{name}.py", text)
        return take(project, store.folder / "git", limit_bytes=10**6, limit_files=99)

    return take_snapshot


def source_of(record, old, new, name="bikes.shrink"):
    """Give the diff of a helper's source between two trials."""
    helpers = (step(code=(FUNCTION, part("helper", name, digest))) for digest in "ab")
    record(next(helpers), snapshot=old)
    ((difference,),) = [r.differences for r in why(record(next(helpers), snapshot=new))]
    return difference.source


def test_the_source_of_a_changed_helper_is_shown(record, keep):
    old, new = keep(bikes=SOURCE), keep(bikes=SOURCE[:-2] + "3\n")
    assert source_of(record, old, new) == (
        "--- bikes.shrink\n+++ bikes.shrink\n@@ -1,2 +1,2 @@\n def shrink(value):\n"
        "-    return value / 2\n+    return value / 3\n"
    )


def test_the_source_of_a_changed_method_is_shown_with_its_decorators(record, keep):
    old, new = keep(bikes=SOURCE), keep(bikes=SOURCE.replace("value / 2", "value / 4", 1))
    found = source_of(record, old, new, "bikes.Model.shrink")
    assert "     @staticmethod\n" in found
    assert "+        return value / 4\n" in found


def test_the_source_of_a_helper_that_moved_is_shown(record, keep):
    old, new = keep(bikes=SOURCE), keep(cars=SOURCE[:-2] + "3\n")
    assert "+    return value / 3\n" in source_of(record, old, new)


@pytest.mark.parametrize(
    "text", ["def shrink(:", "", "shrink = abs"], ids=["broken", "empty", "other"]
)
def test_source_that_is_not_there_is_not_shown(record, keep, text):
    assert source_of(record, keep(bikes=SOURCE), keep(bikes=text)) == ""


def test_source_without_a_snapshot_is_not_shown(record, keep):
    assert source_of(record, None, keep(bikes=SOURCE)) == ""


def test_source_that_two_files_define_is_not_guessed(record, keep):
    other = SOURCE.replace("value", "x")
    old = keep(bikes=SOURCE, cars=other)
    new = keep(bikes=SOURCE[:-2] + "3\n", cars=other[:-2] + "3\n")
    assert source_of(record, old, new) == ""
