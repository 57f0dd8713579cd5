"""Users of an import who are known and change in nothing that concerns anybody else, written together.

Their names for the telephony stay, they are an agent already or are none afterwards either, and nobody who may do
everything loses that. What is left (name, role, teams, Quality Management, selection) is what `saving.save` and the
selection would have made of the line. Everybody else is saved line by line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.server.accounts.changes import difference, lock_agents
from deskreel.server.audit.service import record_all
from deskreel.server.context import Context
from deskreel.server.people.details import details_of
from deskreel.server.people.model import Role, UserDetails
from deskreel.server.people.roster_lines import Line, same_identities
from deskreel.server.people.saving import NOT_AUDITED
from deskreel.server.people.tables import agents, user_teams, users


def is_regular(line: Line) -> bool:
    """Whether it is one of these."""
    known, wanted = line.known, line.wanted
    if known is None or not same_identities(wanted, known) or wanted.active is not known.active:
        return False
    if known.role is Role.ADMIN and known.active and wanted.role is not Role.ADMIN:
        return False
    if wanted.role is Role.AGENT and len(wanted.teams) > 1:
        return False
    if known.agent is None:
        return wanted.role is not Role.AGENT and not wanted.identities and not line.screen
    in_qm = known.agent.quality_management if wanted.quality_management is None else wanted.quality_management
    return not line.screen or (known.active and in_qm)


async def write(
    context: Context, connection: AsyncConnection, actor: str, lines: Sequence[Line]
) -> list[tuple[UserDetails, UserDetails]]:
    """Change these users; gives each as they were and as they are."""
    before = {line.known.id: line.known for line in lines if line.known is not None}
    if not before:
        return []
    wanted = {line.known.id: line for line in lines if line.known is not None}
    taking = {user.agent.id: user for user in before.values() if user.agent is not None}
    await lock_agents(connection, taking)
    await connection.execute(
        update(users)
        .where(users.c.id == bindparam("user"))
        .values(name=bindparam("new_name"), role=bindparam("new_role")),
        [
            {"user": user_id, "new_name": line.wanted.name, "new_role": line.wanted.role.value}
            for user_id, line in wanted.items()
        ],
    )
    moved = [u for u in before if {team.id for team in before[u].teams} != set(wanted[u].wanted.teams)]
    members = [{"user_id": u, "team_id": team} for u in moved for team in sorted(set(wanted[u].wanted.teams))]
    if moved:
        await connection.execute(delete(user_teams).where(user_teams.c.user_id.in_(moved)))
    if members:
        await connection.execute(user_teams.insert(), members)
    if taking:
        await connection.execute(
            update(agents)
            .where(agents.c.id == bindparam("agent"))
            .values(
                name=bindparam("new_name"),
                team_id=bindparam("new_team"),
                in_qm=bindparam("new_in_qm"),
                enabled=bindparam("new_enabled"),
            ),
            [_as_agent(user, wanted[user.id]) for user in taking.values()],
        )
    after = await details_of(connection, list(before))
    changes = {
        user.id: difference(
            before[user.id].model_dump(mode="json", exclude=NOT_AUDITED),
            user.model_dump(mode="json", exclude=NOT_AUDITED),
        )
        for user in after
    }
    await record_all(
        connection,
        at=context.clock(),
        actor=actor,
        action="user.changed",
        details={user_id: {"changes": what} for user_id, what in changes.items() if what},
    )
    return [(before[user.id], user) for user in after]


def _as_agent(user: UserDetails, line: Line) -> dict[str, Any]:
    agent, wanted = user.agent, line.wanted
    assert agent is not None  # noqa: S101 - for the type checker: only those are asked for
    return {
        "agent": agent.id,
        "new_name": wanted.name,
        "new_team": wanted.teams[0] if wanted.teams else None,
        "new_in_qm": agent.quality_management
        if wanted.quality_management is None
        else wanted.quality_management,
        "new_enabled": agent.screen_recording if line.screen is None else line.screen,
    }
