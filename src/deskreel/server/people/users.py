"""Users as admins keep them: made, changed, activated; and listed with their teams and the agent that they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, exists, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import ConflictError, InvalidInputError, NotFoundError
from deskreel.server.accounts.changes import changing, difference
from deskreel.server.accounts.selection import new_selection_version
from deskreel.server.audit.service import record
from deskreel.server.context import Context
from deskreel.server.paging import decode_cursor, encode_cursor
from deskreel.server.people import agents as linking
from deskreel.server.people import passwords
from deskreel.server.people.model import (
    Agent,
    CreatedUser,
    Identity,
    ResetCode,
    Role,
    TeamRef,
    UserDetails,
    UserFields,
    UserPage,
)
from deskreel.server.people.tables import agents, sign_ins, teams, user_teams, users
from deskreel.server.permissions import Scope


class LastAdminError(ConflictError):
    """Nobody would be left who may do everything."""

    code = "last_admin"
    title = "This is the last active admin"
    hint = "Make another user an admin first."


async def add_user(
    context: Context, *, email: str, name: str, role: Role, password: str, reset: bool = False
) -> str:
    """Make a user with a password, or with `reset` give an existing one a new password and end their sessions.

    Gives the id.

    Raises:
        InvalidInputError: no e-mail address, or the password is too short.
        ConflictError: the user exists.
    """
    email = email.strip().lower()
    if "@" not in email:
        raise InvalidInputError(f"{email!r} is not an e-mail address")
    kept = await passwords.hashed(password)
    async with changing(context) as connection:
        known = await connection.scalar(select(users.c.id).where(users.c.email == email))
        if known is not None and not reset:
            raise ConflictError(f"the user {email} exists", hint="Use --reset to set a new password.")
        fields = UserFields(email=email, name=name, role=role)
        user_id = known or (await save(context, connection, "cli", fields)).id
        await connection.execute(
            update(users)
            .where(users.c.id == user_id)
            .values(password_hash=kept, reset_code_hash=None, reset_code_expires_at=None)
        )
        await connection.execute(delete(sign_ins).where(sign_ins.c.user_id == user_id))
        await record(connection, at=context.clock(), actor="cli", action="user.password_set", subject=user_id)
    return str(user_id)


async def create(context: Context, actor: str, fields: UserFields) -> CreatedUser:
    """Make a user; the code lets them set their password.

    Raises:
        ConflictError: the e-mail address or a telephony identity is taken.
        NotFoundError: a team or source is not there.
    """
    async with changing(context) as connection:
        made = await save(context, connection, actor, fields)
        code = await passwords.new_code(context, connection, made.id)
    return CreatedUser(user=made, reset=ResetCode(code=code.code, expires_at=code.expires_at))


async def change(context: Context, actor: str, user_id: str, fields: UserFields) -> UserDetails:
    """Make a user so.

    Raises:
        NotFoundError: there is no such user, team or source.
        ConflictError: the e-mail address or a telephony identity is taken.
        LastAdminError: no active admin would be left.
    """
    async with changing(context) as connection:
        return await save(context, connection, actor, fields, user_id)


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
    before = None if user_id is None else await _known(connection, user_id)
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
    audited = {"has_password", "created_at", "id"}
    changes = difference(
        {} if before is None else before.model_dump(mode="json", exclude=audited),
        after.model_dump(mode="json", exclude=audited),
    )
    if before is None or changes:
        action = "user.created" if before is None else "user.changed"
        await record(
            connection, at=context.clock(), actor=actor, action=action, subject=user_id, changes=changes
        )
    return after


async def _known(connection: AsyncConnection, user_id: str) -> UserDetails:
    found = await details_of(connection, [user_id])
    if not found:
        raise NotFoundError(f"there is no user {user_id}")
    return found[0]


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


async def sign_out_everywhere(context: Context, actor: str, user_id: str) -> None:
    """End all sessions of a user.

    Raises:
        NotFoundError: there is no such user.
    """
    async with context.db.begin() as connection:
        if await connection.scalar(select(users.c.id).where(users.c.id == user_id)) is None:
            raise NotFoundError(f"there is no user {user_id}")
        ended = await connection.execute(delete(sign_ins).where(sign_ins.c.user_id == user_id))
        await record(
            connection,
            at=context.clock(),
            actor=actor,
            action="user.signed_out_everywhere",
            subject=user_id,
            sessions=ended.rowcount,
        )


# --- reading --------------------------------------------------------------------------------------------------


async def page(
    context: Context,
    scope: Scope,
    *,
    limit: int,
    cursor: str | None,
    q: str | None = None,
    role: Role | None = None,
    active: bool | None = None,
    team_id: str | None = None,
) -> UserPage:
    """Users, by name."""
    query = select(users.c.id, users.c.name).order_by(users.c.name, users.c.id).limit(limit + 1)
    if cursor is not None:
        query = query.where(tuple_(users.c.name, users.c.id) > tuple_(*decode_cursor(cursor, str, str)))
    member = exists().where(user_teams.c.user_id == users.c.id)
    if not scope.everybody:
        query = query.where(member.where(user_teams.c.team_id.in_(scope.teams or ())))
    if team_id is not None:
        query = query.where(member.where(user_teams.c.team_id == team_id))
    if q:
        query = query.where(
            or_(users.c.name.icontains(q, autoescape=True), users.c.email.icontains(q, autoescape=True))
        )
    if role is not None:
        query = query.where(users.c.role == role.value)
    if active is not None:
        query = query.where(users.c.active.is_(active))
    async with context.db.begin() as connection:
        rows = (await connection.execute(query)).all()
        shown = rows[:limit]
        items = await details_of(connection, [row.id for row in shown])
    return UserPage(
        items=items, next_cursor=encode_cursor(shown[-1].name, shown[-1].id) if len(rows) > limit else None
    )


async def one(context: Context, scope: Scope, user_id: str) -> UserDetails:
    """A user.

    Raises:
        NotFoundError: there is none, or not for this caller.
    """
    async with context.db.begin() as connection:
        found = await _known(connection, user_id)
    if not scope.everybody and not {team.id for team in found.teams} & (scope.teams or frozenset[str]()):
        raise NotFoundError(f"there is no user {user_id}")
    return found


async def by_email(context: Context, email: str) -> UserDetails:
    """A user.

    Raises:
        NotFoundError: there is none of this address.
    """
    async with context.db.begin() as connection:
        user_id = await connection.scalar(select(users.c.id).where(users.c.email == email.strip().lower()))
        if user_id is None:
            raise NotFoundError(f"there is no user {email}")
        return await _known(connection, user_id)


def fields_of(user: UserDetails) -> UserFields:
    """A user as one would write them anew."""
    return UserFields(
        email=user.email,
        name=user.name,
        role=user.role,
        active=user.active,
        teams=[team.id for team in user.teams],
        identities=[] if user.agent is None else user.agent.identities,
        quality_management=None if user.agent is None else user.agent.quality_management,
    )


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
