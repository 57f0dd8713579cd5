"""What agents do at their desktop program: their status, their own pause, the acknowledgement of the notice.

Each becomes what it would be if the telephony had said it, a call event, or a line of the audit log, once for
each id. A status is an event of the source `recorder`; a pause is an event of the call's own source, so that it
holds for that call and no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import ConflictError, ForbiddenError, InvalidInputError
from deskreel.core.events import AGENT, BY, EventKind
from deskreel.core.ids import AgentId, SourceId
from deskreel.core.time import WallTime
from deskreel.server.accounts.service import policy_for
from deskreel.server.audit.service import record
from deskreel.server.audit.tables import audit_log
from deskreel.server.calls.tables import call_events, sources
from deskreel.server.context import Context
from deskreel.server.db.bus import announce
from deskreel.server.interactions.tables import interactions
from deskreel.server.recordings.sessions import HORIZON_MS, refold, schedule
from deskreel.server.recordings.tables import recording_parts, screen_recordings

Taken = Literal["accepted", "known"]
SOURCE = (
    "recorder"  # the name of the source of agents' own statuses; it has no secret, so nothing signs as it
)
MAX_AGE_MS = 60_000  # what is older is taken to have happened then
_PAUSE_KINDS = (
    EventKind.RECORDING_STARTED,
    EventKind.RECORDING_PAUSED,
    EventKind.RECORDING_RESUMED,
    EventKind.RECORDING_STOPPED,
)


class NoCallError(ConflictError):
    """Nothing to pause."""

    code = "no_recorded_call"
    title = "No recorded call is up"
    hint = "A pause holds for a call; After Call Work ends with another status."


class PausedByTelephonyError(ConflictError):
    """The pause is not the agent's to end."""

    code = "paused_by_telephony"
    title = "The telephony has paused the recording"
    hint = "It goes on when the telephony resumes the call recording."


def status_key(label: str) -> str:
    """How events name a status that people call `label`: "After Call Work" is `after_call_work`."""
    return "_".join(label.lower().split())


async def statuses_of(
    context: Context, connection: AsyncConnection, agent_ids: Sequence[AgentId]
) -> dict[AgentId, str]:
    """The status that each agent chose last, if there are any to choose from and it is still one of them."""
    statuses = context.settings.statuses
    if not statuses:
        return {}
    query = (
        select(call_events.c.agent_id, call_events.c.attributes["label"].astext.label("label"))
        .ext(distinct_on(call_events.c.agent_id))
        .join(sources, sources.c.id == call_events.c.source_id)
        .where(
            sources.c.name == SOURCE,
            call_events.c.agent_id.in_(agent_ids),
            call_events.c.kind == EventKind.AGENT_STATUS.value,
            call_events.c.occurred_at >= context.clock() - HORIZON_MS,
        )
        .order_by(call_events.c.agent_id, call_events.c.occurred_at.desc(), call_events.c.id.desc())
    )
    rows = (await connection.execute(query)).all()
    return {AgentId(row.agent_id): row.label for row in rows if row.label in statuses}


async def choose_status(
    context: Context, recorder: Row[Any], *, event_id: str, status: str, age_ms: int
) -> Taken:
    """The agent is in `status` since `age_ms` ago.

    Raises:
        InvalidInputError: it is none of the statuses to choose from.
    """
    if status not in context.settings.statuses:
        raise InvalidInputError(
            f"{status[:60]!r} is none of the agents' statuses",
            hint="DESKREEL_AGENT_STATUSES lists them; none: the telephony knows the agent's status.",
        )
    async with context.db.begin() as connection:
        new = await _take(
            connection,
            source_id=await _source(context, connection),
            agent_id=recorder.agent_id,
            event_id=f"{recorder.id}/{event_id}",
            kind=EventKind.AGENT_STATUS,
            occurred_at=_moment(context, age_ms),
            received_at=context.clock(),
            attributes={"status": status_key(status), "label": status},
        )
        if not new:
            return "known"
        outcome = await refold(context, connection, recorder.agent_id)
        await announce(connection, recorder.agent_id)  # the desktop program shows it, whatever it changed
    await schedule(context, outcome)
    return "accepted"


