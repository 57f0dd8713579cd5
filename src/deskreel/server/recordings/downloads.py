"""Downloads: an interaction as one MP4, made by a worker for the person who asked, kept for a day.

A download shows what its digest stood for when it was asked for. When a late event changes what may be seen, it is
outdated: it has no address any more, and `drop_downloads` removes it before the recording is finished anew.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import (
    BadFragmentError,
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
)
from deskreel.core.ids import DownloadId, InteractionId, ScreenRecordingId
from deskreel.server.audit.service import record
from deskreel.server.auth import Caller
from deskreel.server.context import Context
from deskreel.server.interactions.service import heard_by, parts_of, require_seen
from deskreel.server.jobs.names import MAKE_DOWNLOAD
from deskreel.server.recordings.export import Material, material_of, write_mp4
from deskreel.server.recordings.model import Download
from deskreel.server.recordings.tables import downloads, recording_parts
from deskreel.storage.layout import download_key
from deskreel.storage.store import ObjectStore

log = structlog.get_logger()
KEPT_MS = 24 * 3_600_000
_RENEWED_MS = 3_600_000  # one that goes sooner is not given to who asks again
_OUTDATED = "what may be seen of this call has changed since: ask for it again"


async def ask_for_download(context: Context, caller: Caller, interaction_id: InteractionId) -> Download:
    """Have the MP4 of an interaction made; who asks again gets the one that was made or is being made.

    Only screens of agents in the caller's scope are in it.

    Raises:
        NotFoundError: no such interaction in the scope, or nothing of it was captured.
        ConflictError: it is still in progress or being finished, or lies in several regions.
        ForbiddenError: another agent is to be heard in the call, and the caller may hear only themselves.
    """
    now, download_id = context.clock(), DownloadId(context.new_id("dld"))
    async with context.db.begin() as connection:
        await require_seen(connection, interaction_id, caller.scope)
        if not await heard_by(connection, interaction_id, caller.scope):
            raise ForbiddenError("another agent is to be heard in this call")
        parts = (await parts_of(connection, [interaction_id], caller.scope)).get(interaction_id, [])
        screens = sorted({part.id for part in parts})
        material = await material_of(connection, interaction_id, screens=screens)
        region = material.region
        same = (
            await connection.execute(
                select(downloads)
                .where(
                    downloads.c.interaction_id == interaction_id,
                    downloads.c.user_id == caller.user.id,
                    downloads.c.state != "failed",
                    downloads.c.made_of == material.digest,
                    downloads.c.expires_at > now + _RENEWED_MS,
                )
                .order_by(downloads.c.created_at.desc())
                .limit(1)
            )
        ).one_or_none()
        if same is not None:
            if same.state == "ready":
                await _given_out(context, connection, caller, same)
            return _shown(context, same)
        made = (
            await connection.execute(
                downloads.insert()
                .values(
                    id=download_id,
                    interaction_id=interaction_id,
                    user_id=caller.user.id,
                    state="waiting",
                    screens=screens,
                    made_of=material.digest,
                    created_at=now,
                    expires_at=now + KEPT_MS,
                    region=region,
                )
                .returning(downloads)
            )
        ).one()
        await record(
            connection,
            at=now,
            actor=caller.actor,
            action="interaction.exported",
            subject=interaction_id,
            download=download_id,
        )
    await context.media_job(MAKE_DOWNLOAD, region).defer_async(download_id=download_id)
    return _shown(context, made)


async def get_download(
    context: Context, caller: Caller, interaction_id: InteractionId, download_id: DownloadId
) -> Download:
    """How one's own download stands; each address that is given out is written to the audit log.

    Raises:
        NotFoundError: there is none, it is another person's, or it was removed.
    """
    now = context.clock()
    query = select(downloads).where(
        downloads.c.id == download_id,
        downloads.c.interaction_id == interaction_id,
        downloads.c.user_id == caller.user.id,
        downloads.c.expires_at > now,
    )
    async with context.db.begin() as connection:
        await require_seen(connection, interaction_id, caller.scope)
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFoundError(f"there is no download {download_id}", hint="Ask for it again.")
        if row.state != "ready":
            return _shown(context, row)
        parts = (await parts_of(connection, [interaction_id], caller.scope)).get(interaction_id, [])
        allowed = set(row.screens) <= {part.id for part in parts}
        if not allowed or await _material(connection, row) is None:
            return _shown(context, row, outdated=True)
        await _given_out(context, connection, caller, row)
    return _shown(context, row)


async def _given_out(context: Context, connection: AsyncConnection, caller: Caller, row: Row[Any]) -> None:
    """Write down that somebody gets the address of a download."""
    await record(
        connection,
        at=context.clock(),
        actor=caller.actor,
        action="interaction.downloaded",
        subject=row.interaction_id,
        download=row.id,
    )


async def make_download(context: Context, store: ObjectStore, download_id: DownloadId) -> None:
    """The job: make the file and store it, unless what may be seen has changed."""
    async with context.db.begin() as connection:
        row = (await connection.execute(select(downloads).where(downloads.c.id == download_id))).one_or_none()
        if row is None or row.state != "waiting":
            return
        material = await _material(connection, row)
    values: dict[str, Any] = {"state": "failed", "error": _OUTDATED}
    if material is not None:
        try:
            with tempfile.TemporaryDirectory(prefix="deskreel-download-") as folder:
                out = Path(folder) / "interaction.mp4"
                await write_mp4(store, material, out)
                size = out.stat().st_size
                await store.put(download_key(download_id), out)
            values = {"state": "ready", "bytes": size, "error": None}
        except (NotFoundError, BadFragmentError, InvalidInputError) as error:
            log.warning("download.failed", download=download_id, error=error.detail)
            values = {"state": "failed", "error": error.detail}
    async with context.db.begin() as connection:
        # meanwhile it may have been dropped, or what it was made of changed
        row = (
            await connection.execute(select(downloads).where(downloads.c.id == download_id).with_for_update())
        ).one_or_none()
        keep = row is not None and values["state"] == "ready" and await _material(connection, row) is not None
        if row is not None:
            if not keep and values["state"] == "ready":
                values = {"state": "failed", "error": _OUTDATED}
            await connection.execute(update(downloads).where(downloads.c.id == download_id).values(**values))
    if not keep:
        await store.delete([download_key(download_id)])


async def drop_downloads(
    context: Context, store: ObjectStore, region: str, recording_id: ScreenRecordingId
) -> None:
    """Remove the downloads that may show a screen recording whose timeline has changed.

    Those that another region keeps show other recordings of the call: they are over, and go with its next sweep.
    """
    calls = select(recording_parts.c.interaction_id).where(
        recording_parts.c.screen_recording_id == recording_id
    )
    shows = downloads.c.screens.has_key(recording_id) | downloads.c.interaction_id.in_(calls)
    async with context.db.begin() as connection:
        elsewhere = update(downloads).where(shows, downloads.c.region != region)
        await connection.execute(elsewhere.values(expires_at=context.clock()))
        here = select(downloads.c.id).where(shows, downloads.c.region == region).with_for_update()
        found = (await connection.scalars(here)).all()
        if found:
            # the files first: killed in between, the rows still say what is there
            await store.delete([download_key(DownloadId(one)) for one in found])
            await connection.execute(delete(downloads).where(downloads.c.id.in_(found)))


async def sweep_downloads(context: Context, store: ObjectStore, region: str) -> list[DownloadId]:
    """Remove those of a region whose day is over; gives those that wait, so that none is forgotten."""
    now = context.clock()
    async with context.db.begin() as connection:
        over = (
            await connection.scalars(
                select(downloads.c.id)
                .where(downloads.c.expires_at <= now, downloads.c.region == region)
                .with_for_update(skip_locked=True)
            )
        ).all()
        if over:
            await store.delete([download_key(DownloadId(one)) for one in over])
            await connection.execute(delete(downloads).where(downloads.c.id.in_(over)))
        waiting = (
            await connection.scalars(
                select(downloads.c.id).where(
                    downloads.c.state == "waiting",
                    downloads.c.created_at < now - 60_000,
                    downloads.c.region == region,
                )
            )
        ).all()
    return [DownloadId(one) for one in waiting]


async def _material(connection: AsyncConnection, row: Row[Any]) -> Material | None:
    """What a download was asked of; None when that is not so any more."""
    try:
        material = await material_of(connection, InteractionId(row.interaction_id), screens=row.screens)
    except (NotFoundError, ConflictError):
        return None
    return material if material.digest == row.made_of else None


def _shown(context: Context, row: Row[Any], *, outdated: bool = False) -> Download:
    url = None
    if row.state == "ready" and not outdated:
        base = context.download_base(DownloadId(row.id), row.region)
        url = f"{base}/download/{row.interaction_id}.mp4"
    return Download(
        id=row.id,
        interaction_id=row.interaction_id,
        state="failed" if outdated else row.state,
        error=_OUTDATED if outdated else row.error,
        bytes=row.bytes,
        created_at=row.created_at,
        expires_at=row.expires_at,
        url=url,
    )
