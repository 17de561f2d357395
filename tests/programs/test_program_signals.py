"""Signals reach a program as without anew, once."""

from __future__ import annotations

import os
import select
import signal
import sys
import textwrap
import time

import psutil
import pytest

import anew

COUNTING = """
    import signal, sys, time
    heard = []
    def hear(number, frame):
        heard.append(number)
    for name in ('SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'):
        signal.signal(getattr(signal, name), hear)
    print('ready', flush=True)
    while not heard:
        time.sleep(0.01)
    time.sleep(0.3)
    print(heard)
    sys.exit(len(heard))
"""
STOPPING = """
    import os, signal
    print('ready', flush=True)
    os.kill(os.getpid(), signal.SIGTSTP)
    print('again')
"""
SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"]


def begin(place, source=COUNTING, **options):
    place.write("program.py", source)
    process = place.start("program.py", process_group=0, **options)
    assert process.stdout.readline() == b"ready\n"
    return process


def wait_until_stopped(process):
    deadline = time.monotonic() + 60
    while True:
        number, state = os.waitpid(process.pid, os.WUNTRACED | os.WNOHANG)
        if number:
            assert os.WIFSTOPPED(state)
            return
        assert time.monotonic() < deadline, "it never stopped"
        time.sleep(0.005)


def check_stop(process):
    wait_until_stopped(process)
    process.send_signal(signal.SIGCONT)
    printed, _ = process.communicate(timeout=60)
    assert (process.returncode, printed) == (0, b"again\n")


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_that_is_sent_to_anew_reaches_the_program(place, name):
    process = begin(place)
    process.send_signal(getattr(signal, name))
    printed, _ = process.communicate(timeout=60)
    assert printed == f"[{int(getattr(signal, name))}]\n".encode()
    assert process.returncode == 1


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_that_is_sent_to_all_reaches_the_program_once(place, name):
    process = begin(place)
    os.killpg(process.pid, getattr(signal, name))
    printed, _ = process.communicate(timeout=60)
    assert printed == f"[{int(getattr(signal, name))}]\n".encode()
    assert process.returncode == 1


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGUSR1"])
def test_who_does_not_catch_a_signal_is_ended_by_it_and_so_are_we(place, name):
    process = begin(place, "import time\nprint('ready', flush=True)\ntime.sleep(60)")
    process.send_signal(getattr(signal, name))
    process.communicate(timeout=60)
    assert process.returncode == -getattr(signal, name)
    trial = place.trial()
    assert trial.status == ("failed" if name == "SIGUSR1" else "interrupted")
    assert trial.error.type == name


def test_after_ctrl_c_a_program_may_tidy_up(place):
    source = """
        import time
        try:
            print('ready', flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            time.sleep(0.3)
            print('tidy')
    """
    process = begin(place, source)
    os.killpg(process.pid, signal.SIGINT)
    printed, _ = process.communicate(timeout=60)
    assert (process.returncode, printed) == (0, b"tidy\n")
    assert place.trial().status == "finished"


def test_a_program_that_stops_stops_us_and_goes_on_with_us(place):
    process = begin(place, STOPPING)
    check_stop(process)


def test_what_was_printed_before_a_stop_is_passed_on_before_we_stop(place):
    source = """
        import os, signal
        for number in range(20):
            os.write(1, b'x' * 60_000)
            os.kill(os.getpid(), signal.SIGTSTP)
    """
    place.write("program.py", source)
    process = place.start("program.py", process_group=0)
    for _ in range(20):
        left = 60_000
        while left:
            assert select.select([process.stdout], [], [], 60)[0], f"{left} bytes never came"
            left -= len(os.read(process.stdout.fileno(), left))
        wait_until_stopped(process)
        process.send_signal(signal.SIGCONT)
    assert process.communicate(timeout=60)[0] == b""
    assert process.returncode == 0


def test_a_program_goes_on_with_us_where_being_told_so_is_ignored(place):
    before = signal.signal(signal.SIGCONT, signal.SIG_IGN)
    try:
        process = begin(place, STOPPING)
    finally:
        signal.signal(signal.SIGCONT, before)
    check_stop(process)


def test_a_signal_that_was_ignored_stays_so(place):
    source = """
        import signal
        print('ready', flush=True)
        print(signal.getsignal(signal.SIGHUP))
    """
    place.write("program.py", source)
    process = place.start(
        "program.py", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    )
    printed, _ = process.communicate(timeout=60)
    assert printed == f"ready\n{signal.SIG_IGN}\n".encode()


def test_a_killed_supervisor_leaves_a_killed_trial_of_which_nothing_is_lost(place):
    place.write("in.csv", "a\n1\n")
    go = place.folder.with_name("go")
    source = f"""
        import os, time
        open('in.csv').read()
        print('ready', flush=True)
        while not os.path.exists({str(go)!r}):
            time.sleep(0.05)
        open('out.csv', 'w').write('b')
    """
    process = begin(place, textwrap.dedent(source))
    programs = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait(timeout=60)
    process.stdout.close()
    process.stderr.close()
    trial = place.trial()
    assert (trial.status, trial.console) == ("killed", "ready\n")
    place.write("other.py", "print('next')")
    assert place.run("other.py").status == 0
    assert (place.folder / ".anew/traces" / trial.uuid).is_dir()  # its program goes on
    go.touch()
    psutil.wait_procs(programs, timeout=60)
    assert place.run("other.py").status == 0
    assert not (place.folder / ".anew/traces").exists()
    first, *others = anew.open_store(place.folder / ".anew").trials()
    assert [each.status for each in others] == ["finished", "finished"]
    assert (first.status, first.console) == ("killed", "ready\n")
    assert [(use.path, use.role) for use in first.files] == [
        ("in.csv", "input"),
        ("out.csv", "output"),
    ]


def test_no_process_of_ours_outlives_us(place):
    process = begin(place, "import time\nprint('ready', flush=True)\ntime.sleep(0.2)")
    process.communicate(timeout=60)
    time.sleep(0.2)
    assert [p.pid for p in psutil.process_iter() if os.getpgid(p.pid) == process.pid] == []


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals here")
def test_in_a_terminal_keys_and_its_size_reach_the_program(place):
    import pty
    import termios

    source = """
        import os, signal, sys, time
        keys = []
        say = lambda *_: print(os.get_terminal_size(1).columns, flush=True)
        signal.signal(signal.SIGWINCH, say)
        signal.signal(signal.SIGINT, lambda *_: keys.append('Ctrl-C'))
        print('ready', flush=True)
        while not keys:
            time.sleep(0.01)
        print(keys)
    """
    place.write("program.py", source)
    number, terminal = pty.fork()
    if not number:
        os.chdir(place.folder)
        words = [sys.executable, "-m", "anew", "run", "program.py"]
        os.execve(sys.executable, words, place.environment)  # noqa: S606 - in our fork
    read_until(terminal, b"ready\r\n")
    termios.tcsetwinsize(terminal, (40, 123))
    assert b"123\r\n" in read_until(terminal, b"123\r\n")
    os.write(terminal, b"\x03")
    assert b"['Ctrl-C']" in read_until(terminal, None)
    assert os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) == 0
    os.close(terminal)


def read_until(terminal, end):
    """Read what a terminal shows, up to a text or to the end of its program."""
    found = b""
    while end is None or end not in found:
        try:
            found += os.read(terminal, 4096)
        except OSError:
            break
    return found
