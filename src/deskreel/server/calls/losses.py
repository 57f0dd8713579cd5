"""When a telephony's link was away: written down, and whose sessions that touches.

While a loss is open nothing is known of the source's calls; `core.capture_session` says what follows for a recording.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Select, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.events import EventKind
from deskreel.core.ids import AgentId, SourceId
from deskreel.core.time import WallTime
from deskreel.server.calls.tables import call_events, losses, sources
from deskreel.server.context import Context
from deskreel.server.interactions.tables import interactions
from deskreel.server.recordings.sessions import Outcome, lock_agent, refold, schedule
from deskreel.server.recordings.tables import recording_parts, screen_recordings

BUILT_IN = (
    "recorder"  # the source of what agents do at their desktops: it is never silent, for it never speaks up
)


async def link_lost(context: Context, source_id: SourceId, since: WallTime) -> None:
    """Nothing is known of the source's calls since `since`; saying so again is harmless."""
    async with context.db.begin() as connection:
        opened = await open_loss(connection, source_id, since)
        touched = await _touched(connection, source_id, since) if opened else []
    await _refold(context, touched)


async def link_back(context: Context, source_id: SourceId, at: WallTime) -> None:
    """The source speaks again since `at`."""
    async with context.db.begin() as connection:
        touched = await close_loss(connection, source_id, at)
    await _refold(context, touched)


async def let_go(context: Context, connection: AsyncConnection, source_id: SourceId) -> list[Outcome]:
    """The source is switched off or deleted: its calls are over, for nobody will say how they go on.

    No loss stays open: while one is, what another source tells of is withheld. To be scheduled after the commit.
    """
    now = context.clock()
    touched = set(await _touched(connection, source_id, now))
    again = set(await close_loss(connection, source_id, now))
    for agent_id in sorted(touched | again):  # in one order, as `take_events` has it
        await lock_agent(connection, agent_id)
    if touched:
        nothing_up = {"kind": EventKind.SNAPSHOT.value, "attributes": {"calls": []}}
        when = {"occurred_at": now, "received_at": now}
        said = [
            {"source_id": source_id, "event_id": f"off/{now}/{agent_id}", "agent_id": agent_id}
            for agent_id in sorted(touched)
        ]
        await connection.execute(insert(call_events), [{**one, **when, **nothing_up} for one in said])
    await connection.execute(
        update(interactions)
        .where(interactions.c.source_id == source_id, interactions.c.ended_at.is_(None))
        .values(ended_at=func.greatest(interactions.c.started_at, cast(now, BigInteger)))
    )
    return [await refold(context, connection, agent_id) for agent_id in sorted(touched | again)]


async def let_go_now(context: Context, source_id: SourceId) -> None:
    """`let_go` of a source that this server has followed until now."""
    async with context.db.begin() as connection:
        outcomes = await let_go(context, connection, source_id)
    for outcome in outcomes:
        await schedule(context, outcome)


async def open_loss(connection: AsyncConnection, source_id: SourceId, since: WallTime) -> bool:
    """Whether it was not open before."""
    made = await connection.scalar(
        insert(losses)
        .values(source_id=source_id, started_at=since)
        .on_conflict_do_nothing()
        .returning(losses.c.id)
    )
    return made is not None


async def close_loss(connection: AsyncConnection, source_id: SourceId, at: WallTime) -> list[AgentId]:
    """The agents whose sessions are to be worked out anew because a loss is over."""
    began = await connection.scalar(
        update(losses)
        .where(losses.c.source_id == source_id, losses.c.ended_at.is_(None))
        .values(ended_at=at)
        .returning(losses.c.started_at)
    )
    return [] if began is None else await _touched(connection, source_id, WallTime(began))


async def _touched(connection: AsyncConnection, source_id: SourceId, since: WallTime) -> list[AgentId]:
    """Agents who had a recording of this source's calls at `since` or later."""
    query = (
        select(screen_recordings.c.agent_id)
        .distinct()
        .join(recording_parts, recording_parts.c.screen_recording_id == screen_recordings.c.id)
        .join(interactions, interactions.c.id == recording_parts.c.interaction_id)
        .where(
            interactions.c.source_id == source_id,
            or_(screen_recordings.c.ended_at.is_(None), screen_recordings.c.ended_at > since),
        )
    )
    return sorted(AgentId(agent_id) for agent_id in (await connection.scalars(query)).all())


async def _refold(context: Context, agent_ids: list[AgentId]) -> None:
    for agent_id in agent_ids:
        async with context.db.begin() as connection:
            outcome = await refold(context, connection, agent_id)
        await schedule(context, outcome)


def silent_sources(now: WallTime) -> Select[*tuple[Any, ...]]:
    """Sources that promised to be heard of more often than they were, and of which no loss is open."""
    allowed_ms = cast(sources.c.settings["silence_s"].astext, BigInteger) * 1000
    known = select(losses.c.id).where(losses.c.source_id == sources.c.id, losses.c.ended_at.is_(None))
    return select(sources.c.id, sources.c.last_event_at).where(
        sources.c.kind == "call_events",
        sources.c.name != BUILT_IN,
        sources.c.active,
        sources.c.deleted_at.is_(None),
        sources.c.last_event_at + allowed_ms < cast(now, BigInteger),
        ~known.exists(),
    )
