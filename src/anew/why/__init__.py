"""Why each step of a trial was reused or computed, and what made the difference.

`reasons` compares what two executions depended on; `given` looks into the values that steps gave
on, as far as they were kept.
"""

from __future__ import annotations

from anew.why.reasons import Difference, Reason, why

__all__ = ["Difference", "Reason", "why"]
