"""What the house rules look at: the files of the package, and its public names."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``source`` once for each file of the package."""
    if "source" in metafunc.fixturenames:
        package = ROOT / "src" / "anew"
        files = sorted(package.rglob("*.py"))
        metafunc.parametrize("source", files, ids=[str(f.relative_to(package)) for f in files])
