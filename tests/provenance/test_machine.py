"""Interpreter, system, processor, memory, accelerators, numerics and locale as facets."""

from __future__ import annotations

import getpass
import os
import platform
import subprocess
import sys
import sysconfig
import time
from typing import TYPE_CHECKING

import psutil
import pytest
import threadpoolctl

from anew.provenance import cpu, gpu, locale, numerics
from anew.provenance.cpu import CpuCollector
from anew.provenance.gpu import GpuCollector
from anew.provenance.locale import LocaleCollector
from anew.provenance.memory import MemoryCollector
from anew.provenance.numerics import NumericsCollector
from anew.provenance.platform import PlatformCollector
from anew.provenance.python import PythonCollector

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# the interpreter


def test_the_interpreter_is_described(root: Path) -> None:
    found = PythonCollector().collect(root)
    assert found["version"] == platform.python_version()
    assert found["implementation"] == platform.python_implementation()
    assert found["flags"]["optimize"] == sys.flags.optimize
    assert found["free_threaded"] == bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def test_an_interpreter_in_the_project_is_relative(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(root / ".venv" / "bin" / "python"))
    assert PythonCollector().collect(root)["executable"] == ".venv/bin/python"


def test_an_embedded_interpreter_has_no_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", None)
    assert PythonCollector().collect(root)["executable"] is None


@pytest.mark.parametrize("kind", ["venv", "conda", "system"])
def test_what_manages_the_packages_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(sys, "prefix", str(root))
    monkeypatch.setattr(sys, "base_prefix", "/usr" if kind == "venv" else str(root))
    if kind == "conda":
        (root / "conda-meta").mkdir()
    assert PythonCollector().collect(root)["prefix"] == kind


def test_the_interpreter_stays_fresh(root: Path) -> None:
    assert PythonCollector().freshness(root) == PythonCollector().freshness(root)


# the system


def test_the_system_is_described(root: Path) -> None:
    found = PlatformCollector().collect(root)
    assert found["system"] == platform.system()
    assert found["hostname"] == platform.node()
    assert found["user"] == getpass.getuser()


