"""The data of a trial: what it was seen to read and write, digested and kept.

`merge` puts together what the processes of a trial did, `keep` digests and keeps the files, `trees`
tells which folders are one thing. `leaves`, `metrics` and `draws` read what some of the files say.
"""

from __future__ import annotations

from anew.data.keep import Kept, Place, keep_files
from anew.data.merge import Used, find_removed, merge, split_folders

__all__ = ["Kept", "Place", "Used", "find_removed", "keep_files", "merge", "split_folders"]
