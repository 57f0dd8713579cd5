"""Whose desktop may remember the screen while nothing is recorded (the recording setting `look_back_s`).

Only one whose calls are captured, and who has been told where the notice is to be acknowledged. The recorder hears
until when that holds; nothing of what it remembers leaves it but by an order's keep window.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.eligibility import RuleKind, agent_refusal
from deskreel.core.events import EventKind
from deskreel.core.ids import AgentId
from deskreel.core.messages import SIGNED_OUT
from deskreel.core.policy import CapturePolicy, Notice
from deskreel.core.time import FAR_FUTURE, WallTime
from deskreel.server.accounts.facts import agents_with_facts, facts_of, features_of
from deskreel.server.accounts.service import account_row
from deskreel.server.accounts.tables import do_not_record
from deskreel.server.audit.tables import audit_log
from deskreel.server.calls.tables import call_events
from deskreel.server.people.tables import agents

SHIFT_MS = 12 * 3_600_000  # an acknowledgement of the notice counts for so long


async def look_back_until(
    connection: AsyncConnection, policies: Mapping[AgentId, CapturePolicy], now: WallTime
) -> dict[AgentId, WallTime]:
    """Until when each of these agents' desktops may look back; those that may not are left out."""
    wanted = {agent_id: policy for agent_id, policy in policies.items() if policy.look_back_ms}
    if not wanted:
        return {}
    features = features_of(await account_row(connection))
    query = agents_with_facts().where(agents.c.id.in_(wanted))
    rows = (await connection.execute(query)).all()
    captured = {AgentId(row.id) for row in rows if agent_refusal(features, facts_of(row)) is None}
    excluded = await connection.scalars(
        select(do_not_record.c.value).where(
            do_not_record.c.kind == RuleKind.AGENT.value, do_not_record.c.removed_at.is_(None)
        )
    )
    captured -= {AgentId(value) for value in excluded}
    asked = [a for a in captured if wanted[a].notice is Notice.ACKNOWLEDGEMENT]
    told = await _told_until(connection, asked, now) if asked else {}
    return {a: told.get(a, FAR_FUTURE) for a in captured if a not in asked or a in told}


async def _told_until(
    connection: AsyncConnection, asked: list[AgentId], now: WallTime
) -> dict[AgentId, WallTime]:
    """Until when each has acknowledged the notice: for a shift, which ends with signing out."""
    acknowledged = await connection.execute(
        select(audit_log.c.subject, func.max(audit_log.c.at).label("at"))
        .where(
            audit_log.c.action == "notice.acknowledged",
            audit_log.c.subject.in_(asked),
            audit_log.c.at > now - SHIFT_MS,
        )
        .group_by(audit_log.c.subject)
    )
    events = call_events.c
    left = await connection.execute(
        select(events.agent_id, func.max(events.occurred_at).label("at"))
        .where(
            events.agent_id.in_(asked),
            events.kind == EventKind.AGENT_STATUS.value,
            events.occurred_at > now - SHIFT_MS,
            func.lower(events.attributes["label"].astext).in_(SIGNED_OUT),
        )
        .group_by(events.agent_id)
    )
    out: dict[Any, int] = {row.agent_id: row.at for row in left.all()}
    return {
        AgentId(row.subject): WallTime(row.at + SHIFT_MS)
        for row in acknowledged.all()
        if row.at > out.get(row.subject, 0)
    }
