"""Which files say something of a step."""

from __future__ import annotations

import os
import sys
import sysconfig

import numpy as np
import pytest

from anew.watch.places import counts

HOME = os.path.expanduser("~")


@pytest.mark.parametrize(
    ("path", "by_library"),
    [
        ("/p/data.csv", False),
        ("/p/data.csv", True),
        ("/elsewhere/data.csv", True),
        (f"{HOME}/.config/mine.toml", False),
        ("/etc/hosts", False),
    ],
    ids=["inside", "inside-by-library", "outside", "settings", "system"],
)
def test_data_counts(path, by_library):
    assert counts(path, "/p", by_library=by_library)


@pytest.mark.parametrize(
    ("path", "by_library"),
    [
        ("/proc/cpuinfo", False),
        ("/dev/null", False),
        ("/usr/share/zoneinfo/Europe/Berlin", False),
        ("/p/.anew/trials.db", False),
        ("/p/.git/HEAD", False),
        ("/p/a/__pycache__/b.pyc", False),
        ("/p/.venv/lib/python3/site-packages/a/b.csv", False),
        (os.__file__, False),
        (np.__file__, False),
        (os.path.join(sys.prefix, "lib", "x"), False),
        (sysconfig.get_paths()["stdlib"] + "/json/x", False),
        (f"{HOME}/.config/matplotlib/matplotlibrc", True),
        (f"{HOME}/.cache/fontconfig/x", True),
        ("/usr/share/fonts/x.ttf", True),
        ("/etc/hosts", True),
    ],
    ids=[
        *("proc", "dev", "zone", "store", "git", "compiled", "environment", "module", "installed"),
        *("prefix", "library", "settings", "cache", "fonts", "system"),
    ],
)
def test_what_belongs_to_python_the_system_or_anew_does_not_count(path, by_library):
    assert not counts(path, "/p", by_library=by_library)


def test_a_project_within_the_folder_of_the_interpreter_counts():
    root = os.path.join(sys.prefix, "lib", "project")
    assert counts(f"{root}/data.csv", root, by_library=True)
    assert not counts(f"{root}/.venv/lib/site-packages/a", root, by_library=False)


def test_a_project_within_a_folder_of_anew_counts():
    assert counts("/p/.anew/again/data.csv", "/p/.anew/again", by_library=False)
