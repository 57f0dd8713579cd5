"""Opening, renewing and ending live views. Who watches is a lease; the order follows from it (`orders`)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import DeskreelError, NotFoundError
from deskreel.core.ids import AgentId, LiveViewId, ScreenRecordingId
from deskreel.core.time import WallTime
from deskreel.server.accounts.model import SettingValues
from deskreel.server.accounts.service import settings_for
from deskreel.server.audit.service import record
from deskreel.server.auth import Caller
from deskreel.server.context import Context
from deskreel.server.db.bus import announce
from deskreel.server.live.errors import LiveViewOffError, NotLiveError, TooManyLiveViewsError
from deskreel.server.live.leases import LEASE_MS, end, is_news, is_open, watched_until
from deskreel.server.live.model import LiveView
from deskreel.server.live.seen import SEEN, is_online, report_of
from deskreel.server.live.tables import live_views
from deskreel.server.people.model import AgentRef
from deskreel.server.people.service import visible
from deskreel.server.people.tables import agents
from deskreel.server.permissions import Permission
from deskreel.server.recorders.tables import recorders
from deskreel.server.recordings.rows import expected_windows
from deskreel.server.recordings.tables import recording_parts, screen_recordings
from deskreel.server.regions.turn import turn_server

AT_ONCE = 20  # live views of one person
TURN_MS = 3_600_000  # a relay is to be asked for within
_OVER = "It has ended: open it again."

_views = live_views.c


async def open_view(context: Context, caller: Caller, recording_id: ScreenRecordingId) -> LiveView:
    """Let the caller watch a screen recording, and have its recorder send it.

    Raises:
        NotFoundError: there is none of this id in the scope.
        NotLiveError: it has ended.
        LiveViewOffError: the recording settings of its agent say so.
        TooManyLiveViewsError: the caller has too many open.
    """
    async with context.db.begin() as connection:
        row = await _recording(connection, caller, recording_id)
        if row is None:
            raise NotFoundError(f"there is no screen recording {recording_id}")
        if row.ended_at is not None:
            raise NotLiveError
        values, now = await _values(context, connection, row), context.clock()
        if not values.live_view:
            raise LiveViewOffError
        open_now = select(func.count()).where(_views.user_id == caller.user.id, is_open(now))
        if (await connection.scalar(open_now) or 0) >= AT_ONCE:
            raise TooManyLiveViewsError
        view_id, expires = LiveViewId(context.new_id("lvw")), WallTime(now + LEASE_MS)
        # before anything is written: a region may say too little
        shown = _shown(context, caller, row, values, view_id=view_id, expires=expires)
        before = (await watched_until(connection, [recording_id], now)).get(recording_id)
        await connection.execute(
            live_views.insert().values(
                id=view_id,
                screen_recording_id=recording_id,
                user_id=caller.user.id,
                actor=caller.actor,
                opened_at=now,
                expires_at=expires,
            )
        )
        await record(
            connection,
            at=now,
            actor=caller.actor,
            action="live.opened",
            subject=recording_id,
            view=view_id,
            agent=row.agent_id,
        )
        if is_news(before, expires):
            await announce(connection, row.agent_id)
    return shown


async def renew_view(context: Context, caller: Caller, view_id: LiveViewId) -> LiveView:
    """Let the caller watch on. When the recording has ended, so has the view, and the answer says so.

    Raises:
        NotFoundError: the caller has no such view, it is over, or they may not see its agent any more.
        LiveViewOffError: the recording settings say so by now: it is over.
    """
    async with context.db.begin() as connection:
        outcome = await _renewed(context, connection, caller, view_id)
    if isinstance(outcome, DeskreelError):  # raised here, so that what was written down stays
        raise outcome
    return outcome


async def _renewed(
    context: Context, connection: AsyncConnection, caller: Caller, view_id: LiveViewId
) -> LiveView | DeskreelError:
    view = await _own_view(connection, caller, view_id)
    if view is None:
        return NotFoundError(f"there is no live view {view_id}", hint=_OVER)
    recording_id, now = ScreenRecordingId(view.screen_recording_id), context.clock()
    row = await _recording(connection, caller, recording_id)
    if row is None:
        await _end(connection, view, now, "not permitted any more")
        return NotFoundError(f"there is no screen recording {recording_id}")
    values = await _values(context, connection, row)
    if row.ended_at is not None:
        await end(connection, view, at=WallTime(row.ended_at), now=now, why="recording ended")
        return _shown(context, caller, row, values, view_id=view_id, expires=now)
    if view.ended_at is not None or view.expires_at <= now:
        await _end(connection, view, now, "lapsed")
        return NotFoundError(f"there is no live view {view_id} any more", hint=_OVER)
    if not values.live_view:
        await _end(connection, view, now, "switched off")
        return LiveViewOffError()
    expires = WallTime(now + LEASE_MS)
    before = (await watched_until(connection, [recording_id], now)).get(recording_id)
    await connection.execute(update(live_views).where(_views.id == view_id).values(expires_at=expires))
    if is_news(before, expires):
        await announce(connection, row.agent_id)
    return _shown(context, caller, row, values, view_id=view_id, expires=expires)


async def end_view(context: Context, caller: Caller, view_id: LiveViewId) -> None:
    """The caller stops watching. Harmless when repeated.

    Raises:
        NotFoundError: the caller has no such view.
    """
    async with context.db.begin() as connection:
        view = await _own_view(connection, caller, view_id)
        if view is None:
            raise NotFoundError(f"there is no live view {view_id}")
        await _end(connection, view, context.clock(), "closed")


async def _end(connection: AsyncConnection, view: Row[Any], now: WallTime, why: str) -> None:
    """End a view now, and have the recorder look again."""
    if view.ended_at is None:
        await end(connection, view, at=now, now=now, why=why)
        await announce(connection, view.agent_id)


async def _own_view(connection: AsyncConnection, caller: Caller, view_id: LiveViewId) -> Row[Any] | None:
    """The caller's view, kept from others until the transaction ends."""
    recording = screen_recordings.c
    query = (
        select(live_views, recording.agent_id)
        .join(screen_recordings, recording.id == _views.screen_recording_id)
        .where(_views.id == view_id, _views.user_id == caller.user.id)
        .with_for_update(of=live_views)
    )
    return (await connection.execute(query)).one_or_none()


