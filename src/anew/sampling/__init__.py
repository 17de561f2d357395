"""What a trial takes of its machine, told now and then: processors, memory, disk, network, GPUs."""

from __future__ import annotations

from anew.sampling.sampler import Sampler

__all__ = ["Sampler"]
