"""One interaction for reviewers, whole, with everything that the player needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import NotFoundError
from deskreel.core.ids import InteractionId
from deskreel.core.time import WallTime, Window
from deskreel.core.timeline import SpanState
from deskreel.server.calls.tables import call_events, sources
from deskreel.server.context import Context
from deskreel.server.interactions.model import EventModel, InteractionDetails
from deskreel.server.interactions.tables import interactions
from deskreel.server.people.model import AgentRef
from deskreel.server.people.service import visible
from deskreel.server.people.tables import agents
from deskreel.server.permissions import Scope
from deskreel.server.recordings.rows import spans_of
from deskreel.server.recordings.service import call_recording_of, part_coverage, screen_recording_part
from deskreel.server.recordings.tables import call_recordings, recording_parts, screen_recordings
from deskreel.server.review.viewings import record_viewing

# where an interaction's timeline ends when ACW goes on
_Parts = dict[str, list[Row[Any]]]


def _interactions() -> Select[Any]:
    return select(interactions, sources.c.name.label("source")).join(
        sources, sources.c.id == interactions.c.source_id
    )


def _seen(scope: Scope) -> ColumnElement[bool]:
    """A condition on `interactions`: those in which somebody of the scope took part."""
    if scope.everybody:
        return true()
    theirs = select(agents.c.id).where(visible(scope))
    return exists().where(
        call_events.c.source_id == interactions.c.source_id,
        call_events.c.call_id == interactions.c.call_id,
        call_events.c.agent_id.in_(theirs),
    )


async def require_seen(connection: AsyncConnection, interaction_id: InteractionId, scope: Scope) -> Row[Any]:
    """The row of an interaction in `scope`, with the name of its source.

    Raises:
        NotFoundError: there is none of this id in the scope.
    """
    row = (
        await connection.execute(_interactions().where(interactions.c.id == interaction_id, _seen(scope)))
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no interaction {interaction_id}")
    return row


async def details(
    context: Context, interaction_id: InteractionId, viewer: str, scope: Scope, *, play: bool
) -> InteractionDetails:
    """One interaction with everything that the player needs; who looked is audited.

    Screens of agents outside the scope are left out; without `play` nothing has an address to play it. An agent
    gets the call's audio only when no other agent is to be heard in it.

    Raises:
        NotFoundError: there is none of this id in the scope.
    """
    now = context.clock()
    async with context.db.begin() as connection:
        row = await require_seen(connection, interaction_id, scope)
        parts = (await parts_of(connection, [interaction_id], scope)).get(interaction_id, [])
        people = (await _agents(connection, [interaction_id])).get(interaction_id, [])
        audio = (
            await connection.execute(
                select(call_recordings)
                .where(call_recordings.c.interaction_id == interaction_id)
                .order_by(call_recordings.c.created_at.desc())
                .limit(1)
            )
        ).one_or_none()
        events = await _events(connection, row, parts)
        await record_viewing(
            connection, at=now, actor=viewer, action="interaction.opened", subject=interaction_id, play=play
        )
    summary = _summary(row, people, parts, now, audio is not None and audio.state == "ready")
    names = {person.id: person.name for person in people}
    heard = _heard(people, scope)
    return InteractionDetails(
        **summary,
        timeline_end=_timeline_end(row, parts),
        screen_recordings=[
            screen_recording_part(
                context, part, AgentRef(id=part.agent_id, name=names.get(part.agent_id, "")), play=play
            )
            for part in parts
        ],
        call_recording=None if audio is None else call_recording_of(context, audio, play=play and heard),
        events=events,
    )


def _heard(people: Sequence[AgentRef], scope: Scope) -> bool:
    """Whether the call's audio is for this scope: an agent hears it only if no other agent is in it."""
    return scope.agent is None or {person.id for person in people} <= {scope.agent}


async def heard_by(connection: AsyncConnection, interaction_id: InteractionId, scope: Scope) -> bool:
    """Whether a person of this scope may hear the call's audio."""
    return _heard((await _agents(connection, [interaction_id])).get(interaction_id, []), scope)


def _timeline_end(row: Row[Any], parts: Sequence[Row[Any]]) -> WallTime | None:
    if row.ended_at is None or any(part.part_ended_at is None for part in parts):
        return None
    return WallTime(max([row.ended_at, *(part.part_ended_at for part in parts)]))


