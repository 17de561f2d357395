"""Execute a notebook from top to bottom in a fresh kernel: ``notebook.py NOTEBOOK FOLDER``.

Run as a program by the project's interpreter, where anew may not be installed: it imports nothing
of anew.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_INTERRUPTED = 130
_MISSING = 3
_LONGEST_FOLDER = 80  # the name of a socket has some hundred bytes at most


def execute(notebook: Path, folder: Path) -> int:
    """Execute a notebook; what came of it is written into the folder, also when it failed.

    Parameters
    ----------
    notebook
        The file, which is only read.
    folder
        Has the variables of the kernel, and gets the executed notebook.

    Returns
    -------
    int
        The exit status.
    """
    nbformat: Any = importlib.import_module("nbformat")
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    content = nbformat.read(notebook, as_version=4)
    variables = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
    place = str(notebook.resolve().parent)
    try:
        with TemporaryDirectory(prefix="anew-") as sockets:
            client = _make_client(content, str(folder / "connection.json"), sockets)
            client.execute(cwd=place, env={**os.environ, **variables}, cleanup_kc=True)
    except CellExecutionError:
        _show_error(content)
        return 1
    except DeadKernelError as error:
        sys.stderr.write(f"{error}\n")
        return _INTERRUPTED
    finally:
        nbformat.write(content, folder / "executed.ipynb")
    return 0


def _make_client(content: Any, connection: str, sockets: str) -> Any:
    """Make what sends the cells to a kernel: of this interpreter when it is one of Python.

    The file that says how to reach it lies beside the trace, and is no file of the trial. One of
    Python is reached by sockets in a folder that is the user's alone, where their names fit.
    """
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    class OwnSpecs(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            if not is_python:
                return super().get_kernel_spec(kernel_name)
            words = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=words, display_name="Python", language="python")

    spec = content.metadata.get("kernelspec", {})
    language = spec.get("language") or content.metadata.get("language_info", {}).get("name")
    is_python = (language or "python") == "python"
    fits = len(os.fsencode(sockets)) < _LONGEST_FOLDER
    kernel = AsyncKernelManager(
        kernel_name="python3" if is_python else spec["name"],
        kernel_spec_manager=OwnSpecs(),
        connection_file=connection,
        **({"transport": "ipc", "ip": f"{sockets}/kernel"} if is_python and fits else {}),
    )
    return NotebookClient(
        content, km=kernel, timeout=None, record_timing=False, on_cell_executed=_show_output
    )


def _show_output(cell: Any, cell_index: int, execute_reply: Any) -> None:  # noqa: ARG001
    """Print what a cell printed."""
    for output in cell.outputs:
        if output.output_type == "stream":
            stream = sys.stderr if output.name == "stderr" else sys.stdout
            stream.write(output.text)
            stream.flush()


def _show_error(content: Any) -> None:
    """Print the traceback of the cell that failed, as Python does."""
    for number, cell in enumerate(content.cells, start=1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                frames = _COLOURS.sub("", "\n".join(output.traceback[1:-1]))
                shown = "".join(f"  {line}\n" for line in frames.splitlines())
                sys.stderr.write(f"Traceback (most recent call last):\n  Cell {number}\n{shown}")
                sys.stderr.write(f"{output.ename}: {output.evalue}\n")


def _main(notebook: str, folder: str) -> int:
    try:
        import ipykernel  # noqa: F401 - the kernel needs it
        import nbclient  # noqa: F401
    except ImportError as error:
        sys.stderr.write(
            f"error: a notebook cannot be executed here: {error}\n"
            f"hint: {sys.executable} -m pip install nbclient ipykernel\n"
        )
        return _MISSING
    return execute(Path(notebook), Path(folder))


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:3]))
