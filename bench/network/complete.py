"""Is the recording whole after what a network can do to a call, for as long as the promise says?

Recorder and screen are in one network namespace, server, gateway and TURN server in another, and the tests' link
emulator between them. Two offices run beside each other: the long outage of the gateway in one, all the rest in the
other. The tests in `tests/chaos/test_complete.py` are the same for shorter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from bench.figures import Figure
from bench.processes import temporary_home
from bench.registry import Report
from chaos.emulated import emulated_link
from chaos.link import CLEAN, Shape
from chaos.office import Office, Outcome, folder_of, recording_of, turn_at_site
from chaos.viewer import Viewer
from support.postgres import TestPostgres
from support.server import wall_ms

BUSY = 24  # pieces of the screen that change with each picture: some 330 kbit/s of video
AWAY_S = 600.0
SLOW_S, SLOW_KBPS = 300.0, 64.0
LOSS_S, LOSS = 60.0, 0.3
MOVES, MOVE_S, OFFLINE_S = 8, 5.0, 2.0
RELAYED_S = 20.0
UDP_BLOCKED, TURN_DEAD = "udp_blocked", "turn_dead"  # names of rows, and of their calls
GOAL_SWITCH_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One row."""

    name: str
    what: str  # for people
    happen: Callable[[Office], Awaitable[list[Figure]]]  # and be over; gives what else it measured


async def gateway_away(office: Office) -> list[Figure]:
    office.kill(office.gateway)
    await office.passed(wall_ms(), round(AWAY_S * 1000))
    office.gateway = office.start_gateway()
    await office.gateway_up()
    return []


async def slow(office: Office) -> list[Figure]:
    office.link.shape(Shape(kbps=SLOW_KBPS, delay_ms=20))
    await office.passed(wall_ms(), round(SLOW_S * 1000))
    office.link.shape(CLEAN)
    return []


async def lossy(office: Office) -> list[Figure]:
    before, _ = office.link.counts()
    office.link.shape(Shape(loss=LOSS, delay_ms=20))
    await office.passed(wall_ms(), round(LOSS_S * 1000))
    up = office.link.counts()[0].since(before)
    if up.lost < LOSS / 2 * up.packets:
        raise RuntimeError(f"the link lost {up.lost} of {up.packets} packets: that is no {LOSS:.0%}")
    office.link.shape(CLEAN)
    return []


async def moving(office: Office) -> list[Figure]:
    for _ in range(MOVES):
        office.link.shape(Shape(up=False))
        await office.passed(wall_ms(), round(OFFLINE_S * 1000))
        office.link.change_address()
        office.link.shape(CLEAN)
        await office.passed(wall_ms(), round(MOVE_S * 1000))
    return []


async def udp_blocked(office: Office) -> list[Figure]:
    """While somebody watches: the live view has to find another way."""
    recording = await recording_of(office, UDP_BLOCKED)
    async with Viewer(client=office.client, recording=recording) as viewer:
        await viewer.first_picture()
        cut = wall_ms()
        office.link.shape(Shape(udp=False))
        back_ms = await viewer.back_after(cut)
        rung = (await viewer.report()).get("rung")
        await office.passed(wall_ms(), round(RELAYED_S * 1000))
    office.link.shape(CLEAN)
    return [
        Figure(
            name="network_complete_rung_switch",
            value=back_ms / 1000,
            unit="s",
            runs=1,
            goal=f"<= {GOAL_SWITCH_S}",
            note=f"from UDP's being blocked until the next live picture, over {rung}",
        )
    ]


async def turn_dead(office: Office) -> list[Figure]:
    """While somebody watches through the TURN server, because nothing else is open."""
    assert office.turn is not None
    recording = await recording_of(office, TURN_DEAD)
    office.link.shape(Shape(udp=False))
    async with Viewer(client=office.client, recording=recording) as viewer:
        await viewer.first_picture()
        office.turn.stop()
        await office.passed(wall_ms(), round(RELAYED_S * 1000))
        office.turn.start()
    office.link.shape(CLEAN)
    return []


LONG = (Trouble(name="gateway_away", what=f"the gateway killed for {AWAY_S:.0f} s", happen=gateway_away),)
OTHERS = (
    Trouble(name="64kbps", what=f"{SLOW_KBPS:.0f} kbit/s both ways for {SLOW_S:.0f} s", happen=slow),
    Trouble(name="loss_30", what=f"{LOSS:.0%} loss both ways for {LOSS_S:.0f} s", happen=lossy),
    Trouble(name=UDP_BLOCKED, what="UDP blocked while a live view runs over it", happen=udp_blocked),
    Trouble(name=TURN_DEAD, what="the TURN server killed under a live view, UDP blocked", happen=turn_dead),
    Trouble(
        name="moving",
        what=f"{MOVES} changes of address, {MOVE_S + OFFLINE_S:.0f} s apart, each after {OFFLINE_S:.0f} s of nothing",
        happen=moving,
    ),
)


def run(report: Report) -> list[Figure]:
    """See the module."""
    with temporary_home() as home, ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        postgres = TestPostgres()
        try:
            report(f"{len(LONG)} trouble in one office, {len(OTHERS)} in another")
            jobs = [
                processes.submit(_office, folder_of(home, name), postgres.fresh(), troubles, seed)
                for seed, (name, troubles) in enumerate((("long", LONG), ("others", OTHERS)))
            ]
            return [figure for job in jobs for figure in job.result()]
        finally:
            postgres.close()


def _office(folder: Path, database_url: str, troubles: tuple[Trouble, ...], seed: int) -> list[Figure]:
    """All troubles in one office, a call each, in a process of its own, which is at the office's site meanwhile."""

    async def through() -> list[Figure]:
        async with Office(
            folder=folder, database_url=database_url, link=link, turn=turn, busy=BUSY
        ) as office:
            figures = []
            for trouble in troubles:
                await office.new_recorder()
                switched: list[Figure] = []

                async def happen(trouble: Trouble = trouble, switched: list[Figure] = switched) -> None:
                    switched += await trouble.happen(office)

                outcome = await office.call(happen, trouble.name)
                figures += [_figure(trouble, outcome), *switched]
            return figures

    with emulated_link(seed) as link, link.at_site(), turn_at_site(folder / "turn", link) as turn:
        return asyncio.run(through())


def _figure(trouble: Trouble, outcome: Outcome) -> Figure:
    if outcome.findings:
        raise RuntimeError(f"{trouble.name}: deskreel check finds {'; '.join(outcome.findings)}")
    reasons = ", ".join(sorted({reason for _, _, reason in outcome.holes}))
    return Figure(
        name=f"network_complete_{trouble.name}",
        value=outcome.missing_ms,
        unit="ms missing",
        runs=1,
        goal="== 0",
        note=f"{trouble.what}; {outcome.captured_ms / 1000:.0f} s recorded at {outcome.kbps:.0f} kbit/s, "
        f"whole {outcome.whole_after_ms / 1000:.1f} s after the call's end; deskreel check finds nothing"
        + (f"; missing: {reasons}" if reasons else ""),
    )
