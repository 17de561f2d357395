"""Scripts of others behave under `anew run` as without, and what they open is in the record."""

from __future__ import annotations

import importlib.util
import re

import pytest
from scripts import SCRIPTS, SOURCES

import anew

_MODULES = {"scikit-learn": "sklearn"}
_OURS = re.compile(rb"^anew: .*\n", re.MULTILINE)


def name(script):
    return f"{script.source}-{script.path.rpartition('/')[2].removesuffix('.py')}"


@pytest.mark.gallery
@pytest.mark.parametrize("script", [pytest.param(each, id=name(each)) for each in SCRIPTS])
def test_a_script_of_a_gallery_runs_as_without_and_what_it_opens_is_recorded(script, yard):
    for module in (_MODULES.get(script.source, script.source), *script.needs):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    source = SOURCES[script.source]
    has_git = SCRIPTS.index(script) % 2 == 1
    bare, again, found = (
        yard.run(source, script, mode=mode, has_git=has_git) for mode in ("bare", "traced", "anew")
    )
    assert bare.status == 0, bare.told.decode(errors="replace")
    trial = anew.open_store(yard.project / ".anew").trial("last")
    missed = find_missed(again, trial)
    seconds = [f"{each.seconds:.1f}" for each in (bare, again, found)]
    print("\t".join(["gallery", name(script), *seconds, str(len(again.opened)), str(missed)]))
    hold_same(script, bare, again, found)
    assert missed == []
    assert not [path for path in bare.made if not is_in(path, trial.files, "output")]
    assert trial.status == "finished"


def hold_same(script, bare, again, found):
    """Hold that nobody could tell which run was which.

    Where two runs without anew differ, what they are known to differ in is left out.
    """

    def even(text):
        return re.sub(script.varies, b"", text) if script.varies else text

    told = _OURS.sub(b"", found.told)
    assert found.status == bare.status
    assert found.printed == bare.printed or even(found.printed) == even(bare.printed) != b""
    assert told == bare.told or even(told) == even(bare.told)
    assert sorted(found.files) == sorted(bare.files)
    differ = {path for path, content in bare.files.items() if found.files[path] != content}
    assert differ <= {path for path, content in bare.files.items() if again.files[path] != content}


def is_in(path, files, *roles):
    """Tell whether a file is recorded, by itself or in a folder of many."""
    return any(
        path == each.path or (each.count is not None and path.startswith(f"{each.path}/"))
        for each in files
        if each.role in (roles or (each.role,))
    )


def find_missed(traced, trial):
    """List the files of the project that were opened, and neither recorded nor said to be unseen.

    A file that the script made and removed again is none.
    """
    unseen = " ".join(trial.facets["tracking"]["unseen"])
    code = {path for path in trial.code if path.endswith(".py")}
    opened = sorted(traced.opened & {*traced.given, *traced.files})
    return [
        path
        for path in opened
        if path not in code and path not in unseen and not is_in(path, trial.files)
    ]
