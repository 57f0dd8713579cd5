"""The leg as orders, ways and desktop change; capture and encoder are real, the gateway is a script."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator

import av
import pytest
from leg_rig import SCR, TURN, LegRig, leg_rig

from deskreel.core.live import RELAYED, LiveReport, LiveState, ObstacleCode, Rung
from deskreel.core.messages import Phase
from deskreel.core.reasons import ReasonCode
from deskreel.recorder.live.encoder import LiveEncoder
from support.waiting import until


@pytest.fixture
async def rig() -> AsyncIterator[LegRig]:
    async with leg_rig() as made:
        yield made


def codes(report: LiveReport) -> list[tuple[Rung | None, ObstacleCode]]:
    return [(one.rung, one.code) for one in report.obstacles]


async def test_what_is_recorded_is_sent_while_the_order_stands(rig: LegRig) -> None:
    await asyncio.to_thread(rig.record)
    assert rig.leg.report is None
    await rig.nothing_more(0.3)
    rig.want(rig.order())
    await rig.more(5)
    report = rig.leg.report
    assert report is not None
    assert (report.state, report.rung) == (LiveState.LIVE, Rung.DIRECT)
    times = [picture.at_ms for picture in rig.gateway.made[0].pictures]
    assert times == sorted(times)
    rig.want(None)
    await rig.nothing_more()
    assert rig.leg.report is None
    await until(lambda: ("DELETE", f"/gateway/v1/live/{SCR}/whip/1", "t1") in rig.gateway.requests)


@pytest.mark.parametrize("attempt", range(6))
async def test_after_the_capture_was_stopped_not_one_more_picture_leaves(rig: LegRig, attempt: int) -> None:
    """Although the order stands: whoever stops the capture need not know that somebody watches."""
    await asyncio.to_thread(rig.record)
    rig.want(rig.order())
    await rig.more(3 + attempt)
    rig.change()
    await asyncio.to_thread(rig.capture.stop)
    await rig.nothing_more()
    await asyncio.to_thread(rig.record)  # it goes on
    await rig.more()


async def test_a_picture_that_is_being_made_while_the_capture_stops_does_not_leave(
    rig: LegRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, inside, go_on = LiveEncoder.encode, threading.Event(), threading.Event()

    def slow(self: LiveEncoder, frame: av.VideoFrame, at_ms: int, *, keyframe: bool) -> bytes:
        inside.set()
        assert go_on.wait(20)
        return real(self, frame, at_ms, keyframe=keyframe)

    await asyncio.to_thread(rig.record)
    rig.want(rig.order())
    await rig.more()
    had = rig.sent()
    monkeypatch.setattr(LiveEncoder, "encode", slow)
    await until(lambda: rig.change() and inside.is_set())
    await asyncio.to_thread(rig.capture.stop)
    before = rig.sent()
    go_on.set()
    await rig.nothing_more()
    assert before - had <= 1  # one may have been on its way before


async def test_a_pause_takes_effect_before_the_capture_is_stopped(rig: LegRig) -> None:
    await asyncio.to_thread(rig.record)
    rig.want(rig.order())
    await rig.more()
    had = rig.sent()
    rig.want(rig.order(), phase=Phase.PAUSED)  # an order that should not be there
    assert rig.leg.report is None
    assert rig.gateway.made[0].cleared  # at once: what waits to leave, too
    await rig.nothing_more()
    assert rig.sent() == had


async def test_a_locked_desktop_shows_nothing_of_before(rig: LegRig) -> None:
    await asyncio.to_thread(rig.record)
    rig.want(rig.order())
    await rig.more()
    looks = rig.display.looks
    rig.display.hide(ReasonCode.LOCKED)
    await until(lambda: rig.display.looks >= looks + 2, "the lock was seen")
    await rig.nothing_more()
    rig.display.hide(None)
    await rig.more()
    assert len(rig.gateway.made) == 1  # the same connection


async def test_without_word_from_the_server_nothing_is_sent(rig: LegRig) -> None:
    """A pause may be on its way that did not reach this desktop."""
    await asyncio.to_thread(rig.record)
    rig.want(rig.order())
    await rig.more()
    rig.unconfirmed(5_000)
    await until(lambda: rig.leg.report is None)
    await rig.nothing_more()
    rig.unconfirmed(-60_000)
    await rig.more()


async def test_it_ends_by_itself_when_the_order_does(rig: LegRig) -> None:
    await asyncio.to_thread(rig.record)
    rig.want(rig.order(seconds=1))
    await rig.more()
    await until(lambda: rig.leg.report is None)
    await rig.nothing_more()


async def test_a_screen_that_stands_still_is_sent_again(rig: LegRig) -> None:
    await asyncio.to_thread(rig.record)
    rig.change()
    await until(lambda: rig.capture.stats().frames >= 2)
    rig.want(rig.order())  # nothing changes from here on
    await until(lambda: rig.sent() >= 4, "what there is to see, and again")
    rig.gateway.made[0].keyframe()
    had = len(rig.gateway.made[0].pictures)
    await until(lambda: any(p.keyframe for p in rig.gateway.made[0].pictures[had:]), within_s=2)


async def test_the_desktops_need_goes_first(rig: LegRig) -> None:
    await asyncio.to_thread(rig.record)
    rig.want(rig.order())
    await rig.more()
    assert rig.leg.sending
    rig.no_live = "no live view: machine CPU 91 %, limit 80 %"
    await until(lambda: not rig.leg.sending)
    await rig.nothing_more()
    report = rig.leg.report
    assert report is not None
    assert (report.state, report.why) == (LiveState.OFF, rig.no_live)  # it is watched, by the playlist
    assert codes(report) == [(None, ObstacleCode.RECORDING_FIRST)]
    rig.no_live = ""
    await rig.more()


async def test_a_way_that_is_silent_is_left_for_the_next(rig: LegRig) -> None:
    await asyncio.to_thread(rig.record)
    rig.gateway.silent = {Rung.DIRECT, Rung.TURN_UDP}
    began_s = time.monotonic()
    rig.want(rig.order(turn=TURN))
    await rig.more()
    assert time.monotonic() - began_s < 5
    report = rig.leg.report
    assert report is not None
    assert report.rung is Rung.TURN_TCP
    assert report.why == "direct: no answer within 3 s; turn-udp: no answer within 3 s"
    assert codes(report) == [
        (Rung.DIRECT, ObstacleCode.NO_ANSWER),
        (Rung.TURN_UDP, ObstacleCode.TURN_UNREACHABLE),
    ]
    # and remembered
    rig.want(None)
    began_s = time.monotonic()
    rig.want(rig.order(turn=TURN))
    await rig.more()
    assert time.monotonic() - began_s < 2


async def test_a_way_that_dies_in_mid_call_is_noticed_and_replaced_within_ten_seconds(rig: LegRig) -> None:
    await asyncio.to_thread(rig.record)
    rig.want(rig.order(turn=TURN))
    await rig.more()
    rig.gateway.silent = {Rung.DIRECT}
    rig.gateway.made[0].reports = False
    began_s = time.monotonic()
    await until(lambda: rig.change() and len(rig.gateway.up()) == 1 and rig.gateway.made[0].closed)
    report = rig.leg.report
    assert report is not None
    assert report.rung is Rung.TURN_UDP
    assert codes(report) == [(Rung.DIRECT, ObstacleCode.UNHEARD)]
    assert time.monotonic() - began_s < 10


async def test_no_way_at_all_leaves_the_playlist(rig: LegRig) -> None:
    await asyncio.to_thread(rig.record)
    rig.gateway.shut = set(Rung)
    rig.want(rig.order(turn=TURN))
    await until(lambda: (r := rig.leg.report) is not None and r.state is LiveState.OFF)
    report = rig.leg.report
    assert report is not None
    assert report.rung is Rung.HTTPS
    assert "turn-tls: refused" in report.why
    assert codes(report) == [
        (Rung.DIRECT, ObstacleCode.NO_CONNECTION),
        *((rung, ObstacleCode.TURN_REFUSED) for rung in RELAYED),
    ]
    assert not rig.leg.tap.wants(changed=True)  # and costs nothing meanwhile,
    assert not rig.leg.sending  # so that the recording need not wait for it to give way


async def test_a_gateway_that_is_away_is_waited_for(rig: LegRig) -> None:
    await asyncio.to_thread(rig.record)
    rig.gateway.away = True
    rig.want(rig.order())
    await until(lambda: len(rig.gateway.requests) >= 3)
    report = rig.leg.report
    assert report is not None
    assert report.state is LiveState.CONNECTING
    assert "refused" in report.why
    assert codes(report) == [(None, ObstacleCode.GATEWAY_UNREACHABLE)]
    rig.gateway.away = False
    await rig.more()


async def test_a_newer_token_is_handed_on(rig: LegRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskreel.recorder.live.session._RENEW_S", 0.1)
    await asyncio.to_thread(rig.record)
    rig.want(rig.order(token="t1"))
    await rig.more()
    rig.want(rig.order(token="t2"))
    renewed = ("PUT", f"/gateway/v1/live/{SCR}/whip/1/token", "t2")
    await until(lambda: renewed in rig.gateway.requests)
    await rig.more()
    assert rig.gateway.requests.count(renewed) == 1
    assert len(rig.gateway.made) == 1


async def test_the_policys_cap_holds_for_the_live_view(rig: LegRig) -> None:
    await asyncio.to_thread(rig.record)
    rig.want(rig.order(), max_kbps=60)
    await rig.more()
    assert rig.leg._publisher._session is not None
    assert rig.leg._publisher._session.rate.kbps <= 80


def test_a_recorder_that_nobody_watches_does_without_aiortc() -> None:
    code = (
        "import sys, deskreel.recorder.app, deskreel.recorder.__main__;"
        "print(sorted(m for m in sys.modules if m.partition('.')[0] in ('aiortc', 'aioice', 'pylibsrtp')))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
