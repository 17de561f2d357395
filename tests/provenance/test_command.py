"""The command as a facet: in this process, and in real ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from anew.provenance import command
from anew.provenance.command import CommandCollector, is_recorded

PROBE = """
import json, sys
from pathlib import Path
from anew.provenance.command import CommandCollector
print(json.dumps(CommandCollector().collect(Path(sys.argv[-1]))))
"""


def collect_in(root: Path, *arguments: str, stdin: str = "", **variables: str) -> dict[str, Any]:
    """Collect in another process."""
    source = str(Path(command.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, *arguments, str(root)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": source, **variables},
        input=stdin,
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_a_script_is_named_with_its_arguments(root: Path) -> None:
    (root / "fit.py").write_text(PROBE)
    found = collect_in(root, "fit.py", "alpha=0.3")
    assert found["argv"][1:] == ["fit.py", "alpha=0.3", str(root)]
    assert found["how"] == "script"
    assert found["main"] == "fit.py"
    assert found["module"] is None
    assert found["cwd"] == "."
    assert found["paths"] == ["."]


def test_a_script_outside_of_the_current_folder_is_named(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").write_text(PROBE)
    found = collect_in(root, "../elsewhere.py")
    assert found["main"] == str(tmp_path / "elsewhere.py")
    assert found["paths"] == []


def test_a_module_is_named(root: Path) -> None:
    (root / "study").mkdir()
    (root / "study" / "__main__.py").write_text(PROBE)
    found = collect_in(root, "-m", "study")
    assert (found["how"], found["module"]) == ("module", "study")
    assert found["main"] == "study/__main__.py"


def test_code_on_the_command_line_is_inline(root: Path) -> None:
    found = collect_in(root, "-c", PROBE)
    assert (found["how"], found["main"]) == ("inline", None)


@pytest.mark.parametrize("words", [["bin/anew"], ["-m", "anew"]])
def test_the_command_anew_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setattr(sys, "orig_argv", ["python", *words, "run", "fit.py"])
    assert CommandCollector().collect(root)["how"] == "anew"


def test_a_module_of_anew_is_anew(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = type("Spec", (), {"name": "anew.__main__"})()
    main_module(monkeypatch, __spec__=spec)
    assert CommandCollector().collect(root)["how"] == "anew"


def test_a_worker_has_the_command_that_it_works_for(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ["/usr/bin/python3", "-c", "spawn_main(7)", "--multiprocessing-fork"]
    monkeypatch.setattr(sys, "orig_argv", line)
    monkeypatch.setattr(sys, "argv", ["fit.py", "alpha=1"])
    found = CommandCollector().collect(root)
    assert found["argv"] == ["/usr/bin/python3", "fit.py", "alpha=1"]


def main_module(monkeypatch: pytest.MonkeyPatch, **names: object) -> None:
    module = ModuleType("__main__")
    vars(module).update(names)
    monkeypatch.setitem(sys.modules, "__main__", module)
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "ipykernel_launcher", "-f", "k-1.json"])


class ZMQInteractiveShell:
    """What a notebook's kernel calls its shell."""


class TerminalInteractiveShell:
    """What IPython in a terminal calls its shell."""


