"""What a function touches, told in short."""

from __future__ import annotations

from pathlib import Path

import pytest

from anew.digests import digest_bytes
from anew.watch import touching


@pytest.fixture
def touch_of(project):
    """Run a function and give what it touched, by paths relative to the project."""

    def run(function, *args, names=()):
        with touching(project, (args, {}), names) as touch:
            function(*args)
        assert touch.obstacle == ""
        prefix = f"{project}/"
        touch.reads = {path.removeprefix(prefix): what for path, what in touch.reads.items()}
        touch.writes = {path.removeprefix(prefix): what for path, what in touch.writes.items()}
        return touch

    return run


@pytest.fixture
def put(project):
    """Write a file of the project, and give the digest of its content."""

    def write(name, text):
        path = Path(project, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return digest_bytes(text.encode())

    return write
