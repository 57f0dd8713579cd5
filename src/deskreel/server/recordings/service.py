"""Screen recordings as the API shows them, and call recordings from announcement to upload."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.chunk import MarkKind
from deskreel.core.errors import ConflictError, InvalidInputError, NotFoundError
from deskreel.core.events import EventKind
from deskreel.core.ids import CallRecordingId, InteractionId, ScreenRecordingId, SourceId
from deskreel.core.time import WallTime, Window, intersect, merge, subtract, total_ms
from deskreel.core.timeline import Span, with_missing
from deskreel.server.calls.tables import call_events
from deskreel.server.context import Context
from deskreel.server.interactions.tables import interactions
from deskreel.server.jobs.fetching import fetch_soon
from deskreel.server.jobs.names import PROCESS_AUDIO
from deskreel.server.outgoing import address_of, check_headers, check_url
from deskreel.server.people.model import AgentRef
from deskreel.server.recordings.model import (
    AudioUpload,
    CallRecording,
    Canvas,
    FetchedCallRecording,
    LivePicture,
    MarkModel,
    NewCallRecording,
    ScreenRecording,
    SpanModel,
    WindowModel,
)
from deskreel.server.recordings.rows import expected_windows, marks_of, missing_of, spans_of, withheld_of
from deskreel.server.recordings.tables import call_recordings
from deskreel.server.regions.choices import region_of_call
from deskreel.server.secret_box import SecretBox


@dataclass(frozen=True, slots=True, kw_only=True)
class PartCoverage:
    """Coverage of the part of a recording that belongs to an interaction."""

    expected_ms: int
    captured_ms: int  # equals expected_ms as long as nothing is known to be missing


def part_window(part: Row[Any]) -> Window:
    """Where a recording belongs to the interaction (with ACW if the call was its last)."""
    return Window(part.part_started_at, part.part_ended_at)


def part_coverage(part: Row[Any], now: WallTime) -> PartCoverage:
    """Expected and captured time within the part, until `now`."""
    due = merge([*expected_windows(part), *(span.window for span in withheld_of(part))])
    expected = intersect(due, [part_window(part).closed_at(now)])
    holes = intersect(expected, [span.window for span in missing_of(part)])
    return PartCoverage(
        expected_ms=total_ms(expected), captured_ms=total_ms(subtract(expected, holes)) if expected else 0
    )


def _clip(span: Span, window: Window) -> Span | None:
    shared = span.window.intersect(window)
    return None if shared is None else Span(state=span.state, window=shared, reason=span.reason)


def shown_spans(part: Row[Any]) -> list[SpanModel]:
    """All stretches of the part, missing ones with their reason."""
    spans = with_missing(spans_of(part), missing_of(part))
    return [
        SpanModel(
            state=clipped.state,
            start=clipped.window.start,
            end=clipped.window.end,
            reason=clipped.reason,
            advice=clipped.reason.advice if clipped.reason is not None else None,
        )
        for span in spans
        if (clipped := _clip(span, part_window(part))) is not None
    ]


def shown_marks(part: Row[Any]) -> list[MarkModel]:
    """Marks of the part, where something was captured; and the last monitor switch before it, at its begin."""
    window, recorded = part_window(part), expected_windows(part)
    marks = [mark for mark in marks_of(part) if any(w.contains(mark.at) for w in recorded)]
    inside = [mark for mark in marks if window.contains(mark.at)]
    before = [mark for mark in marks if mark.at < window.start and mark.kind == MarkKind.MONITOR]
    carried = [replace(mark, at=window.start) for mark in before[-1:]]
    return [MarkModel(at=mark.at, kind=mark.kind, detail=dict(mark.detail)) for mark in (*carried, *inside)]


def screen_recording_part(
    context: Context, part: Row[Any], agent: AgentRef, *, play: bool
) -> ScreenRecording:
    """The part of a screen recording that belongs to an interaction; with `play`, an address to play it."""
    figures = part_coverage(part, context.clock())
    known = part.captured_ms is not None and figures.expected_ms > 0
    windows = intersect(expected_windows(part), [part_window(part)])
    final = part.manifest is not None and part.part_ended_at is not None
    base = context.play_base(ScreenRecordingId(part.id), part.region, windows, final=final) if play else None
    return ScreenRecording(
        id=part.id,
        agent=agent,
        state=part.state,
        region=part.region,
        window=WindowModel(start=part.part_started_at, end=part.part_ended_at),
        spans=shown_spans(part),
        coverage=figures.captured_ms / figures.expected_ms if known else None,
        expected_ms=figures.expected_ms,
        captured_ms=figures.captured_ms,
        bytes=part.bytes,
        canvas=Canvas(width=part.canvas_width, height=part.canvas_height),
        marks=shown_marks(part),
        first_frame_at=part.first_frame_at,
        available_at=part.available_at,
        clock_uncertainty_ms=part.clock_uncertainty_ms,
        playlist_url=base and f"{base}/screen.m3u8",
        # a timeline that has changed: they are about to be made anew
        thumbnails_url=base and f"{base}/thumbnails.json"
        if part.state == "available" and part.thumbnails
        else None,
        latest_picture_url=base and f"{base}/latest.jpg" if part.part_ended_at is None else None,
    )


def live_picture(context: Context, part: Row[Any], agent: AgentRef) -> LivePicture | None:
    """Where the newest picture of a part is, if it goes on and something was captured."""
    if part.part_ended_at is not None or part.first_frame_at is None:
        return None
    recording_id = ScreenRecordingId(part.id)
    windows = intersect(expected_windows(part), [part_window(part)])
    return LivePicture(
        screen_recording_id=recording_id,
        agent=agent,
        paused=part.state == "paused",
        url=f"{context.play_base(recording_id, part.region, windows, final=False)}/latest.jpg",
    )


def call_recording_of(context: Context, row: Row[Any], *, play: bool) -> CallRecording:
    """The audio of an interaction; with `play`, addresses to play it."""
    playlist = peaks = None
    if row.state == "ready" and play:
        base = context.audio_base(CallRecordingId(row.id), row.region)
        playlist, peaks = f"{base}/audio.m3u8", f"{base}/peaks.json"
    return CallRecording(
        id=row.id,
        state=row.state,
        starts_at=row.starts_at,
        duration_ms=row.duration_ms,
        channels=row.channels,
        playlist_url=playlist,
        peaks_url=peaks,
        error=row.error,
    )


async def announce_audio(context: Context, source_id: SourceId, new: NewCallRecording) -> AudioUpload:
    """Make a call recording for a call of this source; its audio goes to the gateway.

    Raises:
        NotFoundError: the source sent no event of this call.
        InvalidInputError: it is not known when the audio begins.
    """
    recording_id, region = await _announce(context, source_id, new)
    return AudioUpload(
        id=recording_id,
        upload_url=f"{context.regions[region].media_url}/v1/call-recordings/{recording_id}/source",
        upload_token=context.audio_upload_token(recording_id, region),
    )


async def announce_fetch(context: Context, source_id: SourceId, new: FetchedCallRecording) -> CallRecordingId:
    """Make a call recording whose audio a worker fetches.

    Raises:
        NotFoundError, InvalidInputError: as `announce_audio`; or the URL or a header is none.
        AddressNotAllowedError: the URL leads to where the server must not be sent.
    """
    await address_of(context, check_url(new.url))
    check_headers(new.headers)
    box = SecretBox.load_or_create(context.settings.data_dir.resolve() / "keys")
    recording_id, region = await _announce(
        context,
        source_id,
        new,
        origin={"url": new.url},
        credentials_box=box.close(json.dumps(new.headers)) if new.headers else None,
    )
    await fetch_soon(context, recording_id, region)
    return recording_id


async def _announce(
    context: Context, source_id: SourceId, new: NewCallRecording, **values: Any
) -> tuple[CallRecordingId, str]:
    """The new recording, and its region."""
    recording_id = CallRecordingId(context.new_id("aud"))
    async with context.db.begin() as connection:
        interaction_id = await connection.scalar(
            select(interactions.c.id).where(
                interactions.c.source_id == source_id, interactions.c.call_id == new.call_id
            )
        )
        if interaction_id is None:
            raise NotFoundError(
                f"no interaction has the call_id {new.call_id!r}",
                hint="Send the call's events before its audio, from the same source.",
            )
        region = await region_of_call(context, connection, InteractionId(interaction_id))
        starts_at = new.starts_at
        if starts_at is None:
            starts_at = await _recording_began(connection, source_id, new.call_id)
        await connection.execute(
            call_recordings.insert().values(
                id=recording_id,
                interaction_id=interaction_id,
                state="waiting",
                starts_at=starts_at,
                created_at=context.clock(),
                region=region,
                **values,
            )
        )
    return recording_id, region


async def _recording_began(connection: AsyncConnection, source_id: SourceId, call_id: str) -> int:
    """When a call's recording began, by the first event that says so."""
    event = (
        await connection.execute(
            select(call_events.c.occurred_at, call_events.c.attributes)
            .where(
                call_events.c.source_id == source_id,
                call_events.c.call_id == call_id,
                call_events.c.kind == EventKind.RECORDING_STARTED.value,
            )
            .order_by(call_events.c.occurred_at)
            .limit(1)
        )
    ).one_or_none()
    if event is None:
        raise InvalidInputError(
            "starts_at is not given, and no recording.started event says when the audio begins"
        )
    told = event.attributes.get("audio_starts_at")
    return told if isinstance(told, int) and not isinstance(told, bool) else event.occurred_at


async def audio_uploaded(context: Context, source_id: SourceId, recording_id: CallRecordingId) -> None:
    """The audio is at the gateway: have it processed. Saying so again before it is ready is harmless.

    Raises:
        NotFoundError: not a call recording of this source.
        ConflictError: it is ready.
    """
    async with context.db.begin() as connection:
        query = (
            select(call_recordings.c.state, call_recordings.c.region)
            .join(interactions, interactions.c.id == call_recordings.c.interaction_id)
            .where(call_recordings.c.id == recording_id, interactions.c.source_id == source_id)
            .with_for_update(of=call_recordings)
        )
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFoundError(f"{recording_id} is not a call recording of this source")
        if row.state == "ready":
            raise ConflictError("the call recording is processed already")
        await connection.execute(
            update(call_recordings).where(call_recordings.c.id == recording_id).values(state="processing")
        )
    await context.media_job(PROCESS_AUDIO, row.region).defer_async(call_recording_id=recording_id)
