"""From the glass of the agent to the glass of the supervisor, over bad links, while the call is recorded.

A clock on the agent's screen is read back from the pictures that the supervisor gets; a strip below it changes all
the time, so that there are bits to send. Recorder and screen are in one network namespace, gateway and viewer in
another; the link between them is the tests' emulator, the same both ways. In each row a call is recorded, its chunks
go over the same link, and its recording has to be whole in the end. The viewer decodes at once and paints nothing: a
browser adds up to one frame of its screen.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bench.figures import Figure, percentile
from bench.processes import temporary_home
from bench.registry import Report
from chaos.emulated import EmulatedLink, emulated_link
from chaos.link import CLEAN, Counts, Shape
from chaos.office import Office, Outcome, folder_of, recording_of
from chaos.viewer import Viewer
from support.postgres import TestPostgres
from support.server import wall_ms

WATCH_S = 20.0
GOAL_P95_MS, GOAL_FIRST_MS = 500, 1500
BUSY = 24  # pieces of the screen that change with each picture
DELAY_MS = 20.0  # one way, in all rows of loss, as of a good line


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One link."""

    name: str
    what: str
    shape: Shape
    goal: bool = False  # whether delay is promised on it


ROWS = (
    *(
        Row(
            name=f"loss_{percent}",
            what=f"{percent} % loss, {DELAY_MS:.0f} ms one way",
            shape=Shape(loss=percent / 100, delay_ms=DELAY_MS),
            goal=percent <= 5,
        )
        for percent in (0, 1, 2, 5, 10)
    ),
    Row(name="rtt_50", what="50 ms round trip", shape=Shape(delay_ms=25), goal=True),
    Row(name="jitter_400", what="0-400 ms jitter, packets in order", shape=Shape(jitter_ms=400)),
    *(
        Row(
            name=f"{kbps}kbps{'_alone' if alone else ''}",
            what=f"{kbps} kbit/s {'for the live view alone' if alone else 'with the chunks of the recording'}",
            shape=Shape(kbps=kbps, delay_ms=DELAY_MS, tcp_free=alone),
        )
        for alone in (True, False)
        for kbps in (500, 300)
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What a row gave."""

    row: Row
    first_ms: int | None  # None: no picture came
    delays_ms: list[int]
    span_s: float  # between the first and the last picture
    longest_gap_ms: int  # between pictures
    given_up: int  # packets
    up: Counts
    outcome: Outcome
    report: dict[str, object]  # the recorder's own


def run(report: Report) -> list[Figure]:
    """See the module."""
    with temporary_home() as home, emulated_link(seed=5) as link, link.at_site():
        postgres = TestPostgres()
        try:
            return asyncio.run(_rows(home, postgres, link, report))
        finally:
            postgres.close()


async def _rows(home: Path, postgres: TestPostgres, link: EmulatedLink, report: Report) -> list[Figure]:
    folder = folder_of(home, "office")
    async with Office(folder=folder, database_url=postgres.fresh(), link=link, busy=BUSY) as office:
        watched = []
        for row in ROWS:
            report(row.what)
            watched.append(await _watch(office, row))
    return [figure for one in watched for figure in _figures(one)]


async def _watch(office: Office, row: Row) -> Watched:
    """One row, with a recorder that remembers nothing of the one before."""
    await office.new_recorder()
    start = await office.begin(row.name)
    recording = await recording_of(office, row.name)
    async with Viewer(client=office.client, recording=recording) as viewer:
        await (
            viewer.first_picture()
        )  # on a good link, and not counted: the recorder loads what it needs for it
    before, _ = office.link.counts()
    office.link.shape(row.shape)
    async with Viewer(client=office.client, recording=recording) as viewer:
        await office.passed(wall_ms(), round(WATCH_S * 1000))
        report = await viewer.report()
    up = office.link.counts()[0].since(before)
    office.link.shape(CLEAN)
    outcome = await office.outcome(row.name, start, await office.end(row.name))
    shown = [glance.shown_ms for glance in viewer.glances]
    return Watched(
        row=row,
        first_ms=viewer.first_ms,
        delays_ms=[glance.delay_ms for glance in viewer.glances],
        span_s=(shown[-1] - shown[0]) / 1000 if shown else 0.0,
        longest_gap_ms=max((b - a for a, b in pairwise(shown)), default=0),
        given_up=viewer.given_up,
        up=up,
        outcome=outcome,
        report=report,
    )


def _figures(one: Watched) -> list[Figure]:
    row, count = one.row, len(one.delays_ms)
    if one.outcome.findings:
        raise RuntimeError(f"{row.name}: deskreel check finds {'; '.join(one.outcome.findings)}")
    lost = one.up.lost + one.up.overflowed
    kbps = one.report.get("kbps")
    sent = f"{kbps:.0f} kbit/s" if isinstance(kbps, float) else "an unknown rate"
    why = one.report.get("why")
    note = (
        f"{row.what}, both ways: {count} pictures in {one.span_s:.0f} s, the longest gap {one.longest_gap_ms} ms, "
        f"the link lost {lost} of {one.up.packets} packets on the way up, "
        f"{one.given_up} of the live view's were not repaired; in the end {one.report.get('state')} "
        f"over {one.report.get('rung')} at {sent}{f' ({why})' if why else ''}; the recording took "
        f"{one.outcome.kbps:.0f} kbit/s"
    )
    goal = f"<= {GOAL_P95_MS}" if row.goal else None
    name = f"live_delay_{row.name}"
    first_ms = one.first_ms if one.first_ms is not None else WATCH_S * 1000
    figures = [
        Figure(
            name=f"{name}_first",
            value=first_ms,
            unit="ms",
            runs=1,
            goal=f"<= {GOAL_FIRST_MS}" if row.goal else None,
            note="from asking for the view until its first picture is decoded"
            if one.first_ms is not None
            else f"{row.what}: no picture came within {WATCH_S:.0f} s",
        ),
        Figure(
            name=f"{name}_missing",
            value=one.outcome.missing_ms,
            unit="ms missing",
            runs=1,
            goal="== 0",
            note="of the recording, by its coverage; deskreel check finds nothing",
        ),
        Figure(
            name=f"{name}_pictures",
            value=count / max(1.0, WATCH_S - first_ms / 1000) if one.first_ms is not None else 0.0,
            unit="pictures/s",
            runs=1,
            note=note,
        ),
    ]
    if one.delays_ms:
        p50, p95 = percentile(one.delays_ms, 50), percentile(one.delays_ms, 95)
        figures = [
            Figure(name=f"{name}_p50", value=p50, unit="ms", runs=count),
            Figure(name=f"{name}_p95", value=p95, unit="ms", runs=count, goal=goal),
            *figures,
        ]
    return figures
