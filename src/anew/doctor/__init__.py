"""What one would tell of an installation when something is wrong: facts, and what is amiss."""

from __future__ import annotations

from anew.doctor.report import configuration

__all__ = ["configuration"]
