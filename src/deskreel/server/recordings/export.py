"""An interaction as one MP4, screen and call audio aligned: what it is made of, and making it.

For `deskreel export`, and for the downloads of the web UI.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import ConflictError, NotFoundError
from deskreel.core.ids import CallRecordingId, InteractionId, ScreenRecordingId
from deskreel.core.time import WallTime, Window
from deskreel.media.assemble import parse_index
from deskreel.media.export import AudioTrack, ExportResult, VideoTrack, export_mp4
from deskreel.server.context import Context
from deskreel.server.interactions.tables import interactions
from deskreel.server.recordings.tables import call_recordings, recording_parts, screen_recordings
from deskreel.storage.layout import FINAL_INDEX, FINAL_VIDEO, audio_key, final_key
from deskreel.storage.store import ObjectStore, open_store


class RegionsDifferError(ConflictError):
    """An interaction whose media is in several regions."""

    code = "regions_differ"
    title = "What is recorded of this call is in several media regions"
    hint = "Media does not leave its region, so it does not become one file; play it instead."


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The rows that an interaction's MP4 is made of."""

    call: Row[Any]
    parts: tuple[Row[Any], ...]  # of finished screen recordings, in order
    audio: Row[Any] | None  # ready

    @property
    def region(self) -> str:
        """Where all of it is.

        Raises:
            RegionsDifferError: it is not all in one region, and media does not leave its region.
        """
        regions = {part.region for part in self.parts if part.bytes}
        if self.audio is not None:
            regions.add(self.audio.region)
        if len(regions) != 1:
            raise RegionsDifferError(f"it is kept in {', '.join(sorted(regions))}")
        return regions.pop()

    @property
    def digest(self) -> str:
        """Changes with whatever may be seen or heard."""
        seen = [
            (part.screen_recording_id, part.started_at, part.ended_at, part.spans, part.available_at)
            for part in self.parts
        ]
        heard = None if self.audio is None else (self.audio.id, self.audio.starts_at)
        facts = [self.call.started_at, self.call.ended_at, seen, heard]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


async def material_of(
    connection: AsyncConnection, interaction_id: InteractionId, *, screens: Collection[str] | None = None
) -> Material:
    """What the MP4 of a finished interaction is made of; with `screens`, of these screen recordings alone.

    Raises:
        NotFoundError: no such interaction, or nothing of it was captured.
        ConflictError: it is still in progress or being finished.
    """
    call = (
        await connection.execute(select(interactions).where(interactions.c.id == interaction_id))
    ).one_or_none()
    if call is None:
        raise NotFoundError(f"there is no interaction {interaction_id}")
    columns = (screen_recordings.c[name] for name in ("state", "bytes", "spans", "available_at", "region"))
    query = (
        select(recording_parts, *columns)
        .join(screen_recordings, screen_recordings.c.id == recording_parts.c.screen_recording_id)
        .where(recording_parts.c.interaction_id == interaction_id)
        .order_by(recording_parts.c.started_at)
    )
    if screens is not None:
        query = query.where(screen_recordings.c.id.in_(screens))
    parts = (await connection.execute(query)).all()
    audio = (
        await connection.execute(
            select(call_recordings)
            .where(call_recordings.c.interaction_id == interaction_id, call_recordings.c.state == "ready")
            .order_by(call_recordings.c.created_at.desc())
            .limit(1)
        )
    ).one_or_none()
    if call.ended_at is None or any(
        part.state != "available" or part.ended_at is None or part.available_at is None for part in parts
    ):
        raise ConflictError(
            "the interaction is not finished yet", hint="Export it once its recordings are available."
        )
    if audio is None and not any(part.bytes for part in parts):
        raise NotFoundError("nothing of this interaction was captured")
    return Material(call=call, parts=tuple(parts), audio=audio)


async def export_interaction(context: Context, interaction_id: InteractionId, out: Path) -> ExportResult:
    """Write the MP4 of a finished interaction to `out`.

    Raises:
        NotFoundError, ConflictError: as `material_of`.
        RegionsDifferError: it is not all in one region.
    """
    async with context.db.begin() as connection:
        material = await material_of(connection, interaction_id)
    return await write_mp4(open_store(context.regions[material.region].objects_url), material, out)


async def write_mp4(store: ObjectStore, material: Material, out: Path) -> ExportResult:
    """Make the file.

    Raises:
        NotFoundError: what it is made of was removed meanwhile.
        BadFragmentError, InvalidInputError: as `export_mp4`.
    """
    call = material.call
    end = WallTime(max([call.ended_at, *(part.ended_at for part in material.parts)]))
    with tempfile.TemporaryDirectory(prefix="deskreel-export-") as folder:
        videos = [await _video(store, part, Path(folder)) for part in material.parts if part.bytes]
        track = None
        if material.audio is not None:
            path = Path(folder) / "audio.mp4"
            await _copy(store, audio_key(CallRecordingId(material.audio.id), "audio.mp4"), path)
            track = AudioTrack(path=path, starts_at=WallTime(material.audio.starts_at))

        def write() -> ExportResult:
            return export_mp4(out, origin=WallTime(call.started_at), end=end, videos=videos, audio=track)

        return await anyio.to_thread.run_sync(write)


async def _video(store: ObjectStore, part: Row[Any], folder: Path) -> VideoTrack:
    recording_id = ScreenRecordingId(part.screen_recording_id)
    entries = parse_index(await store.get(final_key(recording_id, FINAL_INDEX)))
    path = folder / f"{recording_id}.mp4"
    await _copy(store, final_key(recording_id, FINAL_VIDEO), path)
    return VideoTrack(
        path=path, starts_at=entries[0].meta.start, shown=Window(part.started_at, part.ended_at)
    )


async def _copy(store: ObjectStore, key: str, path: Path) -> None:
    with path.open("wb") as file:
        async for part in store.stream(key):
            file.write(part)
