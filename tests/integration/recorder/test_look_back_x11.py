"""Looking back with the whole recorder, on a real X display: a late order is seen from where its window begins."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from recorder_rig import ScriptedServer, identity_for, serving
from running_recorder import SCR, Recorder, open_keep

from deskreel.core.messages import Phase
from deskreel.core.time import WallTime
from deskreel.demo.xvfb import XvfbDisplay
from deskreel.recorder.enrol import identity
from support.waiting import until

LATE_MS = 3_000


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with XvfbDisplay("320x240") as xvfb:
        yield xvfb.name


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with serving(ScriptedServer(skew_ms=7_000)) as made:
        yield made


async def late_order(server: ScriptedServer, recorder: Recorder, look_back_ms: int) -> tuple[WallTime, int]:
    """An order whose window began three seconds ago: when that was, and how much later the first frame is."""
    await until(lambda: server.observed, "the recorder reports")
    await server.set(version=1, phase=Phase.IDLE, keep=(), look_back_ms=look_back_ms)
    await until(lambda: server.observed[-1].version == 1, "the recorder is idle as told")
    ready = server.clock() + LATE_MS + 500
    await until(lambda: server.clock() >= ready, "the call has been up for three seconds")
    assert not recorder.files(), "nothing of it is on the disk"
    begin = WallTime(server.clock() - LATE_MS)
    await server.set(
        version=2, phase=Phase.RECORDING, recording=SCR, origin=begin, keep=open_keep((begin, None)),
        look_back_ms=look_back_ms,
    )  # fmt: skip
    report = await until(
        lambda: next((r for r in server.observed if r.first_frame_at is not None), None), "the first frame"
    )
    assert report.first_frame_at is not None
    return begin, report.first_frame_at - begin


async def test_a_late_order_is_seen_from_its_beginning(
    tmp_path: Path, server: ScriptedServer, display: str
) -> None:
    identity.save(tmp_path, identity_for(server.url))
    recorder = Recorder(tmp_path, display)
    begin, delay_ms = await late_order(server, recorder, 10_000)
    assert 0 <= delay_ms <= 300

    async def later() -> bool:
        return any(chunk.start > begin + LATE_MS for chunk in await server.stored(SCR))

    await until(later, "capture goes on")
    end = server.clock()
    await server.set(
        version=3, phase=Phase.IDLE, keep=open_keep((begin, end), ended=True), look_back_ms=10_000
    )
    document = await until(lambda: server.manifests.get(SCR), "the manifest")
    assert document["incidents"] == []
    stored = await server.stored(SCR)
    assert stored[0].start == begin + delay_ms
    assert all(begin <= chunk.start and chunk.window.limit <= end for chunk in stored)
    for before, after in pairwise(stored):
        assert before.window.limit == after.start, "no hole where what was remembered ends"
    await recorder.end()


async def test_without_looking_back_it_begins_with_the_order(
    tmp_path: Path, server: ScriptedServer, display: str
) -> None:
    identity.save(tmp_path, identity_for(server.url))
    recorder = Recorder(tmp_path, display)
    _, delay_ms = await late_order(server, recorder, 0)
    assert delay_ms >= LATE_MS - 100
    await recorder.end()
