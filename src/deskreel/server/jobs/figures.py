"""What a screen recording that has ended amounts to: captured and missing time, and why it is missing. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from deskreel.core.chunk import ChunkMeta, Incident
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime, Window, merge, subtract
from deskreel.core.timeline import Coverage, Span, SpanState, coverage
from deskreel.media.playlist import segments
from deskreel.server.recordings.rows import cut_of, expected_windows, expunged_of, manifest_of, withheld_of


def coverage_of(
    row: Row[Any],
    chunks: Sequence[ChunkMeta],
    incidents: Sequence[Incident],
    now: WallTime,
    seen: WallTime | None,
) -> Coverage:
    """Coverage of these chunks at `now`; what nobody explained has a reason by what is known of the recorder.

    `seen` is when the recorder was last heard of.
    """
    if row.recorder_id is None:
        default = ReasonCode.NOT_ENROLLED
    elif row.first_frame_at is None and row.manifest is None and (seen is None or seen < row.started_at):
        default = ReasonCode.RECORDER_OFFLINE
    elif row.manifest is None:
        default = ReasonCode.NOT_UPLOADED
    else:
        default = ReasonCode.UNKNOWN
    expected = expected_windows(row)
    playable = [
        Window(s.start, WallTime(s.start + s.duration_ms)) for s in segments(chunks, expected, closed=True)
    ]
    causes = [
        *incidents,
        *_incidents(expunged_of(row), ReasonCode.CUT_FOR_PRIVACY),
        *_incidents(_beside(expunged_of(row), row), ReasonCode.CUT_FOR_PRIVACY),
        *_incidents(subtract([chunk.window for chunk in chunks], playable), ReasonCode.UNDECODABLE),
    ]
    return coverage(
        expected=expected,
        captured=playable,
        incidents=causes,
        now=now,
        default=default,
        withheld=(*withheld_of(row), *_whole(cut_of(row))),
    )


def _beside(expunged: Sequence[Window], row: Row[Any]) -> list[Window]:
    """The chunks of which something had to go: what follows the cut in one cannot be decoded without its begin."""
    manifest = manifest_of(row)
    chunks = () if manifest is None else manifest.chunks
    return [c.window for c in chunks if any(c.window.intersect(gone) is not None for gone in expunged)]


def _whole(cut: Sequence[Span]) -> list[Span]:
    """What a rule cut off, told once however many calls it was of."""
    return [
        Span(state=SpanState.MISSING, window=window, reason=reason)
        for reason in dict.fromkeys(span.reason for span in cut)
        for window in merge(span.window for span in cut if span.reason is reason)
    ]


def _incidents(windows: Sequence[Window], reason: ReasonCode) -> list[Incident]:
    return [Incident(window=window, reason=reason.value) for window in windows]
