"""The calls in progress that are captured: what a supervisor chooses from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import NotFoundError
from deskreel.core.ids import AgentId, ScreenRecordingId
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.server.accounts.service import settings_for
from deskreel.server.auth import Caller
from deskreel.server.context import Context
from deskreel.server.interactions.service import paused_ms
from deskreel.server.interactions.tables import interactions
from deskreel.server.live.leases import is_open
from deskreel.server.live.model import LiveCall, LiveCallList, LiveCallNow, LiveGap
from deskreel.server.live.seen import SEEN, is_online, report_of
from deskreel.server.live.so_far import Heard, so_far
from deskreel.server.live.tables import live_views
from deskreel.server.people.model import AgentRef, TeamRef
from deskreel.server.people.service import visible
from deskreel.server.people.tables import agents, teams
from deskreel.server.permissions import Permission
from deskreel.server.recorders.tables import recorders
from deskreel.server.recordings.rows import spans_of
from deskreel.server.recordings.service import live_picture, part_window
from deskreel.server.recordings.tables import recording_parts, screen_recordings

_OVER = "The call may be over: look for it in Activities. Or you may lack the permission to see it."


async def live_calls(context: Context, caller: Caller, *, limit: int) -> LiveCallList:
    """The calls in progress in the caller's scope; a recording shows the call that is up, or was last."""
    now = context.clock()
    async with context.db.begin() as connection:
        calls = _calls(caller)
        rows = (await connection.execute(calls.limit(limit))).all()
        total = len(rows)
        if total == limit:
            total = int(await connection.scalar(select(func.count()).select_from(calls.subquery())) or 0)
        items = await _shown(context, connection, caller, rows, now)
    return LiveCallList(items=items, total=total, as_of=now)


async def live_call(context: Context, caller: Caller, recording_id: ScreenRecordingId) -> LiveCallNow:
    """The call in progress that a screen recording in the caller's scope captures.

    Raises:
        NotFoundError: there is none, or not in the scope; which of the two is not told.
    """
    now = context.clock()
    async with context.db.begin() as connection:
        found = await connection.execute(_calls(caller).where(screen_recordings.c.id == recording_id))
        calls = await _shown(context, connection, caller, found.all(), now)
    if not calls:
        raise NotFoundError(
            f"there is no call in progress with the screen recording {recording_id}", hint=_OVER
        )
    return LiveCallNow(**dict(calls[0]), as_of=now)


def _calls(caller: Caller) -> Any:
    """The query: for each recording under way its newest part."""
    rows, parts = screen_recordings.c, recording_parts.c
    part = (
        select(
            parts.interaction_id,
            parts.started_at.label("part_started_at"),
            parts.ended_at.label("part_ended_at"),
            parts.call_ended_at,
        )
        .where(parts.screen_recording_id == rows.id)
        .order_by(parts.ended_at.is_(None).desc(), parts.started_at.desc())
        .limit(1)
        .lateral("part")
    )
    wanted = ("id", "agent_id", "recorder_id", "state", "spans", "first_frame_at", "region")
    return (
        select(
            *(rows[name] for name in wanted),
            *part.c,
            agents.c.name.label("agent_name"),
            teams.c.id.label("team_id"),
            teams.c.name.label("team_name"),
            interactions.c.queue,
            *SEEN,
        )
        .select_from(screen_recordings)
        .join(part, true())
        .join(agents, agents.c.id == rows.agent_id)
        .join(interactions, interactions.c.id == part.c.interaction_id)
        .outerjoin(teams, teams.c.id == agents.c.team_id)
        .outerjoin(recorders, recorders.c.id == rows.recorder_id)
        .where(rows.ended_at.is_(None), visible(caller.scope))
        .order_by(part.c.part_started_at, rows.id)
    )


async def _watchers(connection: AsyncConnection, ids: list[str], now: WallTime) -> dict[str, int]:
    views = live_views.c
    query = (
        select(views.screen_recording_id, func.count())
        .where(views.screen_recording_id.in_(ids), is_open(now))
        .group_by(views.screen_recording_id)
    )
    return {one: int(count) for one, count in (await connection.execute(query)).all()} if ids else {}


async def _shown(
    context: Context, connection: AsyncConnection, caller: Caller, rows: Sequence[Row[Any]], now: WallTime
) -> list[LiveCall]:
    values = await settings_for(context, connection, sorted({AgentId(row.agent_id) for row in rows}))
    watchers = await _watchers(connection, [row.id for row in rows], now)
    play = Permission.RECORDINGS_PLAY in caller.permissions
    return [
        _one(
            context,
            row,
            watchers=watchers.get(row.id, 0),
            may_watch=values[AgentId(row.agent_id)].live_view,
            play=play,
            now=now,
        )
        for row in rows
    ]


def _one(
    context: Context, row: Row[Any], *, watchers: int, may_watch: bool, play: bool, now: WallTime
) -> LiveCall:
    agent = AgentRef(id=row.agent_id, name=row.agent_name)
    figures = so_far(spans_of(row), part_window(row), _heard(row, now), now)
    return LiveCall(
        screen_recording_id=row.id,
        interaction_id=row.interaction_id,
        agent=agent,
        team=None if row.team_id is None else TeamRef(id=row.team_id, name=row.team_name),
        queue=row.queue,
        started_at=row.part_started_at,
        call_ended_at=row.call_ended_at,
        state=row.state,
        coverage=figures.captured_ms / figures.expected_ms if figures.expected_ms else None,
        expected_ms=figures.expected_ms,
        captured_ms=figures.captured_ms,
        missing=[LiveGap(reason=reason, advice=reason.advice, ms=ms) for reason, ms in figures.missing],
        paused_ms=paused_ms(row, now),
        picture=live_picture(context, row, agent) if play else None,
        watchers=watchers,
        may_watch=may_watch,
        region=row.region,
        recorder_online=is_online(row, now),
        recorder=report_of(row, now),
    )


def _heard(row: Row[Any], now: WallTime) -> Heard:
    problem = row.reported_problem
    return Heard(
        enrolled=row.recorder_id is not None,
        first_frame_at=row.first_frame_at,
        last_seen_at=None if is_online(row, now) else WallTime(row.last_seen_at or 0),
        problem=ReasonCode(problem) if problem in ReasonCode.__members__.values() else None,
    )
