"""The live leg in the whole recorder: real display, real gateway, viewers by WHEP. Time is real."""

from __future__ import annotations

import statistics
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from live_rig import SCR, WatchedServer, clock_on, start_recorder, watching
from recorder_rig import serving

from deskreel.core.live import LiveState, Rung
from deskreel.core.messages import Phase
from deskreel.demo.xvfb import XvfbDisplay
from deskreel.media.fmp4 import parse_fragment
from deskreel.storage import recordings
from support.waiting import until

SIZE = "640x360"
LONGEST_MS = (
    800  # a frame of the recording at 5 per second, on such a machine: three are missed in a row at most
)
OLDER_MS = 200  # the clock is redrawn 30 times a second, on a machine with other work


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with XvfbDisplay(SIZE) as xvfb:
        yield xvfb.name


@pytest.fixture
async def server() -> AsyncIterator[WatchedServer]:
    async with serving(WatchedServer()) as made:
        assert isinstance(made, WatchedServer)
        yield made


async def test_a_supervisor_sees_the_screen_within_half_a_second(
    server: WatchedServer, display: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with clock_on(display, SIZE):
        await server.want(Phase.RECORDING)
        recorder = start_recorder(tmp_path, server, display)
        try:
            await until(lambda: any(o.first_frame_at for o in server.observed), "capture")
            async with watching(server) as viewer:
                await server.want(Phase.RECORDING, live=server.order())
                asked_ms = server.clock()
                await until(lambda: len(viewer.pictures) >= 40, "pictures", within_s=30)
                late = [came - shown for came, shown in viewer.clocks()[5:]]
                first_ms = viewer.arrived_ms[0] - asked_ms
                report = await until(
                    lambda: next(
                        (
                            o.live
                            for o in reversed(server.observed)
                            if o.live and o.live.state is LiveState.LIVE
                        ),
                        None,
                    )
                )
                assert report.rung is Rung.DIRECT
                assert recorder.statuses[-1].watched
            assert len(late) >= 30
            p95 = statistics.quantiles(late, n=20)[-1]
            with capsys.disabled():
                print(
                    f"\nglass to glass, loopback: p50 {statistics.median(late):.0f} ms, p95 {p95:.0f} ms, "
                    f"max {max(late):.0f} ms; first picture {first_ms:.0f} ms; {report}"
                )
            assert p95 <= 500
            assert first_ms <= 1500
        finally:
            await recorder.end()
    assert await server.stored(SCR)


async def test_nothing_is_seen_of_a_pause(server: WatchedServer, display: str, tmp_path: Path) -> None:
    """The clock on the screen runs on; no picture of the time between pause and resume reaches a viewer."""
    async with clock_on(display, SIZE):
        await server.want(Phase.RECORDING, live=server.order())
        recorder = start_recorder(tmp_path, server, display)
        try:
            async with watching(server) as viewer:
                await until(lambda: len(viewer.pictures) >= 10, "pictures")
                await server.want(Phase.PAUSED)
                await until(lambda: server.observed[-1].phase is Phase.PAUSED, "the pause was carried out")
                paused_ms = server.clock()
                await until(lambda: server.clock() > paused_ms + 1500)
                resumed_ms = server.clock()
                seen = len(viewer.pictures)
                assert not recorder.statuses[-1].watched
                await server.want(Phase.RECORDING, live=server.order())
                await until(lambda: len(viewer.pictures) >= seen + 10, "pictures again")
                shown = [reading for _, reading in viewer.clocks()]
            assert any(reading < paused_ms for reading in shown)
            assert any(reading > resumed_ms for reading in shown)
            # a reading is up to this much older than the picture that shows it
            leaked = [
                reading - paused_ms for reading in shown if paused_ms <= reading < resumed_ms - OLDER_MS
            ]
            assert not leaked
        finally:
            await recorder.end()


async def test_the_recording_does_not_notice_a_viewer(
    server: WatchedServer, display: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As many frames, as evenly, in the file; measured over the same stretch without and with a viewer."""
    async with clock_on(display, SIZE):
        await server.want(Phase.RECORDING)
        recorder = start_recorder(tmp_path, server, display)
        try:
            await until(lambda: any(o.first_frame_at for o in server.observed), "capture")
            began = server.clock()
            await until(lambda: server.clock() > began + 8_000, within_s=20)
            await server.want(Phase.RECORDING, live=server.order())
            async with watching(server) as viewer:
                await until(lambda: len(viewer.pictures) >= 5, "pictures")
                watched = server.clock()
                await until(lambda: server.clock() > watched + 8_000, within_s=20)
                limit = server.clock()
        finally:
            await recorder.end()
    steps: list[tuple[int, int]] = []  # when each frame begins, and how long it stands
    for chunk in await server.stored(SCR):
        at: int = chunk.start
        for sample in parse_fragment(await recordings.get_chunk(server.store, SCR, chunk)).samples:
            steps.append((at, sample.duration_ms))
            at += sample.duration_ms
    without = [ms for at, ms in steps if began + 1_000 <= at < watched - 1_000]
    beside = [ms for at, ms in steps if watched <= at < limit - 1_000]
    figures = [
        f"{len(found) * 1000 / sum(found):.2f} frames/s, longest {max(found)} ms"
        for found in (without, beside)
    ]
    with capsys.disabled():
        print(f"\nrecording without a viewer: {figures[0]}; with one: {figures[1]}")
    assert abs(len(without) * 1000 / sum(without) - len(beside) * 1000 / sum(beside)) < 0.25
    assert max(beside) <= LONGEST_MS  # the mean would not show a stall
