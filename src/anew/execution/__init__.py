"""Graphs of steps, run as trials."""

from __future__ import annotations

from anew.execution.run import How, Outcome, run_node

__all__ = ["How", "Outcome", "run_node"]
