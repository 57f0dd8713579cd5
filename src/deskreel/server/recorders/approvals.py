"""Enrolment by code, the side of the person: which desktops wait, whose code this is, and the decision."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.enrolment import UnknownCodeError, parse_user_code
from deskreel.core.errors import ConflictError, ForbiddenError, TooManyAttemptsError
from deskreel.server.audit.service import record
from deskreel.server.audit.tables import audit_log
from deskreel.server.context import Context, secret_hash
from deskreel.server.people.model import Role, User
from deskreel.server.people.service import agent_by_key
from deskreel.server.people.tables import agents
from deskreel.server.recorders.enrolment import CODE_LIFETIME_MS, MAX_REQUESTS
from deskreel.server.recorders.model import AgentChoice, Decision, EnrolmentRequest, PendingEnrolment
from deskreel.server.recorders.tables import enrolment_requests

MAX_WRONG_CODES = 10  # of one user in ten minutes; there are 20^8 codes
MAX_AGENTS_TO_CHOOSE = 2000
_WRONG_CODE = "recorder.unknown_code"


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
