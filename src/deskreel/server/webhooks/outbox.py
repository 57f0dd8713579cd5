"""The outbox: status events are written in the transaction of the change that they speak of.

After its commit an event gets its position in the feed, and a delivery for each endpoint that wants it, under a lock
that lets one transaction at a time do so. So positions appear in order, none is skipped by a reader who remembers the
last one seen, and events of one agent keep the order in which they were written.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import delete, exists, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.time import WallTime
from deskreel.server.context import Context
from deskreel.server.jobs.names import DELIVER_WEBHOOK, DISPATCH_EVENTS
from deskreel.server.webhooks.tables import status_events, webhook_deliveries, webhook_endpoints

_LOCK = 727_400_020  # any fixed number: held while positions are given
_PLACE = text("UPDATE status_events SET position = :place WHERE id = :event")


class EventType(StrEnum):
    """What other systems can hear of."""

    STARTED = "screen_recording.started"
    PAUSED = "screen_recording.paused"
    RESUMED = "screen_recording.resumed"
    ENDED = "screen_recording.ended"
    AVAILABLE = "screen_recording.available"
    FAILED = "screen_recording.failed"
    EVALUATION_PUBLISHED = "evaluation.published"


async def emit(
    context: Context,
    connection: AsyncConnection,
    what: EventType,
    *,
    at: WallTime,
    agent_id: str | None,
    data: Mapping[str, Any],
    once: str | None = None,
) -> None:
    """Write an event; with `once`, unless one of that name was written before."""
    await connection.execute(
        insert(status_events)
        .values(
            event_id=context.new_id("evt"),
            type=what.value,
            at=at,
            agent_id=agent_id,
            data=dict(data),
            once=once,
        )
        .on_conflict_do_nothing(index_elements=["once"])
    )


async def place(context: Context) -> None:
    """Give every event that has none its position and its deliveries, and have those attempted."""
    new = status_events.c.position.is_(None)
    async with context.db.begin() as connection:
        if not await connection.scalar(select(exists().where(new))):
            return
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        rows = (
            await connection.execute(
                select(status_events.c.id, status_events.c.type).where(new).order_by(status_events.c.id)
            )
        ).all()
        last = int(await connection.scalar(select(func.max(status_events.c.position))) or 0)
        if rows:
            places = [{"event": row.id, "place": last + n} for n, row in enumerate(rows, start=1)]
            await connection.execute(_PLACE, places)
        endpoints = (
            await connection.execute(select(webhook_endpoints).where(webhook_endpoints.c.active))
        ).all()
        now = context.clock()
        deliveries = [
            {
                "id": context.new_id("dlv"),
                "endpoint_id": endpoint.id,
                "status_event_id": row.id,
                "state": "waiting",
                "next_at": now,
                "created_at": now,
            }
            for row in rows
            for endpoint in endpoints
            if not endpoint.events or row.type in endpoint.events
        ]
        if deliveries:
            await connection.execute(insert(webhook_deliveries), deliveries)
    for delivery in deliveries:
        await attempt_soon(context, delivery["id"])


async def drop_old(context: Context, before: WallTime) -> None:
    """Forget events that are older; the newest stays, so that positions go on from it."""
    position = status_events.c.position
    newest = select(func.max(position)).scalar_subquery()
    async with context.db.begin() as connection:
        await connection.execute(delete(status_events).where(status_events.c.at < before, position < newest))


async def attempt_soon(context: Context, delivery_id: str, *, in_ms: int = 0) -> None:
    """Have a delivery attempted, now or later; harmless when that was asked for before."""
    job = context.jobs.configure_task(
        DELIVER_WEBHOOK,
        queueing_lock=f"{DELIVER_WEBHOOK}:{delivery_id}",
        schedule_in={"milliseconds": in_ms} if in_ms else None,
    )
    with contextlib.suppress(AlreadyEnqueued):
        await job.defer_async(delivery_id=delivery_id)


async def wake(context: Context) -> None:
    """Have new events sent soon, if anybody wants them. Call it after the commit."""
    async with context.db.begin() as connection:
        wanted = await connection.scalar(select(exists().where(webhook_endpoints.c.active)))
    if wanted:
        with contextlib.suppress(AlreadyEnqueued):
            await context.jobs.configure_task(DISPATCH_EVENTS, queueing_lock=DISPATCH_EVENTS).defer_async()
