"""The finish job: from chunks to one MP4, once the recorder has said its last word.

Order matters, for it may be killed anywhere and run again: what must not exist is removed, the chunks are checked
against the manifest, the finished file is stored whole, the row says "available", and only then do chunks go.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from pydantic import TypeAdapter
from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.chunk import ChunkMeta, Manifest
from deskreel.core.ids import Digest, ScreenRecordingId
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import FAR_FUTURE, WallTime, Window, intersect, subtract, total_ms
from deskreel.core.timeline import Coverage
from deskreel.media.assemble import AssemblyPart, index_json, parse_index, plan_assembly
from deskreel.media.fmp4 import parse_fragment
from deskreel.server.context import Context
from deskreel.server.coverage.service import write_coverage
from deskreel.server.jobs.figures import coverage_of
from deskreel.server.jobs.names import MAKE_THUMBNAILS
from deskreel.server.jobs.thumbnails import drop_thumbnails
from deskreel.server.recorders.tables import recorders
from deskreel.server.recordings.downloads import drop_downloads
from deskreel.server.recordings.rows import (
    expected_windows,
    manifest_of,
    missing_to_row,
)
from deskreel.server.recordings.tables import recording_parts, screen_recordings
from deskreel.server.webhooks.outbox import EventType, emit, wake
from deskreel.storage.layout import FINAL_INDEX, FINAL_MANIFEST, FINAL_VIDEO, chunk_key, final_key
from deskreel.storage.recordings import (
    expunge,
    get_chunk,
    get_init,
    is_finished,
    list_chunks,
    put_chunk,
)
from deskreel.storage.store import ObjectStore

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The store against the manifest."""

    chunks: tuple[ChunkMeta, ...]  # stored and good
    lost: tuple[ChunkMeta, ...]  # acknowledged, and not in the store
    extra: tuple[ChunkMeta, ...]  # stored, and not in the manifest


def compare(manifest: Manifest, stored: Sequence[ChunkMeta], expected: Sequence[Window]) -> Verdict:
    """Which chunks of a manifest are stored. A chunk that privacy has shortened or removed is not lost."""
    by_seq = {chunk.seq: chunk for chunk in stored}
    lost = [
        chunk
        for chunk in manifest.chunks
        if chunk.seq not in by_seq and not subtract([chunk.window], expected)
    ]
    claimed = {chunk.seq for chunk in manifest.chunks}
    return Verdict(
        chunks=tuple(stored),
        lost=tuple(lost),
        extra=tuple(chunk for chunk in stored if chunk.seq not in claimed),
    )


async def finish(context: Context, store: ObjectStore, recording_id: ScreenRecordingId) -> None:
    """Finish a screen recording that has ended; without a manifest only its coverage so far is written down.

    A late event may change the timeline meanwhile; then what was made by the old one is made again.
    """
    while not await _finish_as_it_stands(context, store, recording_id):
        log.info("recording.changed_while_finished", recording=recording_id)


async def _finish_as_it_stands(context: Context, store: ObjectStore, recording_id: ScreenRecordingId) -> bool:
    """Whether the timeline by which it was finished still holds."""
    row, seen = await _load(context, recording_id)
    if row is None or row.ended_at is None or row.state == "available":
        return True
    await drop_downloads(context, store, row.region, recording_id)
    expected = expected_windows(row)
    manifest = manifest_of(row)
    finished = manifest is not None and await is_finished(store, recording_id)
    if manifest is not None and finished and not await _take_apart_if_outdated(store, recording_id, expected):
        return await _conclude(context, store, row, manifest, seen)  # killed after the file was stored
    await expunge(store, recording_id, subtract([Window(WallTime(0), FAR_FUTURE)], expected))
    listing = await list_chunks(store, recording_id)
    for key in listing.unparsable:
        log.error("recording.unknown_object", recording=recording_id, key=key)
    if manifest is None:
        figures = coverage_of(row, listing.chunks, (), context.clock(), seen)
        return await _store_result(context, row, figures, size=None, available=row.recorder_id is None)
    verdict = compare(manifest, listing.chunks, expected)
    for chunk in verdict.lost:
        log.error("recording.chunk_lost", recording=recording_id, seq=chunk.seq)
    if verdict.chunks:
        await _assemble(store, recording_id, verdict.chunks, manifest)
    return await _conclude(context, store, row, manifest, seen)


