"""Taking call events in: verify, store each once, and let the agents' sessions be worked out anew."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import ConflictError, NotFoundError, SignatureError
from deskreel.core.events import ON_UNKNOWN_PAUSE, CallEvent, EventKind, effective_time
from deskreel.core.ids import AgentId, CallRecordingId, SourceId
from deskreel.core.time import WallTime
from deskreel.server.audit.service import record
from deskreel.server.calls.losses import close_loss
from deskreel.server.calls.model import IgnoredEvent, Receipt
from deskreel.server.calls.monitor import fetch_noted, note_recordings
from deskreel.server.calls.tables import call_events, sources
from deskreel.server.context import Context
from deskreel.server.interactions.tables import interactions
from deskreel.server.people.service import agent_by_key
from deskreel.server.recordings.sessions import lock_agent, refold, schedule
from deskreel.telephony.call_events import parse_batch
from deskreel.telephony.signature import make_secret, verify


async def add_source(context: Context, name: str) -> str:
    """Make a telephony source; gives its signing secret, which is shown this once.

    Raises:
        ConflictError: a source has this name.
    """
    secret = make_secret(secrets.token_bytes(32))
    now = context.clock()
    async with context.db.begin() as connection:
        source_id = context.new_id("src")
        made = await connection.scalar(
            insert(sources)
            .values(id=source_id, name=name, secrets=[secret], created_at=now)
            .on_conflict_do_nothing()
            .returning(sources.c.id)
        )
        if made is None:
            raise ConflictError(f"a telephony source named {name} exists")
        await record(connection, at=now, actor="cli", action="source.created", subject=source_id, name=name)
    return secret


async def secret_of(context: Context, name: str) -> str:
    """The newest signing secret of a source; for the simulator on the server's own machine.

    Raises:
        NotFoundError: there is no such source.
    """
    async with context.db.begin() as connection:
        found = await connection.scalar(select(sources.c.secrets).where(sources.c.name == name))
    if not found:
        raise NotFoundError(f"no telephony source is named {name}")
    return str(found[-1])


async def authenticate(context: Context, name: str, headers: Mapping[str, str], body: bytes) -> Row[Any]:
    """The row of the source that signed a request.

    Raises:
        SignatureError: unknown source, or no signature holds: never says which.
        TimestampError: signed too long ago.
    """
    async with context.db.begin() as connection:
        row = (
            await connection.execute(select(sources).where(sources.c.name == name, sources.c.active))
        ).one_or_none()
    if row is None or not row.secrets:
        raise SignatureError
    verify(good_secrets(row, context.clock()), headers, body, time.time())
    return row


def good_secrets(row: Row[Any], now: WallTime) -> list[str]:
    """The secrets with which a source may sign: the newest, and while keys rotate the one before."""
    rotating = row.old_secret_until is not None and now < row.old_secret_until
    return list(row.secrets[-2:] if rotating else row.secrets[-1:])


def least_delay(row: Row[Any], now: WallTime, delays_ms: Sequence[int]) -> int | None:
    """The shortest delay seen from a source lately: forgets by a percent of the time that has passed."""
    known = row.least_delay_ms
    if known is not None and row.last_event_at is not None:
        known += max(0, now - row.last_event_at) // 100
    return min([*delays_ms, *([] if known is None else [known])], default=None)


async def take(context: Context, source: Row[Any], body: bytes) -> Receipt:
    """Store the events of a body and bring the sessions of their agents up to date.

    Raises:
        InvalidInputError: the body is not a batch of events; nothing was taken.
    """
    now = context.clock()
    batch = parse_batch(body, now, source.least_delay_ms or 0)
    delay_ms = least_delay(source, now, [now - event.occurred_at for event in batch.events])
    events = [_as_its_source_says(event, source.settings) for event in batch.events]
    accepted = await take_events(context, SourceId(source.id), events, least_delay_ms=delay_ms)
    return Receipt(
        accepted=accepted,
        duplicates=len(batch.events) - accepted,
        ignored=[IgnoredEvent(event_id=i.event_id, reason=i.reason) for i in batch.ignored],
    )


def _as_its_source_says(event: CallEvent, settings: Mapping[str, Any]) -> CallEvent:
    """With what the source's settings say of a recording that may be paused; nobody else can say it."""
    said = settings.get(ON_UNKNOWN_PAUSE)
    if event.kind is not EventKind.RECORDING_STARTED or said == event.attributes.get(ON_UNKNOWN_PAUSE):
        return event
    others = {name: value for name, value in event.attributes.items() if name != ON_UNKNOWN_PAUSE}
    return replace(event, attributes=others if said is None else {**others, ON_UNKNOWN_PAUSE: said})


