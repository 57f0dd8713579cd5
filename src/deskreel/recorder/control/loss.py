"""What a number of late answers says about a link: more than the limit, less, or nothing yet. Pure.

One late answer of twenty is five percent, and no evidence at all of more than two: even at one percent every fifth
row of twenty has one. So a share is told only where chance does not explain which side of the limit it is on.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

LIMIT_PERCENT = 2.0  # of answers that are late, or packets that are lost: from here on calls suffer
REMEMBERED = 320  # answers that count at most
FEWEST = 10  # answers before anything is said
_WINDOWS = (
    10,
    20,
    40,
    80,
    160,
    REMEMBERED,
)  # the newest so many are looked at: a link may have changed just now
_CHANCE = 0.004  # that a link at the limit does as badly in one window; each answer brings six new looks
_OVER = 0.01  # that late answers stay away so long while the link is as it was
_BELOW = 0.05  # that a link at the limit does as well


def surely_above(late: int, of: int, limit_percent: float = LIMIT_PERCENT) -> bool:
    """Whether a link at the limit would hardly ever be late so often."""
    return of >= FEWEST and _as_many(late, of, limit_percent) < _CHANCE


def surely_below(late: int, of: int) -> bool:
    """Whether a link at the limit would hardly ever be late so seldom: from 149 answers on, none of them late."""
    return 1 - _as_many(late + 1, of, LIMIT_PERCENT) < _BELOW


def late_percent(late: Sequence[bool], limit_percent: float = LIMIT_PERCENT) -> float | None:
    """The share of late answers, oldest first; None: so many tell not yet on which side of the limit the link is.

    A share above the limit is that of the newest so many that show it most clearly. Late ones in a row are evidence
    once: one stall, or the end of a connection, makes several.
    """
    if len(late) < FEWEST:
        return None
    # of answers after one in time, since each of these says anew whether the link is late
    fresh = [True, *(not before for before, _ in pairwise(late))]
    found: list[tuple[float, float]] = []
    for size in {min(size, len(late)) for size in _WINDOWS}:
        asked = sum(fresh[-size:])
        stalls = sum(f and one for f, one in zip(fresh[-size:], late[-size:], strict=True))
        if surely_above(stalls, asked, limit_percent):
            found.append((_as_many(stalls, asked, limit_percent), 100 * sum(late[-size:]) / size))
    if found:
        return min(found)[1]
    share = 100 * sum(late) / len(late)
    return share if share <= limit_percent else None


def since_better(late: Sequence[bool], limit_percent: float = LIMIT_PERCENT) -> Sequence[bool]:
    """What still counts: once no answer was late for longer than chance explains, nothing older does."""
    in_time = next((n for n, one in enumerate(reversed(late)) if one), len(late))
    if in_time < FEWEST or in_time == len(late):
        return late
    share = late_percent(late, limit_percent)
    over = share is not None and share > limit_percent and (1 - share / 100) ** in_time < _OVER
    return late[len(late) - in_time :] if over else late


@lru_cache(maxsize=1024)
def _as_many(late: int, of: int, limit_percent: float) -> float:
    """How likely a link at the limit is late so often or more often."""
    share = limit_percent / 100
    less, exactly = 0.0, (1 - share) ** of
    for n in range(late):
        less += exactly
        exactly *= (of - n) / (n + 1) * share / (1 - share)
    return max(0.0, 1 - less)
