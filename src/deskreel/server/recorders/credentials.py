"""The credentials of recorders: made at enrolment, renewed by the recorder itself, revoked by an admin.

A credential lasts for the setting `credential_days`. A renewed one takes the old one's place at its first use;
until then both are good, so that an answer that got lost locks nobody out.
"""

from __future__ import annotations

import secrets
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from sqlalchemy import Row, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import InvalidInputError, NotEnrolledError, NotFoundError
from deskreel.core.ids import AgentId, RecorderId, UserId
from deskreel.core.time import WallTime
from deskreel.server.audit.service import record
from deskreel.server.context import Context, secret_hash
from deskreel.server.db.bus import announce
from deskreel.server.people.tables import agents
from deskreel.server.recorders.model import Enrolled, RenewedCredential
from deskreel.server.recorders.tables import recorders

_DAY_MS = 24 * 3_600_000


async def authenticate(context: Context, credential: str) -> Row[Any]:
    """The recorder's row.

    Raises:
        NotEnrolledError: unknown, revoked or expired.
    """
    hashed, now = secret_hash(credential), context.clock()
    async with context.db.begin() as connection:
        row = (
            await connection.execute(
                select(recorders).where(
                    or_(recorders.c.credential_hash == hashed, recorders.c.next_credential_hash == hashed),
                    recorders.c.revoked_at.is_(None),
                )
            )
        ).one_or_none()
        found = await judge(connection, row, hashed, now)
    if isinstance(found, NotEnrolledError):
        raise found
    return found


async def judge(
    connection: AsyncConnection, row: Row[Any] | None, hashed: str, now: WallTime
) -> Row[Any] | NotEnrolledError:
    """The row of a recorder that presented this credential, if that is good; a renewed one is now its only one."""
    if row is None:
        return NotEnrolledError("the server does not know this credential")
    renewed = row.next_credential_hash == hashed
    expires_at = row.next_credential_expires_at if renewed else row.credential_expires_at
    if expires_at <= now:
        return NotEnrolledError("this recorder's credential has expired")
    if renewed:
        await _replace_credential(connection, row)
    return row


async def _replace_credential(connection: AsyncConnection, row: Row[Any]) -> None:
    await connection.execute(
        update(recorders)
        .where(recorders.c.id == row.id, recorders.c.next_credential_hash == row.next_credential_hash)
        .values(
            credential_hash=row.next_credential_hash,
            credential_expires_at=row.next_credential_expires_at,
            next_credential_hash=None,
            next_credential_expires_at=None,
        )
    )


async def renew(context: Context, recorder: Row[Any]) -> RenewedCredential:
    """Another credential for a recorder that has proven who it is; one that was never used is void."""
    now = context.clock()
    credential, expires_at = _new(context, now)
    async with context.db.begin() as connection:
        await connection.execute(
            update(recorders)
            .where(recorders.c.id == recorder.id)
            .values(next_credential_hash=secret_hash(credential), next_credential_expires_at=expires_at)
        )
        await record(
            connection, at=now, actor=recorder.id, action="recorder.credential_renewed", subject=recorder.id
        )
    return RenewedCredential(
        credential=credential, expires_at=expires_at, renew_at=_renew_at(now, expires_at)
    )


async def revoke(context: Context, recorder_id: RecorderId, *, by: UserId) -> None:
    """End an enrolment for good; a connected recorder is told at once. Harmless when repeated.

    Raises:
        NotFoundError: there is no such recorder.
    """
    now = context.clock()
    async with context.db.begin() as connection:
        row = (
            await connection.execute(select(recorders).where(recorders.c.id == recorder_id).with_for_update())
        ).one_or_none()
        if row is None:
            raise NotFoundError(f"there is no recorder {recorder_id}")
        if row.revoked_at is not None:
            return
        await connection.execute(
            update(recorders).where(recorders.c.id == recorder_id).values(revoked_at=now)
        )
        await record(connection, at=now, actor=by, action="recorder.revoked", subject=recorder_id)
        await announce(connection, row.agent_id)


async def take_in(
    context: Context,
    connection: AsyncConnection,
    *,
    agent_id: AgentId,
    hostname: str,
    public_key: dict[str, Any],
    actor: str | None = None,
) -> Enrolled:
    """Make a recorder of a desktop that may become one; what it was enrolled as before ends.

    A desktop that comes with the key it had for this agent stays the same recorder, under a new credential: what
    waits in its spool is still its own to send.
    """
    now = context.clock()
    await connection.execute(select(agents.c.id).where(agents.c.id == agent_id).with_for_update())
    known = await connection.scalar(
        select(recorders.c.id)
        .where(recorders.c.agent_id == agent_id, recorders.c.public_key["x"].astext == public_key.get("x"))
        .order_by(recorders.c.created_at.desc())
        .limit(1)
    )
    await connection.execute(
        update(recorders)
        .where(
            recorders.c.agent_id == agent_id,
            recorders.c.hostname == hostname,
            recorders.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    recorder_id = RecorderId(known or context.new_id("rcd"))
    credential, expires_at = _new(context, now)
    values: dict[str, Any] = {
        "hostname": hostname,
        "credential_hash": secret_hash(credential),
        "credential_expires_at": expires_at,
        "next_credential_hash": None,
        "next_credential_expires_at": None,
        "public_key": public_key,
        "revoked_at": None,
    }
    if known is None:
        await connection.execute(
            recorders.insert().values(id=recorder_id, agent_id=agent_id, created_at=now, **values)
        )
    else:
        await connection.execute(update(recorders).where(recorders.c.id == known).values(**values))
    name = await connection.scalar(select(agents.c.name).where(agents.c.id == agent_id))
    await record(
        connection,
        at=now,
        actor=actor or recorder_id,
        action="recorder.enrolled",
        subject=agent_id,
        recorder=recorder_id,
        hostname=hostname,
    )
    await announce(connection, agent_id)  # an older identity that is connected is told
    return Enrolled(
        recorder_id=recorder_id,
        credential=credential,
        agent_name=str(name),
        credential_expires_at=expires_at,
        credential_renew_at=_renew_at(now, expires_at),
    )


def import_key(public_key: dict[str, Any]) -> OKPKey:
    """The key by which a recorder signs.

    Raises:
        InvalidInputError: it is not the public half of an Ed25519 key.
    """
    try:
        key = OKPKey.import_key({name: str(value) for name, value in public_key.items()})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise InvalidInputError("public_key is not a JWK of an Ed25519 key") from error
    if key.is_private or key.curve_name != "Ed25519":
        raise InvalidInputError("public_key must be the public half of an Ed25519 key")
    return key


def _new(context: Context, now: WallTime) -> tuple[str, WallTime]:
    expires_at = WallTime(now + context.settings.credential_days * _DAY_MS)
    return secrets.token_urlsafe(32), expires_at


def _renew_at(now: WallTime, expires_at: WallTime) -> int:
    """After two thirds of its life: a desktop that is off for a month still comes back in time."""
    return now + (expires_at - now) * 2 // 3
