"""Keys of code by which its text is remembered for longer than a process lives."""

from __future__ import annotations

import os
import subprocess
import sys

from anew.code.sources import quick_key

SOURCE = """
def plain(x, y=1):
    "A docstring."
    return [each for each in x if each > y], x[1:2], lambda z: (z, 'a', 1.5, None)

def with_a_set(x):
    return lambda: x in {'a', 'b', 'c', 'd'}
"""


def find_keys(seed: str) -> str:
    text = (
        "from anew.code.sources import quick_key\n"
        f"exec(compile({SOURCE!r}, 'a.py', 'exec'))\n"
        "print(quick_key(plain.__code__).hex(), quick_key(with_a_set.__code__).hex())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    run = subprocess.run(
        [sys.executable, "-c", text], env=environment, capture_output=True, text=True, check=True
    )
    return run.stdout


def test_a_key_is_the_same_in_every_process() -> None:
    assert find_keys("1") == find_keys("2")


def test_other_code_has_another_key() -> None:
    codes = [compile(f"lambda x: x + {i}", "a.py", "eval").co_consts[0] for i in (1, 2)]
    assert quick_key(codes[0]) != quick_key(codes[1])