async def _conclude(
    context: Context, store: ObjectStore, row: Row[Any], manifest: Manifest, seen: WallTime | None
) -> bool:
    """What is stored is whole, or nothing was captured: write down what it amounts to, and drop the chunks.

    Nothing of this when the timeline has changed: see `_store_result`.
    """
    recording_id = ScreenRecordingId(row.id)
    chunks: tuple[ChunkMeta, ...] = ()
    size = None
    if await is_finished(store, recording_id):
        entries = parse_index(await store.get(final_key(recording_id, FINAL_INDEX)))
        chunks = tuple(entry.meta for entry in entries)
        size = await store.size(final_key(recording_id, FINAL_VIDEO))
    figures = coverage_of(row, chunks, manifest.incidents, context.clock(), seen)
    if not await _store_result(context, row, figures, size=size, available=True):
        return False
    await _drop_chunks(store, recording_id, chunks)
    if size is not None:
        await context.media_job(MAKE_THUMBNAILS, row.region).defer_async(screen_recording_id=recording_id)
    log.info("recording.available", recording=recording_id, coverage=figures.ratio, bytes=size)
    return True


async def _take_apart_if_outdated(
    store: ObjectStore, recording_id: ScreenRecordingId, expected: Sequence[Window]
) -> bool:
    """Whether the finished file held what the timeline no longer allows; then its chunks are back and it is gone.

    The chunks are put back first and the index goes before the file: killed anywhere, `finish` goes on from there.
    """
    entries = parse_index(await store.get(final_key(recording_id, FINAL_INDEX)))
    if not subtract([entry.meta.window for entry in entries], expected):
        return False
    await drop_thumbnails(store, recording_id)
    video = final_key(recording_id, FINAL_VIDEO)
    for entry in entries:
        if intersect([entry.meta.window], expected):
            data = await store.get(video, start=entry.offset, end=entry.offset + entry.size)
            await put_chunk(store, recording_id, entry.meta, data)
    await store.delete([final_key(recording_id, FINAL_INDEX)])
    await store.delete([video])
    log.info("recording.taken_apart", recording=recording_id)
    return True


async def _load(context: Context, recording_id: ScreenRecordingId) -> tuple[Row[Any] | None, WallTime | None]:
    query = (
        select(screen_recordings, recorders.c.last_seen_at)
        .outerjoin(recorders, recorders.c.id == screen_recordings.c.recorder_id)
        .where(screen_recordings.c.id == recording_id)
    )
    async with context.db.begin() as connection:
        row = (await connection.execute(query)).one_or_none()
    return row, None if row is None else row.last_seen_at


async def _assemble(
    store: ObjectStore, recording_id: ScreenRecordingId, chunks: Sequence[ChunkMeta], manifest: Manifest
) -> None:
    """Store the finished MP4, its index and its manifest."""
    inits: dict[Digest, bytes] = {}
    parts: list[AssemblyPart] = []
    with tempfile.TemporaryDirectory(prefix="deskreel-finish-") as folder:
        path, media = Path(folder) / "recording.mp4", Path(folder) / "media"
        with media.open("wb") as file:
            for chunk in chunks:
                if chunk.init not in inits:
                    inits[chunk.init] = await get_init(store, recording_id, chunk.init)
                data = await get_chunk(store, recording_id, chunk)
                file.write(data)
                parts.append(AssemblyPart(meta=chunk, fragment=parse_fragment(data), size=len(data)))
        assembly = plan_assembly(inits, parts)
        await asyncio.to_thread(_join, path, assembly.header, media)
        document = _manifest_json(manifest)
        await store.put(final_key(recording_id, FINAL_VIDEO), path)
        await store.put(final_key(recording_id, FINAL_MANIFEST), document)
        # The index comes last: where it stands, the finished recording is whole.
        await store.put(final_key(recording_id, FINAL_INDEX), index_json(assembly).encode())


