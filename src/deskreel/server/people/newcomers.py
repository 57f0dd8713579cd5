"""Users of an import who are new in every respect, written together: as many statements for a thousand as for one.

New in every respect: nobody has their address, no agent has one of their names or their address for its key, and no
other line of the file speaks of either. What one of them comes to then depends on no row but their teams, and is
what `saving.save` would have made of the line. Everybody else is saved line by line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.server.accounts.changes import difference
from deskreel.server.audit.service import record_all
from deskreel.server.context import Context
from deskreel.server.people.details import details_of
from deskreel.server.people.model import Role, UserFields
from deskreel.server.people.saving import NOT_AUDITED
from deskreel.server.people.tables import agent_identities, agents, user_teams, users


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A user to be made."""

    fields: UserFields
    selected: bool  # for screen recording

    @property
    def takes_calls(self) -> bool:
        """Whether they are an agent."""
        return self.fields.role is Role.AGENT or bool(self.fields.identities)

    @property
    def names(self) -> set[str]:
        """What nobody else may have."""
        return {identity.value for identity in self.fields.identities} | {self.fields.email}

    @property
    def sound(self) -> bool:
        """Whether the line says nothing that `save` or the selection would refuse."""
        fields = self.fields
        fits = fields.role is not Role.AGENT or len(fields.teams) <= 1
        may_be_selected = self.takes_calls and fields.active and fields.quality_management is True
        here = all(identity.source is None for identity in fields.identities)
        return fits and here and (may_be_selected or not self.selected)


async def strangers(connection: AsyncConnection, lines: Mapping[int, Newcomer]) -> dict[int, Newcomer]:
    """Those of `lines` who are new in every respect, by the same numbers; `lines` is all that the file has."""
    said = Counter(name.lower() for one in lines.values() for name in one.names)
    names = sorted({name for one in lines.values() for name in one.names})
    keys = agents.c.key
    known = await connection.scalars(
        select(func.lower(keys))
        .where(or_(keys.in_(names), func.lower(keys).in_([name.lower() for name in names])))
        .union_all(
            select(func.lower(agent_identities.c.value)).where(agent_identities.c.value.in_(names)),
            select(users.c.email).where(users.c.email.in_(names)),
        )
    )
    there = set(known.all())
    return {
        number: one
        for number, one in lines.items()
        if one.sound and all(said[name.lower()] == 1 and name.lower() not in there for name in one.names)
    }


async def write(
    context: Context, connection: AsyncConnection, actor: str, newcomers: Sequence[Newcomer]
) -> None:
    """Make these users, with their teams, agents and names."""
    now = context.clock()
    people = [(context.new_id("usr"), one) for one in newcomers]
    rows = [
        {
            "id": user_id,
            "email": one.fields.email,
            "name": one.fields.name,
            "role": one.fields.role.value,
            "active": one.fields.active,
            "created_at": now,
        }
        for user_id, one in people
    ]
    members = [
        {"user_id": user_id, "team_id": team_id}
        for user_id, one in people
        for team_id in sorted(set(one.fields.teams))
    ]
    made = [(context.new_id("agt"), user_id, one) for user_id, one in people if one.takes_calls]
    taking = [
        {
            "id": agent_id,
            "key": one.fields.email,
            "name": one.fields.name,
            "user_id": user_id,
            "team_id": one.fields.teams[0] if one.fields.teams else None,
            "in_qm": one.fields.quality_management is True,
            "enabled": one.selected,
            "created_at": now,
        }
        for agent_id, user_id, one in made
    ]
    identities = [
        {"agent_id": agent_id, "kind": kind, "value": value, "source_id": None}
        for agent_id, _, one in made
        for kind, value in sorted({(i.kind.value, i.value) for i in one.fields.identities})
    ]
    todo: list[tuple[Any, list[dict[str, Any]]]] = [
        (users, rows), (user_teams, members), (agents, taking), (agent_identities, identities)
    ]  # fmt: skip
    for table, values in todo:
        if values:
            await connection.execute(table.insert(), values)
    after = await details_of(connection, [user_id for user_id, _ in people])
    await record_all(
        connection,
        at=now,
        actor=actor,
        action="user.created",
        details={
            user.id: {"changes": difference({}, user.model_dump(mode="json", exclude=NOT_AUDITED))}
            for user in after
        },
    )
