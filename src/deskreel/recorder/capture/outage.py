"""What cannot be captured, since when and why: one outage at a time, told when it begins and when it is over.

An outage within a job costs it a stretch, which is reported as missing once it is known how long it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from deskreel.core.chunk import Incident
from deskreel.core.errors import NoDisplayError
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime, Window
from deskreel.recorder.capture.job import CaptureJob, CaptureSettings
from deskreel.recorder.capture.orders import Order
from deskreel.recorder.capture.run import HiddenError
from deskreel.recorder.capture.run_clock import StalledError
from deskreel.recorder.encode import EncoderError
from deskreel.recorder.screen.port import ScreenRefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What a failure means."""

    reason: ReasonCode
    screen_lost: bool = False  # it is of no further use
    studio_lost: bool = False  # canvas and encoder are
    unexpected: bool = False  # a fault of the program


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outage:
    reason: ReasonCode
    detail: str
    since: WallTime
    order: Order | None  # whose frames it costs


class Outages:
    """The outage there is, if any. `tell` calls a method of the sink by name."""

    def __init__(self, tell: Callable[..., None]) -> None:
        self._tell = tell
        self._now: _Outage | None = None

    def begin(self, reason: ReasonCode, detail: str, order: Order | None, now: WallTime) -> None:
        """Capture failed; nothing new when it did so before for the same reason."""
        known = self._now
        if known is not None and known.order is order and known.reason is reason:
            return
        since = now if order is None else order.covered_until or order.started
        if known is not None and order is not None and known.order is order:
            self._missing(known, order.job, now)  # the same gap goes on for another reason
            since = now
        self._now = _Outage(reason=reason, detail=detail, since=since, order=order)
        self._tell("problem", order and order.job, reason, detail, since)

    def end(self, order: Order | None, at: WallTime) -> None:
        """It works again."""
        outage, self._now = self._now, None
        if outage is not None:
            self._tell("recovered", order and order.job, outage.reason, at)
            if order is not None and outage.order is order:
                self._missing(outage, order.job, at)

    def job_over(self, order: Order, at: WallTime) -> None:
        """The job ended during it; the outage may go on."""
        outage = self._now
        if outage is not None and outage.order is order:
            self._missing(outage, order.job, at)
            self._now = replace(outage, order=None)

    def _missing(self, outage: _Outage, job: CaptureJob, until: WallTime) -> None:
        if until > outage.since:
            window = Window(outage.since, until)
            self._tell("missing", job, Incident(window=window, reason=outage.reason, detail=outage.detail))


def diagnose(error: Exception) -> Diagnosis:
    """Why nothing is captured, and what to do about it."""
    match error:
        case StalledError(reason=reason) | HiddenError(reason=reason):
            return Diagnosis(reason=reason)
        case ScreenRefusedError():
            return Diagnosis(reason=ReasonCode.PERMISSION_DENIED, screen_lost=True)
        case NoDisplayError():
            return Diagnosis(reason=ReasonCode.NO_DISPLAY, screen_lost=True)
        case EncoderError():
            return Diagnosis(reason=ReasonCode.ENCODER_FAILED, studio_lost=True)
        case _:
            return Diagnosis(reason=ReasonCode.UNKNOWN, screen_lost=True, studio_lost=True, unexpected=True)


def retry_s(error: Exception, before_s: float, settings: CaptureSettings) -> float:
    """How long to wait before the next attempt, after one that waited `before_s`."""
    if isinstance(error, StalledError):
        return 0.0
    if isinstance(error, HiddenError):
        return settings.hidden_check_s
    return min(settings.retry_max_s, before_s * 2 or settings.retry_min_s)
