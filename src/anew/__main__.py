"""``python -m anew`` is the command ``anew``."""

from __future__ import annotations

from anew.cli.entry import enter

if __name__ == "__main__":
    enter()
