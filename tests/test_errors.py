"""Errors say what is wrong, where, and what to do; also on the other side of a process."""

from __future__ import annotations

import builtins
import copy
import inspect
import pickle
import subprocess
import sys

import cloudpickle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew import errors
from anew.errors import (
    AnewError,
    AnewWarning,
    EnvironmentProblemError,
    InvalidNameError,
    StoreError,
    UnknownNameError,
    UnknownParameterError,
    UnknownTrialError,
    UnsetParameterError,
    UsageError,
    ValueNotStoredError,
    near_misses,
)

SPECIAL = {
    UnknownParameterError: UnknownParameterError("alhpa", known=["alpha"], experiment="bikes"),
    UnsetParameterError: UnsetParameterError(["alpha", "beta"], experiment="bikes"),
    UnknownTrialError: UnknownTrialError("7", store=".anew"),
    UnknownNameError: UnknownNameError("metric", "lsos", known=["loss"], where="trial 1"),
    InvalidNameError: InvalidNameError("metric", "..", why="would leave its folder"),
}
CLASSES = [
    value
    for _, value in inspect.getmembers(errors, inspect.isclass)
    if issubclass(value, AnewError)
]
EXAMPLES = [
    SPECIAL.get(kind) or kind("it is wrong", where="here", hint="do better") for kind in CLASSES
]
each_error = pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)


@each_error
def test_an_error_says_what_is_wrong_and_what_to_do(error):
    assert error.what
    assert error.hint
    assert error.message.startswith(error.what)
    assert str(error) == f"{error.message}\nhint: {error.hint}"
    assert "\n" not in error.message


@each_error
def test_an_error_has_an_exit_status(error):
    assert error.exit_code in {2, 3, 4}


@each_error
@pytest.mark.parametrize("module", [pickle, cloudpickle], ids=["pickle", "cloudpickle"])
def test_an_error_keeps_everything_on_its_way_to_another_process(error, module):
    again = pickle.loads(module.dumps(error))
    assert type(again) is type(error)
    assert vars(again) == vars(error)
    assert again.args == error.args == (error.what,)
    assert str(again) == str(error)


@each_error
def test_an_error_can_be_copied(error):
    assert str(copy.deepcopy(copy.copy(error))) == str(error)


@each_error
def test_an_error_is_one_that_its_reader_would_expect(error):
    expected = [
        base for base in type(error).__mro__ if base.__module__ == "builtins" and base is not object
    ]
    assert len(expected) > 2 or type(error) is AnewError
    assert isinstance(error, builtins.Exception)


@pytest.mark.parametrize(
    ("kind", "exit_code"),
    [(UsageError, 2), (EnvironmentProblemError, 3), (StoreError, 4), (ValueNotStoredError, 4)],
)
def test_the_branch_of_an_error_gives_the_exit_status(kind, exit_code):
    assert {c.exit_code for c in CLASSES if issubclass(c, kind)} == {exit_code}


def test_an_error_without_place_and_hint_is_its_message():
    error = AnewError("it is wrong")
    assert str(error) == error.message == "it is wrong"
    assert error.where is error.hint is None


def test_an_error_of_a_missing_key_reads_like_any_other():
    error = UnknownTrialError(7, store="/data/.anew")
    assert error.message == "no such trial: 7 (store /data/.anew)"
    assert error.reference == 7


def test_an_unset_parameter_is_told_with_both_ways_to_set_it():
    error = UnsetParameterError(["alpha"], experiment="bikes")
    assert error.message == "parameter 'alpha' without a value (experiment 'bikes')"
    assert error.hint == "ex.set_parameters(alpha=...), or on the command line: alpha=VALUE"
    assert UnsetParameterError(["a", "b"], experiment="x").what.startswith("parameters 'a', 'b'")


def test_an_unknown_parameter_of_an_experiment_without_any_is_told_how_to_declare_it():
    error = UnknownParameterError("alpha", known=[], experiment="bikes")
    assert error.hint == "declare it: ex.parameter('alpha', default=...)"


def test_a_name_that_resembles_a_known_one_was_probably_meant():
    assert near_misses("alhpa", ["alpha", "beta"]) == "did you mean 'alpha'?"
    assert near_misses("fit_1", ["fit_2", "fit_3"]) == "did you mean 'fit_3' or 'fit_2'?"


@given(st.text(), st.lists(st.text()))
def test_near_misses_are_names_that_are_known(name, known):
    told = near_misses(name, known)
    assert (told == "") == (not known)
    assert all(repr(each) in told or each in told for each in known) or "did you mean" in told


def test_a_warning_is_the_users_to_see():
    assert issubclass(AnewWarning, UserWarning)


def test_an_error_that_nobody_catches_shows_its_hint():
    code = "from anew.errors import StoreError; raise StoreError('no', where='a', hint='b')"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.stderr.endswith("anew.errors.StoreError: no (a)\nhint: b\n")
