"""Passwords: how they are kept and checked, and the one-time codes by which people set theirs."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import anyio
from pwdlib import PasswordHash
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import BadCredentialsError, DeskreelError, InvalidInputError, NotFoundError
from deskreel.core.time import WallTime
from deskreel.server.audit.service import record
from deskreel.server.context import Context, secret_hash
from deskreel.server.people.tables import sign_ins, users

MIN_PASSWORD = 10
CODE_LIFETIME_MS = 24 * 3_600_000
_hasher = PasswordHash.recommended()
# what an unknown user's password is compared with, so that both failures take the same time
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


class BadResetCodeError(DeskreelError):
    """A code that sets no password (any more)."""

    code = "bad_reset_code"
    status = 401
    title = "This code is unknown, used or expired"
    hint = "Ask an admin for another one; a code is good for a day, once."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCode:
    """A one-time code that sets a password."""

    code: str  # shown once
    expires_at: WallTime


async def hashed(password: str) -> str:
    """A password as it is kept.

    Raises:
        InvalidInputError: it is too short.
    """
    if len(password) < MIN_PASSWORD:
        raise InvalidInputError(f"the password needs at least {MIN_PASSWORD} characters")
    return await anyio.to_thread.run_sync(_hasher.hash, password)


async def is_right(password: str, known: str | None) -> bool:
    """Whether a password is the known one; takes as long when there is none."""
    right = await anyio.to_thread.run_sync(_hasher.verify, password, known or _NOBODY)
    return right and known is not None


async def new_code(context: Context, connection: AsyncConnection, user_id: str) -> NewCode:
    """A code for a user; another one they had is good no more."""
    code, expires_at = secrets.token_urlsafe(24), WallTime(context.clock() + CODE_LIFETIME_MS)
    await connection.execute(
        update(users)
        .where(users.c.id == user_id)
        .values(reset_code_hash=secret_hash(code), reset_code_expires_at=expires_at)
    )
    return NewCode(code=code, expires_at=expires_at)


async def reset(context: Context, actor: str, user_id: str) -> NewCode:
    """End a user's password and sessions, and give the code by which they set a new one.

    Raises:
        NotFoundError: there is no such user.
    """
    async with context.db.begin() as connection:
        known = await connection.scalar(
            update(users).where(users.c.id == user_id).values(password_hash=None).returning(users.c.id)
        )
        if known is None:
            raise NotFoundError(f"there is no user {user_id}")
        await connection.execute(delete(sign_ins).where(sign_ins.c.user_id == user_id))
        made = await new_code(context, connection, user_id)
        await record(
            connection, at=context.clock(), actor=actor, action="user.password_reset", subject=user_id
        )
    return made


async def set_by_code(context: Context, code: str, password: str) -> None:
    """Set the password of the user whose code this is.

    Raises:
        BadResetCodeError: it is nobody's (any more).
        InvalidInputError: the password is too short.
    """
    now = context.clock()
    theirs = (
        (users.c.reset_code_hash == secret_hash(code))
        & (users.c.reset_code_expires_at > now)
        & users.c.active
    )
    async with context.db.begin() as connection:
        if await connection.scalar(select(users.c.id).where(theirs)) is None:
            raise BadResetCodeError
    kept = await hashed(password)
    async with context.db.begin() as connection:
        user_id = await connection.scalar(
            update(users)
            .where(theirs)
            .values(password_hash=kept, reset_code_hash=None, reset_code_expires_at=None)
            .returning(users.c.id)
        )
        if user_id is None:
            raise BadResetCodeError
        await connection.execute(delete(sign_ins).where(sign_ins.c.user_id == user_id))
        await record(connection, at=now, actor=user_id, action="user.password_set", subject=user_id)


async def change_own(context: Context, user_id: str, *, current: str, new: str, token: str) -> None:
    """Change one's own password; every other session of oneself ends.

    Raises:
        BadCredentialsError: `current` is wrong.
        InvalidInputError: `new` is too short.
    """
    async with context.db.begin() as connection:
        known = await connection.scalar(select(users.c.password_hash).where(users.c.id == user_id))
    if not await is_right(current, known):
        raise BadCredentialsError
    kept = await hashed(new)
    async with context.db.begin() as connection:
        await connection.execute(update(users).where(users.c.id == user_id).values(password_hash=kept))
        await connection.execute(
            delete(sign_ins).where(sign_ins.c.user_id == user_id, sign_ins.c.token_hash != secret_hash(token))
        )
        await record(
            connection, at=context.clock(), actor=user_id, action="user.password_set", subject=user_id
        )
