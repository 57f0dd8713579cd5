"""What must hold of a timeline that was followed over a broken link, against the one that was not. Pure.

Nothing can be known of the stretch in which the link was away, nor, after it, of the pause of a recording that was
found under way. So the timeline may be poorer than the true one there, and must say so; it may never show more, with
one exception: After Call Work, which has no pauses, may run on until the link is back and the PBX can be asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from deskreel.core.ids import CallId
from deskreel.core.time import WallTime, Window, intersect, merge, subtract
from deskreel.core.timeline import VISIBLE, RecordingTimeline, Span, SpanState

_Stretches = list[tuple[str, WallTime, int]]  # state, start, end
INSTANT_MS = 5  # an answer is told by several events; which of them are lost moves it by so much at most


def spans_of(recordings: Iterable[RecordingTimeline]) -> list[Span]:
    """All spans, in order."""
    return [span for recording in recordings for span in recording.spans]


def faults_of(
    got: Sequence[RecordingTimeline],
    true: Sequence[RecordingTimeline],
    gap: Window,
    now: WallTime,
    *,
    found_under_way: Collection[CallId] = (),
) -> list[str]:
    """What is wrong with `got`, if the link was away during `gap`; empty when nothing is.

    `found_under_way` are calls whose recording had begun before, whoever takes them now.
    """
    mine, theirs = _closed(spans_of(got), now), _closed(spans_of(true), now)
    out: list[str] = []
    if not _alike(_before(mine, gap.start), _before(theirs, gap.start)):
        out.append(f"before the gap: {_before(mine, gap.start)} instead of {_before(theirs, gap.start)}")
    shown = [span.window for span in mine if span.state in VISIBLE]
    may_show = [span.window for span in theirs if span.state in VISIBLE]
    running_on = intersect([span.window for span in mine if span.state is SpanState.ACW], [gap])
    if more := _long(subtract(subtract(shown, may_show), running_on)):
        out.append(f"shows what it may not: {more}")
    # what is visible from before the link was back may be cut short, but for ACW that was known before
    doubtful = [
        span.window
        for span in theirs
        if span.window.start < gap.limit + INSTANT_MS
        and not (span.state is SpanState.ACW and span.window.start < gap.start)
    ]
    doubtful += [
        part.window
        for recording in true
        for part in recording.parts
        if part.call_id in found_under_way and part.window.start + INSTANT_MS >= gap.limit
    ]
    if less := _long(subtract(subtract(may_show, shown), doubtful)):
        out.append(f"lacks what was known again: {less}")
    silent = [span for span in mine if span.state is SpanState.MISSING and span.reason is None]
    if silent:
        out.append(f"missing without a reason: {silent}")
    return out


def _closed(spans: Iterable[Span], now: WallTime) -> list[Span]:
    return [
        Span(state=s.state, window=s.window.closed_at(now), reason=s.reason)
        for s in spans
        if s.window.start < now
    ]


def _long(windows: Iterable[Window]) -> list[Window]:
    return [window for window in windows if window.duration_ms > INSTANT_MS]


def _alike(mine: _Stretches, theirs: _Stretches) -> bool:
    """The same states in the same places, but for an instant."""
    mine, theirs = [[s for s in known if s[2] - s[1] > INSTANT_MS] for known in (mine, theirs)]
    return len(mine) == len(theirs) and all(
        a[0] == b[0] and abs(a[1] - b[1]) <= INSTANT_MS and abs(a[2] - b[2]) <= INSTANT_MS
        for a, b in zip(mine, theirs, strict=True)
    )


def _before(spans: Iterable[Span], limit: WallTime) -> _Stretches:
    """State and window of each span, cut off at `limit`; stretches of one state are joined."""
    cut = [(span.state.value, span.window.closed_at(limit)) for span in spans if span.window.start < limit]
    states = dict.fromkeys(state for state, _ in cut)
    return sorted(
        (state, window.start, window.limit)
        for state in states
        for window in merge(window for other, window in cut if other == state)
    )
