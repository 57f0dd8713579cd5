"""Transcripts of calls: stored in one form, whatever form they came in; a newer one takes the older one's place."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import NotFoundError
from deskreel.core.ids import InteractionId
from deskreel.server.audit.service import record
from deskreel.server.calls.tables import call_events
from deskreel.server.context import Context
from deskreel.server.interactions.service import heard_by, require_seen
from deskreel.server.interactions.tables import interactions
from deskreel.server.permissions import Scope
from deskreel.server.recordings.tables import call_recordings, transcripts
from deskreel.server.recordings.transcript_parse import Segment, TranscriptDocument, plain_text, stored
from deskreel.server.review.viewings import record_viewing


class Transcript(BaseModel):
    """What was said in a call."""

    id: str
    interaction_id: str
    language: str | None
    starts_at: int = Field(description="Wall time of its zero in ms.")
    created_at: int
    segments: list[Segment]


class TranscriptList(BaseModel):
    """The transcripts of a call: none, or the newest."""

    items: list[Transcript]


async def add_transcript(
    context: Context, actor: str, interaction_id: InteractionId, document: TranscriptDocument
) -> Transcript:
    """Store a transcript.

    Raises:
        NotFoundError: there is no such call.
    """
    now = context.clock()
    segments, text = await asyncio.to_thread(lambda: (stored(document), plain_text(document)))  # may be long
    async with context.db.begin() as connection:
        call = (
            await connection.execute(select(interactions).where(interactions.c.id == interaction_id))
        ).one_or_none()
        if call is None:
            raise NotFoundError(f"there is no interaction {interaction_id}")
        starts_at = document.starts_at
        if starts_at is None:
            starts_at = await _audio_begins(connection, call)
        values = {
            "language": document.language,
            "starts_at": starts_at,
            "segments": segments,
            "text": text,
            "created_at": now,
        }
        row = (
            await connection.execute(
                insert(transcripts)
                .values(id=context.new_id("trn"), interaction_id=interaction_id, **values)
                .on_conflict_do_update(index_elements=["interaction_id"], set_=values)
                .returning(transcripts)
            )
        ).one()
        await record(connection, at=now, actor=actor, action="transcript.added", subject=interaction_id)
    return _shown(row)


async def _audio_begins(connection: AsyncConnection, call: Row[Any]) -> int:
    """When the call's audio begins, else its call recording, else the call."""
    audio = await connection.scalar(
        select(func.min(call_recordings.c.starts_at)).where(call_recordings.c.interaction_id == call.id)
    )
    if audio is not None:
        return int(audio)
    told = await connection.scalar(
        select(func.min(call_events.c.occurred_at)).where(
            call_events.c.source_id == call.source_id,
            call_events.c.call_id == call.call_id,
            call_events.c.kind == "recording.started",
        )
    )
    return int(call.started_at if told is None else told)


async def get_transcripts(
    context: Context, viewer: str, interaction_id: InteractionId, scope: Scope
) -> TranscriptList:
    """What was said in a call that this person may see; for an agent nothing when another agent is in it.

    Raises:
        NotFoundError: there is no such call, or not for them.
    """
    query = select(transcripts).where(transcripts.c.interaction_id == interaction_id)
    now = context.clock()
    async with context.db.begin() as connection:
        await require_seen(connection, interaction_id, scope)
        if not await heard_by(connection, interaction_id, scope):
            return TranscriptList(items=[])
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            return TranscriptList(items=[])
        await record_viewing(
            connection, at=now, actor=viewer, action="transcript.opened", subject=interaction_id
        )
    return TranscriptList(items=[_shown(row)])


def _shown(row: Row[Any]) -> Transcript:
    return Transcript(**{name: getattr(row, name) for name in Transcript.model_fields})
