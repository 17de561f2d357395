"""A program under `anew run` behaves as without it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

ENDINGS = {
    "the-end": ("print('done')", 0, "finished", None),
    "exception": ("print('so far')\nraise ValueError('too small')", 1, "failed", "ValueError"),
    "exit-3": ("import sys; sys.exit(3)", 3, "failed", "ExitStatus"),
    "exit-text": ("import sys; sys.exit('no data')", 1, "failed", "ExitStatus"),
    "_exit": ("import os; os._exit(4)", 4, "failed", "ExitStatus"),
    "syntax-error": ("def f(:", 1, "failed", "ExitStatus"),
    "keyboard-interrupt": ("raise KeyboardInterrupt", -signal.SIGINT, "interrupted", "SIGINT"),
    "segfault": (
        "import ctypes; ctypes.string_at(0)",
        -signal.SIGSEGV,
        "failed",
        "SIGSEGV",
    ),
    "killed": (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        -signal.SIGKILL,
        "killed",
        "SIGKILL",
    ),
    "terminated": (
        "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
        -signal.SIGTERM,
        "interrupted",
        "SIGTERM",
    ),
    "exec": (
        "import os; os.execv('/bin/sh', ['sh', '-c', 'echo from the shell; exit 5'])",
        5,
        "failed",
        "ExitStatus",
    ),
}


@pytest.mark.parametrize("case", ENDINGS)
def test_a_program_ends_as_without(same, place, case):
    source, status, trial_status, kind = ENDINGS[case]
    done = same(source)
    assert done.status == status
    trial = place.trial()
    assert trial.status == trial_status
    assert (trial.error and trial.error.type) == kind
    assert trial.console == (done.printed + done.told).decode()


def test_an_exception_is_recorded_with_message_and_traceback(same, place):
    same(
        """
        try:
            1 / 0
        except ZeroDivisionError as error:
            raise KeyError(2) from error
        """
    )
    error = place.trial().error
    assert (error.type, error.message) == ("KeyError", "2")
    assert error.traceback.startswith("Traceback (most recent call last):\n")
    assert "ZeroDivisionError" in error.traceback


def test_arguments_folder_and_name_are_those_of_the_script(same):
    done = same(
        "import os, sys; print(sys.argv, os.getcwd(), __name__, __file__, sys.path[0])",
        "--alpha=0.3",
        "--strict",
        "é ü",
        "--",
        "-m",
        "",
    )
    assert b"'--strict'" in done.printed


def test_standard_input_is_the_program_s(same):
    assert same("import sys; print(sys.stdin.read()[::-1])", given=b"abc").printed == b"cba\n"


def test_streams_that_are_no_terminal_are_none(same):
    same("import os; print([os.isatty(n) for n in range(3)])")


def test_binary_output_is_passed_on_as_it_is(same, place):
    data = bytes(range(256)) * 1000
    done = same("import sys; sys.stdout.buffer.write(bytes(range(256)) * 1000)")
    assert done.printed == data
    assert "\ufffd" in place.trial().console


def test_text_whose_bytes_arrive_one_by_one_is_recorded_whole(same, place):
    same(
        """
        import os, time
        for byte in 'déjà vu €'.encode():
            os.write(1, bytes([byte]))
            time.sleep(0.002)
        """
    )
    assert place.trial().console == "déjà vu €"


def test_output_without_an_end_of_line_comes_at_once(place):
    place.write("program.py", "import sys\nprint('name? ', end='', flush=True)\nprint(input())")
    process = place.start("program.py", stdin=subprocess.PIPE)
    assert process.stdout.read(6) == b"name? "
    printed, _ = process.communicate(b"Ada\n", timeout=60)
    assert printed == b"Ada\n"


def test_streams_that_go_to_one_place_keep_their_order(place):
    place.write(
        "program.py",
        "import os\nfor n in range(300): os.write(1 + n % 2, b'%d\\n' % n)",
    )
    done = place.run("program.py", stderr=subprocess.STDOUT)
    lines = [line for line in done.printed.splitlines() if not line.startswith(b"anew: ")]
    assert lines == [b"%d" % n for n in range(300)]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is full")  # noqa: PTH110
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_device_that_is_full_is_full(same, stream):
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        source = "import sys\nprint('out', flush=True)\nprint('err', file=sys.stderr)"
        found = same(source, **{stream: full})
    assert found.status or stream == "stderr"
    assert b"No space left on device" in found.told or stream == "stderr"


def test_what_goes_nowhere_is_recorded(place):
    place.write("program.py", "print('heard')")
    place.run("program.py", stdout=subprocess.DEVNULL)
    assert place.trial().console == "heard\n"


@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "0<&-", "1>&- 2>&-", "0<&- 1>&- 2>&-"])
def test_closed_streams_are_closed(place, closed):
    place.write(
        "program.py",
        """
        import os, sys
        found = [s is None for s in (sys.stdin, sys.stdout, sys.stderr)]
        with open('found.txt', 'w') as f: f.write(repr(found))
        print('hello')
        """,
    )
    found = []
    for prefix in (f"{sys.executable} program.py", f"{sys.executable} -m anew run program.py"):
        done = subprocess.run(
            ["sh", "-c", f"{prefix} {closed}"],
            cwd=place.folder,
            env=place.environment,
            capture_output=True,
            timeout=60,
            check=False,
        )
        found.append((done.returncode, done.stdout, (place.folder / "found.txt").read_text()))
    assert found[0] == found[1]
    assert place.trial().status == "finished"


def test_a_reader_that_goes_away_is_told_to_the_program(place):
    place.write(
        "program.py",
        "import itertools\nfor n in itertools.count(): print(n)",
    )
    statuses = []
    for prefix in ("", "-m anew run"):
        done = subprocess.run(
            [
                "bash",
                "-c",
                f"{sys.executable} {prefix} program.py | head -1; exit ${{PIPESTATUS[0]}}",
            ],
            cwd=place.folder,
            env=place.environment,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.stdout == b"0\n"
        assert b"BrokenPipeError" in done.stderr
        statuses.append(done.returncode)
    assert statuses[0] == statuses[1]
    assert place.trial().error.type == "BrokenPipeError"


def test_a_closed_pipe_ends_a_command_by_its_signal(place):
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m anew run -- yes | head -1; exit ${{PIPESTATUS[0]}}"],
        cwd=place.folder,
        env=place.environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (128 + signal.SIGPIPE, b"y\n")


def test_much_output_is_passed_on_whole(same):
    done = same("for n in range(300_000): print(n)")
    assert done.printed.endswith(b"299999\n")


def test_what_others_hold_open_does_not_keep_us(place):
    place.write(
        "program.py",
        """
        import subprocess
        subprocess.Popen(['sh', '-c', 'sleep 3; echo late'])
        print('soon', flush=True)
        """,
    )
    began = time.monotonic()
    process = place.start("program.py")
    assert process.stdout.read(5) == b"soon\n"
    assert process.wait(timeout=60) == 0
    waited = time.monotonic() - began
    late, _ = process.communicate(timeout=60)
    assert late == b"late\n"
    assert time.monotonic() - began > waited
    assert place.trial().console == "soon\n"


def test_open_files_are_inherited(place):
    place.write("program.py", "import os; print(os.read(3, 99))")
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m anew run program.py 3<anew.toml"],
        cwd=place.folder,
        env=place.environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b"b''\n")


def test_a_fork_that_goes_its_own_way_is_no_harm(same):
    same(
        """
        import os
        child = os.fork()
        if not child:
            print('child', flush=True)
            os._exit(0)
        os.waitpid(child, 0)
        print('parent')
        """
    )


def test_a_changed_folder_is_no_harm(same, place):
    same("import os; os.chdir('/'); print(os.getcwd())")
    assert place.trial().status == "finished"


def test_fifos_and_sockets_work(same):
    same(
        """
        import os, socket, threading
        try: os.mkfifo('fifo')
        except FileExistsError: pass
        writer = threading.Thread(target=lambda: open('fifo', 'w').write('through the fifo'))
        writer.start()
        print(open('fifo').read())
        writer.join()
        left, right = socket.socketpair()
        left.send(b'x')
        print(right.recv(1))
        """
    )


def test_warnings_are_those_of_python(same):
    assert b"UserWarning: old" in same("import warnings; warnings.warn('old')").told


def test_names_with_spaces_and_accents_are_no_harm(place):
    place.write("süß und salzig.py", "print('ok')")
    done = place.run("süß und salzig.py")
    assert (done.status, done.printed) == (0, b"ok\n")
    assert place.trial().experiment == "süß und salzig"


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals here")
def test_in_a_terminal_the_program_finds_one(place):
    place.write(
        "program.py",
        "import os, sys\nprint([os.isatty(n) for n in range(3)], os.get_terminal_size(1))\n"
        "print('x\\ty', file=sys.stderr)",
    )
    shown = [see_in_terminal(place, bare=bare) for bare in (True, False)]
    lines = [each.split(b"\r\n") for each in shown]
    ours = [line for line in lines[1] if b"anew: " not in line]
    assert ours == lines[0]
    assert b"[True, True, True] os.terminal_size(columns=99, lines=33)" in shown[1]


def see_in_terminal(place, *, bare):
    """Run the program in a terminal of 99 by 33; give all that the terminal gets."""
    import termios

    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (33, 99))
    process = place.start("program.py", bare=bare, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    found = b""
    try:
        while data := os.read(ours, 4096):
            found += data
    except OSError:
        pass
    process.wait(timeout=60)
    os.close(ours)
    return found


def test_that_something_came_through_a_pipe_and_is_gone_is_said(place):
    place.write("count.py", "import sys\nprint(len(sys.stdin.read()))")
    done = place.run("count.py", given=b"a" * 100_000)
    assert done.printed == b"100000\n"
    told = place.trial().facets["tracking"]["unseen"]
    assert told == ["what came through the pipe that is standard input"]


def test_a_pipe_that_nobody_reads_is_not_spoken_of(place):
    place.write("still.py", "print(1)")
    place.run("still.py", given=b"words")
    assert place.trial().facets["tracking"]["unseen"] == []
