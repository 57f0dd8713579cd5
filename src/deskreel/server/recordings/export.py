"""`deskreel export`: an interaction as one MP4, screen and call audio aligned."""

from __future__ import annotations

import tempfile
from pathlib import Path

import anyio
from sqlalchemy import select

from deskreel.core.errors import ConflictError, NotFoundError
from deskreel.core.ids import CallRecordingId, InteractionId, ScreenRecordingId
from deskreel.core.time import WallTime
from deskreel.media.assemble import parse_index
from deskreel.media.export import AudioTrack, ExportResult, VideoTrack, export_mp4
from deskreel.server.audit.service import record
from deskreel.server.context import Context
from deskreel.server.interactions.tables import interactions
from deskreel.server.recordings.tables import call_recordings, recording_parts, screen_recordings
from deskreel.storage.layout import FINAL_INDEX, FINAL_VIDEO, audio_key, final_key
from deskreel.storage.store import ObjectStore


async def export_interaction(
    context: Context, store: ObjectStore, interaction_id: InteractionId, out: Path
) -> ExportResult:
    """Write the MP4 of a finished interaction to `out`.

    Raises:
        NotFoundError: no such interaction, or nothing of it was captured.
        ConflictError: it is still in progress or being finished.
    """
    async with context.db.begin() as connection:
        row = (
            await connection.execute(select(interactions).where(interactions.c.id == interaction_id))
        ).one_or_none()
        if row is None:
            raise NotFoundError(f"there is no interaction {interaction_id}")
        parts = (
            await connection.execute(
                select(recording_parts, screen_recordings.c.state, screen_recordings.c.bytes)
                .join(screen_recordings, screen_recordings.c.id == recording_parts.c.screen_recording_id)
                .where(recording_parts.c.interaction_id == interaction_id)
                .order_by(recording_parts.c.started_at)
            )
        ).all()
        audio = (
            await connection.execute(
                select(call_recordings)
                .where(call_recordings.c.interaction_id == interaction_id, call_recordings.c.state == "ready")
                .order_by(call_recordings.c.created_at.desc())
                .limit(1)
            )
        ).one_or_none()
        await record(
            connection, at=context.clock(), actor="cli", action="interaction.exported", subject=interaction_id
        )
    if row.ended_at is None or any(part.state != "available" for part in parts):
        raise ConflictError(
            "the interaction is not finished yet", hint="Export it once its recordings are available."
        )
    end = WallTime(max([row.ended_at, *(part.ended_at for part in parts)]))
    with tempfile.TemporaryDirectory(prefix="deskreel-export-") as folder:
        videos = [
            await _video(store, ScreenRecordingId(part.screen_recording_id), Path(folder))
            for part in parts
            if part.bytes
        ]
        track = None
        if audio is not None:
            path = Path(folder) / "audio.mp4"
            await _copy(store, audio_key(CallRecordingId(audio.id), "audio.mp4"), path)
            track = AudioTrack(path=path, starts_at=WallTime(audio.starts_at))
        if not videos and track is None:
            raise NotFoundError("nothing of this interaction was captured")

        def write() -> ExportResult:
            return export_mp4(out, origin=WallTime(row.started_at), end=end, videos=videos, audio=track)

        return await anyio.to_thread.run_sync(write)


async def _video(store: ObjectStore, recording_id: ScreenRecordingId, folder: Path) -> VideoTrack:
    entries = parse_index(await store.get(final_key(recording_id, FINAL_INDEX)))
    path = folder / f"{recording_id}.mp4"
    await _copy(store, final_key(recording_id, FINAL_VIDEO), path)
    return VideoTrack(path=path, starts_at=entries[0].meta.start)


async def _copy(store: ObjectStore, key: str, path: Path) -> None:
    with path.open("wb") as file:
        async for part in store.stream(key):
            file.write(part)
