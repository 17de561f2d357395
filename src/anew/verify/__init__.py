"""Whether a trial is deterministic: it is run again while one thing after another changes."""

from __future__ import annotations

from anew.verify.search import verify
from anew.verify.verification import Finding, Row, Verification
from anew.verify.wishes import Wishes

__all__ = ["Finding", "Row", "Verification", "Wishes", "verify"]
