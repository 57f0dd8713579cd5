"""`deskreel check`: the database against the object store, and what is derived in it against its source.

The oracle of every integration test. Every finding is a sentence; no finding means that what the rows promise is
stored, readable, as the recorder signed it, that nothing is stored which the timeline does not allow, and that the
list of interactions and the coverage of calls say what the rows amount to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.chunk import ChunkMeta, sha256
from deskreel.core.errors import BadFragmentError, DeskreelError, NotFoundError
from deskreel.core.ids import CallRecordingId, ScreenRecordingId
from deskreel.core.time import WallTime, Window, intersect, merge, subtract, total_ms
from deskreel.core.timeline import JOIN_MS
from deskreel.media.assemble import parse_index
from deskreel.media.fmp4 import parse_fragment
from deskreel.media.playlist import segments
from deskreel.server.context import Context
from deskreel.server.coverage.service import part_figures
from deskreel.server.coverage.tables import interaction_coverage
from deskreel.server.recordings.checks import made_of_recordings
from deskreel.server.recordings.rows import expected_windows, expunged_of, manifest_of, missing_of
from deskreel.server.recordings.tables import call_recordings, recording_parts, screen_recordings
from deskreel.storage.layout import (
    CALL_RECORDINGS,
    FINAL_INDEX,
    FINAL_VIDEO,
    RECORDINGS,
    audio_key,
    final_key,
)
from deskreel.storage.recordings import get_chunk, list_chunks
from deskreel.storage.store import ObjectStore

CUT_TOLERANCE_MS = 2  # times are rounded to ms on both sides
_STALE_LINES = text(
    """
    SELECT DISTINCT interaction_id FROM (
        (SELECT * FROM interaction_lines EXCEPT SELECT * FROM interaction_lines_wanted)
        UNION ALL (SELECT * FROM interaction_lines_wanted EXCEPT SELECT * FROM interaction_lines)
    ) AS different ORDER BY interaction_id
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a check found."""

    screen_recordings: int
    call_recordings: int
    chunks: int  # read and hashed
    findings: tuple[str, ...]


async def check(context: Context, store: ObjectStore, region: str) -> Report:
    """Compare everything that is of a region; and what no region matters to."""
    async with context.db.begin() as connection:
        mine = screen_recordings.c.region == region
        screens = (await connection.execute(select(screen_recordings).where(mine))).all()
        heard = call_recordings.c.region == region
        audios = (await connection.execute(select(call_recordings).where(heard))).all()
        findings = [*await _lines(connection), *await _covered(connection, screens)]
    chunks = 0
    for row in screens:
        try:
            chunks += await _screen(store, row, findings)
        except DeskreelError as error:
            findings.append(f"{row.id}: {error.code}: {error.detail}")
    for row in audios:
        findings.extend(await _audio(store, row))
    findings.extend(await made_of_recordings(context, store, region))
    findings.extend(await _orphans(store, {row.id for row in screens}, {row.id for row in audios}))
    return Report(
        screen_recordings=len(screens), call_recordings=len(audios), chunks=chunks, findings=tuple(findings)
    )


async def _lines(connection: AsyncConnection) -> list[str]:
    """Lines of the list of interactions that are not what the calls' rows amount to, or that are missing."""
    stale = (await connection.scalars(_STALE_LINES)).all()
    return [
        f"{interaction_id}: its line in the list is not what its rows amount to" for interaction_id in stale
    ]


async def _covered(connection: AsyncConnection, screens: Sequence[Row[Any]]) -> list[str]:
    """Calls whose coverage is not that of the finished recordings they are linked to."""
    parts = (await connection.execute(select(recording_parts))).all()
    kept = interaction_coverage.c
    query = select(kept.screen_recording_id, kept.interaction_id, kept.expected_ms, kept.captured_ms)
    stored = {(row[0], row[1]): (row[2], row[3]) for row in (await connection.execute(query)).all()}
    finished = {row.id: row for row in screens if row.state == "available" and row.missing is not None}
    findings: list[str] = []
    for part in parts:
        if (row := finished.get(part.screen_recording_id)) is None:
            continue
        figures = part_figures(row, part)
        if stored.get((row.id, part.interaction_id)) != (figures.expected_ms, figures.captured_ms):
            findings.append(f"{part.interaction_id}: its coverage is not that of {row.id}")
    return findings


