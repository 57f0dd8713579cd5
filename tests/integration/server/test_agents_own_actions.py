"""What agents do at the desktop program, on a running server: status, pause, acknowledgement, and the policy."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from deskreel.core.ids import RecorderId
from deskreel.core.messages import MonitorInfo, Observed, Phase
from deskreel.core.policy import MonitorMode, Notice
from deskreel.recorder.enrol.identity import Identity, new_key
from deskreel.recorder.tray.agent_actions import AgentActions
from deskreel.server.audit.tables import audit_log
from support.postgres import TestPostgres
from support.server import Deskreel, FakeRecorder, Telephony, running, wall_ms
from support.waiting import eventually

POLICY = {
    "agent_statuses": "Available, Away,After Call Work",
    "agent_may_pause": True,
    "monitors": "all",
    "dwell_ms": 250,
    "max_kbps": 500,
    "upload_kbps": 2000,
    "notice": "acknowledgement",
    "max_fps": 7,
}


@pytest.fixture
async def open_desk(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Deskreel]:
    """A server that lets agents do everything."""
    async with running(postgres.fresh(), tmp_path / "data", acw_timeout_s=30, **POLICY) as server:
        await server.sign_in()
        yield server


async def act(recorder: FakeRecorder, path: str, event_id: str | None = None, **body: Any) -> httpx2.Response:
    body["event_id"] = event_id or secrets.token_hex(8)
    return await recorder.client.post(f"/api/v1/recorder/{path}", headers=recorder.headers, json=body)


async def in_call(pbx: Telephony, recorder: FakeRecorder, socket: Any) -> None:
    start = wall_ms() - 1000
    await pbx.say("call.answered", start)
    await pbx.say("recording.started", start)
    await recorder.desired(socket, lambda d: d.phase is Phase.RECORDING)


async def audited(deskreel: Deskreel, action: str) -> list[Any]:
    async with deskreel.context.db.begin() as connection:
        rows = await connection.execute(
            select(audit_log).where(audit_log.c.action == action).order_by(audit_log.c.id)
        )
        return list(rows.all())


async def test_the_policy_of_the_settings_reaches_the_recorder(open_desk: Deskreel) -> None:
    recorder = await open_desk.recorder()
    async with recorder.control() as socket:
        desired = await recorder.desired(socket)
    policy = desired.policy
    assert (policy.max_fps, policy.monitors, policy.dwell_ms) == (7, MonitorMode.ALL, 250)
    assert (policy.max_kbps, policy.upload_kbps) == (500, 2000)
    assert (policy.notice, policy.agent_may_pause) == (Notice.ACKNOWLEDGEMENT, True)
    assert desired.agent is not None
    assert desired.agent.name == "1001"
    assert desired.agent.statuses == ("Available", "Away", "After Call Work")
    assert desired.agent.status is None


async def test_the_canvas_is_made_for_the_monitors_that_were_reported(open_desk: Deskreel) -> None:
    pbx, recorder = await open_desk.telephony(), await open_desk.recorder()
    monitors = (
        MonitorInfo(name="A", x=0, y=0, width=1280, height=1024, primary=True),
        MonitorInfo(name="B", x=1280, y=0, width=1280, height=720, primary=False),
    )
    async with recorder.control() as socket:
        report = Observed(version=0, phase=Phase.IDLE, screen_recording_id=None, monitors=monitors)
        await recorder.say(socket, report)

        async def reported() -> bool:
            items = (await open_desk.client.get("/api/v1/recorders")).json()["items"]
            return bool(items[0]["observed"] and items[0]["observed"]["monitors"])

        await eventually("the report", reported)
        await in_call(pbx, recorder, socket)
        details = await open_desk.interaction()
        # 2560x1024 of both, shrunk to the largest canvas
        recording = details["screen_recordings"][0]
        assert recording["canvas"] == {"width": 1920, "height": 768}


async def test_a_chosen_status_is_shown_counts_once_and_ends_after_call_work(open_desk: Deskreel) -> None:
    pbx, recorder = await open_desk.telephony(), await open_desk.recorder()
    async with recorder.control() as socket:
        await in_call(pbx, recorder, socket)
        await pbx.say("call.ended", wall_ms())
        await recorder.desired(socket, lambda d: d.phase is Phase.ACW)
        assert (await act(recorder, "status", status="After Call Work")).json() == {"state": "accepted"}
        desired = await recorder.desired(
            socket, lambda d: d.agent is not None and d.agent.status == "After Call Work"
        )
        assert desired.phase is Phase.ACW, "that status does not end it"
        answers = await asyncio.gather(
            *(act(recorder, "status", "same-event-id", status="Available") for _ in range(4))
        )
        states = sorted(answer.json()["state"] for answer in answers)
        assert states == ["accepted", "known", "known", "known"]
        desired = await recorder.desired(socket, lambda d: d.phase is Phase.IDLE)
        assert desired.agent is not None
        assert desired.agent.status == "Available"


async def test_an_unknown_status_and_one_where_the_telephony_knows_it(
    open_desk: Deskreel, deskreel: Deskreel
) -> None:
    refused = await act(await open_desk.recorder(), "status", status="On fire")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    recorder = await deskreel.recorder()
    refused = await act(recorder, "status", status="Available")
    assert refused.status_code == 422
    assert "DESKREEL_AGENT_STATUSES" in refused.json()["hint"]


async def test_the_agents_pause_holds_from_when_it_was_asked_for(open_desk: Deskreel) -> None:
    pbx, recorder = await open_desk.telephony(), await open_desk.recorder()
    async with recorder.control() as socket:
        await in_call(pbx, recorder, socket)
        before = wall_ms()
        assert (await act(recorder, "pause", "pause-number-1", paused=True, age_ms=400)).is_success
        after = wall_ms()
        desired = await recorder.desired(socket, lambda d: d.phase is Phase.PAUSED)
        end = desired.keep[0].windows[0][1]
        assert end is not None
        assert before - 400 <= end <= after - 400
        again = await act(recorder, "pause", "pause-number-1", paused=True)
        assert again.json() == {"state": "known"}
        before = wall_ms()
        assert (await act(recorder, "pause", paused=False, age_ms=30_000)).is_success
        desired = await recorder.desired(socket, lambda d: d.phase is Phase.RECORDING)
        assert desired.keep[0].windows[1][0] >= before, "a resume never counts as earlier than it came"
    actions = [row.action for row in await audited(open_desk, "recording.paused_by_agent")] + [
        row.action for row in await audited(open_desk, "recording.resumed_by_agent")
    ]
    assert actions == ["recording.paused_by_agent", "recording.resumed_by_agent"]


async def test_the_agent_cannot_end_a_pause_of_the_telephony(open_desk: Deskreel) -> None:
    pbx, recorder = await open_desk.telephony(), await open_desk.recorder()
    async with recorder.control() as socket:
        await in_call(pbx, recorder, socket)
        await pbx.say("recording.paused", wall_ms())
        await recorder.desired(socket, lambda d: d.phase is Phase.PAUSED)
        refused = await act(recorder, "pause", paused=False)
        assert (refused.status_code, refused.json()["code"]) == (409, "paused_by_telephony")
        await pbx.say("recording.resumed", wall_ms())
        await recorder.desired(socket, lambda d: d.phase is Phase.RECORDING)


async def test_pauses_need_a_call_and_the_policy(open_desk: Deskreel, deskreel: Deskreel) -> None:
    refused = await act(await open_desk.recorder(), "pause", paused=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_recorded_call")
    refused = await act(await deskreel.recorder(), "pause", paused=True)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "agent_may_pause" in refused.json()["hint"]


async def test_an_acknowledgement_is_logged_once(open_desk: Deskreel) -> None:
    recorder = await open_desk.recorder()
    answers = await asyncio.gather(
        *(act(recorder, "acknowledgements", "shift-2026-1", notice="You are recorded.") for _ in range(4))
    )
    assert sorted(a.json()["state"] for a in answers) == ["accepted", "known", "known", "known"]
    (row,) = await audited(open_desk, "notice.acknowledged")
    assert (row.actor, row.details["notice"]) == (recorder.recorder_id, "You are recorded.")
    assert (await act(recorder, "acknowledgements", notice="You are recorded.")).json()["state"] == "accepted"
    assert len(await audited(open_desk, "notice.acknowledged")) == 2, "the next shift"


async def test_nobody_else_may_act(open_desk: Deskreel) -> None:
    answer = await open_desk.client.post(
        "/api/v1/recorder/pause", json={"event_id": "12345678", "paused": True}
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "not_enrolled")


async def test_the_recorders_own_client(open_desk: Deskreel) -> None:
    recorder = await open_desk.recorder()
    who = Identity(
        server_url=open_desk.settings.base_url,
        recorder_id=RecorderId(recorder.recorder_id),
        credential=recorder.credential,
        key=new_key(),
    )
    actions = AgentActions(lambda: who)
    async with recorder.control() as socket:
        await asyncio.to_thread(actions.choose_status, "Away")
        await recorder.desired(socket, lambda d: d.agent is not None and d.agent.status == "Away")
    await asyncio.to_thread(actions.acknowledge, "You are recorded.")
    assert len(await audited(open_desk, "notice.acknowledged")) == 1
    actions.close()
