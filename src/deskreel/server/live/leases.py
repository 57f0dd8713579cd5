"""The leases of live views: which are open, and writing down that they ended.

A view is open until it is ended, or its lease runs out. A page that vanished ends nothing: its lease counts for
nobody from its last moment on, wherever it is asked after, and the sweep of each minute writes its end down, as it
does for views of recordings that have ended. So no job or timer belongs to a view.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.ids import ScreenRecordingId
from deskreel.core.time import WallTime
from deskreel.server.audit.service import record
from deskreel.server.context import Context
from deskreel.server.live.tables import live_views
from deskreel.server.recordings.tables import screen_recordings

LEASE_MS = 60_000  # a view without a renewal ends
PUSH_MS = 20_000  # a recorder hears of later leases at least this often, and hardly more often
KEPT_MS = 24 * 3_600_000  # rows of ended views; the audit log has them for good

_rows = live_views.c


def is_open(now: WallTime) -> ColumnElement[bool]:
    """A condition on `live_views`: somebody watches at this moment."""
    return and_(_rows.ended_at.is_(None), _rows.expires_at > now)


async def watched_until(
    connection: AsyncConnection, recordings: Sequence[str], now: WallTime
) -> dict[ScreenRecordingId, WallTime]:
    """The latest lease of each of these recordings that somebody watches."""
    if not recordings:
        return {}
    query = (
        select(_rows.screen_recording_id, func.max(_rows.expires_at))
        .where(_rows.screen_recording_id.in_(recordings), is_open(now))
        .group_by(_rows.screen_recording_id)
    )
    return {ScreenRecordingId(one): WallTime(until) for one, until in (await connection.execute(query)).all()}


def is_news(before: WallTime | None, after: WallTime) -> bool:
    """Whether the recorder has to hear of a later lease: at the first one, and once in each `PUSH_MS`.

    However many watch, the latest lease enters each stretch of `PUSH_MS` once.
    """
    return before is None or before // PUSH_MS < after // PUSH_MS


async def end(connection: AsyncConnection, view: Row[Any], *, at: WallTime, now: WallTime, why: str) -> None:
    """Write down that an open view ended `at`, no later than its lease; once for each view."""
    ended_at = max(view.opened_at, min(at, view.expires_at))
    done = await connection.scalar(
        update(live_views)
        .where(_rows.id == view.id, _rows.ended_at.is_(None))
        .values(ended_at=ended_at)
        .returning(_rows.id)
    )
    if done is not None:
        await record(
            connection,
            at=now,
            actor=view.actor,
            action="live.ended",
            subject=view.screen_recording_id,
            view=view.id,
            seconds=round((ended_at - view.opened_at) / 1000, 1),
            why=why,
        )


async def sweep_live_views(context: Context) -> None:
    """End the views whose lease ran out or whose recording has ended; forget those that ended a day ago."""
    now, recording = context.clock(), screen_recordings.c
    over = or_(_rows.expires_at <= now, recording.ended_at.is_not(None))
    async with context.db.begin() as connection:
        query = (
            select(live_views, recording.ended_at.label("recording_ended_at"))
            .join(screen_recordings, recording.id == _rows.screen_recording_id)
            .where(_rows.ended_at.is_(None), over)
            .order_by(_rows.id)
            .with_for_update(of=live_views)
        )
        for view in (await connection.execute(query)).all():
            gone, lapse = view.recording_ended_at, WallTime(view.expires_at)
            if gone is not None and gone <= lapse:
                await end(connection, view, at=WallTime(gone), now=now, why="recording ended")
            else:
                await end(connection, view, at=lapse, now=now, why="lapsed")
        await connection.execute(delete(live_views).where(_rows.ended_at < now - KEPT_MS))
