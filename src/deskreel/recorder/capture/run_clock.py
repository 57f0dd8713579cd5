"""The time of one run of capture: steady, and able to tell that the desktop slept."""

from __future__ import annotations

import time
from typing import ClassVar

from deskreel.core.errors import DeskreelError
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.recorder.capture.job import Clock


class StalledError(DeskreelError):
    """Time went by without the run: the desktop slept or stood still, or its clock was set forward."""

    code: ClassVar[str] = "stalled"
    title: ClassVar[str] = "The desktop slept, or its clock was set forward"
    hint: ClassVar[str] = "Capture went on by itself; keep the desktop from sleeping during calls."

    def __init__(self, reason: ReasonCode) -> None:
        super().__init__()
        self.reason = reason


class RunClock:
    """The server's time at the beginning of a run, then steady: it never steps, whatever `clock` does."""

    def __init__(self, clock: Clock, *, not_before: int, stall_ms: int) -> None:
        self._clock = clock
        self._stall_ms = stall_ms
        self._anchor_ms: int = max(clock.now(), not_before)
        self._anchor_s = time.monotonic()
        self._slept_s = _slept_s()
        self.alive_at = WallTime(self._anchor_ms)  # the last `tick`

    def at(self, monotonic_s: float) -> WallTime:
        """A reading of `time.monotonic` as server time."""
        return WallTime(self._anchor_ms + int((monotonic_s - self._anchor_s) * 1000))

    def tick(self, monotonic_s: float) -> WallTime:
        """As `at`, of a moment at which the run did its work.

        Raises:
            StalledError: the moment is long after the one before, by this clock or by the server's.
        """
        now = self.at(monotonic_s)
        if now - self.alive_at > self._stall_ms:
            raise StalledError(ReasonCode.SUSPENDED)
        if self._clock.now() - now > self._stall_ms:
            slept_ms = (_slept_s() - self._slept_s) * 1000
            raise StalledError(ReasonCode.SUSPENDED if slept_ms > self._stall_ms / 2 else ReasonCode.UNKNOWN)
        self.alive_at = now
        return now

    def drift_ms(self) -> int:
        """How far it is from the server's clock by now; of several readings the least, as each may be interrupted."""
        return min(abs(self._clock.now() - self.at(time.monotonic())) for _ in range(3))

    def set_again(self) -> None:
        """Go by the server's clock as it is now: the only step there is, and only where times may step."""
        self._anchor_ms, self._anchor_s = self._clock.now(), time.monotonic()
        self.alive_at = WallTime(self._anchor_ms)


def _slept_s() -> float:
    """How long the machine has been suspended since it started, where the system tells."""
    suspended = getattr(time, "CLOCK_BOOTTIME", None)
    return 0.0 if suspended is None else time.clock_gettime(suspended) - time.monotonic()
