"""Users, sign-ins and agents, over rows."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import anyio
from pwdlib import PasswordHash
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import BadCredentialsError, ConflictError, InvalidInputError, NotSignedInError
from deskreel.core.ids import AgentId
from deskreel.core.time import WallTime
from deskreel.server.audit.service import record
from deskreel.server.context import Context, secret_hash
from deskreel.server.people.model import Role, Session, User
from deskreel.server.people.tables import agents, sign_ins, users

_hasher = PasswordHash.recommended()
MIN_PASSWORD = 10
# what an unknown user's password is compared with, so that both failures take the same time
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A new session and the secret for its cookie."""

    session: Session
    token: str
    expires_at: WallTime


async def add_user(
    context: Context, *, email: str, name: str, role: Role, password: str, reset: bool = False
) -> str:
    """Make a user, or with `reset` give an existing one a new password and end their sessions; gives the id.

    Raises:
        InvalidInputError: no e-mail address, or the password is too short.
        ConflictError: the user exists.
    """
    email = email.strip().lower()
    if "@" not in email:
        raise InvalidInputError(f"{email!r} is not an e-mail address")
    if len(password) < MIN_PASSWORD:
        raise InvalidInputError(f"the password needs at least {MIN_PASSWORD} characters")
    hashed = await anyio.to_thread.run_sync(_hasher.hash, password)
    now = context.clock()
    async with context.db.begin() as connection:
        known = await connection.scalar(select(users.c.id).where(users.c.email == email))
        if known is not None and not reset:
            raise ConflictError(f"the user {email} exists", hint="Use --reset to set a new password.")
        if known is not None:
            await connection.execute(update(users).where(users.c.id == known).values(password_hash=hashed))
            await connection.execute(delete(sign_ins).where(sign_ins.c.user_id == known))
            await record(connection, at=now, actor="cli", action="user.password_set", subject=known)
            return str(known)
        user_id = context.new_id("usr")
        await connection.execute(
            users.insert().values(
                id=user_id, email=email, name=name, role=role.value, password_hash=hashed, created_at=now
            )
        )
        await record(connection, at=now, actor="cli", action="user.created", subject=user_id, role=role.value)
    return user_id


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
    known_hash = row.password_hash if row is not None else _NOBODY
    if not await anyio.to_thread.run_sync(_hasher.verify, password, known_hash) or row is None:
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


async def sign_out(context: Context, token: str) -> None:
    """End a session."""
    async with context.db.begin() as connection:
        await connection.execute(delete(sign_ins).where(sign_ins.c.token_hash == secret_hash(token)))


async def agent_by_key(context: Context, connection: AsyncConnection, key: str) -> AgentId:
    """The agent whom the telephony calls `key`; made at first sight, named after the key."""
    known = await connection.scalar(select(agents.c.id).where(agents.c.key == key))
    if known is None:
        known = await connection.scalar(
            insert(agents)
            .values(id=context.new_id("agt"), key=key, name=key, created_at=context.clock())
            .on_conflict_do_update(index_elements=["key"], set_={"key": key})
            .returning(agents.c.id)
        )
    return AgentId(str(known))
