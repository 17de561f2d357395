"""Interpreters that the project did not ask for."""

from __future__ import annotations

import pytest

from anew.guards.interpreter import find_wrong_interpreter

PROJECT = '[project]\nname = "x"\nrequires-python = "{}"\n'


@pytest.mark.parametrize(
    ("file", "text", "is_right"),
    [
        ("pyproject.toml", PROJECT.format(">=3.11"), True),
        ("pyproject.toml", PROJECT.format(">=3.13"), False),
        ("pyproject.toml", PROJECT.format("==3.12.*"), True),
        ("pyproject.toml", PROJECT.format("nonsense"), True),
        ("pyproject.toml", "not [toml", True),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.11"\n', True),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "~3.11"\n', False),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.13 || ^3.12"\n', True),
        (".python-version", "3.12\n", True),
        (".python-version", "3.12.1\n", True),
        (".python-version", "3.1\n", False),
        (".python-version", "3.12.10\n", False),
        (".python-version", "3.11.4\n3.12.1\n", True),
        (".python-version", "# mine\ncpython-3.11\n", False),
        (".python-version", "my-environment\n", True),
        (".python-version", "", True),
        ("uv.lock", 'requires-python = ">=3.13"\n', False),
        ("poetry.lock", '[metadata]\npython-versions = ">=3.9,<3.12"\n', False),
        ("pdm.lock", '[metadata]\nrequires_python = ">=3.9"\n', True),
        ("pylock.toml", 'requires-python = ">=3.13"\n', False),
    ],
)
def test_what_a_file_asks_for(tmp_path, file, text, is_right):
    (tmp_path / file).write_text(text)
    found = find_wrong_interpreter(tmp_path, "3.12.1")
    assert [each.kind for each in found] == ([] if is_right else ["python"])


def test_the_mend_makes_the_environment_again(tmp_path):
    (tmp_path / ".python-version").write_text("3.13\n")
    (found,) = find_wrong_interpreter(tmp_path, "3.12.1")
    assert found.text == "Python 3.12.1 runs, .python-version asks for 3.13"
    assert found.mend == "uv venv --clear --python '3.13' && uv sync"
