"""How good the link to the server is, by the pings of the control channel: round trip, jitter, loss.

Pings travel over TCP, which loses nothing but is late: a ping without an answer in time counts as lost, for a
voice packet beside it would have been. How many late ones it takes for a figure is told in `loss`.
"""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass

from deskreel.recorder.control.loss import LIMIT_PERCENT, REMEMBERED, late_percent, since_better

IN_TIME_MS = 1_000.0  # an answer that takes longer counts as lost
_GAP_MS = 60_000.0  # without a ping (no connection, the desktop slept): the link may be another since
_RECENT = 9  # round trips that the figure is the median of
_SMOOTHING = 16  # RFC 3550, section 6.4.1


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkQuality:
    """None: not known yet."""

    rtt_ms: float | None = None  # median of the last few
    jitter_ms: float | None = None  # of the round trip, smoothed as RFC 3550 does
    loss_percent: float | None = None  # of the last pings; also None while they are too few to tell


class LinkMeter:
    """Told of every ping and pong; times are of one steady clock, in ms. A ping is known by when it was sent.

    Loss above `limit_percent` is told once it is certain.
    """

    def __init__(self, limit_percent: float = LIMIT_PERCENT) -> None:
        self._limit_percent = limit_percent
        self._open: dict[float, None] = {}  # in the order of sending
        self._late: deque[bool] = deque(maxlen=REMEMBERED)  # oldest first
        self._sent_ms: float | None = None  # the last one
        self._round_trips: deque[float] = deque(maxlen=_RECENT)
        self._jitter_ms: float | None = None

    def sent(self, at_ms: float) -> None:
        """A ping goes out."""
        if self._sent_ms is not None and at_ms - self._sent_ms > _GAP_MS:
            self._open.clear()
            self._late.clear()
        self._sent_ms = at_ms
        self._count_late(at_ms)
        self._open[at_ms] = None

    def answered(self, sent_ms: float, at_ms: float) -> None:
        """Its pong came; also a late one tells the round trip."""
        self._count_late(at_ms)
        if sent_ms in self._open:
            del self._open[sent_ms]
            self._late.append(False)
            counts = since_better(tuple(self._late), self._limit_percent)
            if len(counts) < len(self._late):
                self._late = deque(counts, maxlen=REMEMBERED)
        round_trip_ms = max(0.0, at_ms - sent_ms)
        if self._round_trips:
            step_ms = abs(round_trip_ms - self._round_trips[-1])
            known_ms = self._jitter_ms or 0.0
            self._jitter_ms = known_ms + (step_ms - known_ms) / _SMOOTHING
        self._round_trips.append(round_trip_ms)

    def quality(self, now_ms: float) -> LinkQuality:
        """As things stand."""
        self._count_late(now_ms)
        return LinkQuality(
            rtt_ms=statistics.median(self._round_trips) if self._round_trips else None,
            jitter_ms=self._jitter_ms,
            loss_percent=late_percent(tuple(self._late), self._limit_percent),
        )

    def _count_late(self, now_ms: float) -> None:
        while self._open and now_ms - (oldest := next(iter(self._open))) > IN_TIME_MS:
            del self._open[oldest]
            self._late.append(True)
