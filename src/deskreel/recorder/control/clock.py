"""The server's time on this desktop, from a clock that no one sets.

Readings start at the wall clock's time when the program began and go on by the monotonic clock, so a
step of the wall clock is never seen. Ping and pong on the control channel say how far the server is ahead.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from deskreel.core.time import ClockOffset, ClockSample, WallTime, estimate_offset

MAX_SAMPLES = 20
MAX_AGE_MS = 60_000.0
SMALL_MS = (
    1_000  # a correction back by less is waited out, by more (first sample, server's clock set) is a step
)
_TOLERANCE_MS = 20.0  # drift within MAX_AGE_MS (100 ppm: 6 ms), the server's rounding


def steady_wall() -> Callable[[], float]:
    """A reader of ms since the epoch that is set once, now. Goes on while the machine sleeps where it can."""
    suspended = getattr(time, "CLOCK_BOOTTIME", None)

    def elapsed_s() -> float:
        return time.monotonic() if suspended is None else time.clock_gettime(suspended)

    begin_ms, begin_s = time.time() * 1000, elapsed_s()
    return lambda: begin_ms + (elapsed_s() - begin_s) * 1000


class ServerClock:
    """Server time by the samples of the last minute. Safe to use from any thread."""

    def __init__(self, local_ms: Callable[[], float] | None = None) -> None:
        self.local_ms = local_ms or steady_wall()
        self._lock = threading.Lock()
        self._samples: deque[ClockSample] = deque(maxlen=MAX_SAMPLES)
        self._offset: ClockOffset | None = None
        self._latest = WallTime(0)

    def add(self, sample: ClockSample) -> None:
        """Take one exchange into account; one that contradicts the others means that a clock was set."""
        with self._lock:
            known = self._offset
            if known is not None and _contradicts(known, sample):
                self._samples.clear()
            self._samples.append(sample)
            while self._samples[0].received_ms < sample.received_ms - MAX_AGE_MS:
                self._samples.popleft()
            self._offset = estimate_offset(self._samples)

    def offset(self) -> ClockOffset | None:
        """Server minus local clock; None before the first sample."""
        with self._lock:
            return self._offset

    def now(self) -> WallTime:
        """Server time; by the local wall clock before the first sample. Small corrections never turn it back."""
        with self._lock:
            local_ms = self.local_ms()
            offset_ms = 0.0 if self._offset is None else self._offset.offset_ms
            reading = round(local_ms + offset_ms)
            if reading < self._latest <= reading + SMALL_MS:
                return self._latest
            self._latest = WallTime(reading)
            return self._latest


def _contradicts(known: ClockOffset, sample: ClockSample) -> bool:
    single = estimate_offset([sample])
    assert single is not None  # noqa: S101  # there is a sample
    room_ms = known.uncertainty_ms + single.uncertainty_ms + _TOLERANCE_MS
    return abs(single.offset_ms - known.offset_ms) > room_ms
