"""Settings: where they come from, which one wins, and what is said of a wrong one."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.errors import UsageError
from anew.settings import Settings, find_project, find_root, load_settings, ordered

SOURCES = ("pyproject.toml", "anew.toml", "ANEW_KEEP_INPUTS", "argument")


@pytest.fixture
def given_by(tmp_path, monkeypatch):
    """Give ``keep_inputs`` by some sources, each another number, and load the settings."""

    def load(*sources):
        arguments = {}
        for number, source in enumerate(sources, 1):
            match source:
                case "pyproject.toml":
                    text = f"[tool.anew]\nkeep_inputs = {number}\n"
                    (tmp_path / source).write_text(text)
                case "anew.toml":
                    (tmp_path / source).write_text(f"keep_inputs = {number}\n")
                case "argument":
                    arguments["keep_inputs"] = number
                case _:
                    monkeypatch.setenv(source, str(number))
        return load_settings(tmp_path, **arguments)

    return load


def test_defaults_hold_where_nothing_is_set(tmp_path):
    settings = load_settings(tmp_path)
    assert settings == Settings(root=tmp_path)
    assert set(settings.origin.values()) == {"default"}
    assert "root" not in settings.origin


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_alone_is_followed_and_named(given_by, source):
    settings = given_by(source)
    assert settings.keep_inputs == 1
    assert settings.origin["keep_inputs"] == source
    assert settings.origin["store"] == "default"


@pytest.mark.parametrize(("weak", "strong"), [*itertools.combinations(SOURCES, 2)])
def test_the_stronger_source_wins(given_by, weak, strong):
    settings = given_by(weak, strong)
    assert settings.keep_inputs == 2
    assert settings.origin["keep_inputs"] == strong


def test_sources_add_up(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text("[tool.anew]\nkeep_inputs = 1\n")
    (tmp_path / "anew.toml").write_text("snapshot_limit = 2\n")
    monkeypatch.setenv("ANEW_SNAPSHOT_FILES", "3")
    settings = load_settings(tmp_path, store="here")
    assert settings == Settings(tmp_path, "here", 1, 2, 3)


def test_an_argument_of_none_was_not_given(given_by, tmp_path):
    given_by("anew.toml")
    assert load_settings(tmp_path, keep_inputs=None).keep_inputs == 1


def test_an_empty_variable_was_not_given(tmp_path, monkeypatch):
    monkeypatch.setenv("ANEW_STORE", "")
    assert load_settings(tmp_path).origin["store"] == "default"


def test_the_variable_of_a_reproduction_is_no_setting(tmp_path, monkeypatch):
    monkeypatch.setenv("ANEW_PLAN", "plan.json")
    assert load_settings(tmp_path) == Settings(tmp_path)


@pytest.mark.parametrize("text", ["[project]\nname = 'a'\n", "[tool.ruff]\n", "tool = 3\n", ""])
def test_a_project_file_that_does_not_mention_anew_is_fine(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)
    assert load_settings(tmp_path) == Settings(tmp_path)


def test_a_file_that_begins_with_a_mark_of_its_encoding_is_read(tmp_path):
    (tmp_path / "anew.toml").write_text("store = 'ü'\n", encoding="utf-8-sig")
    assert load_settings(tmp_path).store == "ü"


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [
        ("0", 0),
        ("7", 7),
        ("10 MiB", 10 * 2**20),
        ("2GB", 2 * 10**9),
        (" 3 kB ", 3_000),
        ("1 KiB", 1024),
        ("1 TiB", 2**40),
    ],
)
def test_a_size_may_have_a_unit(tmp_path, monkeypatch, text, bytes_):
    (tmp_path / "anew.toml").write_text(f"keep_inputs = '{text}'\n")
    monkeypatch.setenv("ANEW_SNAPSHOT_LIMIT", text)
    settings = load_settings(tmp_path)
    assert (settings.keep_inputs, settings.snapshot_limit) == (bytes_, bytes_)


@pytest.mark.parametrize(
    ("name", "source"), [("keep_input", "anew.toml"), ("ANEW_KEEP_INPUT", "ANEW_KEEP_INPUT")]
)
def test_an_unknown_setting_is_told_with_near_misses(tmp_path, monkeypatch, name, source):
    if source == "anew.toml":
        (tmp_path / "anew.toml").write_text(f"{name} = 1\n")
    else:
        monkeypatch.setenv(name, "1")
    with pytest.raises(UsageError, match="unknown setting 'keep_input'") as caught:
        load_settings(tmp_path)
    assert caught.value.where == source
    assert caught.value.hint == "did you mean 'keep_inputs'?"


def test_a_setting_that_resembles_none_is_told_with_all(tmp_path):
    with pytest.raises(UsageError) as caught:
        load_settings(tmp_path, colour="red")
    known = "console_limit, fsync, ignore, keep_inputs, memo_limit, metrics_files, snapshot_files"
    more = "snapshot_limit, stamp, store, strict, system_interval, tolerances"
    assert caught.value.hint == f"known: {known}, {more}"


@pytest.mark.parametrize("name", ["keep_inputs", "snapshot_limit", "snapshot_files", "memo_limit"])
@pytest.mark.parametrize("value", ["x", "", -1, "-2", 1.5, True, [], "1 GiBs", "1e6", {}, "MiB"])
def test_a_size_that_is_no_whole_number_from_0_is_told(tmp_path, name, value):
    with pytest.raises(UsageError, match=f"setting '{name}' is ") as caught:
        load_settings(tmp_path, **{name: value})
    assert repr(value) in caught.value.what
    assert caught.value.what.endswith("expected a whole number from 0")
    assert caught.value.where == "argument"
    hint = {name: int(caught.value.hint.removeprefix(f"{name} = "))}
    assert load_settings(tmp_path, **hint) == Settings(tmp_path)


@pytest.mark.parametrize(
    ("text", "strict"),
    [
        ("true", True),
        ("false", False),
        ("'snapshot'", "snapshot"),
        ("'clean'", True),
        ("1", True),
        ("0", False),
    ],
)
def test_strict_is_true_false_or_snapshot(tmp_path, monkeypatch, text, strict):
    (tmp_path / "anew.toml").write_text(f"strict = {text}\n")
    assert load_settings(tmp_path).strict == strict
    (tmp_path / "anew.toml").unlink()
    monkeypatch.setenv("ANEW_STRICT", text.strip("'"))
    assert load_settings(tmp_path).strict == strict


@pytest.mark.parametrize("value", ["very", "", 2, 1.0, [], {}])
def test_strict_that_is_neither_is_told(tmp_path, value):
    with pytest.raises(UsageError, match="expected true, false or 'snapshot'") as caught:
        load_settings(tmp_path, strict=value)
    assert caught.value.hint == "strict = true"


def test_the_command_line_goes_before_variables_while_it_holds(tmp_path, monkeypatch):
    monkeypatch.setenv("ANEW_STRICT", "true")
    with ordered(strict="snapshot"):
        with ordered(strict=None):
            settings = load_settings(tmp_path)
        assert load_settings(tmp_path, strict=False).strict is False
    assert (settings.strict, settings.origin["strict"]) == ("snapshot", "command line")
    assert load_settings(tmp_path).strict is True


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("0.5", 0.5), ("30", 30.0), ("false", 0.0), ("0", 0.0), ("'off'", 0.0)],
)
def test_an_interval_is_of_seconds_or_off(tmp_path, monkeypatch, told, seconds):
    (tmp_path / "anew.toml").write_text(f"system_interval = {told}\n")
    assert load_settings(tmp_path).system_interval == seconds
    (tmp_path / "anew.toml").unlink()
    monkeypatch.setenv("ANEW_SYSTEM_INTERVAL", told.strip("'"))
    assert load_settings(tmp_path).system_interval == seconds


@pytest.mark.parametrize("value", ["often", "", -1, True, "nan", "inf", [], "1 h"])
def test_an_interval_that_is_none_is_told(tmp_path, value):
    with pytest.raises(UsageError, match="expected seconds from 0, or false") as caught:
        load_settings(tmp_path, system_interval=value)
    assert caught.value.hint == "system_interval = 15.0"


def test_patterns_are_a_list_and_in_a_variable_stand_between_commas(tmp_path, monkeypatch):
    (tmp_path / "anew.toml").write_text('metrics_files = ["a.json", "b/*.json"]\n')
    assert load_settings(tmp_path).metrics_files == ("a.json", "b/*.json")
    monkeypatch.setenv("ANEW_METRICS_FILES", "c.json, *.d")
    assert load_settings(tmp_path).metrics_files == ("c.json", "*.d")
    assert load_settings(tmp_path, metrics_files=[]).metrics_files == ()


@pytest.mark.parametrize("value", [5, True, [""], ["a", 1], {}])
def test_patterns_that_are_none_are_told(tmp_path, value):
    with pytest.raises(UsageError, match="expected a list of file names or patterns"):
        load_settings(tmp_path, metrics_files=value)


@pytest.mark.parametrize("value", [5, "", " ", True, [], b"x"])
def test_a_store_that_is_no_folder_is_told(tmp_path, value):
    with pytest.raises(UsageError, match="expected a folder") as caught:
        load_settings(tmp_path, store=value)
    assert caught.value.hint == "store = '.anew'"


def test_a_table_that_is_none_is_told(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool]\nanew = 3\n")
    with pytest.raises(UsageError, match=r"\[tool\.anew\] is 3, expected a table") as caught:
        load_settings(tmp_path)
    assert caught.value.where == str(tmp_path / "pyproject.toml")


@pytest.mark.parametrize("name", ["anew.toml", "pyproject.toml"])
@pytest.mark.parametrize("content", [b"store = ", b"\xff = 1", b"a = 1\na = 2\n"])
def test_a_file_that_is_no_toml_is_told(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match="cannot read the settings: ") as caught:
        load_settings(tmp_path)
    assert caught.value.where == str(tmp_path / name)
    assert caught.value.hint == "mend the TOML syntax"


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "anew.toml").mkdir()
    with pytest.raises(UsageError, match="cannot read the settings: Is a directory") as caught:
        load_settings(tmp_path)
    assert caught.value.hint == f"chmod a+r {tmp_path / 'anew.toml'}"


def test_the_store_is_relative_to_the_root(tmp_path):
    assert load_settings(tmp_path, store="a/b").folder == tmp_path / "a" / "b"
    assert load_settings(tmp_path, store="../b").folder == tmp_path.parent / "b"


def test_the_store_of_a_variable_is_relative_to_the_root(tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    (tmp_path / "anew.toml").touch()
    monkeypatch.chdir(tmp_path / "sub")
    monkeypatch.setenv("ANEW_STORE", "kept")
    assert load_settings().folder == tmp_path / "kept"


def test_an_absolute_store_is_where_it_says(tmp_path):
    assert load_settings(tmp_path / "a", store=tmp_path / "b").folder == tmp_path / "b"


def test_a_tilde_stands_for_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert load_settings(tmp_path, store="~/kept").folder == tmp_path / "home" / "kept"
    assert load_settings(tmp_path, store="a~").folder == tmp_path / "a~"


def test_the_home_of_nobody_is_told(tmp_path):
    with pytest.raises(UsageError, match="no such user"):
        load_settings(tmp_path, store="~nobody-of-that-name/kept")


def test_a_link_to_a_store_is_the_store(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert load_settings(tmp_path, store="link").folder == tmp_path / "real"


@pytest.mark.parametrize("mark", [".anew", "anew.toml", "pyproject.toml", ".git"])
def test_a_project_begins_where_one_of_its_marks_is(tmp_path, mark):
    (tmp_path / mark).touch()
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert find_root(tmp_path / "a" / "b") == tmp_path


def test_the_nearest_project_is_the_one(tmp_path):
    inner = tmp_path / "a" / "b"
    (inner / "c").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (inner / "anew.toml").touch()
    assert find_root(inner / "c") == inner


def test_a_folder_without_a_project_is_its_own(tmp_path):
    assert find_root(tmp_path) == tmp_path


def test_a_home_folder_is_never_a_project_of_what_is_in_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".git").mkdir()
    (tmp_path / "analysis").mkdir()
    assert find_root(tmp_path / "analysis") == tmp_path / "analysis"
    assert find_root(tmp_path) == tmp_path


def test_a_user_without_a_home_has_projects_too(tmp_path, monkeypatch):
    def home(_):
        raise RuntimeError

    monkeypatch.setattr(Path, "home", classmethod(home))
    (tmp_path / ".git").mkdir()
    assert find_root(tmp_path) == tmp_path


def test_the_current_folder_is_where_the_search_begins(tmp_path, monkeypatch):
    (tmp_path / "anew.toml").touch()
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    assert find_root() == load_settings().root == tmp_path


@given(st.lists(st.sampled_from("abc"), max_size=4), st.integers(0, 4))
def test_a_root_is_its_own_root(tmp_path_factory, names, depth):
    base = tmp_path_factory.mktemp("root")
    folder = base.joinpath(*names)
    folder.mkdir(parents=True, exist_ok=True)
    (base.joinpath(*names[:depth]) / ".git").mkdir()
    root = find_root(folder)
    assert folder.is_relative_to(root)
    assert find_root(root) == root


@pytest.fixture
def two(tmp_path, monkeypatch):
    """Two projects, the first of which is worked in."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "anew.toml").touch()
        (tmp_path / name / "fit.py").write_text(
            "from anew.settings import find_project\nprint(find_project().name)\n"
        )
    monkeypatch.chdir(tmp_path / "one")
    return tmp_path


def printed(*command):
    return subprocess.run(
        [sys.executable, *map(str, command)], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_the_project_of_a_script_is_found_from_elsewhere(two):
    assert printed("fit.py") == "one"
    assert printed(two / "two" / "fit.py") == "two"


def test_without_a_script_the_project_is_that_of_the_current_folder(two):
    assert printed("-c", "from anew.settings import find_project; print(find_project().name)") == (
        "one"
    )


@pytest.mark.parametrize("argv", [[], [""], ["-"], [os.__file__], ["gone.py"], ["/bin/sh"]])
def test_what_is_no_script_of_the_users_does_not_count(two, monkeypatch, argv):
    monkeypatch.setattr(sys, "argv", argv)
    assert find_project() == two / "one"
