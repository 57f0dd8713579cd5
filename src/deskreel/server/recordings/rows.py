"""Between the JSON columns of screen recordings and core's values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from deskreel.core.chunk import ChunkMeta, Incident, Manifest, Mark
from deskreel.core.ids import Digest, ScreenRecordingId
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime, Window, merge
from deskreel.core.timeline import VISIBLE, Span, SpanState


def spans_to_row(spans: Sequence[Span]) -> list[list[Any]]:
    """`[[state, start, end|null], …]`, with the reason as a fourth where there is one."""
    return [
        [
            span.state.value,
            span.window.start,
            span.window.end,
            *([] if span.reason is None else [span.reason.value]),
        ]
        for span in spans
    ]


def spans_of(row: Row[Any]) -> tuple[Span, ...]:
    """The spans by the call events."""
    return tuple(
        Span(
            state=SpanState(state),
            window=Window(start, end),
            reason=ReasonCode(reason[0]) if reason else None,
        )
        for state, start, end, *reason in row.spans
    )


def withheld_of(row: Row[Any]) -> tuple[Span, ...]:
    """What should have been captured, and was not because it was not known whether to."""
    return tuple(span for span in spans_of(row) if span.state is SpanState.MISSING)


def cut_of(row: Row[Any], interaction_id: str | None = None) -> tuple[Span, ...]:
    """What of the calls came after a rule had ended the recording; of all of them, or of one."""
    return tuple(
        Span(
            state=SpanState.MISSING,
            window=Window(WallTime(start), WallTime(end)),
            reason=ReasonCode(reason),
        )
        for start, end, reason, call in row.cut
        if interaction_id in (None, call)
    )


def expected_windows(row: Row[Any]) -> tuple[Window, ...]:
    """Where the screen should be captured and may be shown."""
    return merge(span.window for span in spans_of(row) if span.state in VISIBLE)


def expunged_of(row: Row[Any]) -> tuple[Window, ...]:
    """What late events have taken out of the timeline, and so of the store, at any time."""
    return merge(Window(WallTime(start), WallTime(end)) for start, end in row.expunged)


def missing_to_row(missing: Sequence[Span]) -> list[list[Any]]:
    """`[[start, end, reason], …]`."""
    return [[s.window.start, s.window.end, (s.reason or ReasonCode.UNKNOWN).value] for s in missing]


def missing_of(row: Row[Any]) -> tuple[Span, ...]:
    """The missing spans that the finish job found."""
    return tuple(
        Span(
            state=SpanState.MISSING,
            window=Window(WallTime(start), WallTime(end)),
            reason=ReasonCode(reason),
        )
        for start, end, reason in row.missing or ()
    )


def manifest_of(row: Row[Any]) -> Manifest | None:
    """The recorder's manifest, None until it came."""
    return None if row.manifest is None else replace(parse_manifest(row.manifest), marks=marks_of(row))


def marks_of(row: Row[Any]) -> tuple[Mark, ...]:
    """What happened on the desktop, in the order of time; nothing until the manifest came."""
    return tuple(
        Mark(at=WallTime(mark["at"]), kind=mark["kind"], detail=mark["detail"]) for mark in row.marks
    )


def parse_manifest(document: dict[str, Any]) -> Manifest:
    """A manifest from its JSON (already checked by the route's model)."""
    return Manifest(
        screen_recording_id=ScreenRecordingId(document["screen_recording_id"]),
        chunks=tuple(
            ChunkMeta(
                seq=c["seq"],
                start=WallTime(c["start"]),
                duration_ms=c["duration_ms"],
                keyframe=c["keyframe"],
                init=Digest(c["init"]),
                digest=Digest(c["digest"]),
                size=c["size"],
            )
            for c in document["chunks"]
        ),
        incidents=tuple(
            Incident(
                window=Window(WallTime(i["start"]), WallTime(i["end"])),
                reason=i["reason"],
                detail=i.get("detail", ""),
            )
            for i in document.get("incidents", ())
        ),
        clock_offset_ms=document.get("clock_offset_ms", 0.0),
        clock_uncertainty_ms=document.get("clock_uncertainty_ms", 0.0),
    )
