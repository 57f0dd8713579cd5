"""The timeline of a screen recording: what should have been captured, what was, and what may be shown.

Spans come from the call events (`session_replay`), chunks from the recorder. Everything a reviewer sees of
time (states, coverage, missing seconds with a reason) is computed here from those two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from deskreel.core.chunk import Incident
from deskreel.core.ids import CallId
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime, Window, intersect, merge, subtract, total_ms

START_TOLERANCE_MS = 2_000  # a hole this short after capture should have begun is its start delay
JOIN_MS = 2  # clocks are rounded to ms: chunks this close to each other touch


class SpanState(StrEnum):
    """State of a stretch of a screen recording."""

    RECORDED = "recorded"
    PAUSED = "paused"
    ACW = "acw"
    MISSING = "missing"


VISIBLE = frozenset({SpanState.RECORDED, SpanState.ACW})  # is captured, and may be shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch in one state."""

    state: SpanState
    window: Window
    reason: ReasonCode | None = None  # of a missing one; of a recorded one: what is doubtful about it


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPart:
    """The part of a call that an agent took, within a screen recording."""

    call_id: CallId
    window: Window  # without ACW
    reason: ReasonCode | None = None  # set when the end is not the call's own


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingTimeline:
    """What should exist of one screen recording."""

    window: Window
    spans: tuple[Span, ...]  # disjoint, in order; those missing are withheld by a rule
    parts: tuple[CallPart, ...]  # the calls it covers, by begin
    reason: ReasonCode | None = None  # set when it was ended by a rule, not by the call

    @property
    def expected(self) -> tuple[Window, ...]:
        """The windows in which the screen should be captured and may be shown."""
        return merge(span.window for span in self.spans if span.state in VISIBLE)

    @property
    def withheld(self) -> tuple[Span, ...]:
        """The stretches that should have been captured, and are not because it was not known whether to."""
        return tuple(span for span in self.spans if span.state is SpanState.MISSING)

    def window_of(self, call_id: CallId) -> Window | None:
        """The stretch that belongs to one call: its part, and for the call that ended last the ACW too."""
        part = next((part for part in self.parts if part.call_id == call_id), None)
        if part is None:
            return None
        last = max(self.parts, key=lambda known: (known.window.limit, known.window.start))
        return Window(part.window.start, self.window.end) if part is last else part.window


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Expected against captured, over closed windows."""

    expected_ms: int
    captured_ms: int
    missing: tuple[Span, ...]  # every missing stretch with its reason

    @property
    def ratio(self) -> float | None:
        """Captured / expected; None when nothing was expected."""
        return self.captured_ms / self.expected_ms if self.expected_ms else None


def coverage(
    *,
    expected: Sequence[Window],
    captured: Sequence[Window],
    incidents: Sequence[Incident],
    now: WallTime,
    default: ReasonCode,
    withheld: Sequence[Span] = (),
) -> Coverage:
    """What of `expected` was captured and can be shown until `now`, and why the rest is missing.

    A missing stretch takes the reason of the incident that covers most of it, and so do the short edges that an
    incident leaves of a hole; else `START_DELAY` when it is the first moment of an expected window, else `default`.
    What a rule withheld is missing as well, with its own reason.
    """
    due = merge(window.closed_at(now) for window in expected if window.start < now)
    have = merge(captured, slack_ms=JOIN_MS)
    holes = subtract(due, have)
    missing: list[Span] = []
    for hole in holes:
        causes = [i for i in incidents if i.window.closed_at(now).intersect(hole) is not None]
        explained = merge(i.window.closed_at(now) for i in causes)
        for part in intersect([hole], explained):
            best = max(causes, key=lambda i: _shared_ms(i.window.closed_at(now), part))
            missing.append(Span(state=SpanState.MISSING, window=part, reason=_reason(best.reason)))
        for part in subtract([hole], explained):
            short = part.duration_ms <= START_TOLERANCE_MS
            if short and causes:  # noticed a moment late, or over a moment before the next frame
                reason = _reason(min(causes, key=lambda i: _distance_ms(i.window, part)).reason)
            elif short and any(part.start == window.start for window in due):
                reason = ReasonCode.START_DELAY
            else:
                reason = default
            missing.append(Span(state=SpanState.MISSING, window=part, reason=reason))
    kept = [
        Span(state=SpanState.MISSING, window=span.window.closed_at(now), reason=span.reason)
        for span in withheld
        if span.window.start < now
    ]
    missing = sorted((*missing, *kept), key=lambda span: span.window)
    return Coverage(
        expected_ms=total_ms(due) + total_ms(span.window for span in kept),
        captured_ms=total_ms(due) - total_ms(holes),
        missing=tuple(missing),
    )


def _shared_ms(left: Window, right: Window) -> int:
    shared = left.intersect(right)
    return 0 if shared is None else shared.duration_ms


def _distance_ms(left: Window, right: Window) -> int:
    return max(left.start - right.limit, right.start - left.limit, 0)


def _reason(text: str) -> ReasonCode:
    return ReasonCode(text) if text in ReasonCode.__members__.values() else ReasonCode.UNKNOWN


def with_missing(spans: Sequence[Span], missing: Sequence[Span]) -> tuple[Span, ...]:
    """The spans as shown: missing stretches cut out of the recorded and ACW ones."""
    holes = [span.window for span in missing]
    shown = [
        Span(state=span.state, window=part, reason=span.reason)
        for span in spans
        if span not in missing
        for part in (subtract([span.window], holes) if span.state in VISIBLE else [span.window])
    ]
    return tuple(sorted((*shown, *missing), key=lambda span: (span.window.start, span.window.limit)))