async def _screen(store: ObjectStore, row: Row[Any], findings: list[str]) -> int:
    recording_id = ScreenRecordingId(row.id)
    listing = await list_chunks(store, recording_id)
    findings.extend(f"{row.id}: unknown object {key}" for key in listing.unparsable)
    expected = expected_windows(row)
    if row.state != "available":
        for chunk in listing.chunks:
            _inspect(row.id, chunk, await get_chunk(store, recording_id, chunk), findings)
        return len(listing.chunks)
    if listing.chunks:
        findings.append(f"{row.id}: {len(listing.chunks)} chunks are left beside the finished recording")
    manifest = manifest_of(row)
    if row.bytes is None:
        if manifest is not None and manifest.chunks and row.captured_ms:
            findings.append(f"{row.id}: chunks were acknowledged, and there is no finished recording")
        return 0
    entries = parse_index(await store.get(final_key(recording_id, FINAL_INDEX)))
    video = final_key(recording_id, FINAL_VIDEO)
    size = await store.size(video)
    if size != row.bytes:
        findings.append(f"{row.id}: the MP4 has {size} bytes, the row says {row.bytes}")
    for entry in entries:
        data = await store.get(video, start=entry.offset, end=entry.offset + entry.size)
        _inspect(row.id, entry.meta, data, findings)
    stored = [entry.meta for entry in entries]
    _against_manifest(row, stored, expected, findings)
    outside = subtract([chunk.window for chunk in stored], expected)
    if any(window.duration_ms > CUT_TOLERANCE_MS for window in outside):
        findings.append(f"{row.id}: {total_ms(outside)} ms are stored that the timeline does not allow")
    _coverage_adds_up(row, stored, expected, findings)
    return len(entries)


def _inspect(recording: str, chunk: ChunkMeta, data: bytes, findings: list[str]) -> None:
    if sha256(data) != chunk.digest or len(data) != chunk.size:
        findings.append(f"{recording}: chunk {chunk.seq} does not match its digest")
        return
    try:
        fragment = parse_fragment(data)
    except BadFragmentError as error:
        findings.append(f"{recording}: chunk {chunk.seq}: {error.detail}")
        return
    if fragment.duration_ms != chunk.duration_ms or fragment.keyframe != chunk.keyframe:
        findings.append(f"{recording}: chunk {chunk.seq} is not what its key says")


def _against_manifest(
    row: Row[Any], stored: Sequence[ChunkMeta], expected: Sequence[Window], findings: list[str]
) -> None:
    manifest = manifest_of(row)
    if manifest is None:
        return
    have = {chunk.seq: chunk for chunk in stored}
    for chunk in manifest.chunks:
        allowed = not subtract([chunk.window], expected) and not intersect([chunk.window], expunged_of(row))
        kept = have.get(chunk.seq)
        if kept is None and allowed:
            findings.append(f"{row.id}: chunk {chunk.seq} was acknowledged and is gone")
        elif kept is not None and allowed and kept.digest != chunk.digest:
            findings.append(f"{row.id}: chunk {chunk.seq} is not the one that the recorder signed")


def _coverage_adds_up(
    row: Row[Any], stored: Sequence[ChunkMeta], expected: Sequence[Window], findings: list[str]
) -> None:
    missing = [span.window for span in missing_of(row)]
    playable = segments(stored, expected, closed=True)
    have = merge((Window(s.start, WallTime(s.start + s.duration_ms)) for s in playable), slack_ms=JOIN_MS)
    unexplained = subtract(subtract(expected, have), missing)
    if total_ms(unexplained):
        findings.append(f"{row.id}: {total_ms(unexplained)} ms are missing without a reason")
    if row.captured_ms + total_ms(merge(missing)) != row.expected_ms:
        findings.append(f"{row.id}: captured and missing time do not add up to the expected time")


async def _audio(store: ObjectStore, row: Row[Any]) -> list[str]:
    if row.state != "ready":
        return []
    found: list[str] = []
    for name in ("audio.mp4", "audio.m3u8", "peaks.json"):
        try:
            if await store.size(audio_key(CallRecordingId(row.id), name)) == 0:
                found.append(f"{row.id}: {name} is empty")
        except NotFoundError:
            found.append(f"{row.id}: {name} is missing")
    return found


async def _orphans(store: ObjectStore, screens: set[str], audios: set[str]) -> list[str]:
    """Objects that no row knows."""
    orphans: set[str] = set()
    for prefix, known in ((RECORDINGS, screens), (CALL_RECORDINGS, audios)):
        for item in await store.list(prefix):
            owner = item.key.removeprefix(prefix + "/").split("/", 1)[0]
            if owner not in known:
                orphans.add(f"{prefix}/{owner}: stored, and no row knows it")
    return sorted(orphans)
