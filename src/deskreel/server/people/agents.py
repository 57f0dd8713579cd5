"""The agent that a user is, and the names by which telephonies know them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, false, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import ConflictError, NotFoundError
from deskreel.core.ids import AgentId
from deskreel.server.calls.tables import sources
from deskreel.server.context import Context
from deskreel.server.people.model import Identity
from deskreel.server.people.tables import agent_identities, agents


class IdentityTakenError(ConflictError):
    """Two people under one name."""

    code = "identity_taken"
    title = "Another agent has this extension, interface or external id"
    hint = "Take it from the other one first; within one telephony source each belongs to one agent."


async def link(
    context: Context, connection: AsyncConnection, user: Row[Any], identities: Sequence[Identity]
) -> AgentId:
    """The agent that this user is: theirs already, one whom the telephony alone knew, or a new one.

    Raises:
        IdentityTakenError: the agent of one of these names is another user's.
    """
    own = await connection.scalar(select(agents.c.id).where(agents.c.user_id == user.id))
    if own is not None:
        return AgentId(own)
    names = {identity.value for identity in identities}
    source_ids = await _source_ids(connection, identities)
    same = [
        and_(agent_identities.c.value == one.value, _overlaps(one.source and source_ids[one.source]))
        for one in identities
    ]
    by_identity = select(agent_identities.c.agent_id).where(or_(false(), *same))
    keys = and_(
        or_(agents.c.key.in_(names), func.lower(agents.c.key) == user.email), agents.c.user_id.is_(None)
    )
    known = (
        await connection.execute(
            select(agents.c.id, agents.c.user_id)
            .where(or_(keys, agents.c.id.in_(by_identity)))
            .order_by(agents.c.user_id.is_not(None), agents.c.created_at, agents.c.id)
        )
    ).first()
    if known is not None and known.user_id is None:
        await connection.execute(update(agents).where(agents.c.id == known.id).values(user_id=user.id))
        return AgentId(known.id)
    if known is not None:
        raise IdentityTakenError(f"one of {', '.join(sorted(names))} is another user's")
    agent_id = AgentId(context.new_id("agt"))
    taken = await connection.scalar(select(agents.c.id).where(agents.c.key == user.email))
    await connection.execute(
        agents.insert().values(
            id=agent_id,
            key=user.email if taken is None else agent_id,  # by its names, not by this, will events find it
            name=user.name,
            user_id=user.id,
            created_at=context.clock(),
        )
    )
    return agent_id


async def set_identities(
    connection: AsyncConnection, agent_id: AgentId, identities: Sequence[Identity]
) -> None:
    """Make these the names of an agent.

    Raises:
        NotFoundError: a source is not there.
        IdentityTakenError: a name is another agent's, in that source or in any.
    """
    source_ids = await _source_ids(connection, identities)
    rows: dict[tuple[str, str, str | None], dict[str, Any]] = {}
    names = agent_identities.c
    for identity in identities:
        source_id = None if identity.source is None else source_ids[identity.source]
        taken = await connection.scalar(
            select(agents.c.name)
            .join(agent_identities, names.agent_id == agents.c.id)
            .where(names.value == identity.value, names.agent_id != agent_id, _overlaps(source_id))
            .limit(1)
        )
        if taken is not None:
            raise IdentityTakenError(f"{identity.kind} {identity.value} is that of {taken}")
        rows[identity.kind.value, identity.value, source_id] = {
            "agent_id": agent_id,
            "kind": identity.kind.value,
            "value": identity.value,
            "source_id": source_id,
        }
    await connection.execute(delete(agent_identities).where(names.agent_id == agent_id))
    if rows:
        await connection.execute(agent_identities.insert(), list(rows.values()))


def _overlaps(source_id: str | None) -> ColumnElement[bool]:
    """A condition on `agent_identities`: those that hold somewhere where one of this source holds."""
    theirs = agent_identities.c.source_id
    return true() if source_id is None else or_(theirs.is_(None), theirs == source_id)


async def _source_ids(connection: AsyncConnection, identities: Sequence[Identity]) -> dict[str, str]:
    names = {identity.source for identity in identities if identity.source is not None}
    if not names:
        return {}
    found = await connection.execute(select(sources.c.name, sources.c.id).where(sources.c.name.in_(names)))
    known = {row.name: row.id for row in found.all()}
    if missing := names - known.keys():
        raise NotFoundError(f"no telephony source is named {min(missing)}")
    return known


async def identities_of(
    connection: AsyncConnection, agent_ids: Sequence[str]
) -> Mapping[str, list[Identity]]:
    """The names of agents, in a stable order."""
    names = agent_identities.c
    rows = await connection.execute(
        select(agent_identities, sources.c.name.label("source"))
        .outerjoin(sources, sources.c.id == names.source_id)
        .where(names.agent_id.in_(agent_ids))
        .order_by(names.kind, names.value, sources.c.name)
    )
    found: dict[str, list[Identity]] = {}
    for row in rows.all():
        found.setdefault(row.agent_id, []).append(Identity(kind=row.kind, value=row.value, source=row.source))
    return found
