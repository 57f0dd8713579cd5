"""API keys: made for a user, used as a bearer credential, revoked; only their hash is kept."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, or_, select, tuple_, update

from deskreel.core.errors import ForbiddenError, NotFoundError, NotSignedInError
from deskreel.core.time import WallTime
from deskreel.server.apikeys.model import ApiKey, ApiKeyPage, MadeApiKey, NewApiKey
from deskreel.server.apikeys.tables import api_keys
from deskreel.server.audit.service import record
from deskreel.server.context import Context, secret_hash
from deskreel.server.paging import decode_cursor, encode_cursor
from deskreel.server.permissions import PERSONS_ALONE, Permission

KEY_PREFIX = "dsk_"
_DAY_MS = 24 * 3_600_000
_USE_IS_NOTED_MS = 60_000  # a key in steady use writes no more often


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedKey:
    """What a key stands for."""

    id: str
    user_id: str
    permissions: frozenset[str]


async def make_key(
    context: Context, *, actor: str, user_id: str, may: Collection[Permission], new: NewApiKey
) -> MadeApiKey:
    """A key for a user who `may` do these things.

    Raises:
        ForbiddenError: it would be allowed more than they, or what is for persons alone.
    """
    more = sorted(set(new.permissions) - (set(may) - PERSONS_ALONE))
    if more:
        raise ForbiddenError(f"no permission for a key that one makes: {', '.join(more)}")
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    now = context.clock()
    values: dict[str, Any] = {
        "id": context.new_id("key"),
        "user_id": user_id,
        "name": new.name,
        "prefix": key[:10],
        "permissions": sorted(set(new.permissions)),
        "created_at": now,
        "expires_at": WallTime(now + new.days * _DAY_MS),
    }
    async with context.db.begin() as connection:
        await connection.execute(api_keys.insert().values(**values, key_hash=secret_hash(key)))
        await record(
            connection,
            at=now,
            actor=actor,
            action="api_key.created",
            subject=values["id"],
            name=new.name,
            permissions=values["permissions"],
        )
    return MadeApiKey(**values, key=key, last_used_at=None, revoked_at=None)


async def use_key(context: Context, key: str) -> UsedKey:
    """What a key stands for, now that it is used.

    Raises:
        NotSignedInError: unknown, expired or revoked: never says which.
    """
    now, rows = context.clock(), api_keys.c
    async with context.db.begin() as connection:
        row = (
            await connection.execute(
                select(api_keys).where(
                    rows.key_hash == secret_hash(key), rows.revoked_at.is_(None), rows.expires_at > now
                )
            )
        ).one_or_none()
        if row is None:
            raise NotSignedInError("the API key is unknown, expired or revoked", hint="Make another one.")
        stale = or_(rows.last_used_at.is_(None), rows.last_used_at < now - _USE_IS_NOTED_MS)
        if row.last_used_at is None or row.last_used_at < now - _USE_IS_NOTED_MS:
            await connection.execute(
                update(api_keys).where(rows.id == row.id, stale).values(last_used_at=now)
            )
    return UsedKey(id=row.id, user_id=row.user_id, permissions=frozenset(row.permissions))


async def list_keys(context: Context, *, limit: int, cursor: str | None) -> ApiKeyPage:
    """Every key, newest first."""
    rows = api_keys.c
    query = select(api_keys).order_by(rows.created_at.desc(), rows.id.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(tuple_(rows.created_at, rows.id) < tuple_(*decode_cursor(cursor, int, str)))
    async with context.db.begin() as connection:
        found = (await connection.execute(query)).all()
    shown = found[:limit]
    more = len(found) > limit
    return ApiKeyPage(
        items=[_shown(row) for row in shown],
        next_cursor=encode_cursor(shown[-1].created_at, shown[-1].id) if more else None,
    )


def _shown(row: Row[Any]) -> ApiKey:
    return ApiKey(**{name: getattr(row, name) for name in ApiKey.model_fields})


async def revoke_key(context: Context, actor: str, key_id: str) -> None:
    """End a key at once.

    Raises:
        NotFoundError: there is none, or it was revoked.
    """
    now = context.clock()
    async with context.db.begin() as connection:
        gone = await connection.scalar(
            update(api_keys)
            .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=now)
            .returning(api_keys.c.id)
        )
        if gone is None:
            raise NotFoundError(f"there is no API key {key_id}")
        await record(connection, at=now, actor=actor, action="api_key.revoked", subject=key_id)
