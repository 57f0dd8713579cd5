"""Between the JSON columns of screen recordings and core's values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from deskreel.core.chunk import ChunkMeta, Incident, Manifest
from deskreel.core.ids import Digest, ScreenRecordingId
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime, Window, merge
from deskreel.core.timeline import Span, SpanState


def spans_to_row(spans: Sequence[Span]) -> list[list[Any]]:
    """`[[state, start, end|null], …]`."""
    return [[span.state.value, span.window.start, span.window.end] for span in spans]


def spans_of(row: Row[Any]) -> tuple[Span, ...]:
    """The spans by the call events."""
    return tuple(Span(state=SpanState(state), window=Window(start, end)) for state, start, end in row.spans)


def expected_windows(row: Row[Any]) -> tuple[Window, ...]:
    """Where the screen should be captured and may be shown."""
    return merge(span.window for span in spans_of(row) if span.state is not SpanState.PAUSED)


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
    return None if row.manifest is None else parse_manifest(row.manifest)


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
