"""A real recorder and a real server: revoked in mid call, then enrolled again without a restart; and renewal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from deskreel.core.time import WallTime
from deskreel.recorder.app import run
from deskreel.recorder.control.backoff import Backoff
from deskreel.recorder.control.channel import ControlSettings
from deskreel.recorder.enrol import identity
from deskreel.recorder.enrol.enrol import enrol
from deskreel.recorder.enrol.identity import Identity
from deskreel.recorder.settings import RecorderSettings
from deskreel.recorder.status import status
from deskreel.server import admin
from deskreel.testing.synthetic_screen import SyntheticDisplay
from support.server import Deskreel, Telephony, wall_ms
from support.waiting import eventually

AGENT = "1001"
FAST = ControlSettings(not_enrolled_s=0.1, report_s=0.2, ping_s=0.2, backoff=Backoff(base_s=0.02, cap_s=0.1))


async def enrolled(deskreel: Deskreel, home: Path) -> Identity:
    token = await admin.recorder_token(AGENT, deskreel.settings)
    return await asyncio.to_thread(
        enrol, deskreel.settings.base_url, token, settings=RecorderSettings(dir=home), hostname="desk-7"
    )


@asynccontextmanager
async def recorder(home: Path, display: SyntheticDisplay) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(
        run(RecorderSettings(dir=home), screen_factory=display.open, stop=stop, control_settings=FAST)
    )
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 30)


async def shown(deskreel: Deskreel) -> dict[str, Any] | None:
    """The recorder as the pages show it, once it is connected."""
    items = (await deskreel.client.get("/api/v1/recorders")).json()["items"]
    return dict(items[0]) if items and items[0]["observed"] and items[0]["online"] else None


async def recording(deskreel: Deskreel) -> bool:
    found = await shown(deskreel)
    return found is not None and found["observed"]["phase"] == "recording"


async def in_a_call(deskreel: Deskreel) -> Telephony:
    pbx = await deskreel.telephony()
    await pbx.say("call.answered", wall_ms())
    await pbx.say("recording.started", wall_ms())
    return pbx


@pytest.mark.timeout(150)
async def test_a_revoked_recorder_stops_and_goes_on_once_it_is_enrolled_again(
    deskreel: Deskreel, tmp_path: Path
) -> None:
    home, display = tmp_path / "recorder", SyntheticDisplay()
    who = await enrolled(deskreel, home)
    async with recorder(home, display):
        await eventually("connected", lambda: shown(deskreel))
        pbx = await in_a_call(deskreel)
        await eventually("recording", lambda: recording(deskreel))
        answer = await deskreel.client.post(f"/api/v1/recorders/{who.recorder_id}/revoke")
        assert answer.status_code == 204

        async def ended() -> bool:
            now = status.load(home)
            return now is not None and now.problem == "enrolment_ended" and now.screen_recording_id is None

        await eventually("it stops", ended)
        now = status.load(home)
        assert now is not None
        assert "enroll" in now.hint
        grabs = display.grabs
        for _ in range(20):  # what changes on the screen is not looked at
            display.change()
        refused = await deskreel.client.post(
            "/api/v1/recorder/credential", headers={"authorization": f"Bearer {who.credential}"}
        )
        assert refused.status_code == 401
        assert display.grabs == grabs

        again = await enrolled(deskreel, home)
        assert again.recorder_id == who.recorder_id, "the same desktop with its old key"
        assert again.credential != who.credential
        await eventually("recording again, without a restart", lambda: recording(deskreel))
        await pbx.say("call.ended", wall_ms())
        details = await eventually("the recording", lambda: _available(deskreel), timeout_s=25)
    (made,) = details["screen_recordings"]
    assert made["captured_ms"] > 0
    assert await deskreel.check() == ()


async def _available(deskreel: Deskreel) -> dict[str, Any] | None:
    details = await deskreel.interaction()
    done = details["screen_recordings"] and all(
        r["state"] == "available" for r in details["screen_recordings"]
    )
    return details if done else None


async def test_a_recorder_renews_its_credential_when_it_is_due(deskreel: Deskreel, tmp_path: Path) -> None:
    home = tmp_path / "recorder"
    who = await enrolled(deskreel, home)
    assert who.renew_at is not None
    assert 59 < (who.renew_at - wall_ms()) / 86_400_000 <= 60
    due = Identity(
        server_url=who.server_url,
        recorder_id=who.recorder_id,
        credential=who.credential,
        key=who.key,
        renew_at=WallTime(1),
    )
    identity.save(home, due)
    async with recorder(home, SyntheticDisplay()):
        await eventually("connected", lambda: shown(deskreel))

        async def renewed() -> bool:
            return identity.load(home).credential != who.credential

        await eventually("renewed", renewed)
    new = identity.load(home)
    assert new.renew_at is not None
    assert new.renew_at > wall_ms()
    async with recorder(home, SyntheticDisplay()):
        since = wall_ms()

        async def reconnected() -> bool:
            found = await shown(deskreel)
            return found is not None and found["online_since"] >= since

        await eventually("connected with the new one", reconnected)
    old = await deskreel.client.post(
        "/api/v1/recorder/credential", headers={"authorization": f"Bearer {who.credential}"}
    )
    assert old.status_code == 401
