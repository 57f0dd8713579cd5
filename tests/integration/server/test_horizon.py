"""A day later: what has ended stays as it is, and what never ended is ended."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import BigInteger, func, literal, select

from deskreel.core.ids import AgentId, ScreenRecordingId
from deskreel.core.time import WallTime
from deskreel.server.jobs.tasks import _due_again
from deskreel.server.recordings.sessions import HORIZON_MS, Outcome, refold, schedule
from deskreel.server.recordings.tables import screen_recordings
from deskreel.storage.layout import FINAL_VIDEO, final_key
from support.server import Deskreel, wall_ms
from support.waiting import eventually

SECONDS_BEFORE = 10  # the call is answered, and only then recorded
HOUR_MS = 3_600_000


async def refolded(deskreel: Deskreel, agent_id: str, now: int) -> Outcome:
    """The agent's session worked out anew at `now`."""
    context = replace(deskreel.context, clock=lambda: WallTime(now))
    async with context.db.begin() as connection:
        outcome = await refold(context, connection, AgentId(agent_id))
    await schedule(context, outcome)
    return outcome


async def the_row(deskreel: Deskreel) -> Any:
    async with deskreel.context.db.begin() as connection:
        return (await connection.execute(select(screen_recordings))).one()


@pytest.mark.parametrize("passed_s", [-1, 0, 5, 11, 30])
async def test_a_finished_recording_outlives_the_day_after(deskreel: Deskreel, passed_s: int) -> None:
    """Also when the answer of its call is older than a day, and the begin of its recording is not."""
    pbx, recorder = await deskreel.telephony(), await deskreel.recorder()
    start = wall_ms() - 60_000
    async with recorder.control() as socket:
        await pbx.say("call.answered", start)
        await pbx.say("recording.started", start + SECONDS_BEFORE * 1000)
        desired = await recorder.desired(socket, lambda d: d.order is not None)
        meta, data = recorder.chunk(start + SECONDS_BEFORE * 1000, 1, start + SECONDS_BEFORE * 1000, 2_000)
        assert (await recorder.upload(desired.order, meta, data)).status_code == 201
        await pbx.say("call.ended", start + 20_000)
        ended = await recorder.desired(socket, lambda d: d.order is None)
    await recorder.finish(ended.keep[0].screen_recording_id, (), ())
    await deskreel.available()

    async def pictured() -> Any:
        row = await the_row(deskreel)
        return row if row.thumbnails is not None else None

    before = await eventually("all jobs are done", pictured)
    outcome = await refolded(deskreel, before.agent_id, start + HORIZON_MS + passed_s * 1000)
    assert outcome.removed == ()
    assert await the_row(deskreel) == before
    assert await deskreel.store.size(final_key(ScreenRecordingId(before.id), FINAL_VIDEO)) > 0


async def test_a_recording_whose_end_nobody_saw_is_ended_days_later(deskreel: Deskreel) -> None:
    """The servers were away over its deadline, and longer than events may change anything."""
    pbx = await deskreel.telephony()
    start = wall_ms() - 60_000
    await pbx.say("call.answered", start)
    await pbx.say("recording.started", start)
    before = await the_row(deskreel)
    assert before.ended_at is None
    await refolded(deskreel, before.agent_id, start + 72 * HOUR_MS)
    after = await the_row(deskreel)
    assert after.state == "ended"
    assert after.ended_at is not None
    assert after.ended_at - start <= 24 * HOUR_MS
    assert after.end_reason == "max_length"
    assert [span[0] for span in after.spans] == ["recorded"]


async def test_coverage_without_a_manifest_is_written_down_less_and_less_often(deskreel: Deskreel) -> None:
    minutes = func.generate_series(1, 2880).column_valued("minutes")
    now = WallTime(10_000 * 60_000)
    query = select(minutes).where(_due_again(literal(now, BigInteger) - minutes * 60_000, now))
    async with deskreel.context.db.begin() as connection:
        due = sorted((await connection.scalars(query)).all())
    assert due[:20] == list(range(1, 21))
    gaps = [b - a for a, b in itertools.pairwise(due)]
    assert all(gap <= max(1, minute // 5) for minute, gap in zip(due, gaps, strict=False))
    assert len(due) < 400, "a desktop that is away for two days costs no more than this"
