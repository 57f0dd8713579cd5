"""From call events to screen recordings: the agent's capture session worked out anew, and written down.

`refold` reads the agent's events, replays them through `CaptureSession` and makes the rows say what came out. It
runs under the agent's lock, as often as anyone likes: after events, at deadlines, in the sweep.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import Row, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.capture_session import CaptureSession
from deskreel.core.events import CallEvent, EventKind
from deskreel.core.ids import AgentId, CallId, ScreenRecordingId
from deskreel.core.time import WallTime, Window, merge, subtract
from deskreel.core.timeline import RecordingTimeline
from deskreel.server.accounts.service import excluded_calls, history_of
from deskreel.server.calls.tables import call_events, losses
from deskreel.server.context import Context
from deskreel.server.db.bus import announce
from deskreel.server.interactions.tables import interactions
from deskreel.server.jobs.names import EXPUNGE, RECONCILE_AGENT
from deskreel.server.people.tables import agents
from deskreel.server.recordings.cuts import cut_row, cuts_of
from deskreel.server.recordings.rows import expected_windows
from deskreel.server.recordings.tables import recording_parts, screen_recordings
from deskreel.server.recordings.written import Plan, change, create, link, row_state
from deskreel.server.webhooks.outbox import wake

HORIZON_MS = 24 * 3_600_000  # a recording that began before it and has ended is settled: no event changes it
# what comes from events; what comes from recorders is long, and read for each event of an agent
_BY_EVENTS = [c for c in screen_recordings.c if c.name not in ("manifest", "marks", "missing")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a refold leaves to be done after its transaction."""

    agent_id: AgentId
    deadline: WallTime | None  # when the session changes by itself
    removed: tuple[
        tuple[ScreenRecordingId, str, tuple[Window, ...]], ...
    ]  # with their regions; may no longer exist; finished: make anew
    changed: bool = False  # something was said to other systems, perhaps


async def lock_agent(connection: AsyncConnection, agent_id: AgentId) -> None:
    """Nobody else changes this agent's session until the transaction ends."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 0))"), {"id": agent_id})


async def refold(context: Context, connection: AsyncConnection, agent_id: AgentId) -> Outcome:
    """Make the rows of an agent's screen recordings say what the events amount to now."""
    await lock_agent(connection, agent_id)
    now = context.clock()
    horizon = WallTime(now - HORIZON_MS)
    known = (
        await connection.execute(
            select(*_BY_EVENTS).where(
                screen_recordings.c.agent_id == agent_id,
                or_(
                    screen_recordings.c.started_at >= horizon - HORIZON_MS,
                    screen_recordings.c.ended_at.is_(None),
                ),
            )
        )
    ).all()
    linked = await _linked(connection, [row.id for row in known])
    since = _since(horizon, known, linked)
    terms = await history_of(context, connection, agent_id, since)
    if not terms.enabled:
        return Outcome(agent_id=agent_id, deadline=None, removed=())
    rows = (
        await connection.execute(
            select(call_events)
            .where(call_events.c.agent_id == agent_id, call_events.c.occurred_at >= since)
            .order_by(call_events.c.occurred_at)
        )
    ).all()
    found = await _interactions_of(connection, rows)
    calls = {(call.source_id, call.call_id): call.id for call in found}
    excluded = await excluded_calls(connection, agent_id, terms, found, rows)
    events = [event for row in rows if (event := _event(row, calls)).call_id not in excluded]
    away = await _losses(connection, {row.source_id for row in rows}, since)
    session = CaptureSession(
        rules=terms.rules, later=terms.later, enabled=terms.enabled, lost=away
    ).apply_all(events)
    view = session.at(now)
    cuts = cuts_of(session, view, now)
    pairs, orphans = _assign(view.recordings, known, linked, horizon)
    removed: list[tuple[ScreenRecordingId, str, tuple[Window, ...]]] = []
    changed = False
    for planned, row in pairs:
        plan = Plan(timeline=planned, state=row_state(planned, view), cut=cut_row(planned, cuts))
        if row is None:
            recording_id = await create(context, connection, agent_id, plan)
            await link(connection, recording_id, planned)
            changed = True
        else:
            recording_id = ScreenRecordingId(row.id)
            gone = _gone(row, planned.expected, now)
            linked_anew = await link(connection, recording_id, planned)
            updated = await change(context, connection, row, plan, gone, linked_anew=linked_anew)
            if gone or (updated and row.state == "available"):
                removed.append((recording_id, row.region, gone))
            changed |= updated
    for row in orphans:  # a late event says that it should never have been
        nothing = RecordingTimeline(
            window=Window(WallTime(row.started_at), WallTime(row.started_at)), spans=(), parts=()
        )
        gone = _gone(row, (), now)
        void = Plan(timeline=nothing, state="ended", cut=[])
        linked_anew = await link(connection, ScreenRecordingId(row.id), nothing)
        changed |= await change(context, connection, row, void, gone, linked_anew=linked_anew)
        removed.append((ScreenRecordingId(row.id), row.region, gone))
    if changed:
        await connection.execute(
            update(agents).where(agents.c.id == agent_id).values(desired_version=agents.c.desired_version + 1)
        )
        await announce(connection, agent_id)
    return Outcome(agent_id=agent_id, deadline=view.deadline, removed=tuple(removed), changed=changed)


