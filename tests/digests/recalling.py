"""Answer with fingerprints of tiny projects, from what other processes have kept or without it.

A server as that of the table of edits, whose processes remember at once: files may be young.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "edits"))
import runner

from anew.code import memory
from anew.digests import fingerprint, recalled
from anew.digests.reached import reach_of
from anew.memos import KnownCode


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Give all of a fingerprint, and whether it was recalled."""
    memory.is_settled = lambda *_: True
    folder, recalls = Path(request["folder"]), []
    os.chdir(folder)
    sys.path[:0] = [str(folder), *request["path"]]
    sys.argv = ["main.py"]
    os.environ.update(request.get("variables", {}))

    def noting(function: Any) -> Any:
        recalls.append(recalled.recall(function))
        return recalls[-1]

    fingerprint.recall = noting
    if request["database"]:
        memory.use_memory(KnownCode(Path(request["database"])))
    is_notebook = (folder / "cell-1").exists()
    names = runner.run_cells(folder) if is_notebook else runner.run_script(folder)
    exec(request.get("change", ""), names)  # noqa: S102
    found = fingerprint.fingerprint(names["step"])
    assert fingerprint.fingerprint(names["step"]) == found
    reach = reach_of(names["step"])
    is_kept = fingerprint.find_known(names["step"]) is found
    result = {
        "digest": found.digest,
        "parts": sorted([each.kind, each.name, str(each.digest)] for each in found.parts),
        "texts": [found.strings, found.opaque],
        "reach": reach and [[each.__qualname__ for each in reach.functions], sorted(reach.modules)],
        "is kept": is_kept,
    }
    exec(request.get("later", ""), names)  # noqa: S102
    result["later"] = fingerprint.fingerprint(names["step"]).digest
    return {"found": result, "is recalled": any(recalls)}


if __name__ == "__main__":
    runner.answer = answer
    runner.serve()
