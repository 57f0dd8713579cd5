"""Who may still connect: places are kept for nobody who failed, and one recording or view has not all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from deskreel.core.ids import ScreenRecordingId, make_id
from deskreel.core.time import WallTime
from deskreel.gateway.errors import LiveBusyError
from deskreel.gateway.live_limits import LiveLimits
from deskreel.gateway.live_sessions import LiveSessions
from deskreel.rtc.aiortc_receive import AiortcReceiving
from deskreel.rtc.aiortc_send import AiortcSending
from support.waiting import turns

NOW, UNTIL = WallTime(1_700_000_000_000), WallTime(1_700_000_060_000)
SCR = ScreenRecordingId(make_id("scr", NOW, b"live-rooms"))


@pytest.fixture
async def sessions() -> AsyncIterator[LiveSessions]:
    made = LiveSessions(LiveLimits(), lambda: NOW)
    yield made
    await made.close()


@pytest.mark.parametrize("kind", ["publish", "watch"])
async def test_a_connection_that_cannot_be_made_keeps_no_place(
    sessions: LiveSessions, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("no more sockets")

    for module, name in (("aiortc_receive", "AiortcReceiving"), ("aiortc_send", "AiortcSending")):
        monkeypatch.setattr(f"deskreel.rtc.{module}.{name}", fail)
    with pytest.raises(OSError, match="sockets"):
        await getattr(sessions, kind)(SCR, UNTIL, "", loopback=True)
    assert sessions.report(SCR)["process"]["publishers"] == 0
    assert sessions.report(SCR)["process"]["viewers"] == 0


async def test_offers_of_one_recording_at_the_same_time_do_not_take_all_places(
    sessions: LiveSessions,
) -> None:
    sending = AiortcSending(lambda: None, loopback=True)
    offer = await sending.offer()
    for _ in range(2):  # then there are those that are answered, too
        got = await asyncio.gather(
            *(sessions.publish(SCR, UNTIL, offer, loopback=True) for _ in range(12)), return_exceptions=True
        )
        assert sum(isinstance(one, LiveBusyError) for one in got) == 8
        assert sum(isinstance(one, tuple) for one in got) == 4
    await turns(1)
    assert sessions.report(SCR)["process"]["publishers"] <= 8  # the first four are being closed
    await sending.close()


async def test_one_view_opens_a_few_sessions_and_others_go_on(sessions: LiveSessions) -> None:
    receiving = AiortcReceiving(lambda _: None, loopback=True)
    offer = await receiving.offer()
    made = [await sessions.watch(SCR, UNTIL, offer, loopback=True, view="one") for _ in range(6)]
    with pytest.raises(LiveBusyError, match="view"):
        await sessions.watch(SCR, WallTime(UNTIL + 1000), offer, loopback=True, view="one")
    await sessions.watch(SCR, UNTIL, offer, loopback=True, view="other")
    await sessions.end(SCR, "whep", made[0][0].id)  # a place again
    await sessions.watch(SCR, UNTIL, offer, loopback=True, view="one")
    await receiving.close()
