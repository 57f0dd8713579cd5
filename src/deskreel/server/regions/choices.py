"""Where something that is about to be recorded goes: what the agent, their team or the account has chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.ids import AgentId, InteractionId
from deskreel.server.calls.tables import call_events
from deskreel.server.context import Context
from deskreel.server.interactions.tables import interactions
from deskreel.server.people.tables import agents, teams
from deskreel.server.recordings.tables import recording_parts, screen_recordings
from deskreel.server.regions.tables import region_choices

ACCOUNT = "account"  # the scope of the account's own choice


async def stored_choice(connection: AsyncConnection, scope: str) -> Row[Any] | None:
    """What is chosen in one place."""
    query = select(region_choices).where(region_choices.c.scope == scope)
    return (await connection.execute(query)).one_or_none()


async def own_choices(connection: AsyncConnection, whom: ColumnElement[bool]) -> list[tuple[str, str, str]]:
    """Scope, name and region of the teams that have chosen for themselves, then of such agents as `whom` allows."""
    found: list[tuple[str, str, str]] = []
    for table, condition in ((teams, true()), (agents, whom)):
        query = (
            select(region_choices.c.scope, table.c.name, region_choices.c.region)
            .join(region_choices, region_choices.c.scope == table.c.id)
            .where(region_choices.c.region.is_not(None), condition)
            .order_by(table.c.name, table.c.id)
        )
        found += [(row.scope, row.name, row.region) for row in await connection.execute(query)]
    return found


async def region_of_agent(context: Context, connection: AsyncConnection, agent_id: AgentId) -> str:
    """Where an agent's next screen recording goes."""
    team_id = await connection.scalar(select(agents.c.team_id).where(agents.c.id == agent_id))
    return await first_chosen(context, connection, [agent_id, *([team_id] if team_id else []), ACCOUNT])


async def first_chosen(context: Context, connection: AsyncConnection, scopes: Sequence[str]) -> str:
    """The choice of the first of these places that has one; the home region if none has.

    A choice of a region that the settings do not name any more counts as none: capture goes on.
    """
    query = select(region_choices.c.scope, region_choices.c.region).where(region_choices.c.scope.in_(scopes))
    chosen = {row.scope: row.region for row in (await connection.execute(query)).all()}
    known = context.regions.by_name
    return next((chosen[one] for one in scopes if chosen.get(one) in known), context.regions.home)


async def region_of_call(context: Context, connection: AsyncConnection, interaction_id: InteractionId) -> str:
    """Where a call's audio goes: to its first screen recording, or where its first agent's would go."""
    rows, events = screen_recordings.c, call_events.c
    beside = await connection.scalar(
        select(rows.region)
        .join(recording_parts, recording_parts.c.screen_recording_id == rows.id)
        .where(recording_parts.c.interaction_id == interaction_id)
        .order_by(recording_parts.c.started_at, rows.id)
        .limit(1)
    )
    if beside is not None:
        return str(beside)
    of_call = (interactions.c.source_id == events.source_id) & (interactions.c.call_id == events.call_id)
    agent_id = await connection.scalar(
        select(events.agent_id)
        .join(interactions, of_call)
        .where(interactions.c.id == interaction_id)
        .order_by(events.occurred_at)
        .limit(1)
    )
    if agent_id is None:
        return await first_chosen(context, connection, [ACCOUNT])
    return await region_of_agent(context, connection, AgentId(agent_id))
