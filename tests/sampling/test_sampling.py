"""What a trial takes of its machine is told now and then, and the trial does not notice."""

from __future__ import annotations

import mmap
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from contextlib import suppress
from types import SimpleNamespace

import pytest

import anew
from anew.errors import UnknownNameError
from anew.sampling import Sampler, gpu
from anew.sampling.usage import Usage

BUSY = "import time\nend = time.process_time() + {}\nwhile time.process_time() < end: pass"
PATIENCE_S = 30


def wait_for(condition):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def begin(**options):
    """Begin to measure: processes of other tests may live on, of which the first reading is."""
    usage = Usage(**options)
    usage.read()
    return usage, time.monotonic()


def be_busy(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def has(trial, metric, count=1):
    try:
        return len(trial.record.series(metric).values) >= count
    except UnknownNameError:
        return False


@pytest.fixture
def often(project, monkeypatch):
    monkeypatch.setenv("ANEW_SYSTEM_INTERVAL", "0.02")
    return project


def test_a_busy_process_takes_about_as_much_as_it_works():
    usage, began = begin()
    be_busy(0.2)
    cpu = usage.read()["system/cpu"]
    assert 0.9 * 20 / (time.monotonic() - began) < cpu < 130


def test_what_ended_children_took_counts():
    usage, began = begin(with_own=False)
    subprocess.run([sys.executable, "-c", BUSY.format(0.2)], check=True)
    cpu = usage.read()["system/cpu"]
    assert cpu * (time.monotonic() - began) > 15


def test_children_of_children_that_live_count():
    script = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BUSY.format(60)!r}])"
    usage = Usage(with_own=False)
    usage.read()
    with subprocess.Popen([sys.executable, "-c", script], process_group=0) as child:
        try:
            wait_for(lambda: usage.read()["system/cpu"] > 20)
        finally:
            os.killpg(child.pid, 9)


def test_what_was_taken_before_the_trial_is_no_part_of_it():
    script = f"{BUSY.format(0.4)}\nprint(flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=-1, stdout=-1) as child:
        try:
            child.stdout.read(1)
            usage = Usage(with_own=False)
            assert "system/cpu" not in usage.read()
            assert usage.read()["system/cpu"] < 100
        finally:
            child.kill()


