"""Users, sign-ins and agents, over rows."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, false, func, or_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import BadCredentialsError, NotSignedInError
from deskreel.core.ids import AgentId, SourceId
from deskreel.core.time import WallTime
from deskreel.server.accounts.tables import account
from deskreel.server.audit.service import record
from deskreel.server.context import Context, secret_hash
from deskreel.server.people.model import Role, Session, User
from deskreel.server.people.passwords import is_right
from deskreel.server.people.tables import agent_identities, agents, sign_ins, user_teams, users
from deskreel.server.permissions import Scope, scope_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A new session and the secret for its cookie."""

    session: Session
    token: str
    expires_at: WallTime


async def sign_in(context: Context, *, email: str, password: str) -> SignedIn:
    """A new session.

    Raises:
        BadCredentialsError: unknown, inactive, or the password is wrong: never says which.
    """
    async with context.db.begin() as connection:
        row = (
            await connection.execute(
                select(users).where(users.c.email == email.strip().lower(), users.c.active)
            )
        ).one_or_none()
    right = await is_right(password, None if row is None else row.password_hash)
    if not right or row is None:
        raise BadCredentialsError
    now = context.clock()
    expires = WallTime(now + context.settings.session_hours * 3_600_000)
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    async with context.db.begin() as connection:
        await connection.execute(delete(sign_ins).where(sign_ins.c.expires_at < now))
        await connection.execute(
            sign_ins.insert().values(
                token_hash=secret_hash(token),
                user_id=row.id,
                csrf_token=csrf,
                created_at=now,
                expires_at=expires,
            )
        )
        await record(connection, at=now, actor=row.id, action="session.created", subject=row.id)
    user = User(id=row.id, email=row.email, name=row.name, role=Role(row.role))
    return SignedIn(session=Session(user=user, csrf_token=csrf), token=token, expires_at=expires)


async def session_of(context: Context, token: str | None) -> Session:
    """The session that a cookie stands for.

    Raises:
        NotSignedInError: none, or it is over.
    """
    if not token:
        raise NotSignedInError
    async with context.db.begin() as connection:
        row = (
            await connection.execute(
                select(users, sign_ins.c.csrf_token)
                .join(sign_ins, sign_ins.c.user_id == users.c.id)
                .where(
                    sign_ins.c.token_hash == secret_hash(token),
                    sign_ins.c.expires_at > context.clock(),
                    users.c.active,
                )
            )
        ).one_or_none()
    if row is None:
        raise NotSignedInError("the session is over")
    user = User(id=row.id, email=row.email, name=row.name, role=Role(row.role))
    return Session(user=user, csrf_token=row.csrf_token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a user's permissions go by."""

    user: User
    scope: Scope
    agents_see_own: bool  # the account's policy


async def standing_of(context: Context, user_id: str) -> Standing | None:
    """How an active user stands; None if there is none of this id."""
    team_ids = (
        select(func.array_agg(user_teams.c.team_id))
        .where(user_teams.c.user_id == users.c.id)
        .scalar_subquery()
    )
    query = (
        select(users, team_ids.label("team_ids"), agents.c.id.label("agent_id"), account.c.agents_see_own)
        .select_from(users.outerjoin(agents, agents.c.user_id == users.c.id).join(account, true()))
        .where(users.c.id == user_id, users.c.active)
    )
    async with context.db.begin() as connection:
        row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    role = Role(row.role)
    return Standing(
        user=User(id=row.id, email=row.email, name=row.name, role=role),
        scope=scope_of(role, row.team_ids or (), row.agent_id),
        agents_see_own=row.agents_see_own,
    )


def visible(scope: Scope) -> ColumnElement[bool]:
    """A condition on `agents`: those whom this scope lets one see."""
    if scope.nobody:
        return false()
    if scope.agent is not None:
        return agents.c.id == scope.agent
    return true() if scope.teams is None else agents.c.team_id.in_(scope.teams)


async def sign_out(context: Context, token: str) -> None:
    """End a session."""
    async with context.db.begin() as connection:
        await connection.execute(delete(sign_ins).where(sign_ins.c.token_hash == secret_hash(token)))


async def agent_by_key(
    context: Context, connection: AsyncConnection, key: str, source_id: SourceId | None = None
) -> AgentId:
    """The agent whom the telephony calls `key`: by identity, else by key; made at first sight, named after it."""
    names = agent_identities.c
    known = await connection.scalar(
        select(names.agent_id)
        .where(names.value == key, or_(names.source_id.is_(None), names.source_id == source_id))
        .order_by(names.source_id.is_(None))  # what is said of this source comes first
        .limit(1)
    ) or await connection.scalar(select(agents.c.id).where(agents.c.key == key))
    if known is None:
        chosen = bool(await connection.scalar(select(account.c.new_agents)))
        known = await connection.scalar(
            insert(agents)
            .values(
                id=context.new_id("agt"),
                key=key,
                name=key,
                in_qm=chosen,
                enabled=chosen,
                created_at=context.clock(),
            )
            .on_conflict_do_update(index_elements=["key"], set_={"key": key})
            .returning(agents.c.id)
        )
    return AgentId(str(known))
