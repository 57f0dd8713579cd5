"""How long to wait before the next attempt. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Exponential with full jitter: attempt n waits anything up to base·2ⁿ, at most the cap."""

    base_s: float = 0.25
    cap_s: float = 15.0

    def delay_s(self, attempt: int, rng: random.Random, *, at_least_s: float = 0.0) -> float:
        """Seconds to wait after failure number `attempt` (0, 1, …); `at_least_s` is what the peer asked for."""
        limit = min(self.cap_s, self.base_s * 2.0 ** min(max(attempt, 0), 60))
        return at_least_s + rng.uniform(0.0, limit)
