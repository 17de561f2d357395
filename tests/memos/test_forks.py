"""Processes that fork after they have used a store do no harm to it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

import anew

OUTLIVING = """
    import os, sys, time
    import anew
    cache = anew.Cache("kept")

    @cache
    def square(x):
        return x * x

    square(-1)
    for worker in range(4):
        if os.fork() == 0:
            time.sleep(0.2)  # the process that it comes from has ended by then
            for i in range(30):
                square(100 * worker + i)
            os._exit(0)
"""


@pytest.fixture
def kept(project):
    """Run a script whose forks go on when it has ended, and give the cache that they wrote to."""
    (project / "forking.py").write_text(textwrap.dedent(OUTLIVING))
    subprocess.run([sys.executable, "forking.py"], check=True, timeout=60)
    return anew.Cache("kept")


def test_forks_that_outlive_their_process_lose_nothing(kept):
    for _ in range(100):
        if kept.info().calls == 121:
            break
        os.sched_yield()
        subprocess.run(["sleep", "0.1"], check=True)
    assert kept.info().calls == 121
    assert not list(kept.folder.glob("*broken*"))
