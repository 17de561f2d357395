"""Which interpreter a program gets, and which scripts are experiments."""

from __future__ import annotations

import json
import os
import sys
import textwrap

import pytest

from anew.errors import EnvironmentProblemError
from anew.programs import choose_interpreter
from anew.programs.detect import builds_experiment


def make_environment(folder, home=sys.base_prefix + "/bin"):
    """Make a virtual environment that looks like one."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/python").symlink_to(sys.executable)
    (folder / "pyvenv.cfg").write_text(f"home = {home}\n")
    return folder


def make_path(folder):
    """Make a folder of the path that has a python."""
    folder.mkdir()
    (folder / "python").symlink_to(sys.executable)
    return str(folder)


@pytest.mark.parametrize("variable", ["VIRTUAL_ENV", "CONDA_PREFIX"])
def test_the_active_environment_comes_first(tmp_path, variable):
    make_environment(tmp_path / ".venv")
    active = make_environment(tmp_path / "active")
    found = choose_interpreter(tmp_path, {variable: str(active), "PATH": ""})
    assert found.path == str(active / "bin/python")
    assert variable in found.why


def test_then_comes_that_of_the_project(tmp_path):
    own = make_environment(tmp_path / ".venv")
    found = choose_interpreter(tmp_path, {"PATH": make_path(tmp_path / "bin")})
    assert (found.path, found.is_usual) == (str(own / "bin/python"), False)


def test_then_comes_that_of_the_path(tmp_path):
    folder = make_path(tmp_path / "bin")
    found = choose_interpreter(tmp_path, {"PATH": folder})
    assert (found.path, found.is_usual) == (f"{folder}/python", True)


def test_then_comes_our_own_which_is_said(tmp_path):
    found = choose_interpreter(tmp_path, {"PATH": str(tmp_path)})
    assert (found.path, found.is_usual) == (sys.executable, False)


def test_one_whose_base_is_gone_is_told_with_the_way_out(tmp_path):
    own = make_environment(tmp_path / ".venv")
    (own / "bin/python").unlink()
    (own / "bin/python").symlink_to("/nowhere/python3")
    with pytest.raises(EnvironmentProblemError, match="leads to /nowhere/python3") as caught:
        choose_interpreter(tmp_path, {"PATH": ""})
    assert caught.value.hint.startswith("python3 -m venv --clear")


def test_one_that_was_removed_while_active_is_told_with_the_way_out(tmp_path):
    with pytest.raises(EnvironmentProblemError, match="has no bin/python") as caught:
        choose_interpreter(tmp_path, {"VIRTUAL_ENV": str(tmp_path / "gone"), "PATH": ""})
    assert caught.value.hint == "unset VIRTUAL_ENV"


def test_one_whose_home_is_gone_is_broken(tmp_path):
    make_environment(tmp_path / ".venv", home="/nowhere/bin")
    with pytest.raises(EnvironmentProblemError, match="the Python in /nowhere/bin"):
        choose_interpreter(tmp_path, {"PATH": ""})


EXPERIMENTS = {
    "plain": "import anew\nex = anew.Experiment('a')",
    "renamed": "import anew as a\nex = a.Experiment('a')",
    "by-name": "from anew import Experiment as E\nex = E('a')",
    "several": "import anew\na, b = anew.Experiment('a'), anew.Experiment('b')",
    "not-kept": "import anew\nanew.Experiment('a')",
    "in-a-block": "try:\n    import anew\nfinally:\n    ex = anew.Experiment('a')",
    "from-beside": "from beside import ex",
    "all-from-beside": "from beside import *",
    "over-two-lines": "from \\\n  beside import ex",
    "relative": "from . beside import ex",
    "after-another": "import os; from beside import (ex)",
    "beyond-ascii": "# é\nfrom beside import ex",
    "over-a-third": "from between import ex",
}
PROGRAMS = {
    "empty": "",
    "print": "print('Experiment')",
    "logs": "import anew\nanew.log(loss=1)",
    "in-main": "import anew\nif __name__ == '__main__':\n    ex = anew.Experiment('a')",
    "in-a-function": "import anew\ndef main():\n    ex = anew.Experiment('a')\nmain()",
    "somebody-else-s": "from comet import Experiment\nex = Experiment('a')",
    "a-module-that-has-one": "import beside",
    "another-name-from-beside": "from beside import other",
    "itself": "from script import ex",
    "broken": "import anew\nex = anew.Experiment('a'",
    "null": "\0",
    "prose": f"'from {'here on ' * 200}import'  # from / import, from import, from .. import a",
    "beyond-ascii": "# é",
}


@pytest.mark.parametrize(
    ("sources", "is_one"), [(EXPERIMENTS, True), (PROGRAMS, False)], ids=["yes", "no"]
)
def test_a_script_that_builds_an_experiment_is_known(tmp_path, sources, is_one):
    (tmp_path / "beside.py").write_text("import anew\nother = 1\nex = anew.Experiment('b')\n")
    (tmp_path / "between.py").write_text("from beside import ex\n")
    script = tmp_path / "script.py"
    for name, source in sources.items():
        script.write_text(textwrap.dedent(source))
        assert builds_experiment(script) == is_one, name


def test_what_is_not_there_builds_nothing(tmp_path):
    assert not builds_experiment(tmp_path / "none.py")
    assert not builds_experiment(tmp_path)


def test_a_program_runs_in_the_project_s_interpreter_without_our_packages(place):
    """An environment without packages: what is injected needs nothing there."""
    import venv

    venv.create(place.folder / ".venv", symlinks=True)
    url = "https://example.org/noarch/lib-1.0-0.conda"
    (place.folder / ".venv/conda-meta").mkdir()
    (place.folder / ".venv/conda-meta/lib-1.0-0.json").write_text(json.dumps({"url": url}))
    place.write(
        "program.py",
        "import sys, importlib.util as u\nprint(sys.prefix)\nprint(u.find_spec('click'))\n",
    )
    variables = {"VIRTUAL_ENV": "", "PATH": os.environ["PATH"]}
    done = place.run("program.py", variables=variables)
    assert done.printed.decode().split() == [str(place.folder / ".venv"), "None"]
    assert b"anew: runs in " in done.all_told
    facets = place.trial().facets
    assert facets["program"]["interpreter"] == ".venv/bin/python"
    assert facets["python"]["executable"] == ".venv/bin/python"
    assert "click" not in facets["packages"]["versions"]
    assert facets["conda"] == {"explicit": [url]}


def test_projects_installed_as_editable_are_those_of_the_interpreter(place, tmp_path_factory):
    """The code of one that is editable there is kept, although anew knows nothing of it."""
    import venv

    other = tmp_path_factory.mktemp("other")
    (other / "other.py").write_text("VALUE = 1\n")
    venv.create(place.folder / ".venv", symlinks=True)
    (packages,) = place.folder.glob(".venv/lib/*/site-packages")
    about = packages / "other-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: other\nVersion: 1.0\n")
    direct = {"url": other.as_uri(), "dir_info": {"editable": True}}
    (about / "direct_url.json").write_text(json.dumps(direct))
    place.write("program.py", "print(1)")
    place.run("program.py", variables={"VIRTUAL_ENV": str(place.folder / ".venv")})
    assert list(place.trial().facets["snapshot"]["editable"]) == ["other"]


def test_an_interpreter_that_does_not_start_is_told(place):
    """Nothing is recorded of a program that cannot run."""
    broken = make_environment(place.folder / "environment")
    (broken / "bin/python").unlink()
    (broken / "bin/python").write_text("#!/bin/sh\necho no libpython >&2; exit 127\n")
    (broken / "bin/python").chmod(0o755)
    place.write("program.py", "")
    done = place.run("program.py", variables={"VIRTUAL_ENV": str(broken)})
    assert done.status == 3
    assert b"does not start: no libpython" in done.told
    assert not (place.folder / ".anew").exists()
