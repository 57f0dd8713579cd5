"""How far evaluators are apart who have scored the same call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Of some scores, 0 to 100 each."""

    count: int  # how many there are
    mean: float | None  # null without any
    least: float | None
    most: float | None
    spread: float | None  # `most` less `least`
    deviation: float | None  # standard deviation of just these scores


def spread_of(scores: Sequence[float | None]) -> Spread:
    """The spread of the scores that there are, two decimals each."""
    known = sorted(score for score in scores if score is not None)
    if not known:
        return Spread(count=0, mean=None, least=None, most=None, spread=None, deviation=None)
    mean = sum(known) / len(known)
    variance = sum((score - mean) ** 2 for score in known) / len(known)
    return Spread(
        count=len(known),
        mean=round(mean, 2),
        least=known[0],
        most=known[-1],
        spread=round(known[-1] - known[0], 2),
        deviation=round(sqrt(variance), 2),
    )
