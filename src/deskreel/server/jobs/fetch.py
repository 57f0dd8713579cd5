"""The fetch job: call audio that is not uploaded but lies somewhere, at a URL or in the folder of a PBX's monitor.

A file of a PBX is taken once it has not changed for a moment. What cannot be had is tried again, and then given up
with the reason.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

import anyio
import structlog
from sqlalchemy import Row, cast, select, update
from sqlalchemy.dialects.postgresql import JSONB

from deskreel.core.errors import DeskreelError, NotFoundError, TooLargeError
from deskreel.core.ids import CallRecordingId
from deskreel.server import outgoing
from deskreel.server.backoff import next_delay_ms
from deskreel.server.calls.tables import sources
from deskreel.server.context import Context
from deskreel.server.interactions.tables import interactions
from deskreel.server.jobs import audio
from deskreel.server.jobs.fetching import STILL_MS, fetch_soon
from deskreel.server.recordings.tables import call_recordings
from deskreel.server.secret_box import SecretBox
from deskreel.storage.layout import audio_key
from deskreel.storage.store import ObjectStore

log = structlog.get_logger()
MAX_BYTES = 2 * 1024**3
TOTAL_S = 900
PATIENCE_MS = 60_000  # the sweep leaves what is younger
MONITOR_PREFIX = "/var/spool/asterisk/monitor"  # where a PBX says that its files are, unless set otherwise
_columns = call_recordings.c


class FileGrowsError(DeskreelError):
    """The PBX still writes it."""

    code = "file_grows"
    status = 409
    title = "The audio file is still being written"
    retryable = True
    hint = "It is taken once it has not changed for two seconds."


async def fetch(context: Context, store: ObjectStore, recording_id: CallRecordingId) -> None:
    """Get the audio and make it playable; later again if that fails."""
    async with context.db.begin() as connection:
        row = (
            await connection.execute(select(call_recordings).where(_columns.id == recording_id))
        ).one_or_none()
        if row is None or row.state != "waiting" or not row.origin:
            return
        source = (
            await connection.execute(select(sources).where(sources.c.id == row.origin.get("source")))
        ).one_or_none()
    try:
        with tempfile.TemporaryDirectory(prefix="deskreel-fetch-") as folder:
            path = Path(folder) / "source"
            if "url" in row.origin:
                await _download(context, row, path)
            else:
                path = await _monitored(context, row, source)
            await store.put(audio_key(recording_id, "source"), path)
    except (DeskreelError, OSError) as error:
        await _later(context, row, error)
        return
    async with context.db.begin() as connection:
        await connection.execute(
            update(call_recordings)
            .where(_columns.id == recording_id)
            .values(state="processing", credentials_box=None, error=None)
        )
    await audio.process(context, store, recording_id)


async def _download(context: Context, row: Row[Any], path: Path) -> None:
    headers: dict[str, str] = {}
    if row.credentials_box is not None:
        box = SecretBox.load_or_create(context.settings.data_dir.resolve() / "keys")
        headers = json.loads(box.open(row.credentials_box))
    size = 0
    try:
        async with (
            asyncio.timeout(TOTAL_S),
            outgoing.request(context, "GET", row.origin["url"], headers=headers) as answer,
            await anyio.open_file(path, "wb") as file,
        ):
            if not answer.is_success:
                raise outgoing.OutgoingError(f"HTTP {answer.status_code}")
            async for part in answer.aiter_bytes():
                size += len(part)
                if size > MAX_BYTES:
                    raise TooLargeError(f"call audio may have {MAX_BYTES} bytes")
                await file.write(part)
    except TimeoutError as error:
        raise outgoing.OutgoingError(f"not within {TOTAL_S} s") from error


def monitored_path(settings: dict[str, Any], file: str) -> Path:
    """Where a file of a PBX's monitor is seen from here.

    Raises:
        NotFoundError: the source has no folder, or the file lies outside of it.
    """
    if not settings.get("monitor_dir"):
        raise NotFoundError("the source names no monitor_dir")
    folder = Path(settings["monitor_dir"]).resolve()
    name = PurePosixPath(file)
    prefix = PurePosixPath(settings.get("monitor_prefix") or MONITOR_PREFIX)
    inside = name.relative_to(prefix) if name.is_relative_to(prefix) else name
    path = (folder / inside).resolve()
    if not path.is_relative_to(folder):
        raise NotFoundError(f"{file} does not lie below {prefix}")
    return path


async def _monitored(context: Context, row: Row[Any], source: Row[Any] | None) -> Path:
    path = monitored_path({} if source is None else source.settings, row.origin["file"])
    try:
        found = await anyio.Path(path).stat()
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no {path}") from error
    if context.clock() - found.st_mtime * 1000 < STILL_MS:
        raise FileGrowsError(str(path))
    return path


async def _later(context: Context, row: Row[Any], error: DeskreelError | OSError) -> None:
    detail = f"{error.code}: {error.detail}" if isinstance(error, DeskreelError) else str(error)
    growing = isinstance(error, FileGrowsError)
    attempts = row.attempts + (0 if growing else 1)
    wait_ms = STILL_MS if growing else next_delay_ms(attempts)
    log.info("audio.not_fetched", recording=row.id, error=detail, again_ms=wait_ms)
    values: dict[str, Any] = {"attempts": attempts, "error": detail[:500]}
    if wait_ms is None:
        values |= {"state": "failed", "credentials_box": None}
    async with context.db.begin() as connection:
        await connection.execute(update(call_recordings).where(_columns.id == row.id).values(**values))
    if wait_ms is not None:
        await fetch_soon(context, row.id, row.region, in_ms=wait_ms)


async def sweep(context: Context) -> None:
    """Audio of ended calls whose job was lost."""
    old = context.clock() - PATIENCE_MS
    query = (
        select(_columns.id, _columns.region)
        .join(interactions, interactions.c.id == _columns.interaction_id)
        .where(
            _columns.state == "waiting",
            _columns.attempts == 0,
            _columns.created_at < old,
            interactions.c.ended_at < old,
            _columns.origin != cast({}, JSONB),
        )
        .limit(500)
    )
    async with context.db.begin() as connection:
        found = (await connection.execute(query)).all()
    for row in found:
        await fetch_soon(context, row.id, row.region)