def test_memory_that_is_held_counts():
    usage = Usage()
    before = usage.read()["system/memory"]
    # From the system: what an allocator gives may have been held before.
    with mmap.mmap(-1, 64 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as held:
        held[:: mmap.PAGESIZE] = b"x" * (len(held) // mmap.PAGESIZE)
        assert usage.read()["system/memory"] - before > 0.9 * len(held)


@pytest.mark.skipif(
    sys.platform != "linux", reason="no other system tells how much a process wrote"
)
def test_what_children_wrote_counts(tmp_path):
    if not os.statvfs(tmp_path).f_blocks or _is_in_memory(tmp_path):
        pytest.skip("there is no disk here")
    script = f"import os\nf = open({str(tmp_path / 'a')!r}, 'wb')\nf.write(bytes(1 << 22))"
    usage, began = begin()
    subprocess.run([sys.executable, "-c", f"{script}\nos.fsync(f.fileno())"], check=True)
    assert usage.read()["system/disk_write"] * (time.monotonic() - began) > 1 << 21


def _is_in_memory(path):
    found = subprocess.run(["stat", "-fc", "%T", path], capture_output=True, text=True, check=False)
    return found.stdout.strip() in {"tmpfs", "ramfs", "overlayfs", "fuseblk"}


def test_a_trial_has_series_of_its_machine(often):
    with anew.trial("busy") as trial:
        wait_for(lambda: be_busy(0.02) or has(trial, "system/cpu", 3))
    record = trial.record
    assert record.series("system/cpu").values.max() > 1
    assert record.series("system/memory").values.min() > 1 << 20
    assert list(record.series("system/memory").steps[:3]) == [0, 1, 2]


def test_no_list_comparison_or_frame_is_about_the_machine(often):
    ex = anew.Experiment("busy")
    for _ in range(2):
        with anew.trial("busy") as trial:
            wait_for(lambda: has(trial, "system/cpu"))
            trial.log(loss=1.0)
            assert trial.record.metrics == {"loss": 1.0}
    assert trial.record.metrics == {"loss": 1.0}
    assert not [name for name in ex.trials() if "system" in name]
    assert not anew.diff(*ex.store.trials()).metrics
    assert set(ex.metrics().metric) == {"loss"}


def test_a_frame_of_series_of_the_machine_is_had_for_the_asking(often):
    with anew.trial("busy") as trial:
        wait_for(lambda: has(trial, "system/cpu"))
    assert set(anew.Experiment("busy").metrics("system/cpu").metric) == {"system/cpu"}


def test_metrics_that_a_user_names_alike_are_his(project):
    with anew.trial("busy") as trial:
        trial.log({"system/throughput": 3.0})
    assert trial.record.metrics == {"system/throughput": 3.0}


def test_nothing_is_told_where_it_is_turned_off(often, monkeypatch):
    monkeypatch.setenv("ANEW_SYSTEM_INTERVAL", "off")
    with anew.trial("quiet") as trial:
        be_busy(0.1)
        assert not trial._recorder.sampler._living.locked()
    assert not has(trial, "system/memory")


def test_a_program_is_told_of_without_the_one_that_waits_for_it(often):
    command = [sys.executable, "-m", "anew", "run", "--", "sh", "-c"]
    program = f"exec '{sys.executable}' -c '{BUSY.format(0.4)}'"
    subprocess.run([*command, program], check=True, capture_output=True)
    record = anew.Experiment("sh").trial("last")
    assert record.series("system/cpu").values.max() > 20
    assert record.metrics == {}


def test_no_library_is_loaded_for_it(often):
    script = """
        import sys, anew, time
        with anew.trial("quiet"):
            pass
        with anew.trial("quiet") as trial:
            before = set(sys.modules)
            while True:
                try:
                    trial.record.source.points(trial.uuid, "system/memory")
                    break
                except anew.AnewError:
                    time.sleep(0.01)
        loaded = {n for n in set(sys.modules) - before if not n.startswith("anew")}
        # pynvml, where it is installed, loads ctypes and shutil
        print(sorted(loaded & {"psutil", "numpy", "pandas", "subprocess"}))
    """
    (often / "quiet.py").write_text("\n".join(line[8:] for line in script.splitlines()))
    done = subprocess.run([sys.executable, "quiet.py"], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_the_end_does_not_wait_for_a_reading():
    reading, going_on = threading.Event(), threading.Event()

    def say(read):
        reading.set()
        going_on.wait(PATIENCE_S)

    began = time.monotonic()
    with Sampler(0.001, say).sampling():
        assert reading.wait(PATIENCE_S)
    assert time.monotonic() - began < PATIENCE_S / 2
    going_on.set()


def test_signals_are_left_to_the_threads_that_work():
    blocked, told = [], threading.Event()

    def say(read):
        blocked.append(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        told.set()

    with Sampler(0.001, say).sampling():
        assert told.wait(PATIENCE_S)
    assert {signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGPROF} <= blocked[0]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_the_thread_ends_with_the_block():
    sampler = Sampler(1000.0, lambda read: None)
    with sampler.sampling():
        assert sampler._living.locked()
    assert sampler._living.acquire(timeout=PATIENCE_S)


def test_a_fork_brings_no_warning_and_its_parent_goes_on():
    said = []
    with Sampler(0.005, lambda read: said.append(read())).sampling():
        for _ in range(10):
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # Python 3.12 warns of forks beside threads
                child = os.fork()
            if not child:
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
        before = len(said)
        wait_for(lambda: len(said) > before)


def test_a_fork_that_goes_on_to_the_end_of_the_trial_says_nothing(often):
    with suppress(SystemExit), anew.trial("forked") as trial:
        wait_for(lambda: has(trial, "system/memory"))
        child = os.fork()
        if child:
            assert os.waitpid(child, 0)[1] == 0
    if not child:
        os._exit(0)
    assert trial.record.status == "finished"


def test_a_reading_that_fails_is_said_once_and_the_work_goes_on(often, monkeypatch):
    calls = []

    def fail(self):
        calls.append(1)
        message = "no such counter"
        raise ValueError(message)

    monkeypatch.setattr(Usage, "read", fail)
    with anew.trial("broken") as trial:
        wait_for(lambda: trial.record.source.events(trial.uuid))
        be_busy(0.1)
    assert len(calls) == 1
    assert trial.record.status == "finished"
    (event,) = trial.record.source.events(trial.uuid)
    assert event == ("not recorded", "what it takes of the machine: no such counter")


class Driver:
    """A driver of three devices, of which the last tells nothing of its load."""

    class NVMLError(Exception):
        """What it raises."""

    def nvmlDeviceGetCount(self):  # noqa: N802 - as the library names it
        return 3

    def nvmlDeviceGetHandleByIndex(self, number):  # noqa: N802
        return number

    def nvmlDeviceGetUUID(self, device):  # noqa: N802
        return f"GPU-{device}abc"

    def nvmlDeviceGetUtilizationRates(self, device):  # noqa: N802
        if device > 1:
            raise self.NVMLError
        return SimpleNamespace(gpu=50 + device)

    def nvmlDeviceGetMemoryInfo(self, device):  # noqa: N802
        return SimpleNamespace(used=1 << 30)


@pytest.mark.parametrize(
    ("visible", "names"),
    [
        (None, {"gpu0", "gpu0_memory", "gpu1", "gpu1_memory", "gpu2_memory"}),
        ("1", {"gpu1", "gpu1_memory"}),
        ("GPU-0a, 2", {"gpu0", "gpu0_memory", "gpu2_memory"}),
        ("", set()),
        ("-1", set()),
    ],
)
def test_the_gpus_that_may_be_used_are_told_of(monkeypatch, visible, names):
    monkeypatch.setattr(gpu, "_load", Driver)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert set(gpu.read_gpus()) == names


def test_where_there_is_no_proc_psutil_tells_of_children_memory_and_network():
    from anew.sampling import elsewhere

    script = f"{BUSY.format(0.1)}\nprint(flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=-1, stdout=-1) as child:
        child.stdout.readline()
        found = elsewhere.list_descendants()
        child.communicate(b"\n")
    assert any(each.cpu > 0.05 and each.memory > 1 << 20 and each.age < 60 for each in found)
    assert elsewhere.read_memory() > 1 << 20
    network = elsewhere.read_network()
    assert network is None or min(network) >= 0