def _join(path: Path, header: bytes, media: Path) -> None:
    """`path` becomes the header followed by the media, which is gone afterwards."""
    with path.open("wb") as file, media.open("rb") as source:
        file.write(header)
        shutil.copyfileobj(source, file, 1 << 20)
    media.unlink()


def _manifest_json(manifest: Manifest) -> bytes:
    return TypeAdapter(Manifest).dump_json(manifest, indent=1)


async def _store_result(
    context: Context, seen: Row[Any], figures: Coverage, *, size: int | None, available: bool
) -> bool:
    """Write down what a recording amounts to, unless its timeline is no longer the one `seen`: then False."""
    values: dict[str, Any] = {
        "expected_ms": figures.expected_ms,
        "captured_ms": figures.captured_ms,
        "missing": missing_to_row(figures.missing),
    }
    if available:
        values |= {"state": "available", "available_at": context.clock(), "bytes": size, "thumbnails": None}
    columns = screen_recordings.c
    async with context.db.begin() as connection:
        before = (
            await connection.execute(
                select(columns.state, columns.spans, columns.ended_at, columns.cut)
                .where(columns.id == seen.id)
                .with_for_update()
            )
        ).one()
        if (before.spans, before.ended_at, before.cut) != (seen.spans, seen.ended_at, seen.cut):
            return False
        row = (
            await connection.execute(
                update(screen_recordings)
                .where(columns.id == seen.id)
                .values(**values)
                .returning(screen_recordings)
            )
        ).one()
        await write_coverage(connection, row)
        await _tell(context, connection, row, figures, news=available and before.state != "available")
    await wake(context)
    return True


async def _tell(
    context: Context, connection: AsyncConnection, row: Row[Any], figures: Coverage, *, news: bool
) -> None:
    """Say to other systems that the recording can be played, or that nothing of it was captured, and why."""
    calls = (
        await connection.scalars(
            select(recording_parts.c.interaction_id).where(recording_parts.c.screen_recording_id == row.id)
        )
    ).all()
    data = {"screen_recording_id": row.id, "interaction_ids": sorted(calls)}
    now = context.clock()
    if figures.expected_ms and not figures.captured_ms:
        reasons = [span.reason for span in figures.missing if span.reason is not None]
        lengths = {r: total_ms(s.window for s in figures.missing if s.reason is r) for r in reasons}
        worst = max(lengths, key=lambda r: lengths[r], default=ReasonCode.UNKNOWN)
        await emit(
            context,
            connection,
            EventType.FAILED,
            at=now,
            agent_id=row.agent_id,
            data={**data, "code": worst.value, "advice": worst.advice},
            once=f"failed/{row.id}/{worst.value}",
        )
    elif news and figures.captured_ms:
        await emit(
            context,
            connection,
            EventType.AVAILABLE,
            at=now,
            agent_id=row.agent_id,
            data={**data, "coverage": figures.ratio, "bytes": row.bytes},
        )


async def _drop_chunks(
    store: ObjectStore, recording_id: ScreenRecordingId, in_file: Collection[ChunkMeta]
) -> None:
    """Drop what the finished file holds, and what that took the place of; a chunk that came just now stays."""
    listing = await list_chunks(store, recording_id)
    held = {(chunk.seq, chunk.digest) for chunk in in_file}
    late = [chunk for chunk in listing.chunks if (chunk.seq, chunk.digest) not in held]
    if late:
        log.warning("recording.late_chunks", recording=recording_id, seqs=[chunk.seq for chunk in late])
    done = [chunk for chunk in listing.chunks if (chunk.seq, chunk.digest) in held]
    if done or listing.superseded:
        await store.delete([chunk_key(recording_id, c) for c in (*done, *listing.superseded)])
