"""Call audio in the folder of a PBX's monitor: announced when the call recording starts, fetched after the call."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.events import CallEvent, EventKind
from deskreel.core.ids import CallRecordingId, InteractionId, SourceId
from deskreel.server.calls.tables import sources
from deskreel.server.context import Context
from deskreel.server.interactions.tables import interactions
from deskreel.server.jobs.fetching import STILL_MS, fetch_soon
from deskreel.server.recordings.tables import call_recordings
from deskreel.server.regions.choices import region_of_call

_ENDS = (EventKind.CALL_ENDED, EventKind.RECORDING_STOPPED)


async def note_recordings(
    context: Context, connection: AsyncConnection, source_id: SourceId, events: Sequence[CallEvent]
) -> list[tuple[CallRecordingId, str]]:
    """Announce the audio files that these events name, with the events; gives those of calls that are over,
    each with its region.
    """
    begun = [e for e in events if e.kind is EventKind.RECORDING_STARTED and e.attributes.get("file")]
    over = {e.call_id for e in events if e.kind in _ENDS and e.call_id is not None}
    if not begun and not over:
        return []
    folder = await connection.scalar(
        select(sources.c.settings["monitor_dir"].astext).where(sources.c.id == source_id)
    )
    if not folder:
        return []
    for event in begun:
        interaction_id = await connection.scalar(
            select(interactions.c.id).where(
                interactions.c.source_id == source_id, interactions.c.call_id == event.call_id
            )
        )
        if interaction_id is None:
            continue
        file = str(event.attributes["file"])
        region = await region_of_call(context, connection, InteractionId(interaction_id))
        await connection.execute(
            insert(call_recordings)
            .values(
                id=context.new_id("aud"),
                interaction_id=interaction_id,
                state="waiting",
                starts_at=event.attributes.get("audio_starts_at", event.occurred_at),
                created_at=context.clock(),
                origin={"source": source_id, "file": file},
                once=f"{source_id}/{event.call_id}/{file}",
                region=region,
            )
            .on_conflict_do_nothing(index_elements=["once"])
        )
    over_now = (
        await connection.execute(
            select(call_recordings.c.id, call_recordings.c.region)
            .join(interactions, interactions.c.id == call_recordings.c.interaction_id)
            .where(
                interactions.c.source_id == source_id,
                interactions.c.call_id.in_(over),
                call_recordings.c.state == "waiting",
                func.jsonb_exists(call_recordings.c.origin, "file"),
            )
        )
    ).all()
    return [(CallRecordingId(row.id), str(row.region)) for row in over_now]


async def fetch_noted(context: Context, ready: Sequence[tuple[CallRecordingId, str]]) -> None:
    """Have the files of calls that are over fetched; one that is forgotten is found by the sweep."""
    for recording_id, region in ready:
        await fetch_soon(context, recording_id, region, in_ms=STILL_MS + 500)
