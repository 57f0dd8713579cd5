"""Enrolment: how a desktop becomes an agent's recorder.

Two ways in, and one result: a one-time token made on the server, or a code that the desktop shows and a person
approves in the browser (RFC 8628). Both end in `credentials.take_in`.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Row, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.enrolment import (
    RANDOM_BYTES,
    SLOW_DOWN_S,
    AccessDeniedError,
    AuthorizationPendingError,
    ExpiredTokenError,
    InvalidGrantError,
    SlowDownError,
    UnknownCodeError,
    make_user_code,
    parse_user_code,
)
from deskreel.core.errors import ConflictError, ForbiddenError, NotEnrolledError, TooManyAttemptsError
from deskreel.core.ids import AgentId
from deskreel.server.audit.service import record
from deskreel.server.audit.tables import audit_log
from deskreel.server.context import Context, secret_hash
from deskreel.server.people.model import Role, User
from deskreel.server.people.service import agent_by_key
from deskreel.server.people.tables import agents
from deskreel.server.recorders.credentials import import_key, take_in
from deskreel.server.recorders.model import (
    AgentChoice,
    Decision,
    DeviceCode,
    DeviceCodeRequest,
    Enrolled,
    Enrolment,
    EnrolmentRequest,
    PendingEnrolment,
)
from deskreel.server.recorders.tables import enrolment_requests, enrolment_tokens

TOKEN_LIFETIME_MS = 24 * 3_600_000
CODE_LIFETIME_MS = 10 * 60_000
INTERVAL_S = 5  # between polls, as RFC 8628 has it
MAX_REQUESTS_PER_ADDRESS = 30  # in ten minutes: a whole office may sit behind one address
MAX_REQUESTS = 1000  # waiting at once
MAX_WRONG_CODES = 10  # of one user in ten minutes; there are 20^8 codes
MAX_AGENTS_TO_CHOOSE = 2000
_WRONG_CODE = "recorder.unknown_code"
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


# --- by code: the side of the person ------------------------------------------------------------------------


async def pending(context: Context) -> list[PendingEnrolment]:
    """What waits for approval, newest first. Without codes: whoever approves reads them on the desktop."""
    rows = enrolment_requests.c
    async with context.db.begin() as connection:
        found = (
            await connection.execute(
                select(enrolment_requests)
                .where(rows.state == "pending", rows.expires_at > context.clock())
                .order_by(rows.created_at.desc())
                .limit(MAX_REQUESTS)
            )
        ).all()
    return [_pending(row) for row in found]


async def look_up(context: Context, user: User, user_code: str) -> EnrolmentRequest:
    """The request that a code stands for, and which agents this user may choose.

    Raises:
        UnknownCodeError: no request has it, it is over, or was decided.
        TooManyAttemptsError: this user tried too many wrong codes.
    """
    row = await _find(context, user, user_code)
    async with context.db.begin() as connection:
        choices = await _choices(connection, user)
    return EnrolmentRequest(
        **_pending(row).model_dump(),
        user_code=parse_user_code(user_code),
        agents=choices,
        may_choose=user.role is Role.ADMIN,
    )


async def decide(context: Context, user: User, user_code: str, decision: Decision) -> EnrolmentRequest:
    """Approve a request for an agent, or refuse it.

    Raises:
        UnknownCodeError, TooManyAttemptsError: as `look_up`.
        ForbiddenError: not this user's to decide.
        ConflictError: somebody else decided meanwhile.
    """
    request = await look_up(context, user, user_code)
    now, rows = context.clock(), enrolment_requests.c
    allowed = request.may_choose or decision.agent in {choice.key for choice in request.agents}
    if decision.approve and not allowed:
        raise ForbiddenError(
            "this account may not enrol a recorder for that agent",
            hint="Ask an admin; agents may enrol their own, when their e-mail address is the agent's key.",
        )
    if not decision.approve and not (request.may_choose or request.agents):
        raise ForbiddenError("this account may not refuse recorders", hint="Ask an admin.")
    async with context.db.begin() as connection:
        agent_id = await agent_by_key(context, connection, decision.agent) if decision.approve else None
        decided = await connection.scalar(
            update(enrolment_requests)
            .where(
                rows.user_code_hash == secret_hash(request.user_code),
                rows.state == "pending",
                rows.expires_at > now,
            )
            .values(state="approved" if decision.approve else "refused", agent_id=agent_id)
            .returning(rows.hostname)
        )
        if decided is None:
            raise ConflictError("this request was decided by somebody else", hint="Ask for a new code.")
        action = "recorder.request_approved" if decision.approve else "recorder.request_refused"
        await record(
            connection, at=now, actor=user.id, action=action, subject=agent_id or decided, hostname=decided
        )
    return request


async def _find(context: Context, user: User, user_code: str) -> Row[Any]:
    """The pending request; a wrong code counts against the user, in every server process."""
    now, rows = context.clock(), enrolment_requests.c
    async with context.db.begin() as connection:
        wrong = await connection.scalar(
            select(func.count()).where(
                audit_log.c.at > now - CODE_LIFETIME_MS,
                audit_log.c.actor == user.id,
                audit_log.c.action == _WRONG_CODE,
            )
        )
        if (wrong or 0) >= MAX_WRONG_CODES:
            raise TooManyAttemptsError("too many wrong codes", hint="Wait ten minutes and try again.")
        shown = parse_user_code(user_code)
        row = (
            await connection.execute(
                select(enrolment_requests).where(
                    rows.user_code_hash == secret_hash(shown), rows.state == "pending", rows.expires_at > now
                )
            )
        ).one_or_none()
        if row is None:
            await record(connection, at=now, actor=user.id, action=_WRONG_CODE, subject=user.id)
    if row is None:
        raise UnknownCodeError
    return row


async def _choices(connection: AsyncConnection, user: User) -> list[AgentChoice]:
    """Every agent for an admin; else the agent that the user is, by link or by the address that is their key."""
    query = select(agents.c.key, agents.c.name).order_by(agents.c.name).limit(MAX_AGENTS_TO_CHOOSE)
    if user.role is not Role.ADMIN:
        query = query.where(or_(agents.c.user_id == user.id, func.lower(agents.c.key) == user.email))
    return [AgentChoice(key=row.key, name=row.name) for row in await connection.execute(query)]


def _pending(row: Row[Any]) -> PendingEnrolment:
    return PendingEnrolment(
        hostname=row.hostname,
        platform=row.platform,
        version=row.version,
        address=row.address,
        requested_at=row.created_at,
        expires_at=row.expires_at,
    )
