"""Time: one unit (milliseconds), one truth (the server's wall clock), half-open windows.

`WallTime` is milliseconds since the Unix epoch on the server's clock. A clock elsewhere (recorder, telephony)
becomes a `WallTime` through a `ClockOffset` at the edge where it enters; see docs/design/time.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NewType

WallTime = NewType("WallTime", int)  # ms since the Unix epoch, server clock
FAR_FUTURE = WallTime(2**53)  # stands for "not ended yet" inside computations


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """The half-open stretch [start, end) of wall time; `end` None while it is still open."""

    start: WallTime
    end: WallTime | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ValueError(f"window ends before it starts: {self.start}..{self.end}")

    @property
    def limit(self) -> WallTime:
        """The end, or the far future while open."""
        return FAR_FUTURE if self.end is None else self.end

    @property
    def duration_ms(self) -> int:
        """Length in ms; of an open window it is meaningless and refused."""
        if self.end is None:
            raise ValueError("an open window has no duration")
        return self.end - self.start

    def contains(self, at: WallTime) -> bool:
        """Whether `at` lies inside."""
        return self.start <= at < self.limit

    def intersect(self, other: Window) -> Window | None:
        """What both share, None when nothing."""
        start, limit = max(self.start, other.start), min(self.limit, other.limit)
        if start >= limit:
            return None
        return Window(start, None if limit == FAR_FUTURE else limit)

    def closed_at(self, now: WallTime) -> Window:
        """The same window, ended at `now` at the latest (and never before its start)."""
        return Window(self.start, max(self.start, min(self.limit, now)))


def merge(windows: Iterable[Window], *, slack_ms: int = 0) -> tuple[Window, ...]:
    """The union as disjoint windows in order; gaps of at most `slack_ms` are closed; empty ones vanish."""
    merged: list[Window] = []
    for window in sorted(windows, key=lambda w: (w.start, w.limit)):
        if window.limit <= window.start:
            continue
        if merged and window.start <= merged[-1].limit + slack_ms:
            limit = max(merged[-1].limit, window.limit)
            merged[-1] = Window(merged[-1].start, None if limit == FAR_FUTURE else WallTime(limit))
        else:
            merged.append(window)
    return tuple(merged)


def intersect(left: Sequence[Window], right: Sequence[Window]) -> tuple[Window, ...]:
    """What lies in a window of `left` and in one of `right`."""
    return merge(shared for a in left for b in right if (shared := a.intersect(b)) is not None)


def subtract(left: Sequence[Window], right: Sequence[Window]) -> tuple[Window, ...]:
    """What lies in a window of `left` and in none of `right`."""
    out: list[Window] = []
    holes = merge(right)
    for window in merge(left):
        at = window.start
        for hole in holes:
            if hole.limit <= at or hole.start >= window.limit:
                continue
            if hole.start > at:
                out.append(Window(at, hole.start))
            at = hole.limit
        if at < window.limit:
            out.append(Window(WallTime(at), window.end))
    return merge(out)


def total_ms(windows: Iterable[Window]) -> int:
    """Summed length of closed windows that do not overlap."""
    return sum(window.duration_ms for window in windows)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockOffset:
    """How far the server's clock is ahead of another one, and how sure that is."""

    offset_ms: float  # add this to the other clock to get server time
    uncertainty_ms: float  # the truth lies within ± this


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSample:
    """One exchange: sent and received on the other clock, answered on the server's (all ms)."""

    sent_ms: float
    server_ms: float
    received_ms: float

    @property
    def round_trip_ms(self) -> float:
        """How long the exchange took."""
        return max(0.0, self.received_ms - self.sent_ms)


def estimate_offset(samples: Sequence[ClockSample]) -> ClockOffset | None:
    """The offset by the exchange with the shortest round trip (after Cristian 1989; NTP's clock filter).

    Half the round trip bounds the error whatever the asymmetry of the way. None without samples.
    """
    if not samples:
        return None
    best = min(samples, key=lambda sample: sample.round_trip_ms)
    middle = best.sent_ms + best.round_trip_ms / 2
    return ClockOffset(offset_ms=best.server_ms - middle, uncertainty_ms=best.round_trip_ms / 2)
