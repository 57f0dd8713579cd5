"""A user written down, new or changed, with their teams and the agent that they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import ConflictError, InvalidInputError, NotFoundError
from deskreel.server.accounts.changes import difference
from deskreel.server.accounts.selection import new_selection_version
from deskreel.server.audit.service import record
from deskreel.server.context import Context
from deskreel.server.people import agents as linking
from deskreel.server.people.details import details_of, known
from deskreel.server.people.model import Identity, Role, UserDetails, UserFields
from deskreel.server.people.tables import agents, sign_ins, teams, user_teams, users

NOT_AUDITED = {"has_password", "created_at", "id", "version"}  # what is not said of a user who changed


class LastAdminError(ConflictError):
    """Nobody would be left who may do everything."""

    code = "last_admin"
    title = "This is the last active admin"
    hint = "Make another user an admin first."


async def save(
    context: Context, connection: AsyncConnection, actor: str, fields: UserFields, user_id: str | None = None
) -> UserDetails:
    """Write a user, new or known, within a change that is under way (`changing`); gives them as they are then."""
    if fields.role is Role.AGENT and len(fields.teams) > 1:
        raise InvalidInputError("an agent is in one team at most")
    taken = await connection.scalar(
        select(users.c.id).where(users.c.email == fields.email, users.c.id != (user_id or ""))
    )
    if taken is not None:
        raise ConflictError(f"the e-mail address {fields.email} is taken", hint="Change the user who has it.")
    before = None if user_id is None else await known(connection, user_id)
    values = {
        "email": fields.email,
        "name": fields.name,
        "role": fields.role.value,
        "active": fields.active,
    }
    if before is None:
        user_id = context.new_id("usr")
        await connection.execute(users.insert().values(id=user_id, created_at=context.clock(), **values))
    elif any(getattr(before, name) != value for name, value in values.items()):
        await connection.execute(update(users).where(users.c.id == user_id).values(**values))
    assert user_id is not None  # noqa: S101 - for the type checker: set just above
    if before is not None and before.role is Role.ADMIN and before.active:
        await _require_admin(connection)
    if not fields.active:
        await connection.execute(delete(sign_ins).where(sign_ins.c.user_id == user_id))
    if before is None or {team.id for team in before.teams} != set(fields.teams):
        await _set_teams(connection, user_id, fields.teams)
    await _set_agent(context, connection, user_id, fields)
    after = (await details_of(connection, [user_id]))[0]
    changes = difference(
        {} if before is None else before.model_dump(mode="json", exclude=NOT_AUDITED),
        after.model_dump(mode="json", exclude=NOT_AUDITED),
    )
    if before is None or changes:
        action = "user.created" if before is None else "user.changed"
        await record(
            connection, at=context.clock(), actor=actor, action=action, subject=user_id, changes=changes
        )
    return after


async def _require_admin(connection: AsyncConnection) -> None:
    admin = users.c.role == Role.ADMIN.value
    if not await connection.scalar(select(func.count()).where(admin & users.c.active)):
        raise LastAdminError


async def _set_teams(connection: AsyncConnection, user_id: str, wanted: Sequence[str]) -> None:
    known = set((await connection.scalars(select(teams.c.id).where(teams.c.id.in_(wanted)))).all())
    if missing := set(wanted) - known:
        raise NotFoundError(f"there is no team {min(missing)[:60]}")
    await connection.execute(delete(user_teams).where(user_teams.c.user_id == user_id))
    if known:
        await connection.execute(
            user_teams.insert(), [{"user_id": user_id, "team_id": team} for team in sorted(known)]
        )


async def _set_agent(context: Context, connection: AsyncConnection, user_id: str, fields: UserFields) -> None:
    """Bring the agent that the user is, if they take calls, in line with them."""
    user = (await connection.execute(select(users).where(users.c.id == user_id))).one()
    own = (await connection.execute(select(agents).where(agents.c.user_id == user_id))).one_or_none()
    if own is None and fields.role is not Role.AGENT and not fields.identities:
        return
    agent_id = await linking.link(context, connection, user, fields.identities)
    known = (await linking.identities_of(connection, [agent_id])).get(agent_id, [])
    if {*map(_plain, known)} != {*map(_plain, fields.identities)}:
        await linking.set_identities(connection, agent_id, fields.identities)
    values: dict[str, Any] = {"name": fields.name, "team_id": fields.teams[0] if fields.teams else None}
    if fields.quality_management is not None:
        values["in_qm"] = fields.quality_management
        if own is None or own.in_qm != fields.quality_management:
            await new_selection_version(connection)
    if own is None or any(getattr(own, name) != value for name, value in values.items()):
        await connection.execute(update(agents).where(agents.c.id == agent_id).values(**values))


def _plain(identity: Identity) -> tuple[str, str, str | None]:
    return identity.kind.value, identity.value, identity.source
