"""Which marks of a recording go into its manifest. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from deskreel.core.chunk import Mark

MAX_IN_MANIFEST = 2_000


def thinned(marks: Sequence[Mark], limit: int = MAX_IN_MANIFEST) -> tuple[Mark, ...]:
    """The marks in the order of time; of too many those that stood longest before the next one of their kind."""
    ordered = sorted(marks, key=lambda mark: mark.at)
    if len(ordered) <= limit:
        return tuple(ordered)
    stood: list[tuple[float, int]] = []  # until the next of its kind, place
    following: dict[str, int] = {}
    for place, mark in zip(count(len(ordered) - 1, -1), reversed(ordered), strict=False):
        stood.append((following.get(mark.kind, float("inf")) - mark.at, place))
        following[mark.kind] = mark.at
    kept = sorted(place for _, place in sorted(stood, key=lambda s: (-s[0], s[1]))[:limit])
    return tuple(ordered[place] for place in kept)
