"""The live leg over every rung there is: a real TURN server, the real gateway, real WebRTC on the loopback."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from live_rig import SCR, Viewer, WatchedServer, watching
from recorder_rig import CHILD_ENV, free_port, serving

from deskreel.core.chunk import Incident, Mark
from deskreel.core.live import RELAYED, LiveState, Obstacle, ObstacleCode, Rung, TurnServer
from deskreel.core.messages import Phase
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.recorder.capture.chunker import FinishedChunk
from deskreel.recorder.capture.job import CaptureJob
from deskreel.recorder.capture.loop import CaptureLoop
from deskreel.recorder.control.view import ServerView
from deskreel.recorder.live.climb import Way, new_sending, try_relay
from deskreel.recorder.live.leg import LiveLeg
from deskreel.rtc.port import KeyframeWanted, RtcError, Sending
from deskreel.storage.signing import load_or_create_keypair
from deskreel.testing.synthetic_screen import SyntheticDisplay
from support.coturn import Coturn, coturn
from support.waiting import until


class Sink:
    """Wants nothing."""

    def chunk(self, job: CaptureJob, chunk: FinishedChunk) -> None: ...

    def first_frame(self, job: CaptureJob, at: WallTime) -> None: ...

    def mark(self, job: CaptureJob, mark: Mark) -> None: ...

    def problem(self, job: CaptureJob | None, reason: ReasonCode, detail: str, since: WallTime) -> None: ...

    def recovered(self, job: CaptureJob | None, reason: ReasonCode, at: WallTime) -> None: ...

    def missing(self, job: CaptureJob, incident: Incident) -> None: ...


@dataclass
class ServerTime:
    server: WatchedServer

    def now(self) -> WallTime:
        return self.server.clock()


@dataclass
class Desktop:
    """A leg of its own between a synthetic screen and the gateway; `blocked` ways are closed to it."""

    server: WatchedServer
    turn: TurnServer
    blocked: set[Rung] = field(default_factory=set)
    display: SyntheticDisplay = field(default_factory=SyntheticDisplay)

    def __post_init__(self) -> None:
        self.client = httpx2.AsyncClient()
        self.leg = LiveLeg(
            self.client,
            view=self.view,
            now=self.server.clock,
            forbidden=lambda: "",
            changed=lambda: None,
            sending=self.sending,
            relay=self.relay,
        )
        self.capture = CaptureLoop(self.display.open, ServerTime(self.server), Sink(), tap=self.leg.tap)

    def view(self) -> ServerView:
        far = WallTime(self.server.clock() + 3_600_000)
        return ServerView(desired=self.server.desired, confirmed_until=far)

    def sending(self, way: Way, keyframe: KeyframeWanted) -> Sending:
        if way.rung in self.blocked:
            raise RtcError("blocked")
        return new_sending(way, keyframe)

    async def relay(self, way: Way) -> Obstacle | None:
        blocked = Obstacle(code=ObstacleCode.TURN_UNREACHABLE, text="blocked")
        return blocked if way.rung in self.blocked else await try_relay(way)

    async def record(self) -> None:
        await self.server.want(Phase.RECORDING, live=self.server.order(turn=self.turn))
        job = CaptureJob(
            screen_recording_id=SCR,
            origin=WallTime(self.server.clock() - 5),
            canvas_width=320,
            canvas_height=180,
            max_fps=10,
        )
        await asyncio.to_thread(self.capture.start, job)

    async def shows(self, viewer: Viewer, count: int = 4, within_s: float = 20.0) -> None:
        """Pictures reach the viewer while the screen changes."""
        had = len(viewer.pictures)

        def more() -> bool:
            self.display.change()
            return len(viewer.pictures) >= had + count

        await until(more, f"pictures; {self.leg.report}", within_s=within_s)

    def rung(self) -> Rung | None:
        report = self.leg.report
        return None if report is None or report.state is LiveState.CONNECTING else report.rung


@pytest.fixture(scope="module")
def turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    with coturn(tmp_path_factory.mktemp("turn")) as made:
        yield made


@asynccontextmanager
async def at_desktop(server: WatchedServer, turn: Coturn, blocked: set[Rung]) -> AsyncIterator[Desktop]:
    desktop = Desktop(server, turn.server(), set(blocked))
    running = asyncio.create_task(desktop.leg.run())
    try:
        await desktop.record()
        yield desktop
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert await asyncio.to_thread(desktop.capture.close)
        await desktop.client.aclose()


@pytest.mark.parametrize("rung", [Rung.DIRECT, *RELAYED])
async def test_pictures_arrive_over_every_rung(
    turn: Coturn, rung: Rung, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(turn.ca))
    async with serving(WatchedServer()) as server:
        assert isinstance(server, WatchedServer)
        blocked = set(Rung) - {rung}
        async with at_desktop(server, turn, blocked) as desktop, watching(server) as viewer:
            await desktop.shows(viewer)
            report = desktop.leg.report
            assert report is not None
            assert report.rung is rung
            if rung is Rung.TURN_TCP:
                assert report.why == "direct: blocked; turn-udp: blocked"


async def test_a_turn_server_that_dies_is_left_within_ten_seconds_and_found_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskreel.recorder.live.ladder.AGAIN_S", 1.0)
    with coturn(tmp_path) as turn:
        async with serving(WatchedServer()) as server:
            assert isinstance(server, WatchedServer)
            blocked = {Rung.DIRECT, Rung.TURN_TLS}
            async with at_desktop(server, turn, blocked) as desktop, watching(server) as viewer:
                await desktop.shows(viewer)
                assert desktop.rung() is Rung.TURN_UDP
                turn.stop()
                began_s = time.monotonic()
                await until(lambda: desktop.rung() is Rung.HTTPS, "the playlist")
                to_https_s = time.monotonic() - began_s
                assert to_https_s < 10
                turn.start()
                await desktop.shows(viewer)
                assert desktop.rung() in RELAYED
                turn.stop()
                desktop.blocked.clear()
                began_s = time.monotonic()
                await until(lambda: desktop.display.change() or desktop.rung() is Rung.DIRECT, "direct")
                await desktop.shows(viewer, 1)
                to_direct_s = time.monotonic() - began_s
                assert to_direct_s < 10
    with capsys.disabled():
        print(f"\nTURN server killed: playlist after {to_https_s:.1f} s, direct after {to_direct_s:.1f} s")


@asynccontextmanager
async def gateway_process(port: int, keys: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, str(Path(__file__).with_name("gateway_child.py")), str(port), str(keys)),
        env={**os.environ, **CHILD_ENV},
        stdout=subprocess.PIPE,
    )
    try:
        assert program.stdout is not None
        await asyncio.wait_for(program.stdout.readline(), 20)
        yield program
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()


async def test_a_gateway_that_is_killed_is_used_again_when_it_is_back(
    turn: Coturn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    server = WatchedServer(key=load_or_create_keypair(tmp_path), url=f"http://127.0.0.1:{port}")
    async with gateway_process(port, tmp_path) as gateway, at_desktop(server, turn, set()) as desktop:
        async with watching(server) as viewer:
            await desktop.shows(viewer)
        gateway.kill()
        await gateway.wait()
        began_s = time.monotonic()
        await until(lambda: desktop.display.change() or desktop.rung() is None, "the loss is noticed")
        noticed_s = time.monotonic() - began_s
        assert noticed_s <= 5
        async with gateway_process(port, tmp_path):
            began_s = time.monotonic()
            async with watching(server) as viewer:
                await desktop.shows(viewer, 1)
            back_s = time.monotonic() - began_s
            assert back_s < 10
    with capsys.disabled():
        print(f"\ngateway killed: noticed after {noticed_s:.1f} s, back {back_s:.1f} s after it is")
