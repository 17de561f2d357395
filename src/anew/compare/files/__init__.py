"""What is the same and what is not, of two files, by what is in them."""

from __future__ import annotations

from anew.compare.files.folders import compare_folders, compare_paths
from anew.compare.files.kinds import compare_files
from anew.compare.files.way import Way

__all__ = ["Way", "compare_files", "compare_folders", "compare_paths"]
