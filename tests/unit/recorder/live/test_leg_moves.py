"""A desktop that comes into another network: what is not known there is looked for at once, not minutes later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from leg_rig import TURN, LegRig, leg_rig

from deskreel.core.live import RELAYED, LiveState, Rung
from deskreel.recorder.live import climb
from support.waiting import until

SOON_S = 3.0  # the ladder's own patience is 15 s and 300 s


class Network:
    """The one that the desktop is in."""

    def __init__(self) -> None:
        self.address = "10.0.0.7"
        self.looks = 0

    def find(self, _: str) -> climb._Here:  # pyright: ignore[reportPrivateUsage]
        self.looks += 1
        return climb._Here(network=self.address, loopback=False)  # pyright: ignore[reportPrivateUsage]

    async def looked_at(self, times: int = 3) -> None:
        had = self.looks
        await until(lambda: self.looks >= had + times)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    made = Network()
    monkeypatch.setattr(climb, "_find_here", made.find)
    monkeypatch.setattr("deskreel.recorder.live.publisher._MOVED_S", 0.05)
    return made


@pytest.fixture
async def rig(network: Network) -> AsyncIterator[LegRig]:
    async with leg_rig() as made:
        yield made


async def over_tcp(rig: LegRig) -> None:
    await asyncio.to_thread(rig.record)
    rig.gateway.shut = {Rung.DIRECT, Rung.TURN_UDP}
    rig.want(rig.order(turn=TURN))
    await rig.more()
    assert [one.way.rung for one in rig.gateway.up()] == [Rung.TURN_TCP]


def rung(rig: LegRig) -> Rung | None:
    rig.change()
    return None if rig.leg.report is None else rig.leg.report.rung


async def test_in_another_network_a_better_way_is_looked_for_at_once(
    rig: LegRig, network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    await over_tcp(rig)
    made = len(rig.gateway.made)
    rig.gateway.shut = set()
    await network.looked_at()
    assert len(rig.gateway.made) == made  # the same network: it has its time
    network.address = "10.0.0.8"
    await until(lambda: rung(rig) is Rung.DIRECT, within_s=SOON_S)
    await rig.more()
    await until(lambda: [one for one in rig.gateway.made if not one.closed] == rig.gateway.up())
    assert caplog.records == []  # as of a picture that was encoded for the way before, and means nothing here


async def test_between_two_networks_and_where_a_look_is_in_vain_the_view_goes_on(
    rig: LegRig, network: Network
) -> None:
    await over_tcp(rig)
    (using,) = rig.gateway.up()
    network.address = ""
    await network.looked_at()
    made = len(rig.gateway.made)
    network.address = "10.0.0.8"
    await until(lambda: rig.change() and len(rig.gateway.made) > made, within_s=SOON_S)
    await until(lambda: rig.change() and all(one.closed for one in rig.gateway.made[made:]))
    await network.looked_at()
    assert len(rig.gateway.made) == made + 1  # one look, not one after the other
    assert rig.gateway.up() == [using]
    assert rung(rig) is Rung.TURN_TCP


async def test_a_view_without_any_way_finds_one_in_another_network(rig: LegRig, network: Network) -> None:
    await asyncio.to_thread(rig.record)
    rig.gateway.shut = {Rung.DIRECT, *RELAYED}
    rig.want(rig.order(turn=TURN))
    await until(lambda: (r := rig.leg.report) is not None and r.state is LiveState.OFF)
    assert rig.leg.tap.wants(changed=True) is False
    rig.gateway.shut = set()
    network.address = "10.0.0.8"
    await until(lambda: rung(rig) is Rung.DIRECT, within_s=SOON_S)
    await rig.more()


async def test_a_look_that_breaks_does_not_end_the_view(
    rig: LegRig, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    await over_tcp(rig)
    (using,) = rig.gateway.up()
    broke: list[bool] = []

    def breaks(*_: object, **__: object) -> None:
        broke.append(True)
        raise RuntimeError("something of ours")

    with monkeypatch.context() as patched:
        patched.setattr("deskreel.recorder.live.ladder.order", breaks)
        network.address = "10.0.0.8"
        await until(lambda: rig.change() and broke, within_s=SOON_S)
        await rig.more()
    assert rig.gateway.up() == [using]


async def test_a_look_goes_up_only(rig: LegRig, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also from a way that is shaky, and so is among the last that are tried."""
    await over_tcp(rig)
    (using,) = rig.gateway.up()
    using.ended.set()
    rig.gateway.shut = {Rung.DIRECT, Rung.TURN_UDP, Rung.TURN_TLS}
    await until(lambda: rig.change() and (up := rig.gateway.up()) and up != [using], within_s=10)
    monkeypatch.setattr("deskreel.recorder.live.ladder.BETTER_S", 0.1)
    assert rung(rig) is Rung.TURN_TCP
    rig.gateway.shut = {Rung.DIRECT, Rung.TURN_UDP}
    made = len(rig.gateway.made)
    await until(lambda: rig.change() and len(rig.gateway.made) > made, within_s=SOON_S)
    await until(lambda: rig.change() and all(one.closed for one in rig.gateway.made[made:]))
    assert rung(rig) is Rung.TURN_TCP
