"""From call events to screen recordings: the agent's capture session worked out anew, and written down.

`refold` reads the agent's events, replays them through `CaptureSession` and makes the rows say what came out. It
runs under the agent's lock, as often as anyone likes: after events, at deadlines, in the sweep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.capture_session import CapturePolicy, CaptureSession, SessionView, State
from deskreel.core.events import CallEvent, EventKind
from deskreel.core.ids import AgentId, CallId, ScreenRecordingId
from deskreel.core.time import WallTime, Window, merge, subtract
from deskreel.core.timeline import RecordingTimeline
from deskreel.server.calls.tables import call_events
from deskreel.server.context import Context
from deskreel.server.db.bus import announce
from deskreel.server.interactions.tables import interactions
from deskreel.server.jobs.names import EXPUNGE, RECONCILE_AGENT
from deskreel.server.people.tables import agents
from deskreel.server.recorders.tables import recorders
from deskreel.server.recordings.rows import expected_windows, expunged_of, spans_to_row
from deskreel.server.recordings.tables import recording_parts, screen_recordings

HORIZON_MS = 24 * 3_600_000  # how far back events may still change something


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a refold leaves to be done after its transaction."""

    agent_id: AgentId
    deadline: WallTime | None  # when the session changes by itself
    removed: tuple[
        tuple[ScreenRecordingId, tuple[Window, ...]], ...
    ]  # may no longer exist; finished: make anew


def policy_of(context: Context) -> CapturePolicy:
    """The capture policy by the settings."""
    settings = context.settings
    return CapturePolicy(
        acw=settings.acw,
        acw_timeout_ms=settings.acw_timeout_s * 1000,
        max_length_ms=settings.max_length_minutes * 60_000,
    )


async def refold(context: Context, connection: AsyncConnection, agent_id: AgentId) -> Outcome:
    """Make the rows of an agent's screen recordings say what the events amount to now."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 0))"), {"id": agent_id})
    enabled = await connection.scalar(select(agents.c.enabled).where(agents.c.id == agent_id))
    if not enabled:
        return Outcome(agent_id=agent_id, deadline=None, removed=())
    now = context.clock()
    since = WallTime(now - HORIZON_MS)
    rows = (
        await connection.execute(
            select(call_events)
            .where(call_events.c.agent_id == agent_id, call_events.c.occurred_at >= since)
            .order_by(call_events.c.occurred_at)
        )
    ).all()
    calls = await _interactions_of(connection, rows)
    session = CaptureSession(policy=policy_of(context)).apply_all(_event(row, calls) for row in rows)
    view = session.at(now)
    known = (
        await connection.execute(
            select(screen_recordings).where(
                screen_recordings.c.agent_id == agent_id, screen_recordings.c.started_at >= since
            )
        )
    ).all()
    pairs, orphans = _assign(view.recordings, known, await _linked(connection, [row.id for row in known]))
    removed: list[tuple[ScreenRecordingId, tuple[Window, ...]]] = []
    changed = False
    for planned, row in pairs:
        if row is None:
            recording_id = await _create(context, connection, agent_id, planned, view)
            changed = True
        else:
            recording_id = ScreenRecordingId(row.id)
            gone = _gone(row, planned.expected, now)
            updated = await _update(connection, row, planned, _row_state(planned, view), gone)
            if gone or (updated and row.state == "available"):
                removed.append((recording_id, gone))
            changed |= updated
        changed |= await _link(connection, recording_id, planned)
    for row in orphans:  # a late event says that it should never have been
        nothing = RecordingTimeline(
            window=Window(WallTime(row.started_at), WallTime(row.started_at)), spans=(), parts=()
        )
        gone = _gone(row, (), now)
        changed |= await _update(connection, row, nothing, "ended", gone)
        changed |= await _link(connection, ScreenRecordingId(row.id), nothing)
        removed.append((ScreenRecordingId(row.id), gone))
    if changed:
        await connection.execute(
            update(agents).where(agents.c.id == agent_id).values(desired_version=agents.c.desired_version + 1)
        )
        await announce(connection, agent_id)
    return Outcome(agent_id=agent_id, deadline=view.deadline, removed=tuple(removed))


def _gone(row: Row[Any], expected: Sequence[Window], now: WallTime) -> tuple[Window, ...]:
    """What the row's timeline had until now and the new one has not."""
    return subtract([w.closed_at(now) for w in expected_windows(row) if w.start < now], expected)


async def schedule(context: Context, outcome: Outcome) -> None:
    """Set the durable timer of a session, and have what may no longer exist removed."""
    if outcome.deadline is not None:
        delay_s = max(0.0, (outcome.deadline - context.clock()) / 1000)
        await context.jobs.configure_task(
            RECONCILE_AGENT,
            schedule_in={"milliseconds": round(delay_s * 1000) + 5},
            queueing_lock=None,
        ).defer_async(agent_id=outcome.agent_id)
    for recording_id, windows in outcome.removed:
        await context.jobs.configure_task(EXPUNGE).defer_async(
            screen_recording_id=recording_id, windows=[[w.start, w.end] for w in windows]
        )


