"""Users as admins see them, read from the rows: with their teams and the agent that they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import NotFoundError
from deskreel.server.people import agents as linking
from deskreel.server.people.model import Agent, Role, TeamRef, UserDetails
from deskreel.server.people.tables import agents, teams, user_teams, users


async def known(connection: AsyncConnection, user_id: str) -> UserDetails:
    """A user.

    Raises:
        NotFoundError: there is none of this id.
    """
    found = await details_of(connection, [user_id])
    if not found:
        raise NotFoundError(f"there is no user {user_id}")
    return found[0]


async def details_of(connection: AsyncConnection, user_ids: Sequence[str]) -> list[UserDetails]:
    """Users by their ids, those that there are, by name."""
    rows = (
        await connection.execute(
            select(users).where(users.c.id.in_(user_ids)).order_by(users.c.name, users.c.id)
        )
    ).all()
    members = await connection.execute(
        select(user_teams.c.user_id, teams.c.id, teams.c.name)
        .join(teams, teams.c.id == user_teams.c.team_id)
        .where(user_teams.c.user_id.in_(user_ids))
        .order_by(teams.c.name, teams.c.id)
    )
    in_teams: dict[str, list[TeamRef]] = {}
    for member in members.all():
        in_teams.setdefault(member.user_id, []).append(TeamRef(id=member.id, name=member.name))
    own = {
        row.user_id: row
        for row in (await connection.execute(select(agents).where(agents.c.user_id.in_(user_ids)))).all()
    }
    identities = await linking.identities_of(connection, [row.id for row in own.values()])

    def agent_of(row: Row[Any]) -> Agent:
        return Agent(
            id=row.id,
            key=row.key,
            identities=identities.get(row.id, []),
            quality_management=row.in_qm,
            screen_recording=row.enabled,
        )

    return [
        UserDetails(
            id=row.id,
            email=row.email,
            name=row.name,
            role=Role(row.role),
            active=row.active,
            has_password=row.password_hash is not None,
            created_at=row.created_at,
            teams=in_teams.get(row.id, []),
            agent=agent_of(own[row.id]) if row.id in own else None,
        )
        for row in rows
    ]
