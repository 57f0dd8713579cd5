"""The desired states of recorders, read from the rows; for many recorders in as many statements as for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import DeskreelError, NotEnrolledError
from deskreel.core.ids import AgentId, RecorderId, ScreenRecordingId
from deskreel.core.messages import AgentDesk, Desired, Keep, Order, Phase
from deskreel.core.time import WallTime
from deskreel.server.accounts.service import settings_for
from deskreel.server.context import Context
from deskreel.server.live.orders import live_order, live_until
from deskreel.server.people.tables import agents
from deskreel.server.recorders.agent import statuses_of
from deskreel.server.recorders.look_back import look_back_until
from deskreel.server.recorders.tables import recorders
from deskreel.server.recordings.rows import expected_windows
from deskreel.server.recordings.tables import recording_parts, screen_recordings

_PHASES = {"recording": Phase.RECORDING, "paused": Phase.PAUSED, "acw": Phase.ACW}


async def desired_states(
    context: Context, recorder_ids: Sequence[RecorderId]
) -> list[Desired | DeskreelError]:
    """All that each of these recorders should be doing now.

    In its place a revoked one gets an error, and so does one whose recording is in a region that is gone.
    """
    async with context.db.begin() as connection:
        # The moment is taken before the rows are read: what commits later carries a later moment.
        as_of = context.clock()
        known = await _enrolled(connection, recorder_ids)
        agent_ids = sorted({AgentId(row.agent_id) for row in known.values()})
        work = await _unfinished(connection, list(known))
        current = {rcd: row for rcd, rows in work.items() if (row := _open(rows)) is not None}
        boundaries = await _boundaries(connection, [row.id for row in current.values()])
        statuses = await statuses_of(context, connection, agent_ids)
        settings = await settings_for(context, connection, agent_ids)
        policies = {agent_id: values.policy for agent_id, values in settings.items()}
        look_back = await look_back_until(connection, policies, as_of)
        watched = await live_until(connection, list(current.values()), as_of)
    states: list[Desired | DeskreelError] = []
    for recorder_id in recorder_ids:
        row, now = known.get(recorder_id), current.get(recorder_id)
        if row is None:
            states.append(NotEnrolledError("this recorder was revoked"))
            continue
        try:
            order = None if now is None else _order(context, now, boundaries.get(now.id, 0))
            live = None
            if now is not None and settings[AgentId(row.agent_id)].live_view:
                live = live_order(context, now, watched.get(ScreenRecordingId(now.id)), as_of)
        except DeskreelError as error:  # one region's trouble is not everybody's
            states.append(error)
            continue
        states.append(
            Desired(
                version=row.desired_version,
                as_of=as_of,
                phase=Phase.IDLE if now is None else _PHASES[now.state],
                order=order,
                keep=tuple(_keep(one) for one in work.get(recorder_id, ())),
                policy=policies[AgentId(row.agent_id)],
                look_back_until=look_back.get(AgentId(row.agent_id)),
                live=live,
                agent=AgentDesk(
                    name=row.name,
                    statuses=context.settings.statuses,
                    status=statuses.get(AgentId(row.agent_id)),
                ),
            )
        )
    return states


async def _enrolled(connection: AsyncConnection, ids: Sequence[RecorderId]) -> dict[str, Any]:
    """The agents of those that are not revoked."""
    query = (
        select(recorders.c.id, recorders.c.agent_id, agents.c.name, agents.c.desired_version)
        .join(agents, agents.c.id == recorders.c.agent_id)
        .where(recorders.c.id.in_(ids), recorders.c.revoked_at.is_(None))
    )
    return {row.id: row for row in (await connection.execute(query)).all()}


async def _unfinished(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """What each recorder has still to capture or to send, in the order of time."""
    query = (
        select(screen_recordings)
        .where(
            screen_recordings.c.recorder_id.in_(ids),
            or_(screen_recordings.c.ended_at.is_(None), screen_recordings.c.manifest.is_(None)),
        )
        .order_by(screen_recordings.c.started_at)
    )
    work: dict[str, list[Row[Any]]] = {}
    for row in (await connection.execute(query)).all():
        work.setdefault(row.recorder_id, []).append(row)
    return work


def _open(rows: Sequence[Row[Any]]) -> Row[Any] | None:
    return next((row for row in reversed(rows) if row.ended_at is None), None)


async def _boundaries(connection: AsyncConnection, ids: Sequence[str]) -> Mapping[str, int]:
    """Counts begins and ends of calls within recordings: rises whenever the recorder should cut."""
    if not ids:
        return {}
    parts = recording_parts.c
    query = (
        select(parts.screen_recording_id, func.count() + func.count(parts.call_ended_at))
        .where(parts.screen_recording_id.in_(ids))
        .group_by(parts.screen_recording_id)
    )
    return {recording_id: int(count) for recording_id, count in (await connection.execute(query)).all()}


def _order(context: Context, row: Row[Any], boundary: int) -> Order:
    recording_id, region = ScreenRecordingId(row.id), context.regions[row.region]
    return Order(
        screen_recording_id=recording_id,
        origin=WallTime(row.started_at),
        gateway_url=region.media_url,
        upload_token=context.upload_token(recording_id, region.name),
        canvas_width=row.canvas_width,
        canvas_height=row.canvas_height,
        boundary=boundary,
        region_key=region.seal_for.text,
    )


def _keep(row: Row[Any]) -> Keep:
    return Keep(
        screen_recording_id=ScreenRecordingId(row.id),
        windows=tuple((w.start, w.end) for w in expected_windows(row)),
        ended=row.ended_at is not None,
    )
