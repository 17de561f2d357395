"""Starts the tracker in a Python process, and then what other `sitecustomize` there is.

Python of every version reads this file: the tracker itself wants 3.9.
"""

# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202, BLE001, EM101, F401, INP001, PTH100, PTH118, PTH120, S110, TRY003
# ruff: noqa: TRY301, UP031, UP036
import os
import sys
import time


def _leave_path(here):
    """Take this folder off the path: it is there for this file alone."""
    sys.path[:] = [each for each in sys.path if os.path.abspath(each or ".") != here]
    sys.path_importer_cache.pop(here, None)
    sys.path_importer_cache.pop(here + "/", None)


def _start(here):
    """Load the tracker by its path."""
    from _frozen_importlib import module_from_spec
    from _frozen_importlib_external import spec_from_file_location

    folder = os.path.dirname(here)
    spec = spec_from_file_location(
        "_anew_tracker",
        os.path.join(folder, "__init__.py"),
        submodule_search_locations=[folder],
    )
    module = module_from_spec(spec)
    sys.modules["_anew_tracker"] = module
    spec.loader.exec_module(module)
    module.start()


def _say(reason):
    """Write into the trace folder why nothing is seen; the program goes on."""
    text = "anything: " + reason
    text = text.encode("ascii", "replace").decode("ascii").replace("\\", "/").replace('"', "'")
    text = " ".join(text.split())
    for folder in os.environ.get("ANEW_TRACE", "").split("\n"):
        try:
            name = "%s/%d-%d.trace" % (folder, os.getpid(), int(time.time() * 1e9))
            descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            line = '{"kind":"process","pid":%d,"started":%.6f}\n{"kind":"unseen","text":"%s"}\n'
            os.write(descriptor, (line % (os.getpid(), time.time(), text)).encode("ascii"))
            os.close(descriptor)
        except Exception:
            pass


def _hide(here):
    """Have the program see the environment that it would have without the tracker."""
    os.environ.pop("ANEW_TRACE", None)
    os.environ.pop("ANEW_TRACE_KEEP", None)
    path = os.environ.pop("PYTHONPATH", "").split(os.pathsep)
    rest = [each for each in path if each.rstrip("/") != here]
    if rest:
        os.environ["PYTHONPATH"] = os.pathsep.join(rest)


def _next():
    """Run the `sitecustomize` that Python would have found without this one."""
    del sys.modules["sitecustomize"]
    import sitecustomize


_here = os.path.dirname(os.path.abspath(__file__))
_leave_path(_here)
if os.environ.get("ANEW_TRACE") and "_anew_tracker" not in sys.modules:
    try:
        if sys.version_info < (3, 9):
            raise RuntimeError("it wants Python 3.9")
        _start(_here)
    except Exception as _error:
        _say("the tracker did not start (%s: %s)" % (type(_error).__name__, _error))
        _hide(_here)
_next()