async def take_events(
    context: Context,
    source_id: SourceId,
    events: Sequence[CallEvent],
    *,
    least_delay_ms: int | None,
    ends_loss: bool = True,
    also: Callable[[AsyncConnection], Awaitable[None]] | None = None,
) -> int:
    """Store events and bring the sessions of their agents up to date; gives how many were new.

    With `ends_loss` any event shows that the source is not silent any more. `also` is done in the same transaction.
    """
    now = context.clock()
    accepted = 0
    touched: dict[AgentId, None] = {}
    async with context.db.begin() as connection:
        keys = sorted({event.agent for event in events})
        ids = {key: await agent_by_key(context, connection, key, source_id) for key in keys}
        for agent_id in sorted(
            set(ids.values())
        ):  # in one order, so that two batches never wait for each other
            await lock_agent(connection, agent_id)
        for event in events:
            agent_id = ids[event.agent]
            if await _store(connection, source_id, agent_id, event):
                accepted += 1
                touched[agent_id] = None
                await _interaction(context, connection, source_id, event)
        outcomes = [await refold(context, connection, agent_id) for agent_id in sorted(touched)]
        again = await close_loss(connection, source_id, now) if ends_loss else []
        if also is not None:
            await also(connection)
        # last, for every batch of a source wants this row
        await connection.execute(
            update(sources)
            .where(sources.c.id == source_id)
            .values(last_event_at=now, least_delay_ms=least_delay_ms)
        )
    for agent_id in again:
        async with context.db.begin() as connection:
            outcomes.append(await refold(context, connection, agent_id))
    for outcome in outcomes:
        await schedule(context, outcome)
    return accepted


async def take_followed(context: Context, source_id: SourceId, events: Sequence[CallEvent]) -> None:
    """Events of a PBX that this server follows, with the audio files that they name.

    That it is alive is kept elsewhere, not as events.
    """
    told = [event for event in events if event.kind is not EventKind.HEARTBEAT]
    if not told:
        return
    now = context.clock()
    async with context.db.begin() as connection:
        source = (await connection.execute(select(sources).where(sources.c.id == source_id))).one()
    delay_ms = least_delay(source, now, [now - event.occurred_at for event in told])
    placed = [
        replace(
            event,
            occurred_at=effective_time(event.kind, event.occurred_at, now, source.least_delay_ms or 0),
            received_at=now,
        )
        for event in (_as_its_source_says(event, source.settings) for event in told)
    ]
    ready: list[tuple[CallRecordingId, str]] = []

    async def announce(connection: AsyncConnection) -> None:
        ready.extend(await note_recordings(context, connection, source_id, told))

    await take_events(context, source_id, placed, least_delay_ms=delay_ms, ends_loss=False, also=announce)
    await fetch_noted(context, ready)


async def _store(
    connection: AsyncConnection, source_id: SourceId, agent_id: AgentId, event: CallEvent
) -> bool:
    """Whether the event was new."""
    stored = await connection.scalar(
        insert(call_events)
        .values(
            source_id=source_id,
            event_id=event.event_id,
            agent_id=agent_id,
            kind=event.kind.value,
            call_id=event.call_id,
            occurred_at=event.occurred_at,
            received_at=event.received_at,
            attributes=dict(event.attributes),
        )
        .on_conflict_do_nothing()
        .returning(call_events.c.id)
    )
    return stored is not None


async def _interaction(
    context: Context, connection: AsyncConnection, source_id: SourceId, event: CallEvent
) -> None:
    """Make or complete the interaction that an event speaks of."""
    if event.call_id is None:
        return
    facts = {
        name: str(value)[:200]
        for name in ("direction", "caller", "callee", "queue")
        if (value := event.attributes.get(name)) is not None
    }
    if facts.get("direction") not in (None, "inbound", "outbound"):
        facts["direction"] = "unknown"
    ended = {"ended_at": event.occurred_at} if event.kind is EventKind.CALL_ENDED else {}
    row = insert(interactions).values(
        id=context.new_id("int"),
        source_id=source_id,
        call_id=event.call_id,
        started_at=event.occurred_at,
        **facts,
        **ended,
    )
    earliest = func.least(interactions.c.started_at, row.excluded.started_at)
    await connection.execute(
        row.on_conflict_do_update(
            index_elements=["source_id", "call_id"], set_={"started_at": earliest, **facts, **ended}
        )
    )