def _event(row: Row[Any], calls: dict[tuple[str, str], str]) -> CallEvent:
    """An event as the rules read it: calls by the ids of their interactions, which no two sources share."""
    attributes = dict(row.attributes)
    if row.kind == EventKind.SNAPSHOT:
        attributes["calls"] = [
            calls[key] for call in attributes["calls"] if (key := (row.source_id, call)) in calls
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


def _assign(
    planned: Sequence[RecordingTimeline], known: Sequence[Row[Any]], linked: dict[str, set[str]]
) -> tuple[list[tuple[RecordingTimeline, Row[Any] | None]], list[Row[Any]]]:
    """Each planned recording with the row that stands for it, and the rows that stand for none any more.

    A row stands for a recording with which it shares a call and some time. A late event may move a recording's
    begin; its id, under which pictures are stored, stays.
    """
    free = list(known)
    pairs: list[tuple[RecordingTimeline, Row[Any] | None]] = []
    for plan in planned:
        calls = {part.call_id for part in plan.parts}

        def fits(row: Row[Any], plan: RecordingTimeline = plan, calls: set[CallId] = calls) -> bool:
            stretch = Window(WallTime(row.started_at), row.ended_at)
            return bool(calls & linked.get(row.id, set())) and stretch.intersect(plan.window) is not None

        row = next((row for row in free if row.started_at == plan.window.start and fits(row)), None) or next(
            (row for row in free if fits(row)), None
        )
        if row is not None:
            free.remove(row)
        pairs.append((plan, row))
    return pairs, [row for row in free if row.spans or row.ended_at is None]


async def _linked(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, set[str]]:
    """Interactions by recording, as linked before."""
    linked: dict[str, set[str]] = {}
    if ids:
        query = select(recording_parts.c.screen_recording_id, recording_parts.c.interaction_id).where(
            recording_parts.c.screen_recording_id.in_(ids)
        )
        for recording_id, interaction_id in (await connection.execute(query)).all():
            linked.setdefault(recording_id, set()).add(interaction_id)
    return linked


async def _interactions_of(
    connection: AsyncConnection, events: Sequence[Row[Any]]
) -> dict[tuple[str, str], str]:
    """Interaction by source and call id, for the calls that the events speak of."""
    calls = {row.call_id for row in events if row.call_id is not None}
    query = select(interactions.c.source_id, interactions.c.call_id, interactions.c.id).where(
        interactions.c.call_id.in_(calls)
    )
    rows = (await connection.execute(query)).all() if calls else []
    return {(row.source_id, row.call_id): row.id for row in rows}


def _row_state(planned: RecordingTimeline, view: SessionView) -> str:
    if planned.window.end is not None:
        return "ended"
    return {State.ACW: "acw", State.PAUSED: "paused", State.STOPPED: "paused"}.get(view.state, "recording")


async def _create(
    context: Context,
    connection: AsyncConnection,
    agent_id: AgentId,
    planned: RecordingTimeline,
    view: SessionView,
) -> ScreenRecordingId:
    recorder_id = await connection.scalar(
        select(recorders.c.id)
        .where(recorders.c.agent_id == agent_id, recorders.c.revoked_at.is_(None))
        .order_by(func.coalesce(recorders.c.last_seen_at, recorders.c.created_at).desc())
        .limit(1)
    )
    width, height = context.settings.canvas_size
    recording_id = ScreenRecordingId(context.new_id("scr"))
    await connection.execute(
        screen_recordings.insert().values(
            id=recording_id,
            agent_id=agent_id,
            recorder_id=recorder_id,
            state=_row_state(planned, view),
            started_at=planned.window.start,
            ended_at=planned.window.end,
            spans=spans_to_row(planned.spans),
            canvas_width=width,
            canvas_height=height,
            max_fps=context.settings.max_fps,
            end_reason=planned.reason,
        )
    )
    return recording_id


async def _update(
    connection: AsyncConnection,
    row: Row[Any],
    planned: RecordingTimeline,
    state: str,
    gone: Sequence[Window],
) -> bool:
    """Whether anything about the recording changed. `started_at` is the origin of stored times and stays."""
    values: dict[str, Any] = {
        "ended_at": planned.window.end,
        "spans": spans_to_row(planned.spans),
        "end_reason": planned.reason,
        "expunged": [[w.start, w.end] for w in merge([*expunged_of(row), *gone])],
    }
    same = all(getattr(row, name) == value for name, value in values.items())
    # a finished one whose timeline has changed is to be finished again
    values["state"] = "available" if same and row.state == "available" else state
    if same and row.state == values["state"]:
        return False
    await connection.execute(
        update(screen_recordings).where(screen_recordings.c.id == row.id).values(**values)
    )
    return True


async def _link(
    connection: AsyncConnection, recording_id: ScreenRecordingId, planned: RecordingTimeline
) -> bool:
    """Link the recording to each interaction that it covers. Whether anything changed."""
    wanted: dict[str, tuple[int, int | None, int | None]] = {}
    for part in planned.parts:
        window = planned.window_of(part.call_id)
        if window is not None:
            wanted[part.call_id] = (window.start, window.end, part.window.end)
    stored = (
        await connection.execute(
            select(recording_parts).where(recording_parts.c.screen_recording_id == recording_id)
        )
    ).all()
    have = {row.interaction_id: (row.started_at, row.ended_at, row.call_ended_at) for row in stored}
    if have == wanted:
        return False
    if stale := [known for known in have if known not in wanted]:
        await connection.execute(
            delete(recording_parts).where(
                recording_parts.c.screen_recording_id == recording_id,
                recording_parts.c.interaction_id.in_(stale),
            )
        )
    for interaction_id, (start, end, call_end) in wanted.items():
        values = {"started_at": start, "ended_at": end, "call_ended_at": call_end}
        await connection.execute(
            insert(recording_parts)
            .values(screen_recording_id=recording_id, interaction_id=interaction_id, **values)
            .on_conflict_do_update(index_elements=["screen_recording_id", "interaction_id"], set_=values)
        )
    return True
