"""How much of a call in progress was captured so far, by what the recorder has said. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime, Window, intersect, merge, subtract, total_ms
from deskreel.core.timeline import VISIBLE, Span, SpanState


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the recorder has said."""

    enrolled: bool  # there is one
    first_frame_at: WallTime | None  # of this screen recording
    last_seen_at: WallTime | None  # None: never, or still there
    problem: ReasonCode | None  # that it reports now


@dataclass(frozen=True, slots=True, kw_only=True)
class SoFar:
    """The figures. What a recorder captured while nobody heard of it counts as missing until it says so."""

    expected_ms: int
    captured_ms: int
    missing: tuple[tuple[ReasonCode, int], ...]  # ms for each reason, the most first


def so_far(spans: Sequence[Span], part: Window, heard: Heard, now: WallTime) -> SoFar:
    """The figures of the part of a recording until `now`."""
    until_now = [part.closed_at(now)]
    wanted = intersect(merge(s.window for s in spans if s.state in VISIBLE), until_now)
    lost: Counter[ReasonCode] = Counter()
    for span in spans:
        if span.state is SpanState.MISSING:  # withheld: it was not known whether to capture
            lost[span.reason or ReasonCode.UNKNOWN] += total_ms(intersect([span.window], until_now))
    captured = wanted
    if not heard.enrolled:
        captured = ()
        lost[ReasonCode.NOT_ENROLLED] += total_ms(wanted)
    elif heard.first_frame_at is None:
        captured = ()
        begins = ReasonCode.START_DELAY if heard.last_seen_at is None else ReasonCode.RECORDER_OFFLINE
        lost[heard.problem or begins] += total_ms(wanted)
    else:
        late = intersect(wanted, [Window(WallTime(0), heard.first_frame_at)])
        lost[ReasonCode.START_DELAY] += total_ms(late)
        captured = subtract(captured, late)
        if heard.last_seen_at is not None:
            silent = intersect(captured, [Window(heard.last_seen_at)])
            lost[ReasonCode.RECORDER_OFFLINE] += total_ms(silent)
            captured = subtract(captured, silent)
    captured_ms = total_ms(captured)
    return SoFar(
        expected_ms=captured_ms + lost.total(),
        captured_ms=captured_ms,
        missing=tuple((reason, ms) for reason, ms in lost.most_common() if ms > 0),
    )
