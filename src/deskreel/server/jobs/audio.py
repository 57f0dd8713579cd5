"""The audio job: what the telephony delivered becomes AAC HLS and waveform peaks."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import anyio
import structlog
from sqlalchemy import select, update

from deskreel.core.errors import BadAudioError, NotFoundError
from deskreel.core.ids import CallRecordingId
from deskreel.media.audio import encode_call_audio
from deskreel.server.context import Context
from deskreel.server.recordings.tables import call_recordings
from deskreel.storage.layout import audio_key
from deskreel.storage.store import ObjectStore

log = structlog.get_logger()


async def process(context: Context, store: ObjectStore, recording_id: CallRecordingId) -> None:
    """Make a call recording playable; audio that cannot be read is marked failed, with the reason."""
    async with context.db.begin() as connection:
        state = await connection.scalar(
            select(call_recordings.c.state).where(call_recordings.c.id == recording_id)
        )
    if state in (None, "ready"):
        return
    try:
        values = await _encode(store, recording_id)
    except (BadAudioError, NotFoundError) as error:
        log.warning("audio.failed", recording=recording_id, error=error.detail)
        values = {"state": "failed", "error": error.detail}
    async with context.db.begin() as connection:
        await connection.execute(
            update(call_recordings).where(call_recordings.c.id == recording_id).values(**values)
        )


async def _encode(store: ObjectStore, recording_id: CallRecordingId) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="deskreel-audio-") as folder:
        source = Path(folder) / "source"
        with source.open("wb") as file:
            async for part in store.stream(audio_key(recording_id, "source")):
                file.write(part)
        out = Path(folder) / "out"
        out.mkdir()
        made = await anyio.to_thread.run_sync(encode_call_audio, source, out)
        await store.put(audio_key(recording_id, "audio.mp4"), out / made.media)
        await store.put(audio_key(recording_id, "peaks.json"), out / made.peaks)
        await store.put(audio_key(recording_id, "audio.m3u8"), out / made.playlist)
    return {"state": "ready", "duration_ms": made.duration_ms, "channels": made.channels, "error": None}
