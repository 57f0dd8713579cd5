"""Looking back, the server's side: whose desktop may, until when, and where a late event's window begins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deskreel.core.messages import Desired, Phase
from deskreel.core.time import FAR_FUTURE
from deskreel.server.recorders.look_back import SHIFT_MS
from support.postgres import TestPostgres
from support.server import Deskreel, FakeRecorder, running, wall_ms


@pytest.fixture
async def looking(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Deskreel]:
    async with running(
        postgres.fresh(), tmp_path / "data", look_back_s=10, agent_statuses="Available,Signed out"
    ) as server:
        await server.sign_in()
        yield server


async def act(recorder: FakeRecorder, path: str, event_id: str, **body: Any) -> None:
    told = await recorder.client.post(
        f"/api/v1/recorder/{path}", headers=recorder.headers, json={"event_id": event_id, **body}
    )
    assert told.status_code == 200, told.text


async def settings(deskreel: Deskreel, values: dict[str, Any]) -> None:
    version = (await deskreel.client.get("/api/v1/recording-settings")).json()["version"]
    done = await deskreel.client.put(
        "/api/v1/recording-settings", json={"version": version, "values": values}
    )
    assert done.status_code == 200, done.text


async def test_a_late_event_opens_the_window_at_its_own_time(looking: Deskreel) -> None:
    pbx, recorder = await looking.telephony(), await looking.recorder()
    async with recorder.control() as socket:
        idle = await recorder.desired(socket)
        assert (idle.policy.look_back_ms, idle.look_back_until) == (10_000, FAR_FUTURE)
        answered = wall_ms() - 5_000
        await pbx.say("call.answered", answered)
        await pbx.say("recording.started", answered + 1_500)
        state = await recorder.desired(socket, lambda d: d.phase is Phase.RECORDING)
    assert state.order is not None
    assert state.order.origin == answered + 1_500
    assert state.keep[0].windows == ((answered + 1_500, None),), "not before the call was recorded"


async def test_only_agents_who_are_captured_and_told_look_back(looking: Deskreel) -> None:
    recorder = await looking.recorder()
    async with recorder.control() as socket:

        async def until(allowed: bool) -> Desired:
            return await recorder.desired(socket, lambda d: (d.look_back_until is not None) is allowed)

        assert (await until(True)).look_back_until == FAR_FUTURE
        await settings(looking, {"notice": "acknowledgement", "look_back_s": 7})
        assert (await until(False)).policy.look_back_ms == 7_000
        before = wall_ms()
        await act(recorder, "acknowledgements", "acknowledged-1", notice="You are recorded.")
        told = (await until(True)).look_back_until
        assert told is not None
        assert before + SHIFT_MS - 2_000 <= told <= wall_ms() + SHIFT_MS
        await act(recorder, "status", "status-00001", status="Signed out")
        await until(False)
        await act(recorder, "status", "status-00002", status="Available")
        await act(recorder, "acknowledgements", "acknowledged-2", notice="You are recorded.")
        await until(True)
        agent = (await looking.client.get("/api/v1/recorders")).json()["items"][0]["agent"]["id"]
        rule = await looking.client.post("/api/v1/do-not-record", json={"kind": "agent", "value": agent})
        assert rule.status_code in (200, 201), rule.text
        await until(False)
