"""Signs of life of workers: each says every few seconds of which region it is; pages warn where nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from deskreel.core.errors import DeskreelError
from deskreel.core.time import WallTime
from deskreel.server.context import Context
from deskreel.server.regions.tables import region_workers

log = structlog.get_logger()
BEAT_S = 20.0
SILENT_MS = 90_000  # no worker of a region for so long: a warning


@asynccontextmanager
async def signs_of_life(context: Context, region: str) -> AsyncIterator[None]:
    """Around the work of a region's worker: says that there is one."""
    saying = asyncio.create_task(_say(context, region))
    try:
        yield
    finally:
        saying.cancel()
        await asyncio.gather(saying, return_exceptions=True)


async def _say(context: Context, region: str) -> None:
    new = insert(region_workers)
    columns = region_workers.c
    later = new.on_conflict_do_update(
        index_elements=["region"], set_={"seen_at": func.greatest(columns.seen_at, new.excluded.seen_at)}
    )
    while True:
        try:
            async with context.db.begin() as connection:
                await connection.execute(later, {"region": region, "seen_at": context.clock()})
        except (DeskreelError, SQLAlchemyError, OSError) as error:
            log.warning("worker.sign_failed", error=str(error))
        await asyncio.sleep(BEAT_S)


async def workers_seen(context: Context) -> dict[str, WallTime]:
    """When a worker of each region was last at work."""
    async with context.db.begin() as connection:
        rows = (await connection.execute(select(region_workers))).all()
    return {row.region: WallTime(row.seen_at) for row in rows}
