#!/usr/bin/env -S uv run --script
# /// script
# dependencies = ["nox>=2025.10.14"]
# ///
"""Every check of the repository: ``uvx nox``, or one of them: ``uvx nox -s tests``."""

from __future__ import annotations

import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.10.14"
nox.options.default_venv_backend = "uv"
nox.options.reuse_existing_virtualenvs = True

CODE = (
    "src",
    "tests",
    "docs",
    "benchmarks",
    "conftest.py",
    "noxfile.py",
    "README.md",
    "CONTRIBUTING.md",
)
TEXT = ("CHANGELOG.md", "changelog.d", "CITATION.cff", "pyproject.toml")


def install(session: nox.Session, group: str) -> None:
    """Install anew and one dependency group, exactly as locked."""
    session.run_install(
        "uv",
        "sync",
        "--locked",
        "--quiet",
        "--compile-bytecode",
        f"--group={group}",
        f"--python={session.virtualenv.location}",
        env={"UV_PROJECT_ENVIRONMENT": session.virtualenv.location},
    )


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, layers, declared dependencies, spelling, Markdown and workflows."""
    install(session, "lint")
    session.run("ruff", "check", *CODE)
    session.run("ruff", "format", "--check", *CODE)
    session.run("lint-imports", "--no-cache")
    session.run("deptry", "src")
    session.run("vulture")
    session.run("codespell", *CODE, *TEXT)
    session.run("rumdl", "check", ".")
    session.run("validate-pyproject", "pyproject.toml")
    session.run("zizmor", "--offline", "--quiet", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types."""
    install(session, "types")
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests, the pages' code and the docstrings' examples; measure branches."""
    install(session, "tests")
    session.env["PYTHONDONTWRITEBYTECODE"] = ""  # else thousands of processes compile anew
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", "-n2", *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session(default=False)
def gallery(session: nox.Session) -> None:
    """Run scripts of other projects under anew and without, and compare: it takes long."""
    install(session, "tests")
    session.install("statsmodels==0.15.0", "versioneer", "torch")
    session.run("pytest", "-m", "gallery", "-rP", "tests/gallery", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning is an error."""
    install(session, "docs")
    session.run(
        "sphinx-build", "-W", "--keep-going", "--fresh-env", "--quiet", "docs", "docs/_build/html"
    )


@nox.session(reuse_venv=False)
def smoke(session: nox.Session) -> None:
    """Install the wheel alone into an empty environment, and use it as a newcomer does."""
    with tempfile.TemporaryDirectory(prefix="anew-smoke-") as name:
        folder = Path(name)
        locked = folder / "locked.txt"
        session.run_install(
            "uv", "export", "--locked", "--no-emit-project", "--no-hashes", "--quiet", f"-o{locked}"
        )
        session.run_install("uv", "build", "--wheel", f"--out-dir={folder}")
        (wheel,) = folder.glob("*.whl")
        session.install("--reinstall-package=anew", f"--constraint={locked}", str(wheel))
        with session.chdir(folder):
            session.run("anew", "--version")
            session.run("anew", "demo", "study")


if __name__ == "__main__":
    nox.main()
