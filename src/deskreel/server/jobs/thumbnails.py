"""The thumbnails job: small pictures of a finished recording, for the timeline of the player.

They may be made anew at any time. Before the timeline takes something out of a finished recording, `drop_thumbnails`
removes them all; what this job makes of a file that is being taken apart meanwhile, it removes itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import anyio
import structlog
from sqlalchemy import Row, select, update

from deskreel.core.chunk import sha256
from deskreel.core.errors import BadFragmentError, NotFoundError
from deskreel.core.ids import Digest, ScreenRecordingId
from deskreel.media.assemble import IndexEntry, parse_index
from deskreel.media.still import Still, first_still
from deskreel.media.thumbnails import WIDTH, Thumbnail, Thumbnails, choose, index_json
from deskreel.server.context import Context
from deskreel.server.recordings.rows import expected_windows
from deskreel.server.recordings.tables import screen_recordings
from deskreel.storage.layout import (
    FINAL_INDEX,
    FINAL_THUMBNAILS,
    FINAL_VIDEO,
    THUMBNAIL_PREFIX,
    final_key,
    final_prefix,
)
from deskreel.storage.recordings import get_init
from deskreel.storage.store import ObjectStore

log = structlog.get_logger()
_LEFT_MS = 60_000  # after a recording became available, before the sweep asks for its thumbnails again
_SWEPT_AT_ONCE = 100


async def make(context: Context, store: ObjectStore, recording_id: ScreenRecordingId) -> None:
    """Make the thumbnails of a recording that is available and has none."""
    row = await _row(context, recording_id)
    if row is None or row.state != "available" or row.bytes is None or row.thumbnails is not None:
        return
    try:
        stills = await _stills(store, row)
    except NotFoundError:  # taken apart meanwhile; it comes back as another file
        return
    await drop_thumbnails(store, recording_id)
    count = await _store(store, recording_id, stills)
    async with context.db.begin() as connection:
        columns = screen_recordings.c
        kept = await connection.execute(
            update(screen_recordings)
            .where(
                columns.id == recording_id,
                columns.state == "available",
                columns.available_at == row.available_at,
                columns.spans == row.spans,
            )
            .values(thumbnails=count)
        )
    if kept.rowcount == 0:
        await drop_thumbnails(store, recording_id)
        return
    log.info("recording.thumbnails", recording=recording_id, pictures=count)


async def drop_thumbnails(store: ObjectStore, recording_id: ScreenRecordingId) -> None:
    """Remove whatever was stored of thumbnails; their index first."""
    names = [item.key for item in await store.list(final_prefix(recording_id))]
    doomed = [key for key in names if key.rpartition("/")[2].startswith(THUMBNAIL_PREFIX)]
    index = final_key(recording_id, FINAL_THUMBNAILS)
    if index in doomed:
        await store.delete([index])
    await store.delete([key for key in doomed if key != index])


async def forgotten(context: Context) -> list[tuple[str, str]]:
    """Recordings whose job was lost: id and region."""
    columns = screen_recordings.c
    query = (
        select(columns.id, columns.region)
        .where(
            columns.state == "available",
            columns.bytes.is_not(None),
            columns.thumbnails.is_(None),
            columns.available_at < context.clock() - _LEFT_MS,
        )
        .limit(_SWEPT_AT_ONCE)
    )
    async with context.db.begin() as connection:
        return [(row.id, row.region) for row in (await connection.execute(query)).all()]


async def _row(context: Context, recording_id: ScreenRecordingId) -> Row[Any] | None:
    async with context.db.begin() as connection:
        return (
            await connection.execute(select(screen_recordings).where(screen_recordings.c.id == recording_id))
        ).one_or_none()


async def _stills(store: ObjectStore, row: Row[Any]) -> list[tuple[IndexEntry, Still]]:
    """The chosen pictures; one that cannot be decoded is left out."""
    recording_id = ScreenRecordingId(row.id)
    entries = parse_index(await store.get(final_key(recording_id, FINAL_INDEX)))
    by_seq = {entry.meta.seq: entry for entry in entries}
    inits: dict[Digest, bytes] = {}
    found: list[tuple[IndexEntry, Still]] = []
    for meta in choose((entry.meta for entry in entries), expected_windows(row)):
        entry = by_seq[meta.seq]
        if meta.init not in inits:
            inits[meta.init] = await get_init(store, recording_id, meta.init)
        data = await store.get(
            final_key(recording_id, FINAL_VIDEO), start=entry.offset, end=entry.offset + entry.size
        )
        if sha256(data) != meta.digest:
            raise NotFoundError("the file was made anew")
        try:
            still = await anyio.to_thread.run_sync(_still, inits[meta.init], data)
        except BadFragmentError as error:
            log.warning("recording.no_thumbnail", recording=row.id, seq=meta.seq, error=error.detail)
            continue
        found.append((entry, still))
    return found


def _still(init: bytes, data: bytes) -> Still:
    return first_still(init, data, width=WIDTH)


async def _store(
    store: ObjectStore, recording_id: ScreenRecordingId, stills: Sequence[tuple[IndexEntry, Still]]
) -> int:
    """How many were stored."""
    if not stills:
        return 0
    pictures = b"".join(still.jpeg for _, still in stills)
    tiles: list[Thumbnail] = []
    offset = 0
    for entry, still in stills:
        tiles.append(Thumbnail(at=entry.meta.start, offset=offset, size=len(still.jpeg)))
        offset += len(still.jpeg)
    name = f"{THUMBNAIL_PREFIX}-{sha256(pictures)[:16]}.jpgs"
    index = Thumbnails(
        pictures=name, width=stills[0][1].width, height=stills[0][1].height, tiles=tuple(tiles)
    )
    await store.put(final_key(recording_id, name), pictures)
    await store.put(final_key(recording_id, FINAL_THUMBNAILS), index_json(index))
    return len(tiles)
