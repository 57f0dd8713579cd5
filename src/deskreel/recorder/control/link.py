"""How good the link to the server is, by the pings of the control channel: round trip, jitter, loss.

Pings travel over TCP, which loses nothing but is late: a ping without an answer in time counts as lost, for a
voice packet beside it would have been.
"""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass

IN_TIME_MS = 1_000.0  # an answer that takes longer counts as lost
_WINDOW = 60  # pings that loss is counted over
_ENOUGH = 10  # pings before there is a figure for loss
_RECENT = 9  # round trips that the figure is the median of
_SMOOTHING = 16  # RFC 3550, section 6.4.1


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkQuality:
    """None: not known yet."""

    rtt_ms: float | None = None  # median of the last few
    jitter_ms: float | None = None  # of the round trip, smoothed as RFC 3550 does
    loss_percent: float | None = None  # of the pings of the last minutes


class LinkMeter:
    """Told of every ping and pong; times are of one steady clock, in ms. A ping is known by when it was sent."""

    def __init__(self) -> None:
        self._open: dict[float, None] = {}  # in the order of sending
        self._lost: deque[bool] = deque(maxlen=_WINDOW)
        self._round_trips: deque[float] = deque(maxlen=_RECENT)
        self._jitter_ms: float | None = None

    def sent(self, at_ms: float) -> None:
        """A ping goes out."""
        self._count_late(at_ms)
        self._open[at_ms] = None

    def answered(self, sent_ms: float, at_ms: float) -> None:
        """Its pong came; also a late one tells the round trip."""
        self._count_late(at_ms)
        if sent_ms in self._open:
            del self._open[sent_ms]
            self._lost.append(False)
        round_trip_ms = max(0.0, at_ms - sent_ms)
        if self._round_trips:
            step_ms = abs(round_trip_ms - self._round_trips[-1])
            known_ms = self._jitter_ms or 0.0
            self._jitter_ms = known_ms + (step_ms - known_ms) / _SMOOTHING
        self._round_trips.append(round_trip_ms)

    def quality(self, now_ms: float) -> LinkQuality:
        """As things stand."""
        self._count_late(now_ms)
        enough = len(self._lost) >= _ENOUGH
        return LinkQuality(
            rtt_ms=statistics.median(self._round_trips) if self._round_trips else None,
            jitter_ms=self._jitter_ms,
            loss_percent=100 * sum(self._lost) / len(self._lost) if enough else None,
        )

    def _count_late(self, now_ms: float) -> None:
        while self._open and now_ms - (oldest := next(iter(self._open))) > IN_TIME_MS:
            del self._open[oldest]
            self._lost.append(True)
