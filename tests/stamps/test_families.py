"""Formats of plugins, by a distribution that brings one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PLUGIN = """
from anew.stamps.content import Found


class Plain:
    name = "notes"
    suffixes = (".notes",)

    def is_mine(self, content):
        return True

    def find(self, content):
        data = content.all()
        start = data.rfind(b"\\n#anew ")
        return Found(data[start + 7 :], [range(start)]) if start >= 0 else None

    def put(self, content, stamp, text):
        return [range(content.size), b"\\n#anew " + text.encode()]


plain = Plain()
"""
PROGRAM = """
import sys
from anew.digests import digest_file
from anew.stamps import Provenance, read_stamp, write_stamp

stamp = Provenance.from_json(sys.argv[1])
open("a.notes", "w").write("dear diary")
before = digest_file("a.notes").digest
place = write_stamp("a.notes", stamp)
print(place.inside, read_stamp("a.notes").number, digest_file("a.notes").digest == before)
"""


@pytest.fixture
def run(tmp_path, stamp):
    """Run the program with what is installed beside it."""
    (tmp_path / "plain_stamp.py").write_text(PLUGIN)
    about = tmp_path / "plain_stamp-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: plain-stamp\nVersion: 1.0\n")

    def run_with(target):
        (about / "entry_points.txt").write_text(f"[anew.stamps]\nnotes = {target}\n")
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, stamp.to_json()],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.pathsep.join(sys.path)}"},
            capture_output=True,
            check=True,
            text=True,
        )

    return run_with


def test_a_plugin_brings_a_format(run):
    assert run("plain_stamp:plain").stdout == "True 12 True\n"


def test_a_plugin_that_cannot_be_loaded_is_said_and_does_no_harm(run):
    told = run("plain_stamp:missing")
    assert told.stdout == "False 12 True\n"
    assert "plain_stamp:missing cannot be loaded" in told.stderr
