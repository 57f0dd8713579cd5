"""The orders to the capture's thread: what is to be captured, given by any thread, taken and obeyed by that one.

Owns the lock between them. An order is handed over under it; the thread says under it when it looks at the screen,
so that whoever stops a capture knows on return that nothing is looked at any more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from deskreel.core.policy import CapturePolicy
from deskreel.core.time import FAR_FUTURE, WallTime
from deskreel.recorder.capture.job import CaptureJob, CaptureLimits
from deskreel.recorder.capture.look_back import LookBack
from deskreel.recorder.capture.run_clock import RunClock


@dataclass(slots=True, kw_only=True, eq=False)
class Leave:
    """Leave to look at the screen: given and taken back by any thread, used by the run's."""

    boundary: bool = False  # asked for and not yet served
    grabbing: bool = False  # the screen is being looked at
    stopped_s: float | None = None  # on the monotonic clock; None while it may be looked at


@dataclass(slots=True, kw_only=True, eq=False)
class Holding(Leave):
    """Leave to remember the screen while there is no job."""

    what: LookBack
    forget: bool = False  # it was taken back, and not for a job: nothing of it may be used


@dataclass(slots=True, kw_only=True, eq=False)
class Order(Leave):
    """A job under way: `stopped_at` and `cut_at` are set by whoever gives orders, the rest by the run's thread."""

    job: CaptureJob
    started: WallTime
    stopped_at: WallTime | None = None  # the same moment in server time, or the earlier cut asked for
    cut_at: WallTime | None = None  # the cut asked for
    begun: bool = False  # its first frame was reported
    covered_until: WallTime | None = None  # end of its last chunk

    def end(self, clock: RunClock) -> WallTime:
        """Where it ends, by the clock of a run."""
        if self.stopped_s is None:
            return FAR_FUTURE
        stopped = clock.at(self.stopped_s)
        return stopped if self.cut_at is None else min(stopped, self.cut_at)


class Orders:
    """One order at a time, and the limits that hold for any. `wake` is called, under the lock, with every news."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self.limits = CaptureLimits()
        self.closing = False
        self._news = threading.Condition()
        self._order: Order | None = None  # what is to be captured
        self._running: Order | None = None  # what the thread is at, or has not handed over in full
        self._look_back: LookBack | None = None  # what to remember while there is no order
        self._look_back_new = False  # the thread has not heard of that
        self._holding: Holding | None = None  # the thread is at that

    # --- from any thread ------------------------------------------------------------------------------------

    @contextmanager
    def lock(self) -> Iterator[None]:
        """No order comes meanwhile."""
        with self._news:
            yield

    def give(self, job: CaptureJob, at: WallTime) -> None:
        """Capture it from now on."""
        with self._news:
            self._take_back(forget=False)
            self._look_back = None  # what comes after this job is to be said anew
            self._order = Order(job=job, started=at)
            self._tell()

    def look_back(self, what: LookBack | None, timeout_s: float) -> bool:
        """Remember this from now on while there is no order, nothing of before; None: nothing.

        Whether the screen is not being looked at for what was to be remembered before.
        """
        with self._news:
            if what == self._look_back:
                return True
            self._look_back, self._look_back_new = what, True
            held = self._take_back(forget=True)
            self._tell()
            return held is None or self._news.wait_for(lambda: not held.grabbing, timeout_s)

    def _take_back(self, *, forget: bool) -> Holding | None:
        held, self._holding = self._holding, None
        if held is not None:
            held.forget = forget
            held.stopped_s = time.monotonic()  # last: the thread looks at this one without the lock
        return held

    def boundary(self) -> None:
        """The order under way begins another chunk with a keyframe."""
        with self._news:
            if self._order is not None:
                self._order.boundary = True
                self._tell()

    def apply(self, policy: CapturePolicy) -> None:
        """The order under way goes by this policy from now on."""
        with self._news:
            if self._order is not None:
                self._order.job = replace(
                    self._order.job,
                    max_fps=policy.max_fps,
                    monitors=policy.monitors,
                    dwell_ms=policy.dwell_ms,
                    max_kbps=policy.max_kbps,
                )
                self._tell()

    def limit(self, limits: CaptureLimits) -> None:
        """Any order stays within these limits from now on."""
        with self._news:
            self.limits = limits
            self._tell()

    def stop(self, at: WallTime | None, now: Callable[[], WallTime], timeout_s: float) -> bool:
        """Take the order back, cut at `at`; whether the screen is not being looked at any more."""
        with self._news:
            order, self._order = self._order, None
            if order is None:
                return True
            moment = now()
            order.cut_at, order.stopped_at = at, moment if at is None else min(moment, at)
            order.stopped_s = time.monotonic()  # last: the thread looks at this one without the lock
            self._tell()
            return self._news.wait_for(lambda: not order.grabbing, timeout_s)

    def flushed(self, timeout_s: float) -> bool:
        """Wait until no order that was taken back is being handed over."""
        with self._news:
            return self._news.wait_for(lambda: self._running in (None, self._order), timeout_s)

    def close(self) -> None:
        """There will be no more."""
        with self._news:
            self.closing = True
            self._take_back(forget=True)
            self._tell()

    def _tell(self) -> None:
        self._news.notify_all()
        self._wake()

    # --- from the capture's thread --------------------------------------------------------------------------

    def take(self) -> Order | None:
        """The order of now, which the thread is at from here on."""
        with self._news:
            self._running = self._order
            return self._order

    def hold(self) -> Holding | None:
        """What to remember now, which the thread is at from here on."""
        with self._news:
            self._look_back_new = False
            if self._look_back is None or self._order is not None or self.closing:
                return None
            self._holding = Holding(what=self._look_back)
            return self._holding

    def wait_for_other(self, order: Order | None, timeout_s: float, idle_s: float) -> None:
        """Until there is another order than `order`, for `timeout_s` or, if it is over, for `idle_s`.

        Also until something else is to be remembered, if there is no order.
        """
        with self._news:
            current = order if order is not None and order.stopped_s is None else None
            self._news.wait_for(
                lambda: (
                    self.closing or self._order is not current or (current is None and self._look_back_new)
                ),
                timeout_s if current else idle_s,
            )

    def wait_for_slot(self, order: Leave, left_s: Callable[[], float], force: Callable[[], None]) -> bool:
        """Until `left_s` says that a frame may be taken, or a boundary that it must (`force`); False: stopped."""
        with self._news:
            while order.stopped_s is None:
                if order.boundary:
                    order.boundary = False
                    force()
                    return True
                left = left_s()
                if left <= 0:
                    return True
                self._news.wait(left)
            return False

    @contextmanager
    def grabbing(self, order: Leave) -> Iterator[Callable[[], bool]]:
        """Around a look at the screen; yields whether looking is still allowed."""
        with self._news:
            order.grabbing = order.stopped_s is None
        try:
            yield lambda: order.stopped_s is None
        finally:
            with self._news:
                order.grabbing = False
                self._news.notify_all()

    def done(self, order: Order) -> None:
        """It was handed over in full."""
        with self._news:
            if self._running is order:
                self._running = None
            self._news.notify_all()
