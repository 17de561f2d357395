"""Making a trial anew: its code, data, command and seed in a scratch folder, run and compared."""

from __future__ import annotations

from anew.reproduce.again import reproduce
from anew.reproduce.checkout import Checkout, checkout
from anew.reproduce.reproduction import Reproduction

__all__ = ["Checkout", "Reproduction", "checkout", "reproduce"]
