"""Whatever the network does during a call, its recording is whole afterwards: `deskreel check` finds nothing, and no
second is missing. The benchmark `network_complete` has the same for as long as the promise says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from chaos.emulated import EmulatedLink
from chaos.link import CLEAN, Counts, Shape
from chaos.office import Office, recording_of, turn_at_site
from chaos.viewer import Viewer
from deskreel.core.live import RELAYED, Rung
from support.postgres import TestPostgres
from support.server import wall_ms
from support.waiting import until

WAITING = 5  # chunks of 2 s at the desk: the trouble is felt
LOST, BLOCKED = 150, 4  # packets
pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def office(tmp_path: Path, link: EmulatedLink, postgres: TestPostgres) -> AsyncIterator[Office]:
    folder = tmp_path / "office"
    async with Office(folder=folder, database_url=postgres.fresh(), link=link, busy=24) as made:
        yield made


async def _waiting(office: Office) -> bool:
    return await office.backlog() >= WAITING


def _stopped(office: Office, before: Counts) -> bool:
    return office.link.counts()[0].since(before).blocked >= BLOCKED


async def _off_the_relay(viewer: Viewer) -> bool:
    report = await viewer.report()
    return report.get("state") != "live" or report.get("rung") not in RELAYED


async def test_a_gateway_that_was_away_costs_no_second(office: Office) -> None:
    async def trouble() -> None:
        office.kill(office.gateway)
        await until(lambda: _waiting(office), "chunks wait at the desk", within_s=60)
        office.gateway = office.start_gateway()
        await office.gateway_up()

    outcome = await office.call(trouble)
    assert outcome.holes == ()
    assert outcome.findings == ()


async def test_a_link_that_is_too_slow_for_the_video_costs_no_second(office: Office) -> None:
    async def trouble() -> None:
        office.link.shape(Shape(kbps=64, delay_ms=20))
        await until(lambda: _waiting(office), "chunks wait at the desk", within_s=60)
        up, _ = office.link.counts()
        assert up.overflowed > 0 or up.longest_ms > 200, up
        office.link.shape(CLEAN)

    outcome = await office.call(trouble)
    assert outcome.holes == ()
    assert outcome.findings == ()


async def test_a_link_that_loses_a_third_of_all_packets_costs_no_second(office: Office) -> None:
    async def trouble() -> None:
        before, _ = office.link.counts()
        office.link.shape(Shape(loss=0.3, delay_ms=20))
        await until(lambda: office.link.counts()[0].since(before).lost >= LOST, "losses", within_s=60)
        lost = office.link.counts()[0].since(before)
        assert lost.lost > 0.2 * lost.packets > 0, lost
        office.link.shape(CLEAN)

    outcome = await office.call(trouble)
    assert outcome.holes == ()
    assert outcome.findings == ()


async def test_a_desk_that_moves_from_network_to_network_costs_no_second(office: Office) -> None:
    async def trouble() -> None:
        for _ in range(3):
            before, _ = office.link.counts()
            office.link.shape(Shape(up=False))
            await until(partial(_stopped, office, before), "packets are stopped")
            office.link.change_address()
            office.link.shape(CLEAN)
            await office.stored_until(wall_ms(), "c1")

    outcome = await office.call(trouble)
    assert outcome.holes == ()
    assert outcome.findings == ()


async def test_a_live_view_finds_another_way_when_udp_is_blocked_and_the_recording_is_whole(
    link: EmulatedLink, tmp_path: Path, postgres: TestPostgres
) -> None:
    async def trouble() -> None:
        assert office.turn is not None
        async with Viewer(client=office.client, recording=await recording_of(office, "c1")) as viewer:
            await viewer.first_picture()
            assert (await viewer.report())["rung"] == Rung.DIRECT
            cut = wall_ms()
            link.shape(Shape(udp=False))
            assert await viewer.back_after(cut) <= 10_000
            assert (await viewer.report())["rung"] in RELAYED
            office.turn.stop()
            await until(lambda: _off_the_relay(viewer), "the view leaves the dead relay")
        assert link.counts()[0].blocked > 0
        link.shape(CLEAN)

    with turn_at_site(tmp_path / "turn", link) as turn:
        async with Office(
            folder=tmp_path / "office", database_url=postgres.fresh(), link=link, turn=turn
        ) as office:
            outcome = await office.call(trouble)
    assert outcome.holes == ()
    assert outcome.findings == ()
