"""Ways in which a step has other processes of Python read a file for it."""

from __future__ import annotations

READER = """
import functools

def read(name):
    with open(name) as file:
        return file.read()

@functools.cache
def read_once(name):
    return read(name)

def is_there(name):
    return len(read(name))
"""

SCRIPT = """
import sys
import more

print(more.read(sys.argv[1]), end="")
"""

MORE = """
def read(name):
    with open(name + ".csv") as file:
        return file.read()
"""

BODIES: dict[str, str] = {
    "a pool that is forked": """
        with multiprocessing.get_context("fork").Pool(2) as pool:
            return pool.map(reader.read, ["data.csv"] * 3)
        """,
    "a pool that is spawned": """
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            return pool.map(reader.read, ["data.csv"])
        """,
    "a fork server": """
        with multiprocessing.get_context("forkserver").Pool(1) as pool:
            return pool.map(reader.read, ["data.csv"])
        """,
    "an executor": """
        with concurrent.futures.ProcessPoolExecutor(2) as pool:
            return list(pool.map(reader.read, ["data.csv"] * 2))
        """,
    "joblib": """
        return joblib.Parallel(n_jobs=2)(joblib.delayed(reader.read)("data.csv") for _ in "ab")
        """,
    "joblib once more": """
        return joblib.Parallel(n_jobs=2)(joblib.delayed(reader.read)("data.csv") for _ in "ab")
        """,
    "joblib with what it read before": """
        call = joblib.delayed(reader.read_once)
        return joblib.Parallel(n_jobs=2)(call("data.csv") for _ in "abcd")
        """,
    "a process": """
        results = multiprocessing.get_context("fork").SimpleQueue()
        process = multiprocessing.get_context("fork").Process(
            target=lambda: results.put(reader.read("data.csv"))
        )
        process.start()
        process.join()
        return results.get()
        """,
    "a process that finds what was read": """
        kept = reader.read_once("data.csv")
        return kept
        """,
    "a process that finds it": """
        with multiprocessing.get_context("fork").Pool(1) as pool:
            return pool.map(reader.read_once, ["data.csv"])
        """,
    "a script": """
        command = [sys.executable, "script.py", "data"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
        """,
    "a script of a shell": """
        command = f"{sys.executable} script.py data"
        return subprocess.run(
            command, shell=True, capture_output=True, text=True, check=True
        ).stdout
        """,
    "a copy": """
        beginning, end = os.pipe()
        child = os.fork()
        if not child:
            os.write(end, reader.read("data.csv").encode())
            os._exit(0)
        os.waitpid(child, 0)
        os.close(end)
        with open(beginning, "rb") as file:
            return file.read()
        """,
    "a cached function": """
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            return pool.map(kept.load, ["data.csv"])
        """,
    "two at once": """
        with concurrent.futures.ThreadPoolExecutor(2) as threads:
            return list(threads.map(call, ["data.csv", "data.csv"]))
        """,
}
"""By name the body of a step that depends on ``data.csv``."""

KEPT = """
import anew

@anew.cache
def load(name):
    with open(name) as file:
        return file.read()
"""

IDLE: dict[str, str] = {
    "no other process": """
        return reader.is_there("other.csv")
        """,
    "nothing": """
        return 1
        """,
}
"""Steps that have nothing to do with ``data.csv``, while workers of others wait."""
