"""``python -m anew`` is the command ``anew``."""

from __future__ import annotations

from anew.cli import main

if __name__ == "__main__":
    main()