async def pause(context: Context, recorder: Row[Any], *, event_id: str, paused: bool, age_ms: int) -> Taken:
    """The agent pauses the recording of the calls that are up, or ends that pause.

    A pause counts from when the agent asked for it, its end from now: late rather than early.

    Raises:
        ForbiddenError: the policy does not let agents pause.
        NoCallError: no recorded call is up.
        PausedByTelephonyError: the telephony paused it, and the agent asks for the end of that.
    """
    now, agent_id = context.clock(), AgentId(recorder.agent_id)
    mark = f"{recorder.id}/{event_id}"
    async with context.db.begin() as connection:
        if not (await policy_for(context, connection, agent_id)).agent_may_pause:
            raise ForbiddenError(
                "agents may not pause",
                hint="The recording setting agent_may_pause (DESKREEL_AGENT_MAY_PAUSE) lets them.",
            )
        if await _known_pause(connection, agent_id, mark, since=now - HORIZON_MS):
            return "known"
        calls = await _open_calls(connection, agent_id)
        if not calls:
            raise NoCallError
        if not paused and await _telephony_pauses(connection, calls):
            raise PausedByTelephonyError
        for call in calls:
            await _take(
                connection,
                source_id=call.source_id,
                agent_id=agent_id,
                event_id=f"{mark}/{call.id}",
                kind=EventKind.RECORDING_PAUSED if paused else EventKind.RECORDING_RESUMED,
                occurred_at=_moment(context, age_ms) if paused else now,
                received_at=now,
                call_id=call.call_id,
                attributes={BY: AGENT, "asked": mark},
            )
        action = "recording.paused_by_agent" if paused else "recording.resumed_by_agent"
        await record(connection, at=now, actor=recorder.id, action=action, subject=agent_id)
        outcome = await refold(context, connection, agent_id)
    await schedule(context, outcome)
    return "accepted"


async def acknowledge(
    context: Context, recorder: Row[Any], *, event_id: str, notice: str, age_ms: int
) -> Taken:
    """Note that the agent has confirmed the notice `notice`."""
    now = context.clock()
    async with context.db.begin() as connection:
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 1))"), {"id": recorder.id}
        )
        known = await connection.scalar(
            select(audit_log.c.id)
            .where(
                audit_log.c.at >= now - HORIZON_MS,
                audit_log.c.actor == recorder.id,
                audit_log.c.action == "notice.acknowledged",
                audit_log.c.details["event_id"].astext == event_id,
            )
            .limit(1)
        )
        if known is not None:
            return "known"
        await record(
            connection,
            at=_moment(context, age_ms),
            actor=recorder.id,
            action="notice.acknowledged",
            subject=recorder.agent_id,
            event_id=event_id,
            notice=notice,
        )
        await announce(connection, recorder.agent_id)  # the desktop may look back from now on, if it is to
    return "accepted"


def _moment(context: Context, age_ms: int) -> WallTime:
    return WallTime(context.clock() - min(max(0, age_ms), MAX_AGE_MS))


async def _source(context: Context, connection: AsyncConnection) -> SourceId:
    """The source of agents' own statuses, made at first use."""
    known = await connection.scalar(select(sources.c.id).where(sources.c.name == SOURCE))
    if known is None:
        known = await connection.scalar(
            insert(sources)
            .values(id=context.new_id("src"), name=SOURCE, secrets=[], created_at=context.clock())
            .on_conflict_do_update(index_elements=["name"], set_={"name": SOURCE})
            .returning(sources.c.id)
        )
    return SourceId(str(known))


async def _take(connection: AsyncConnection, *, kind: EventKind, **values: Any) -> bool:
    """Store an event; False when it was known."""
    stored = await connection.scalar(
        insert(call_events)
        .values(kind=kind.value, **values)
        .on_conflict_do_nothing()
        .returning(call_events.c.id)
    )
    return stored is not None


async def _known_pause(connection: AsyncConnection, agent_id: AgentId, mark: str, *, since: int) -> bool:
    query = select(call_events.c.id).where(
        call_events.c.agent_id == agent_id,
        call_events.c.occurred_at >= since,
        call_events.c.attributes["asked"].astext == mark,
    )
    return await connection.scalar(query.limit(1)) is not None


async def _open_calls(connection: AsyncConnection, agent_id: AgentId) -> Sequence[Any]:
    """The recorded calls of the agent that are up: id, source_id and call_id of their interactions."""
    query = (
        select(interactions.c.id, interactions.c.source_id, interactions.c.call_id)
        .join(recording_parts, recording_parts.c.interaction_id == interactions.c.id)
        .join(screen_recordings, screen_recordings.c.id == recording_parts.c.screen_recording_id)
        .where(
            screen_recordings.c.agent_id == agent_id,
            screen_recordings.c.ended_at.is_(None),
            recording_parts.c.call_ended_at.is_(None),
        )
    )
    return (await connection.execute(query)).all()


async def _telephony_pauses(connection: AsyncConnection, calls: Sequence[Any]) -> bool:
    """Whether the telephony itself holds the recording of one of the calls."""
    for call in calls:
        last = await connection.scalar(
            select(call_events.c.kind)
            .where(
                call_events.c.source_id == call.source_id,
                call_events.c.call_id == call.call_id,
                call_events.c.kind.in_([kind.value for kind in _PAUSE_KINDS]),
                call_events.c.attributes[BY].astext.is_distinct_from(AGENT),
            )
            .order_by(call_events.c.occurred_at.desc(), call_events.c.id.desc())
            .limit(1)
        )
        if last == EventKind.RECORDING_PAUSED:
            return True
    return False