def test_a_system_that_does_not_name_itself_is_described_too(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent() -> None:
        raise FileNotFoundError

    monkeypatch.setattr(platform, "freedesktop_os_release", absent)
    monkeypatch.setattr(platform, "mac_ver", lambda: ("15.1", ("", "", ""), "arm64"))
    assert PlatformCollector().collect(root)["distribution"] == "15.1"


def test_a_user_without_a_name_is_a_number(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        message = "uid not found"
        raise KeyError(message)

    monkeypatch.setattr(getpass, "getuser", unknown)
    assert PlatformCollector().collect(root)["user"] == str(os.getuid())


# the processor

X86 = """\
processor\t: 0
model name\t: Imagined CPU @ 3 GHz
physical id\t: 0
core id\t\t: 0
flags\t\t: fpu sse4_2 avx2 smep fma avx512f

processor\t: 1
model name\t: Imagined CPU @ 3 GHz
physical id\t: 0
core id\t\t: 0
flags\t\t: fpu sse4_2 avx2 smep fma avx512f

processor\t: 2
model name\t: Imagined CPU @ 3 GHz
physical id\t: 1
core id\t\t: 0
flags\t\t: fpu sse4_2 avx2 smep fma avx512f
"""


def test_the_processor_is_described(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpuinfo").write_text(X86)
    monkeypatch.setattr(cpu, "_CPUINFO", tmp_path / "cpuinfo")
    found = CpuCollector().collect(root)
    assert found["model"] == "Imagined CPU @ 3 GHz"
    assert found["physical"] == 2
    assert found["flags"] == ["avx2", "avx512f", "fma", "sse4_2"]


def test_an_arm_processor_is_described(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nFeatures\t: fp asimd sve2 bf16\n")
    monkeypatch.setattr(cpu, "_CPUINFO", tmp_path / "cpuinfo")
    found = CpuCollector().collect(root)
    assert found["flags"] == ["asimd", "bf16", "sve2"]
    assert found["physical"] == psutil.cpu_count(logical=False)


def test_a_system_without_cpuinfo_is_described(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cpu, "_CPUINFO", tmp_path / "absent")
    monkeypatch.setattr(platform, "processor", lambda: "arm")
    found = CpuCollector().collect(root)
    assert (found["model"], found["flags"]) == ("arm", [])


def test_fewer_usable_processors_are_seen(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    assert CpuCollector().freshness(root) == 3
    assert CpuCollector().collect(root)["usable"] == 3


def test_all_processors_are_usable_where_it_is_not_told(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert CpuCollector().collect(root)["usable"] == os.cpu_count()


# memory


def test_memory_is_the_total(root: Path) -> None:
    assert MemoryCollector().collect(root) == {"total_bytes": psutil.virtual_memory().total}


# accelerators


@pytest.fixture
def no_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a machine without a driver: its folder is absent, and no program is found."""
    monkeypatch.setattr(gpu, "_DRIVER", tmp_path / "driver")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    return tmp_path


def imitate(folder: Path, script: str) -> None:
    program = folder / "bin" / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_a_machine_without_accelerators_has_none(root: Path, no_driver: Path) -> None:
    assert GpuCollector().collect(root) == {}


def test_accelerators_are_described_by_their_program(root: Path, no_driver: Path) -> None:
    line = "NVIDIA H100 80GB HBM3, 81559, 550.54.15"
    imitate(no_driver, f"echo '{line}'; echo '{line}'")
    device = {"model": "NVIDIA H100 80GB HBM3", "memory_mib": "81559"}
    assert GpuCollector().collect(root) == {"driver": "550.54.15", "devices": [device, device]}


def test_a_program_without_a_device_means_none(root: Path, no_driver: Path) -> None:
    imitate(no_driver, "echo 'no devices were found'; exit 6")
    assert GpuCollector().collect(root) == {}


def test_a_program_that_prints_nothing_means_none(root: Path, no_driver: Path) -> None:
    imitate(no_driver, "exit 0")
    assert GpuCollector().collect(root) == {}


def test_a_driver_that_does_not_answer_is_a_failure(root: Path, no_driver: Path) -> None:
    (no_driver / "driver").mkdir()
    imitate(no_driver, "echo 'driver mismatch'; exit 18")
    with pytest.raises(RuntimeError, match="status 18: driver mismatch"):
        GpuCollector().collect(root)


def test_accelerators_are_described_by_the_driver(root: Path, no_driver: Path) -> None:
    driver = no_driver / "driver"
    for bus, text in {"0": "Model: \t NVIDIA A100\nIRQ: 1\n", "1": "IRQ: 2\n"}.items():
        (driver / "gpus" / bus).mkdir(parents=True)
        (driver / "gpus" / bus / "information").write_text(text)
    (driver / "version").write_text("NVRM version: NVIDIA Kernel Module  550.54\nGCC: 12\n")
    assert GpuCollector().collect(root) == {
        "driver": "NVIDIA Kernel Module  550.54",
        "devices": [{"model": "NVIDIA A100"}, {"model": "unknown"}],
    }


# numerics


def test_the_loaded_libraries_are_described(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    import numpy as np

    np.dot([1.0], [1.0])
    found = NumericsCollector().collect(root)
    with threadpoolctl.threadpool_limits(1):
        limited = NumericsCollector().collect(root)
    libraries = [library["library"] for library in found["libraries"]]
    assert sorted(i["internal_api"] for i in threadpoolctl.threadpool_info()) == sorted(libraries)
    assert {library["threads"] for library in limited["libraries"]} == {1}
    assert "/" not in found["libraries"][0]["file"]
    assert found["environment"]["OPENBLAS_NUM_THREADS"] == "3"


def test_threads_may_change_at_any_time(root: Path) -> None:
    assert NumericsCollector().freshness(root) is None


@pytest.mark.parametrize("before", [None, "FALSE"])
def test_asking_leaves_numpy_alone_and_the_environment_as_it_was(
    root: Path, before: str | None
) -> None:
    program = (
        "import os, sys; from pathlib import Path\n"
        "from anew.provenance.numerics import NumericsCollector\n"
        "NumericsCollector().collect(Path())\n"
        "print('numpy' in sys.modules, os.environ.get('KMP_DUPLICATE_LIB_OK'))"
    )
    environment = {n: v for n, v in os.environ.items() if n != "KMP_DUPLICATE_LIB_OK"}
    if before:
        environment["KMP_DUPLICATE_LIB_OK"] = before
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.stdout == f"False {before}\n"


def test_the_variables_of_numerics_are_named() -> None:
    assert list(numerics._VARIABLES) == sorted(numerics._VARIABLES)


# language and time


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Let a test set the time zone."""
    yield monkeypatch
    monkeypatch.undo()
    time.tzset()


def test_the_time_zone_is_told_by_name_and_by_two_offsets(
    root: Path, zone: pytest.MonkeyPatch
) -> None:
    zone.setenv("TZ", "Europe/Berlin")
    time.tzset()
    found = LocaleCollector().collect(root)
    shown = (found["zone"], found["offset_january"], found["offset_july"])
    assert shown == ("Europe/Berlin", "+0100", "+0200")


def test_another_time_zone_is_seen(root: Path, zone: pytest.MonkeyPatch) -> None:
    before = LocaleCollector().freshness(root)
    zone.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    assert LocaleCollector().freshness(root) != before


@pytest.mark.parametrize("where", ["zoneinfo/Asia/Kolkata", "elsewhere"])
def test_the_time_zone_of_the_system_is_named(
    root: Path, tmp_path: Path, zone: pytest.MonkeyPatch, where: str
) -> None:
    zone.delenv("TZ", raising=False)
    zone.setattr(locale, "_LOCALTIME", tmp_path / "localtime")
    (tmp_path / "localtime").symlink_to(tmp_path / where)
    named = "Asia/Kolkata" if "zoneinfo" in where else "/".join(time.tzname)
    assert LocaleCollector().collect(root)["zone"] == named


def test_the_languages_variables_are_recorded(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_NUMERIC", "de_DE.UTF-8")
    assert LocaleCollector().collect(root)["environment"]["LC_NUMERIC"] == "de_DE.UTF-8"
