"""Users as admins keep them: made, changed, activated, signed out; and listed. How one is written down: `saving`."""

from __future__ import annotations

from sqlalchemy import delete, exists, or_, select, tuple_, update

from deskreel.core.errors import ConflictError, InvalidInputError, NotFoundError
from deskreel.server.accounts.changes import StaleError, changing
from deskreel.server.audit.service import record
from deskreel.server.context import Context
from deskreel.server.paging import decode_cursor, encode_cursor
from deskreel.server.people import passwords
from deskreel.server.people.details import details_of, known
from deskreel.server.people.model import (
    CreatedUser,
    ResetCode,
    Role,
    UserChange,
    UserDetails,
    UserFields,
    UserPage,
)
from deskreel.server.people.saving import save
from deskreel.server.people.tables import sign_ins, user_teams, users
from deskreel.server.permissions import Scope


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


async def change(context: Context, actor: str, user_id: str, wanted: UserChange) -> UserDetails:
    """Make a user so.

    Raises:
        StaleError: they changed since they were read; `current` of the problem is the user now.
        NotFoundError: there is no such user, team or source.
        ConflictError: the e-mail address or a telephony identity is taken.
        LastAdminError: no active admin would be left.
    """
    fields = UserFields.model_validate(wanted.model_dump(exclude={"version"}))
    async with changing(context) as connection:
        now = await known(connection, user_id)
        if now.version != wanted.version:
            raise StaleError(current=now.model_dump(mode="json"))
        return await save(context, connection, actor, fields, user_id)


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
        found = await known(connection, user_id)
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
        return await known(connection, user_id)


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
