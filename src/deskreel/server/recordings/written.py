"""A planned screen recording put down in its rows, and told to other systems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.capture_session import SessionView, State
from deskreel.core.ids import AgentId, ScreenRecordingId
from deskreel.core.policy import canvas_for, sizes_in_picture
from deskreel.core.time import WallTime, Window, merge
from deskreel.core.timeline import RecordingTimeline
from deskreel.server.accounts.model import SettingValues
from deskreel.server.accounts.service import effective_for
from deskreel.server.context import Context
from deskreel.server.recorders.tables import recorders
from deskreel.server.recordings.rows import expunged_of, spans_to_row
from deskreel.server.recordings.tables import recording_parts, screen_recordings
from deskreel.server.regions.choices import region_of_agent
from deskreel.server.webhooks.outbox import EventType, emit


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a row is to say."""

    timeline: RecordingTimeline
    state: str  # recording, paused, acw, ended
    cut: list[list[Any]]  # as the column keeps it


def row_state(planned: RecordingTimeline, view: SessionView) -> str:
    """How a recording stands, in the words of its row."""
    if planned.window.end is not None:
        return "ended"
    hidden = (State.PAUSED, State.STOPPED, State.WITHHELD)
    return "paused" if view.state in hidden else "acw" if view.state is State.ACW else "recording"


async def create(
    context: Context, connection: AsyncConnection, agent_id: AgentId, plan: Plan
) -> ScreenRecordingId:
    """A new recording, asked of the recorder that was seen last."""
    planned = plan.timeline
    asked = (
        await connection.execute(
            select(recorders.c.id, recorders.c.observed)
            .where(recorders.c.agent_id == agent_id, recorders.c.revoked_at.is_(None))
            .order_by(func.coalesce(recorders.c.last_seen_at, recorders.c.created_at).desc())
            .limit(1)
        )
    ).one_or_none()
    settings = (await effective_for(context, connection, agent_id)).values
    width, height = _canvas(settings, None if asked is None else asked.observed)
    recording_id = ScreenRecordingId(context.new_id("scr"))
    await connection.execute(
        screen_recordings.insert().values(
            id=recording_id,
            agent_id=agent_id,
            recorder_id=None if asked is None else asked.id,
            state=plan.state,
            started_at=planned.window.start,
            ended_at=planned.window.end,
            spans=spans_to_row(planned.spans),
            canvas_width=width,
            canvas_height=height,
            max_fps=settings.max_fps,
            end_reason=planned.reason,
            cut=plan.cut,
            region=await region_of_agent(context, connection, agent_id),
        )
    )
    await _tell(context, connection, (agent_id, recording_id), plan, None)
    return recording_id


async def _tell(
    context: Context, connection: AsyncConnection, whose: tuple[str, str], plan: Plan, before: str | None
) -> None:
    """Say to other systems what has become of a recording; `before` is None when it is new."""
    (agent_id, recording_id), planned, after = whose, plan.timeline, plan.state
    calls = [part.call_id for part in planned.parts]
    visible = ("recording", "acw")

    async def say(what: EventType, at: int, **more: Any) -> None:
        data = {"screen_recording_id": recording_id, "interaction_ids": calls, **more}
        await emit(context, connection, what, at=WallTime(at), agent_id=agent_id, data=data)

    if before is None:
        await say(EventType.STARTED, planned.window.start)
        before = "recording"
    since = planned.spans[-1].window.start if planned.spans else planned.window.start
    if before in visible and after == "paused":
        await say(EventType.PAUSED, since)
    elif before == "paused" and after in visible:
        await say(EventType.RESUMED, since)
    if before not in ("ended", "available") and after == "ended":
        await say(EventType.ENDED, planned.window.limit, code=planned.reason)


def _canvas(settings: SettingValues, observed: dict[str, Any] | None) -> tuple[int, int]:
    """The canvas for the monitors that a recorder reported last."""
    monitors = [
        (m["x"], m["y"], m["width"], m["height"], m["primary"]) for m in (observed or {}).get("monitors", ())
    ]
    return canvas_for(sizes_in_picture(monitors, settings.monitors), settings.canvas_size)


async def change(
    context: Context,
    connection: AsyncConnection,
    row: Row[Any],
    plan: Plan,
    gone: Sequence[Window],
    *,
    linked_anew: bool,
) -> bool:
    """Whether anything about the recording changed. `started_at` is the origin of stored times and stays.

    Args:
        linked_anew: the calls that it covers, or their ends, have changed.
    """
    planned = plan.timeline
    values: dict[str, Any] = {
        "ended_at": planned.window.end,
        "spans": spans_to_row(planned.spans),
        "end_reason": planned.reason,
        "cut": plan.cut,
        "expunged": [[w.start, w.end] for w in merge([*expunged_of(row), *gone])],
    }
    same = not linked_anew and all(getattr(row, name) == value for name, value in values.items())
    # a finished one whose timeline has changed is to be finished again
    values["state"] = "available" if same and row.state == "available" else plan.state
    if same and row.state == values["state"]:
        return False
    await connection.execute(
        update(screen_recordings).where(screen_recordings.c.id == row.id).values(**values)
    )
    await _tell(context, connection, (row.agent_id, row.id), plan, row.state)
    return True


async def link(
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
