"""Durable timers with several servers: they survive the server that set them, and what they do is done once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx2
from sqlalchemy import func, select, text

from deskreel.server import admin
from deskreel.server.jobs.names import RECONCILE_AGENT
from deskreel.server.recordings.tables import screen_recordings
from deskreel.server.settings import ServerSettings
from deskreel.server.startup import open_context
from deskreel.server.webhooks.tables import status_events
from support.postgres import TestPostgres
from support.processes import answering, server_processes
from support.server import Telephony, wall_ms
from support.waiting import eventually

ACW_S = 3


async def test_acw_ends_in_time_and_once_though_the_server_that_set_the_timer_was_killed(
    postgres: TestPostgres, tmp_path: Path
) -> None:
    url, data = postgres.fresh(), tmp_path / "data"
    settings = ServerSettings(data_dir=data, database_url=url)
    with server_processes(url, data, tmp_path, 2, DESKREEL_ACW_TIMEOUT_S=str(ACW_S)) as servers:
        async with answering(servers), open_context(settings) as context:
            await admin.record_everybody(settings)
            secret = await admin.add_source("pbx", settings)
            (first, first_url), _ = servers
            start = wall_ms()
            async with httpx2.AsyncClient(base_url=first_url) as client:
                pbx = Telephony(client=client, name="pbx", secret=secret)
                await pbx.post([pbx.event("call.answered", start), pbx.event("recording.started", start)])
                await pbx.post([pbx.event("call.ended", ended_at := wall_ms())])
            first.process.kill()
            first.process.wait()

            async def over() -> int | None:
                async with context.db.begin() as connection:
                    return await connection.scalar(
                        select(screen_recordings.c.ended_at).where(screen_recordings.c.state == "ended")
                    )

            acw_end = await eventually("the end of ACW", over, timeout_s=ACW_S + 5)
            noticed_at = wall_ms()
            assert acw_end == ended_at + ACW_S * 1000
            assert noticed_at - acw_end < 1500  # the worker's poll, and what the machine takes
            async with context.db.begin() as connection:
                ended = await connection.scalar(
                    select(func.count()).where(status_events.c.type == "screen_recording.ended")
                )
            assert ended == 1


async def test_one_deadline_has_one_job_however_often_it_is_found(
    postgres: TestPostgres, tmp_path: Path
) -> None:
    url, data = postgres.fresh(), tmp_path / "data"
    settings = ServerSettings(data_dir=data, database_url=url)
    with server_processes(url, data, tmp_path, 2) as servers:
        async with answering(servers), open_context(settings) as context:
            await admin.record_everybody(settings)
            secret = await admin.add_source("pbx", settings)
            start = wall_ms()
            async with (
                httpx2.AsyncClient(base_url=servers[0][1]) as one,
                httpx2.AsyncClient(base_url=servers[1][1]) as other,
            ):
                pbx = [
                    Telephony(client=client, name="pbx", secret=secret, numbers=1000 * n)
                    for n, client in enumerate((one, other))
                ]
                await pbx[0].post(
                    [pbx[0].event("call.answered", start), pbx[0].event("recording.started", start)]
                )
                held = [p.event("call.held", start + n) for n, p in enumerate(pbx * 5)]
                await asyncio.gather(*(p.post([e]) for p, e in zip(pbx * 5, held, strict=True)))
            async with context.db.begin() as connection:
                jobs = (
                    await connection.execute(
                        text("SELECT status FROM procrastinate_jobs WHERE task_name = :name"),
                        {"name": RECONCILE_AGENT},
                    )
                ).all()
            assert [job.status for job in jobs] == ["todo"]  # the longest length of the recording
