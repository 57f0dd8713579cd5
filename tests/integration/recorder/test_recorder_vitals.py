"""Health, status, policy and adaptation of the whole recorder: scripted server, real gateway, real X display."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from recorder_rig import RCD, ScriptedServer, identity_for, recording_id, serving

from deskreel.core.chunk import MarkKind
from deskreel.core.messages import AgentDesk, Keep, Observed, Phase, dump
from deskreel.core.policy import CapturePolicy, MonitorMode
from deskreel.core.time import WallTime
from deskreel.demo.xvfb import XvfbDisplay
from deskreel.recorder.adapt import vitals
from deskreel.recorder.adapt.health import ProcessHealth
from deskreel.recorder.adapt.values import Rules
from deskreel.recorder.app import run
from deskreel.recorder.capture.chunker import ChunkRules
from deskreel.recorder.capture.job import CaptureLimits, CaptureSettings
from deskreel.recorder.capture.loop import CaptureLoop
from deskreel.recorder.control.backoff import Backoff
from deskreel.recorder.control.channel import ControlSettings
from deskreel.recorder.enrol import identity
from deskreel.recorder.screen.x11 import X11Screen
from deskreel.recorder.settings import RecorderSettings
from deskreel.recorder.status import status as status_of
from deskreel.recorder.status.status import Mood, RecorderStatus
from support.waiting import until

SCR = recording_id(7)
FAST_CAPTURE = CaptureSettings(
    rules=ChunkRules(chunk_ms=250, first_ms=250, still_ms=250, keyframe_min_ms=500, keyframe_max_ms=1000)
)
FAST_CONTROL = ControlSettings(ping_s=0.05, report_s=0.1, backoff=Backoff(base_s=0.02, cap_s=0.1))


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with XvfbDisplay("320x240") as xvfb:
        yield xvfb.name


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with serving(ScriptedServer()) as made:
        yield made


class Recorder:
    """A recorder under way."""

    def __init__(self, home: Path, display: str, control: ControlSettings = FAST_CONTROL) -> None:
        self.home = home
        self.settings = RecorderSettings(dir=home, hold_back_ms=50, encoder="x264")
        self.machine: dict[str, float] = {}
        self.statuses: list[RecorderStatus] = []
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(
            run(
                self.settings,
                screen_factory=lambda: X11Screen(display),
                stop=self.stop,
                capture_settings=FAST_CAPTURE,
                control_settings=control,
                on_status=self.statuses.append,
            )
        )

    async def end(self) -> None:
        self.stop.set()
        await self.task

    @property
    def latest(self) -> RecorderStatus:
        return self.statuses[-1]


@pytest.fixture
async def recorder(
    tmp_path: Path, server: ScriptedServer, display: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Recorder]:
    """One that looks at its vitals often."""
    monkeypatch.setattr(vitals, "ACTIVE_S", 0.05)
    monkeypatch.setattr(vitals, "STILL_S", 0.05)
    quick = property(lambda _: Rules(worse_ms=100, calm_ms=300))
    monkeypatch.setattr(RecorderSettings, "adapt_rules", quick)
    real = ProcessHealth.read
    machine = {"cpu": 10.0}  # whatever else this machine is at
    monkeypatch.setattr(
        ProcessHealth, "read", lambda self: replace(real(self), machine_cpu_percent=machine["cpu"])
    )
    identity.save(tmp_path, identity_for(server.url))
    made = Recorder(tmp_path, display)
    made.machine = machine
    yield made
    if not made.task.done():
        await made.end()


def open_keep(begin: int, end: int | None = None, *, ended: bool = False) -> tuple[Keep, ...]:
    window = (WallTime(begin), None if end is None else WallTime(end))
    return (Keep(screen_recording_id=SCR, windows=(window,), ended=ended),)


async def record(server: ScriptedServer) -> int:
    begin = server.clock()
    await server.set(version=1, phase=Phase.RECORDING, recording=SCR, origin=begin, keep=open_keep(begin))
    return begin


async def push(server: ScriptedServer, **changes: object) -> None:
    """The desired state with other values under the same version, as after a restart with other settings."""
    assert server.desired is not None
    server.desired = replace(server.desired, as_of=server.clock(), **changes)  # type: ignore[arg-type]
    for one in server.sockets:
        await one.send_text(dump(server.desired))


async def test_the_report_says_how_the_recorder_is(recorder: Recorder, server: ScriptedServer) -> None:
    await record(server)

    def full() -> Observed | None:
        report = server.observed[-1] if server.observed else None
        known = report and report.health.frames > 1 and report.health.loss_percent is not None
        return report if known and report.health.upload_kbps else None  # type: ignore[union-attr]

    report = await until(full, "a report with everything in it")
    health = report.health
    assert 0 <= health.machine_cpu_percent <= 100
    assert health.cpu_percent >= 0
    assert 10 * 2**20 < health.rss_bytes < 2**31
    assert health.disk_free_bytes > 0
    assert health.fps_limit == 10
    assert (health.encoder, health.encoder_why) == ("x264", "set so")
    assert 0 < health.frame_ms_p50 <= health.frame_ms_p95
    assert 0 < health.rtt_ms < 1_000
    assert health.jitter_ms >= 0
    assert health.loss_percent <= 100
    (monitor,) = report.monitors
    assert (monitor.width, monitor.height, monitor.active) == (320, 240, True)


async def test_the_status_follows_the_call(recorder: Recorder, server: ScriptedServer) -> None:
    await until(lambda: recorder.statuses and recorder.latest.mood is Mood.IDLE, "idle and connected")
    begin = await record(server)
    await until(lambda: recorder.latest.mood is Mood.RECORDING, "recording")
    assert recorder.latest.screen_recording_id == SCR
    assert recorder.latest.recorder_id == RCD
    since = recorder.latest.since
    assert since is not None
    assert begin - 100 <= since <= server.clock() + 100, "as well as the clocks agree"
    await push(server, agent=AgentDesk(name="Ada", statuses=("Away",), status="Away"))
    await until(lambda: recorder.latest.agent is not None, "the agent")
    assert recorder.latest.agent == AgentDesk(name="Ada", statuses=("Away",), status="Away")
    await server.set(version=2, phase=Phase.IDLE, keep=open_keep(begin, server.clock(), ended=True))
    await until(lambda: recorder.latest.mood is Mood.IDLE, "idle again")
    assert all(one != other for one, other in itertools.pairwise(recorder.statuses)), "only changes"

    found = await until(lambda: status_of.load(recorder.home), "status.json")
    assert found.recorder_id == RCD
    assert status_of.runs(recorder.home, recorder.settings.spool_dir)
    await recorder.end()
    assert status_of.load(recorder.home) == recorder.latest, "the last one stands when it ends"
    assert not status_of.runs(recorder.home, recorder.settings.spool_dir)
    text = (recorder.home / status_of.FILE).read_text()
    who = identity.load(recorder.home)
    assert who.credential not in text
    assert str(who.key.as_dict(private=True)["d"]) not in text


async def test_offline_is_shown_with_its_reason(recorder: Recorder, server: ScriptedServer) -> None:
    await until(lambda: server.sockets, "connected")
    await server.hang_up(4401)
    await until(lambda: recorder.latest.problem == "enrolment_ended", "not enrolled")
    refused = next(s for s in recorder.statuses if s.problem == "enrolment_ended")
    assert (refused.mood, refused.connected) == (Mood.PROBLEM, False)
    assert refused.hint


async def test_a_policy_that_changes_reaches_the_capture_under_way(
    recorder: Recorder, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied: list[CapturePolicy] = []
    real = CaptureLoop.apply

    def apply(loop: CaptureLoop, policy: CapturePolicy) -> None:
        applied.append(policy)
        real(loop, policy)

    monkeypatch.setattr(CaptureLoop, "apply", apply)
    await record(server)
    await until(lambda: recorder.statuses and recorder.latest.mood is Mood.RECORDING, "recording")
    policy = CapturePolicy(max_fps=3, monitors=MonitorMode.ALL, max_kbps=400, upload_kbps=5_000)
    await push(server, policy=policy)
    await until(lambda: applied == [policy], "the capture has it")
    await until(lambda: server.observed[-1].health.fps_limit == 3, "and it is reported")
    assert recorder.latest.policy == policy


async def test_a_busy_machine_is_spared_and_the_reason_reaches_server_and_timeline(
    recorder: Recorder, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[CaptureLimits] = []
    real_limit = CaptureLoop.limit

    def limit(loop: CaptureLoop, given: CaptureLimits) -> None:
        limits.append(given)
        real_limit(loop, given)

    monkeypatch.setattr(CaptureLoop, "limit", limit)
    begin = await record(server)
    await until(lambda: recorder.statuses and recorder.latest.mood is Mood.RECORDING, "recording")
    recorder.machine["cpu"] = 97.0
    text = "7 frames per second: machine CPU 97 %, limit 80 %"
    await until(lambda: any(text in o.health.adaptations for o in server.observed), "the server knows")
    assert any(text in status.health.adaptations for status in recorder.statuses), "the tray knows"
    await until(lambda: limits[-1].quality == 2 and limits[-1].scale == 0.5, "all is given up")
    assert limits[-1].max_fps == 2
    recorder.machine["cpu"] = 10.0
    await until(lambda: limits[-1] == CaptureLimits(), "all is back")

    await server.set(version=2, phase=Phase.IDLE, keep=open_keep(begin, server.clock(), ended=True))
    manifest = await until(lambda: server.manifests.get(SCR), "the manifest")
    marks = [mark for mark in manifest["marks"] if mark["kind"] == MarkKind.QUALITY]
    whats = [mark["detail"]["what"] for mark in marks]
    assert whats[0] == "7 frames per second"
    assert "2 frames per second, quality 2 below the best, detail at 50%" in whats
    assert whats[-1] == "nothing given up"
    assert marks[0]["detail"]["why"] == "machine CPU 97 %, limit 80 %"
    assert all(begin - 100 <= mark["at"] <= server.clock() + 100 for mark in marks)


async def test_a_chunk_asks_for_its_own_confirmation(
    tmp_path: Path, server: ScriptedServer, display: str
) -> None:
    """With pings a minute apart, chunks still leave soon after they were captured."""
    identity.save(tmp_path, identity_for(server.url))
    recorder = Recorder(tmp_path, display, replace(FAST_CONTROL, ping_s=60, dead_s=60))
    try:
        await until(lambda: server.observed, "connected")
        await record(server)

        async def stored() -> int:
            return len(await server.stored(SCR))

        await until(stored, "a chunk is stored", within_s=5)
    finally:
        await recorder.end()
