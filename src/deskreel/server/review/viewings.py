"""Who watched what, written to the audit log once for each viewing, however many requests a player makes for it."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.time import WallTime
from deskreel.server.audit.service import record
from deskreel.server.context import Context
from deskreel.server.review.tables import viewings

PAUSE_MS = 30 * 60_000  # without a request for so long, the next one begins another viewing


async def record_viewing(
    connection: AsyncConnection, *, at: WallTime, actor: str, action: str, subject: str, **details: str | bool
) -> None:
    """Note a request; the first one of a viewing is written to the audit log. Two at once are one viewing.

    Requests with other `details` are another viewing.
    """
    columns = viewings.c
    kind = " ".join([action, *(f"{name}={value}" for name, value in sorted(details.items()))])
    before = await connection.scalar(
        insert(viewings)
        .values(actor=actor, action=kind, subject=subject, last_at=at)
        .on_conflict_do_update(
            index_elements=["actor", "subject", "action"], set_={"before": columns.last_at, "last_at": at}
        )
        .returning(columns.before)
    )
    if before is None or at - before > PAUSE_MS:
        await record(connection, at=at, actor=actor, action=action, subject=subject, **details)


async def sweep_viewings(context: Context) -> None:
    """Forget those that are over."""
    async with context.db.begin() as connection:
        await connection.execute(delete(viewings).where(viewings.c.last_at < context.clock() - 2 * PAUSE_MS))
