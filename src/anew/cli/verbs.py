"""The verbs of the command, in the order in which one meets them."""

from __future__ import annotations

from anew.cli.amend import note, rm, tag
from anew.cli.bisect import bisect
from anew.cli.check import check, doctor
from anew.cli.ci import ci
from anew.cli.compare import diff
from anew.cli.export import claims, export
from anew.cli.front import main
from anew.cli.gc import gc
from anew.cli.read import console, ls, show
from anew.cli.record import demo, run
from anew.cli.reproduce import checkout, reproduce
from anew.cli.series import metrics
from anew.cli.share import bundle, pull, push, remote, unbundle
from anew.cli.snapshot import snapshot
from anew.cli.stamp import get, stamp
from anew.cli.status import status
from anew.cli.verify import verify
from anew.cli.whence import data, whence
from anew.cli.why import why

__all__ = ["main"]

_VERBS = (
    *(run, status, ls, show, metrics, diff, why, whence, data, get, console),
    *(reproduce, checkout, verify, bisect, bundle, unbundle),
    *(remote, push, pull, ci),
    *(tag, note, rm, stamp, export, claims),
    *(check, doctor, snapshot, gc, demo),
)

for _verb in _VERBS:
    main.add_command(_verb)