async def _recording(
    connection: AsyncConnection, caller: Caller, recording_id: ScreenRecordingId
) -> Row[Any] | None:
    """A screen recording of an agent in the caller's scope, with its call, and what its recorder said."""
    rows, parts = screen_recordings.c, recording_parts.c
    latest = (
        select(parts.interaction_id)
        .where(parts.screen_recording_id == rows.id)
        .order_by(parts.ended_at.is_(None).desc(), parts.started_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    query: Any = (
        select(
            *(rows[name] for name in ("id", "agent_id", "state", "spans", "region", "ended_at")),
            rows.first_frame_at,
            agents.c.name.label("agent_name"),
            latest.label("interaction_id"),
            *SEEN,
        )
        .join(agents, agents.c.id == rows.agent_id)
        .outerjoin(recorders, recorders.c.id == rows.recorder_id)
        .where(rows.id == recording_id, visible(caller.scope))
    )
    return (await connection.execute(query)).one_or_none()


async def _values(context: Context, connection: AsyncConnection, row: Row[Any]) -> SettingValues:
    agent_id = AgentId(row.agent_id)
    return (await settings_for(context, connection, [agent_id]))[agent_id]


def _shown(
    context: Context,
    caller: Caller,
    row: Row[Any],
    values: SettingValues,
    *,
    view_id: LiveViewId,
    expires: WallTime,
) -> LiveView:
    """A view with fresh tokens; without any once the recording has ended."""
    recording_id, now = ScreenRecordingId(row.id), context.clock()
    region, ended = context.regions[row.region], row.ended_at is not None
    playlist = None
    if not ended and row.first_frame_at is not None and Permission.RECORDINGS_PLAY in caller.permissions:
        base = context.play_base(recording_id, region.name, expected_windows(row), final=False)
        playlist = f"{base}/screen.m3u8"
    lifetime_ms = expires - now
    return LiveView(
        id=view_id,
        screen_recording_id=recording_id,
        interaction_id=row.interaction_id,
        agent=AgentRef(id=row.agent_id, name=row.agent_name),
        state="ended" if ended else row.state,
        region=region.name,
        whep_url=None if ended else f"{region.live_url(recording_id)}/v1/live/{recording_id}/whep",
        token=None if ended else context.live_watch_token(recording_id, region.name, lifetime_ms, view_id),
        expires_at=expires,
        turn=None if ended else turn_server(region, caller.user.id, now, TURN_MS),
        playlist_url=playlist,
        notice=values.live_notice,
        recorder_online=is_online(row, now),
        recorder=None if ended else report_of(row, now),
    )