def _summary(
    row: Row[Any], people: list[AgentRef], parts: Sequence[Row[Any]], now: WallTime, audio: bool
) -> dict[str, Any]:
    figures = [part_coverage(part, now) for part in parts]
    expected = sum(f.expected_ms for f in figures)
    known = bool(figures) and all(part.captured_ms is not None for part in parts) and expected > 0
    acw = any(part.part_ended_at is None for part in parts)
    state = "in_progress" if row.ended_at is None else "after_call_work" if acw else "ended"
    return {
        "id": row.id,
        "call_id": row.call_id,
        "source": row.source,
        "direction": row.direction,
        "caller": row.caller,
        "callee": row.callee,
        "queue": row.queue,
        "agents": people,
        "state": state,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "duration_ms": None if row.ended_at is None else max(0, row.ended_at - row.started_at),
        "has_call_recording": audio,
        "has_screen_recording": bool(parts),
        "coverage": sum(f.captured_ms for f in figures) / expected if known else None,
        "paused_ms": sum(paused_ms(part, now) for part in parts),
    }


def paused_ms(part: Row[Any], now: WallTime) -> int:
    """How long the call was paused in this part, until `now`."""
    call = Window(part.part_started_at, part.call_ended_at).closed_at(now)
    return sum(
        shared.closed_at(now).duration_ms
        for span in spans_of(part)
        if span.state is SpanState.PAUSED and (shared := span.window.intersect(call)) is not None
    )


async def parts_of(connection: AsyncConnection, ids: Sequence[str], scope: Scope) -> _Parts:
    """Screen recordings in `scope` by interaction, each with the window in which it belongs there."""
    query = (
        select(
            screen_recordings,
            recording_parts.c.interaction_id,
            recording_parts.c.started_at.label("part_started_at"),
            recording_parts.c.ended_at.label("part_ended_at"),
            recording_parts.c.call_ended_at,
        )
        .join(recording_parts, recording_parts.c.screen_recording_id == screen_recordings.c.id)
        .join(agents, agents.c.id == screen_recordings.c.agent_id)
        .where(recording_parts.c.interaction_id.in_(ids), visible(scope))
        .order_by(recording_parts.c.started_at)
    )
    found: _Parts = {}
    for row in (await connection.execute(query)).all():
        found.setdefault(row.interaction_id, []).append(row)
    return found


async def _agents(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, list[AgentRef]]:
    """Who took part, in order of appearance."""
    query = (
        select(interactions.c.id, agents.c.id.label("agent_id"), agents.c.name)
        .join(
            call_events,
            (call_events.c.source_id == interactions.c.source_id)
            & (call_events.c.call_id == interactions.c.call_id),
        )
        .join(agents, agents.c.id == call_events.c.agent_id)
        .where(interactions.c.id.in_(ids))
        .order_by(call_events.c.occurred_at)
    )
    found: dict[str, dict[str, AgentRef]] = {}
    for row in (await connection.execute(query)).all():
        found.setdefault(row.id, {}).setdefault(row.agent_id, AgentRef(id=row.agent_id, name=row.name))
    return {interaction: list(people.values()) for interaction, people in found.items()}


async def _events(connection: AsyncConnection, row: Row[Any], parts: Sequence[Row[Any]]) -> list[EventModel]:
    """The call's own events, and its agents' status changes while it and its ACW lasted."""
    end = _timeline_end(row, parts)
    of_call = (call_events.c.source_id == row.source_id) & (call_events.c.call_id == row.call_id)
    of_agents = (
        call_events.c.call_id.is_(None)
        & call_events.c.agent_id.in_([part.agent_id for part in parts])
        & (call_events.c.occurred_at >= row.started_at)
    )
    if end is not None:
        of_agents &= call_events.c.occurred_at <= end
    query = (
        select(call_events).where(of_call | of_agents).order_by(call_events.c.occurred_at, call_events.c.id)
    )
    return [
        EventModel(
            id=str(event.id),
            kind=event.kind,
            at=event.occurred_at,
            agent_id=event.agent_id,
            attributes=event.attributes,
        )
        for event in (await connection.execute(query)).all()
    ]
