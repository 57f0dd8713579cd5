"""Whatever fails of the leg or on its way: the recording goes on, the leg comes back, and nothing is left behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from leg_rig import SCR, TURN, LegRig, leg_rig

from deskreel.core.live import LiveState, ObstacleCode, Rung
from deskreel.recorder.live.encoder import LiveEncoder
from deskreel.recorder.live.tap import Tap
from support.waiting import until


@pytest.fixture
async def rig() -> AsyncIterator[LegRig]:
    async with leg_rig() as made:
        yield made


def fails(*_: Any, **__: Any) -> Any:
    raise RuntimeError("can't start new thread")


@pytest.mark.parametrize("call", ["wants", "offer"])
async def test_a_tap_that_fails_costs_the_recording_nothing(
    rig: LegRig, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def no_room(*_: Any, **__: Any) -> Any:
        raise MemoryError("no room for a copy")

    await asyncio.to_thread(rig.record)
    rig.want(rig.order())
    await rig.more()
    with monkeypatch.context() as patched:
        patched.setattr(Tap, call, no_room)
        age = rig.leg.tap.age
        await until(lambda: rig.change() and rig.leg.tap.age > age, "what it has is taken back")
        frames = rig.capture.stats().frames
        await until(lambda: rig.change() and rig.capture.stats().frames > frames + 3)
    await rig.nothing_more()  # for the rest of the run
    await asyncio.to_thread(rig.capture.stop)
    await asyncio.to_thread(rig.record)
    await rig.more()
    assert rig.sink.problems == []


async def test_an_encoder_that_fails_in_whatever_way_is_made_anew(
    rig: LegRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskreel.recorder.live.publisher._FAILED_S", 0.5, raising=False)
    await asyncio.to_thread(rig.record)
    rig.want(rig.order())
    await rig.more()
    with monkeypatch.context() as patched:
        patched.setattr(LiveEncoder, "encode", fails)
        report = await until(
            lambda: rig.change() and (r := rig.leg.report) and r.state is LiveState.OFF and r, within_s=5
        )
    assert report.why == "the live encoder ended: RuntimeError can't start new thread"
    assert [one.code for one in report.obstacles] == [ObstacleCode.ENCODER_FAILED]
    await rig.more()
    assert len(rig.gateway.up()) == 1


@pytest.mark.parametrize("what", ["thread.EncodeThread", "session.Session"])
async def test_a_connection_that_cannot_be_used_is_ended(
    rig: LegRig, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    await asyncio.to_thread(rig.record)
    monkeypatch.setattr(f"deskreel.recorder.live.{what}.__init__", fails)
    rig.want(rig.order())
    await until(lambda: (r := rig.leg.report) is not None and "fault" in r.why)
    await until(lambda: rig.gateway.made[0].closed, within_s=3)
    assert ("DELETE", f"/gateway/v1/live/{SCR}/whip/1", "t1") in rig.gateway.requests
    assert not rig.leg.sending


async def test_what_is_found_as_the_view_ends_is_not_left_behind(rig: LegRig) -> None:
    """Another way that was tried takes its time to let go."""
    rig.gateway.give_back = asyncio.Event()
    rig.want(rig.order(turn=TURN))
    posted = ("POST", f"/gateway/v1/live/{SCR}/whip", "t1")
    await until(lambda: posted in rig.gateway.requests)
    end_s = time.monotonic() + 0.2
    await until(lambda: time.monotonic() > end_s)  # by now it is up
    rig.want(None)
    rig.gateway.give_back.set()
    await until(lambda: rig.gateway.made[0].closed, within_s=3)
    await until(lambda: ("DELETE", f"/gateway/v1/live/{SCR}/whip/1", "t1") in rig.gateway.requests)


async def test_a_better_way_found_as_the_other_dies_is_used_or_ended(
    rig: LegRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskreel.recorder.live.ladder.BETTER_S", 0.1)
    await asyncio.to_thread(rig.record)
    rig.gateway.shut = {Rung.DIRECT, Rung.TURN_UDP}
    rig.want(rig.order(turn=TURN))
    await rig.more()
    worse = rig.gateway.up()[0]
    assert worse.way.rung is Rung.TURN_TCP
    rig.gateway.give_back = asyncio.Event()
    rig.gateway.shut = set()
    shut = len(rig.gateway.made)
    await until(lambda: any(one.way.rung is Rung.DIRECT for one in rig.gateway.made[shut:]))
    end_s = time.monotonic() + 0.2
    await until(lambda: time.monotonic() > end_s)  # by now it is up
    worse.ended.set()
    give_back, rig.gateway.give_back = rig.gateway.give_back, None
    give_back.set()
    await rig.more()

    def one_is_left() -> bool:
        rig.change()
        return [one for one in rig.gateway.made if not one.closed] == rig.gateway.up()

    await until(one_is_left, within_s=5)


async def test_a_view_that_ends_while_a_way_is_sought_leaves_nothing(
    rig: LegRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.gateway.silent = set(Rung)
    rig.want(rig.order(turn=TURN))
    await until(lambda: rig.gateway.requests)
    rig.want(None)
    await until(lambda: rig.gateway.made[0].closed, within_s=2)  # in mid connecting
    gathering = asyncio.Event()

    async def never(*_: Any) -> str:
        gathering.set()
        await asyncio.Event().wait()
        return ""

    monkeypatch.setattr(type(rig.gateway.made[0]), "offer", never)
    rig.want(rig.order(turn=TURN))
    await asyncio.wait_for(gathering.wait(), 5)
    rig.want(None)
    await until(lambda: rig.gateway.made[-1].closed, within_s=2)
    assert not rig.leg.sending


async def test_a_gateway_that_hangs_up_at_once_is_not_stormed(rig: LegRig) -> None:
    await asyncio.to_thread(rig.record)
    rig.gateway.hangs_up = True
    rig.want(rig.order())
    end_s = time.monotonic() + 2.0
    await until(lambda: time.monotonic() > end_s)
    assert 2 <= len(rig.gateway.made) <= 4  # at 0, 0.5 and 1.5 s
    rig.gateway.hangs_up = False
    await rig.more()


async def test_a_fault_in_looking_at_what_is_wanted_ends_the_view_only(rig: LegRig) -> None:
    await asyncio.to_thread(rig.record)
    rig.want(rig.order())
    await rig.more()
    rig.view_fault = KeyError("policy")
    await until(lambda: rig.gateway.made[0].cleared)
    await rig.nothing_more()
    rig.leg.reconcile()  # as the control channel does: it must not be taken along
    assert rig.running is not None
    assert not rig.running.done()
    rig.view_fault = None
    await rig.more()


async def test_a_recorder_that_ends_does_not_wait_for_a_silent_gateway(rig: LegRig) -> None:
    await asyncio.to_thread(rig.record)
    rig.want(rig.order())
    await rig.more()
    rig.gateway.deaf = True
    assert rig.running is not None
    began_s = time.monotonic()
    rig.running.cancel()
    done, _ = await asyncio.wait({rig.running}, timeout=4)
    rig.gateway.deaf = False
    assert done
    assert time.monotonic() - began_s < 3
