"""When to try again what another system did not take or give."""

from __future__ import annotations

import random

# after the first failure, the second, …; those of the Standard Webhooks specification
DELAYS_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
_JITTER = 0.2


def next_delay_ms(attempts: int) -> int | None:
    """How long to wait after so many attempts, spread by a fifth; None: it is over."""
    if attempts > len(DELAYS_S):
        return None
    return round(DELAYS_S[attempts - 1] * 1000 * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311
