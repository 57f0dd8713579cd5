"""A live view that had to go down the ladder goes up again over a real link, and the recording does not notice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chaos.emulated import EmulatedLink
from chaos.link import CLEAN, Shape
from chaos.office import Office, recording_of, turn_at_site
from chaos.viewer import Viewer
from deskreel.core.live import Rung
from deskreel.recorder.live.ladder import LASTED_S
from support.coturn import Coturn
from support.postgres import TestPostgres
from support.server import wall_ms
from support.waiting import until

BETTER_S = 4.0  # the first look for a better way; the second after twice that
STILL_MS = 3_000  # without a new picture at most, on the way up
JOINED_S = 15.0  # until another network is made use of
ON_DIRECT_MS = 5_000  # that it lasts is seen for so long
pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def turn(tmp_path: Path, link: EmulatedLink) -> Iterator[Coturn]:
    with turn_at_site(tmp_path / "turn", link) as made:
        yield made


def said(office: Office, event: str, **about: str) -> list[dict[str, Any]]:
    """What the recorder's log has of an event."""
    lines = [json.loads(line) for line in office.recorder.log.read_text().splitlines() if line[:1] == "{"]
    return [one for one in lines if one.get("event") == event and about.items() <= one.items()]


async def over(viewer: Viewer, rung: Rung) -> bool:
    report = await viewer.report()
    return (report.get("state"), report.get("rung")) == ("live", rung)


async def relayed(office: Office, viewer: Viewer) -> None:
    """UDP is blocked under the view, which goes on over TCP."""
    await viewer.first_picture()
    await until(lambda: over(viewer, Rung.DIRECT), "the view is direct")
    await office.passed(wall_ms(), round(LASTED_S * 1000))  # a way that dies sooner is not tried first again
    cut = wall_ms()
    office.link.shape(Shape(udp=False))
    await viewer.back_after(cut)
    await until(lambda: over(viewer, Rung.TURN_TCP), "the view is relayed")


async def direct_again(office: Office, viewer: Viewer, opened_ms: int, *, within_s: float) -> None:
    """The view is direct, and stays so; what it cost the viewer is small."""
    await until(lambda: over(viewer, Rung.DIRECT), "the view is direct again", within_s=within_s)
    switched_ms = wall_ms()
    await office.passed(switched_ms, ON_DIRECT_MS)
    assert await over(viewer, Rung.DIRECT)
    still_ms = viewer.longest_still_ms(opened_ms, switched_ms + ON_DIRECT_MS)
    print(
        f"direct {switched_ms - opened_ms} ms after it was open; nothing new to see for {still_ms} ms at most"
    )
    assert still_ms <= STILL_MS


async def test_a_live_view_is_direct_again_when_udp_is_open_again(
    link: EmulatedLink, turn: Coturn, tmp_path: Path, postgres: TestPostgres
) -> None:
    async def trouble() -> None:
        async with Viewer(client=office.client, recording=await recording_of(office, "c1")) as viewer:
            await relayed(office, viewer)
            relayed_ms, before = wall_ms(), len(said(office, "live.way_closed", rung=Rung.TURN_UDP))
            await until(
                lambda: len(said(office, "live.way_closed", rung=Rung.TURN_UDP)) > before,
                "a look that is in vain",
                within_s=30,
            )
            assert await over(viewer, Rung.TURN_TCP)
            in_vain_ms = viewer.longest_still_ms(relayed_ms, wall_ms())
            print(f"a look in vain; nothing new to see for {in_vain_ms} ms at most")
            assert in_vain_ms <= STILL_MS
            opened_ms = wall_ms()
            link.shape(CLEAN)
            await direct_again(office, viewer, opened_ms, within_s=40)

    async with Office(
        folder=tmp_path / "office", database_url=postgres.fresh(), link=link, turn=turn, better_s=BETTER_S
    ) as office:
        outcome = await office.call(trouble)
    assert outcome.holes == ()
    assert outcome.findings == ()


async def test_a_live_view_is_direct_soon_after_the_desk_joins_a_network_that_lets_udp_through(
    link: EmulatedLink, turn: Coturn, tmp_path: Path, postgres: TestPostgres
) -> None:
    """With all the patience that a recorder has."""

    async def trouble() -> None:
        async with Viewer(client=office.client, recording=await recording_of(office, "c1")) as viewer:
            await relayed(office, viewer)
            link.shape(CLEAN)
            link.join_another()
            await direct_again(office, viewer, wall_ms(), within_s=JOINED_S)
        assert len(said(office, "live.moved")) == 1

    async with Office(
        folder=tmp_path / "office", database_url=postgres.fresh(), link=link, turn=turn
    ) as office:
        outcome = await office.call(trouble)
    assert outcome.holes == ()
    assert outcome.findings == ()
