"""Enrolment: how a desktop becomes an agent's recorder.

Two ways in, and one result: a one-time token made on the server, or a code that the desktop shows and a person
approves in the browser (RFC 8628; their side is `approvals`). Both end in `credentials.take_in`.
"""

from __future__ import annotations

import secrets

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.enrolment import (
    RANDOM_BYTES,
    SLOW_DOWN_S,
    AccessDeniedError,
    AuthorizationPendingError,
    ExpiredTokenError,
    InvalidGrantError,
    SlowDownError,
    make_user_code,
)
from deskreel.core.errors import NotEnrolledError, TooManyAttemptsError
from deskreel.core.ids import AgentId
from deskreel.server.audit.service import record
from deskreel.server.context import Context, secret_hash
from deskreel.server.people.service import agent_by_key
from deskreel.server.recorders.credentials import import_key, take_in
from deskreel.server.recorders.model import (
    DeviceCode,
    DeviceCodeRequest,
    Enrolled,
    Enrolment,
)
from deskreel.server.recorders.tables import enrolment_requests, enrolment_tokens

TOKEN_LIFETIME_MS = 24 * 3_600_000
CODE_LIFETIME_MS = 10 * 60_000
INTERVAL_S = 5  # between polls, as RFC 8628 has it
MAX_REQUESTS_PER_ADDRESS = 30  # in ten minutes: a whole office may sit behind one address
MAX_REQUESTS = 1000  # waiting at once
_KEPT_MS = 24 * 3_600_000  # expired requests are answered as expired for a day, then forgotten


# --- by token -----------------------------------------------------------------------------------------------


async def make_token(context: Context, agent: str) -> str:
    """A one-time enrolment token for an agent, who is made if new; valid for a day."""
    now = context.clock()
    token = secrets.token_urlsafe(24)
    async with context.db.begin() as connection:
        agent_id = await agent_by_key(context, connection, agent)
        await connection.execute(
            enrolment_tokens.insert().values(
                token_hash=secret_hash(token), agent_id=agent_id, expires_at=now + TOKEN_LIFETIME_MS
            )
        )
        await record(connection, at=now, actor="cli", action="recorder.token_made", subject=agent_id)
    return token


async def enrol(context: Context, enrolment: Enrolment) -> Enrolled:
    """Turn a one-time token into a credential.

    Raises:
        NotEnrolledError: the token is unknown, used, or expired.
        InvalidInputError: the public key is none.
    """
    import_key(enrolment.public_key)
    now = context.clock()
    async with context.db.begin() as connection:
        agent_id = await connection.scalar(
            update(enrolment_tokens)
            .where(
                enrolment_tokens.c.token_hash == secret_hash(enrolment.token),
                enrolment_tokens.c.used_at.is_(None),
                enrolment_tokens.c.expires_at > now,
            )
            .values(used_at=now)
            .returning(enrolment_tokens.c.agent_id)
        )
        if agent_id is None:
            raise NotEnrolledError(
                "the token is unknown, used or expired",
                hint="Make another with `deskreel recorder token`, or enrol without a token, by a code.",
            )
        return await take_in(
            context,
            connection,
            agent_id=AgentId(agent_id),
            hostname=enrolment.hostname,
            public_key=enrolment.public_key,
        )


# --- by code: the recorder's side ---------------------------------------------------------------------------


async def request_code(context: Context, request: DeviceCodeRequest, address: str) -> DeviceCode:
    """A device code for a desktop and a user code for a person; both good for ten minutes, once.

    Raises:
        TooManyAttemptsError: too many requests wait, or came from this address.
        InvalidInputError: the public key is none.
    """
    import_key(request.public_key)
    now = context.clock()
    device_code, user_code = secrets.token_urlsafe(32), make_user_code(secrets.token_bytes(RANDOM_BYTES))
    rows = enrolment_requests.c
    async with context.db.begin() as connection:
        await connection.execute(delete(enrolment_requests).where(rows.expires_at < now - _KEPT_MS))
        waiting = select(func.count()).where(rows.expires_at > now)
        if (await connection.scalar(waiting.where(rows.address == address)) or 0) >= MAX_REQUESTS_PER_ADDRESS:
            raise TooManyAttemptsError(f"too many requests for enrolment from {address}")
        if (await connection.scalar(waiting.where(rows.state == "pending")) or 0) >= MAX_REQUESTS:
            raise TooManyAttemptsError("too many requests for enrolment are waiting")
        await connection.execute(
            enrolment_requests.insert().values(
                device_code_hash=secret_hash(device_code),
                user_code_hash=secret_hash(user_code),
                hostname=request.hostname,
                platform=request.platform,
                version=request.version,
                address=address,
                public_key=request.public_key,
                created_at=now,
                expires_at=now + CODE_LIFETIME_MS,
                interval_s=INTERVAL_S,
            )
        )
    page = f"{context.settings.base_url}/enrol"
    return DeviceCode(
        device_code=device_code,
        user_code=user_code,
        verification_uri=page,
        verification_uri_complete=f"{page}?code={user_code}",
        expires_in=CODE_LIFETIME_MS // 1000,
        interval=INTERVAL_S,
    )


async def exchange_code(context: Context, device_code: str) -> Enrolled:
    """What has become of a device code: a credential, once, when it was approved.

    Raises:
        AuthorizationPendingError: not decided yet.
        SlowDownError: not decided yet, and asked too soon; the interval is 5 s longer from now on.
        AccessDeniedError, ExpiredTokenError: as they say.
        InvalidGrantError: unknown, or exchanged before.
    """
    async with context.db.begin() as connection:
        outcome = await _exchange(context, connection, secret_hash(device_code))
    if isinstance(outcome, Enrolled):
        return outcome
    raise outcome  # out here, so that what the poll changed is committed


async def _exchange(
    context: Context, connection: AsyncConnection, code_hash: str
) -> Enrolled | AuthorizationPendingError | AccessDeniedError | ExpiredTokenError | InvalidGrantError:
    now, rows = context.clock(), enrolment_requests.c
    this = rows.device_code_hash == code_hash
    row = (await connection.execute(select(enrolment_requests).where(this).with_for_update())).one_or_none()
    if row is None or row.state == "used":
        return InvalidGrantError()
    if row.state == "refused":
        return AccessDeniedError()
    if row.expires_at <= now:
        return ExpiredTokenError()
    if row.state == "approved":
        await connection.execute(update(enrolment_requests).where(this).values(state="used"))
        return await take_in(
            context,
            connection,
            agent_id=AgentId(row.agent_id),
            hostname=row.hostname,
            public_key=row.public_key,
        )
    # half a second of grace: the recorder's clock and the network are not ours
    hasty = row.polled_at is not None and now - row.polled_at < row.interval_s * 1000 - 500
    interval_s = row.interval_s + (SLOW_DOWN_S if hasty else 0)
    await connection.execute(
        update(enrolment_requests).where(this).values(polled_at=now, interval_s=interval_s)
    )
    return SlowDownError(interval=interval_s) if hasty else AuthorizationPendingError(interval=interval_s)
