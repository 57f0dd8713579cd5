"""The part of `deskreel check` that looks at what is made of recordings: thumbnails and downloads."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from deskreel.core.errors import DeskreelError, NotFoundError
from deskreel.core.ids import DownloadId, ScreenRecordingId
from deskreel.core.time import merge
from deskreel.media.thumbnails import parse_index, shown_window
from deskreel.server.context import Context
from deskreel.server.recordings.rows import expected_windows
from deskreel.server.recordings.tables import downloads, screen_recordings
from deskreel.storage.layout import DOWNLOADS, FINAL_THUMBNAILS, download_key, final_key
from deskreel.storage.store import ObjectStore


async def made_of_recordings(context: Context, store: ObjectStore, region: str) -> list[str]:
    """Findings, each a sentence."""
    screens = select(screen_recordings).where(
        screen_recordings.c.state == "available",
        screen_recordings.c.thumbnails > 0,
        screen_recordings.c.region == region,
    )
    async with context.db.begin() as connection:
        rows = (await connection.execute(screens)).all()
        made = (await connection.execute(select(downloads).where(downloads.c.region == region))).all()
    findings: list[str] = []
    for row in rows:
        try:
            findings += await _thumbnails(store, row)
        except DeskreelError as error:
            findings.append(f"{row.id}: its thumbnails: {error.code}: {error.detail}")
    return [*findings, *await _downloads(store, {row.id: row for row in made})]


async def _thumbnails(store: ObjectStore, row: Row[Any]) -> list[str]:
    recording_id = ScreenRecordingId(row.id)
    stored = parse_index(await store.get(final_key(recording_id, FINAL_THUMBNAILS)))
    found: list[str] = []
    if len(stored.tiles) != row.thumbnails:
        found.append(f"{row.id}: {len(stored.tiles)} thumbnails are stored, the row says {row.thumbnails}")
    if await store.size(final_key(recording_id, stored.pictures)) != sum(tile.size for tile in stored.tiles):
        found.append(f"{row.id}: the thumbnails are not as long as their index says")
    allowed = merge(expected_windows(row))
    hidden = [tile.at for tile in stored.tiles if shown_window(tile.at, allowed) is None]
    if hidden:
        found.append(f"{row.id}: {len(hidden)} thumbnails show what the timeline does not allow")
    return found


async def _downloads(store: ObjectStore, rows: dict[str, Row[Any]]) -> list[str]:
    found: list[str] = []
    for item in await store.list(DOWNLOADS):
        owner = item.key.split("/")[1]
        if owner not in rows:
            found.append(f"{DOWNLOADS}/{owner}: stored, and no row knows it")
    for row in rows.values():
        if row.state != "ready":
            continue
        try:
            size = await store.size(download_key(DownloadId(row.id)))
        except NotFoundError:
            found.append(f"{row.id}: the download is missing")
            continue
        if size != row.bytes:
            found.append(f"{row.id}: the download has {size} bytes, the row says {row.bytes}")
    return found
