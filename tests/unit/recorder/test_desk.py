"""The desk: what it tells the capture, what it tells the server. The capture is a fake, the spool is real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from recorder_samples import SCR, desired, keep, order

from deskreel.core.chunk import sha256
from deskreel.core.messages import Phase, Pong
from deskreel.core.policy import CapturePolicy, MonitorMode
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import FAR_FUTURE, ClockSample, WallTime
from deskreel.media.fmp4 import EncodedFrame, video_init, write_fragment
from deskreel.recorder.capture.chunker import FinishedChunk
from deskreel.recorder.capture.job import CaptureJob
from deskreel.recorder.capture.look_back import LookBack
from deskreel.recorder.control.clock import ServerClock
from deskreel.recorder.control.desk import Desk
from deskreel.recorder.spool.sink import SpoolSink
from deskreel.recorder.spool.spool import Spool
from deskreel.recorder.spool.spooled import StoredAs
from deskreel.recorder.spool.thread import SpoolThread
from deskreel.storage.region_key import RegionKeys
from support.waiting import until

NOW = 1_000_000
INIT = video_init(width=640, height=480, avcc=bytes.fromhex("0142c00affe1000467420a0a01000168"))


def fragment(index: int, size: int, *, keyframe: bool = True) -> bytes:
    frames = [EncodedFrame(data=bytes(size), duration_ms=2000, keyframe=keyframe)]
    return write_fragment(sequence=index + 1, decode_time_ms=index * 2000, frames=frames)


class FakeCapture:
    def __init__(self) -> None:
        self.calls: list[object] = []
        self.flushes = True

    def start(self, job: CaptureJob) -> None:
        self.calls.append(("start", job.screen_recording_id, job.canvas_width, job.max_fps))

    def boundary(self) -> None:
        self.calls.append("boundary")

    def apply(self, policy: CapturePolicy) -> None:
        self.calls.append(policy)

    def stop(self, at: WallTime | None = None) -> bool:
        self.calls.append(("stop", at))
        return True

    def look_back(self, what: LookBack | None) -> bool:
        self.calls.append(("look back", None if what is None else what.keep_ms))
        return True

    def flush(self) -> bool:
        return self.flushes


class Rig:
    def __init__(self, home: Path) -> None:
        self.local_ms = float(NOW)
        self.clock = ServerClock(lambda: self.local_ms)
        self.spool = SpoolThread(Spool(home / "spool", home / "quarantine", max_bytes=4000))
        self.reports = 0
        self.desk = Desk(
            spool=self.spool,
            clock=self.clock,
            changed=self._changed,
        )
        self.capture = FakeCapture()
        self.desk.capture = self.capture
        self.sink = SpoolSink(self.spool, asyncio.get_running_loop(), self.desk)
        self.job = CaptureJob(
            screen_recording_id=SCR, origin=WallTime(0), canvas_width=640, canvas_height=480
        )
        self.task = asyncio.create_task(self.desk.run())

    def _changed(self) -> None:
        self.reports += 1

    def sync(self) -> None:
        self.clock.add(ClockSample(sent_ms=self.local_ms, server_ms=self.local_ms, received_ms=self.local_ms))
        self.desk.pong(Pong(sent_ms=0, server_time=self.local_ms, version=-1))

    def captured(self, index: int, *, size: int = 100, keyframe: bool = True) -> None:
        chunk = FinishedChunk(
            start_ms=WallTime(NOW + index * 2000),
            duration_ms=2000,
            keyframe=keyframe,
            init=INIT,
            data=fragment(index, size, keyframe=keyframe),
        )
        self.sink.chunk(self.job, chunk)

    async def closed(self) -> bool:
        """The spool takes nothing more of its only recording."""
        return not (await self.spool.call(Spool.holdings, 0))[0].open


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.task.cancel()
    await asyncio.gather(made.task, return_exceptions=True)
    made.spool.close()


ORDER = replace(order(), region_key=RegionKeys.generate().newest.text)
RECORDING = desired(keep((NOW, None)), version=1, phase=Phase.RECORDING, order=ORDER, as_of=NOW)
START = ("start", SCR, 640, 5)


async def test_nothing_is_captured_before_the_servers_time_is_known(rig: Rig) -> None:
    rig.desk.desired(RECORDING, first_of_connection=True)
    await rig.spool.call(Spool.holdings, 0)
    assert rig.capture.calls == []
    rig.sync()
    await until(lambda: rig.capture.calls == [START])
    await until(lambda: rig.desk.state().recording == SCR)
    assert rig.desk.state().phase is Phase.RECORDING


async def test_capture_waits_until_its_window_begins(rig: Rig) -> None:
    rig.local_ms = NOW - 30
    rig.sync()
    rig.desk.desired(RECORDING, first_of_connection=True)
    await until(lambda: rig.desk.active)
    assert rig.capture.calls == []
    rig.local_ms = NOW
    await until(lambda: rig.capture.calls == [START])


async def test_a_policy_that_changes_is_applied_to_the_capture_under_way(rig: Rig) -> None:
    rig.sync()
    rig.desk.desired(RECORDING, first_of_connection=True)
    await until(lambda: rig.capture.calls == [START])
    policy = CapturePolicy(max_fps=2, monitors=MonitorMode.ALL)
    rig.desk.desired(replace(RECORDING, policy=policy), first_of_connection=True)
    await until(lambda: rig.capture.calls == [START, policy])
    rig.sync()
    await rig.spool.call(Spool.holdings, 0)
    assert rig.capture.calls == [START, policy], "once"


async def test_the_capture_is_told_to_look_back_while_it_may(rig: Rig) -> None:
    rig.sync()
    policy = CapturePolicy(look_back_ms=3_000)
    idle = replace(desired(version=1, as_of=NOW), policy=policy, look_back_until=WallTime(NOW + 60_000))
    rig.desk.desired(idle, first_of_connection=True)
    await until(lambda: rig.capture.calls == [("look back", 3_000)])
    rig.desk.desired(replace(RECORDING, version=2, policy=policy), first_of_connection=False)
    await until(lambda: rig.capture.calls[1:] == [START])
    paused = desired(keep((NOW, NOW + 10)), version=3, phase=Phase.PAUSED, order=ORDER, as_of=NOW + 20)
    rig.desk.desired(replace(paused, policy=policy, look_back_until=FAR_FUTURE), first_of_connection=False)
    await until(lambda: rig.capture.calls[2:] == [("stop", NOW + 10)])
    rig.desk.desired(replace(idle, version=4), first_of_connection=False)
    await until(lambda: rig.capture.calls[3:] == [("look back", 3_000)])
    rig.desk.desired(replace(paused, version=5, policy=policy), first_of_connection=False)
    await until(lambda: rig.capture.calls[4:] == [("look back", None)])
    rig.desk.desired(replace(idle, version=6, as_of=WallTime(NOW + 30)), first_of_connection=False)
    await until(lambda: rig.capture.calls[5:] == [("look back", 3_000)])
    rig.desk.dismissed()
    await until(lambda: rig.capture.calls[6:] == [("look back", None)])


async def test_a_pause_closes_the_recording_in_the_spool(rig: Rig) -> None:
    rig.sync()
    rig.desk.desired(RECORDING, first_of_connection=True)
    await until(lambda: rig.capture.calls == [START])
    rig.captured(0)
    paused = desired(keep((NOW, NOW + 1500)), version=2, phase=Phase.PAUSED, order=ORDER, as_of=NOW + 1600)
    rig.desk.desired(paused, first_of_connection=False)
    await until(lambda: rig.capture.calls[-1] == ("stop", NOW + 1500))
    await until(lambda: rig.desk.state().version == 2)

    await until(rig.closed)
    state = rig.desk.state()
    assert (state.phase, state.version, state.recording) == (Phase.PAUSED, 2, None)
    assert (await rig.spool.call(Spool.holdings, 0))[0].count == 1


async def test_a_recording_is_closed_only_when_all_of_it_was_handed_over(rig: Rig) -> None:
    rig.sync()
    rig.desk.desired(RECORDING, first_of_connection=True)
    await until(lambda: rig.capture.calls == [START])
    rig.capture.flushes = False
    rig.desk.desired(desired(version=2, as_of=NOW), first_of_connection=False)
    await until(lambda: len(rig.capture.calls) == 2)
    rig.sync()
    assert (await rig.spool.call(Spool.holdings, 0))[0].open
    rig.capture.flushes = True
    rig.sync()
    await until(rig.closed)
    assert len(rig.capture.calls) == 2, "stopped once"


async def test_a_full_spool_is_reported_asks_for_a_keyframe_and_heals(rig: Rig) -> None:
    rig.sync()
    rig.desk.desired(RECORDING, first_of_connection=True)
    await until(lambda: rig.capture.calls == [START])
    rig.captured(0, size=3000)
    rig.captured(1, size=900)
    await until(lambda: rig.capture.calls[-1] == "boundary")
    state = rig.desk.state()
    assert state.problem == ReasonCode.DISK_FULL
    assert "limit" in state.problem_detail
    rig.captured(2, size=10, keyframe=False)
    (held,) = await rig.spool.call(Spool.holdings, 9)
    whole = fragment(0, 3000)
    stored = held.chunks[0].stored(StoredAs(digest=sha256(whole), size=len(whole)))
    await rig.spool.call(Spool.acknowledge, SCR, held.chunks[0], stored)
    rig.captured(3, size=900)
    reports = rig.reports
    await until(lambda: rig.reports > reports)
    assert rig.desk.state().problem is None
    assert rig.capture.calls.count("boundary") == 1
    manifest = await rig.spool.call(Spool.manifest, SCR)
    assert manifest is not None
    (incident,) = manifest.incidents
    assert (incident.window.start, incident.window.end) == (NOW + 2000, NOW + 6000)


async def test_first_frame_and_problems_of_the_capture(rig: Rig) -> None:
    rig.sync()
    rig.desk.desired(RECORDING, first_of_connection=True)
    await until(lambda: rig.capture.calls == [START])
    rig.sink.problem(rig.job, ReasonCode.NO_DISPLAY, "gone", WallTime(NOW))
    await until(lambda: rig.desk._capture_problem is not None)
    state = rig.desk.state()
    assert (state.problem, state.problem_detail) == ("no_display", "gone")
    rig.sink.first_frame(rig.job, WallTime(NOW + 5))
    rig.sink.recovered(rig.job, ReasonCode.NO_DISPLAY, WallTime(NOW + 5))
    await until(lambda: rig.desk._capture_problem is None)
    rig.sink.first_frame(rig.job, WallTime(NOW + 900))
    await until(lambda: rig.desk._first_frame is not None)
    state = rig.desk.state()
    assert (state.problem, state.first_frame_at) == (None, NOW + 5)