def test_a_notebook_is_named_by_its_server(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main_module(monkeypatch, get_ipython=ZMQInteractiveShell)
    monkeypatch.setenv("JPY_SESSION_NAME", str(root / "study.ipynb"))
    found = CommandCollector().collect(root)
    assert (found["how"], found["main"]) == ("notebook", "study.ipynb")
    assert found["argv"] == ["python", "-m", "ipykernel_launcher"]


def test_a_notebook_is_named_by_its_editor(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = str(root / "deep" / "study.ipynb")
    main_module(monkeypatch, get_ipython=ZMQInteractiveShell, __vsc_ipynb_file__=notebook)
    assert CommandCollector().collect(root)["main"] == "deep/study.ipynb"


def test_a_notebook_without_a_name_has_none(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main_module(monkeypatch, get_ipython=ZMQInteractiveShell)
    monkeypatch.setenv("JPY_SESSION_NAME", "2f6b")
    assert CommandCollector().collect(root)["main"] is None


def test_ipython_in_a_terminal_is_interactive(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main_module(monkeypatch, get_ipython=TerminalInteractiveShell)
    assert CommandCollector().collect(root)["how"] == "interactive"


def test_the_prompt_is_interactive(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main_module(monkeypatch)
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    assert CommandCollector().collect(root)["how"] == "interactive"


def test_a_script_that_a_worker_imports_again_is_no_module(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = type("Spec", (), {"name": "__mp_main__"})()
    main_module(monkeypatch, __file__=str(root / "fit.py"), __spec__=spec)
    found = CommandCollector().collect(root)
    assert (found["how"], found["main"], found["module"]) == ("script", "fit.py", None)


def test_allowed_variables_alone_are_recorded(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        monkeypatch.delenv(name)
    allowed = {
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "JOBLIB_TEMP_FOLDER": "/tmp",  # noqa: S108 - a value, not a folder
        "LC_ALL": "C",
        "OMP_NUM_THREADS": "2",
        "PYTHONHASHSEED": "0",
        "TZ": "UTC",
    }
    for name, value in {**allowed, "AWS_SECRET": "x", "TZDIR": "x", "MY_LANG": "x"}.items():
        monkeypatch.setenv(name, value)
    assert CommandCollector().collect(root)["environment"] == allowed


def test_it_is_told_which_variables_are_recorded() -> None:
    assert is_recorded("OMP_NUM_THREADS")
    assert not is_recorded("AWS_SECRET_ACCESS_KEY")


def test_secrets_in_allowed_variables_are_masked(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_SERVICE_CREDENTIALS", "abc")
    monkeypatch.setenv("PYTHONPATH", "https://ada:secret@example.org/lib")
    found = CommandCollector().collect(root)["environment"]
    assert found["PYTHON_SERVICE_CREDENTIALS"] == "***"
    assert found["PYTHONPATH"] == "https://***@example.org/lib"


def test_secrets_in_arguments_are_masked(root: Path) -> None:
    found = collect_in(root, "-c", PROBE, "--password", "x1", "--token=x2")
    assert found["argv"][3:-1] == ["--password", "***", "--token=***"]


def test_folders_of_the_project_are_recorded_and_its_environment_is_not(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = root / ".venv" / "lib"
    entries = [str(root / "src"), str(environment), "", "/usr/lib/python3", str(root / "src")]
    monkeypatch.setattr(sys, "path", entries)
    monkeypatch.setattr(sys, "prefix", str(root / ".venv"))
    monkeypatch.chdir(root)
    assert CommandCollector().collect(root)["paths"] == ["src", "."]


def test_the_current_folder_is_shown_from_the_project(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "deep").mkdir()
    monkeypatch.chdir(root / "deep")
    assert CommandCollector().collect(root)["cwd"] == "deep"


def test_a_current_folder_that_was_removed_is_none(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> Path:
        raise FileNotFoundError

    monkeypatch.setattr(command.Path, "cwd", gone)
    assert CommandCollector().collect(root)["cwd"] is None


def test_the_umask_is_read_without_setting_it(root: Path) -> None:
    before = os.umask(0o027)
    try:
        found = CommandCollector().collect(root)["umask"]
    finally:
        os.umask(before)
    assert found == "0027"


def test_the_umask_is_none_where_it_cannot_be_read(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_STATUS", str(root / "absent"))
    assert CommandCollector().collect(root)["umask"] is None


def test_a_changed_variable_is_seen(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    collector = CommandCollector()
    before = collector.freshness(root)
    assert collector.freshness(root) == before
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert collector.freshness(root) != before


def test_another_folder_is_seen(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector = CommandCollector()
    before = collector.freshness(root)
    monkeypatch.chdir(tmp_path)
    assert collector.freshness(root) != before