async def _losses(connection: AsyncConnection, source_ids: set[str], since: WallTime) -> tuple[Window, ...]:
    """When the telephonies that this agent's events came from were away."""
    query = select(losses.c.started_at, losses.c.ended_at).where(
        losses.c.source_id.in_(source_ids), or_(losses.c.ended_at.is_(None), losses.c.ended_at > since)
    )
    rows = (await connection.execute(query)).all() if source_ids else []
    return merge(
        Window(row.started_at, row.ended_at)
        for row in rows
        if row.ended_at is None or row.ended_at > row.started_at
    )


def _gone(row: Row[Any], expected: Sequence[Window], now: WallTime) -> tuple[Window, ...]:
    """What the row's timeline had until now and the new one has not."""
    return subtract([w.closed_at(now) for w in expected_windows(row) if w.start < now], expected)


async def schedule(context: Context, outcome: Outcome) -> None:
    """Set the durable timer of a session, and have what may no longer exist removed."""
    if outcome.deadline is not None:
        delay_s = max(0.0, (outcome.deadline - context.clock()) / 1000)
        timer = context.jobs.configure_task(
            RECONCILE_AGENT,
            schedule_in={"milliseconds": round(delay_s * 1000) + 5},
            queueing_lock=f"{RECONCILE_AGENT}:{outcome.agent_id}:{outcome.deadline}",
        )
        with contextlib.suppress(AlreadyEnqueued):  # every refold until then finds the same deadline
            await timer.defer_async(agent_id=outcome.agent_id)
    for recording_id, region, windows in outcome.removed:
        await context.media_job(EXPUNGE, region).defer_async(
            screen_recording_id=recording_id, windows=[[w.start, w.end] for w in windows]
        )
    if outcome.changed:
        await wake(context)


def _event(row: Row[Any], calls: dict[tuple[str, str], str]) -> CallEvent:
    """An event as the rules read it: calls by the ids of their interactions, which no two sources share."""
    attributes = dict(row.attributes)
    if row.kind == EventKind.SNAPSHOT:
        up = set(attributes["calls"])  # a telephony knows of its own calls alone
        attributes["calls"] = [
            of for (source, call), of in calls.items() if source != row.source_id or call in up
        ]
    return CallEvent(
        event_id=f"{row.source_id}/{row.event_id}",
        kind=EventKind(row.kind),
        agent=row.agent_id,
        occurred_at=WallTime(row.occurred_at),
        received_at=WallTime(row.received_at),
        call_id=CallId(calls[row.source_id, row.call_id]) if row.call_id is not None else None,
        attributes=attributes,
    )


def _is_settled(row: Row[Any], horizon: WallTime) -> bool:
    """Whether nothing changes a recording any more; nor are all events read that it came from."""
    return row.ended_at is not None and row.started_at < horizon


def _since(horizon: WallTime, known: Sequence[Row[Any]], linked: dict[str, dict[str, int]]) -> WallTime:
    """From when events are read: whatever may still change is worked out from all of its calls."""
    live = [row for row in known if not _is_settled(row, horizon)]
    begins = [begun for row in live for begun in (row.started_at, *linked.get(row.id, {}).values())]
    return WallTime(min([horizon, *begins]))


def _assign(
    planned: Sequence[RecordingTimeline],
    known: Sequence[Row[Any]],
    linked: dict[str, dict[str, int]],
    horizon: WallTime,
) -> tuple[list[tuple[RecordingTimeline, Row[Any] | None]], list[Row[Any]]]:
    """Each planned recording with the row that stands for it, and the rows that stand for none any more.

    A row stands for a recording with which it shares a call and some time. A late event may move a recording's
    begin; its id, under which pictures are stored, stays. What is settled is left out.
    """
    free = list(known)
    pairs: list[tuple[RecordingTimeline, Row[Any] | None]] = []
    for plan in planned:
        calls = {part.call_id for part in plan.parts}

        def fits(row: Row[Any], plan: RecordingTimeline = plan, calls: set[CallId] = calls) -> bool:
            stretch = Window(WallTime(row.started_at), row.ended_at)
            return bool(calls & linked.get(row.id, {}).keys()) and stretch.intersect(plan.window) is not None

        row = next((row for row in free if row.started_at == plan.window.start and fits(row)), None) or next(
            (row for row in free if fits(row)), None
        )
        if row is not None:
            free.remove(row)
        if not (plan.window.start < horizon if row is None else _is_settled(row, horizon)):
            pairs.append((plan, row))
    orphans = [row for row in free if (row.spans or row.ended_at is None) and not _is_settled(row, horizon)]
    return pairs, orphans


async def _linked(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Interactions by recording, as linked before, with their begins."""
    linked: dict[str, dict[str, int]] = {}
    if ids:
        query = (
            select(
                recording_parts.c.screen_recording_id,
                recording_parts.c.interaction_id,
                interactions.c.started_at,
            )
            .join(interactions, interactions.c.id == recording_parts.c.interaction_id)
            .where(recording_parts.c.screen_recording_id.in_(ids))
        )
        for recording_id, interaction_id, begun in (await connection.execute(query)).all():
            linked.setdefault(recording_id, {})[interaction_id] = begun
    return linked


async def _interactions_of(connection: AsyncConnection, events: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """The interactions that the events speak of."""
    calls = {(row.source_id, row.call_id) for row in events if row.call_id is not None}
    query = select(interactions).where(interactions.c.call_id.in_({call_id for _, call_id in calls}))
    rows = (await connection.execute(query)).all() if calls else []
    return [row for row in rows if (row.source_id, row.call_id) in calls]
