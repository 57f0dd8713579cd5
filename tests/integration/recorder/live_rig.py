"""A recorder under watch: the whole program on a real display, the real gateway, and viewers by WHEP."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import av
import httpx2
import numpy as np
from recorder_rig import ScriptedServer, identity_for, recording_id

from deskreel.core.ids import ScreenRecordingId
from deskreel.core.live import LiveOrder, TurnServer
from deskreel.core.messages import Desired, Keep, Order, Phase, dump
from deskreel.core.policy import CapturePolicy
from deskreel.core.time import WallTime
from deskreel.core.tokens import Grant, Purpose
from deskreel.recorder.app import run
from deskreel.recorder.control.backoff import Backoff
from deskreel.recorder.control.channel import ControlSettings
from deskreel.recorder.enrol import identity
from deskreel.recorder.screen.port import Screen
from deskreel.recorder.screen.x11 import X11Screen
from deskreel.recorder.settings import RecorderSettings
from deskreel.recorder.status.status import RecorderStatus
from deskreel.rtc.aiortc_receive import AiortcReceiving
from deskreel.rtc.wire import Unit, unpack
from deskreel.storage.signing import sign_grant
from deskreel.testing.clock_window import decode_clock

SCR = recording_id(7)
FAST_CONTROL = ControlSettings(ping_s=0.2, report_s=0.2, backoff=Backoff(base_s=0.02, cap_s=0.1))


@dataclass
class WatchedServer(ScriptedServer):
    """The scripted server, which may also want a live view."""

    fps: int = 5
    canvas: tuple[int, int] = (640, 360)

    def grant(self, purpose: Purpose, *, seconds: float = 60, recording: ScreenRecordingId = SCR) -> str:
        expires_at = WallTime(self.clock() + int(seconds * 1000))
        return sign_grant(self.key, Grant(purpose=purpose, subject=recording, expires_at=expires_at))

    def order(self, *, seconds: float = 60, turn: TurnServer | None = None) -> LiveOrder:
        return LiveOrder(
            screen_recording_id=SCR,
            whip_url=f"{self.gateway_url}/v1/live/{SCR}/whip",
            token=self.grant("live_publish"),
            until=WallTime(self.clock() + int(seconds * 1000)),
            turn=turn,
        )

    async def want(self, phase: Phase, *, live: LiveOrder | None = None) -> None:
        """Capture as `phase` says, and send live."""
        known, now = self.desired, self.clock()
        origin = now if known is None or known.order is None else known.order.origin
        paused = phase is Phase.PAUSED
        keep = Keep(
            screen_recording_id=SCR, windows=((origin, now if paused else None),), ended=phase is Phase.IDLE
        )
        order = Order(
            screen_recording_id=SCR,
            origin=origin,
            gateway_url=self.gateway_url,
            upload_token=self.token(SCR),
            canvas_width=self.canvas[0],
            canvas_height=self.canvas[1],
            region_key=self.region.newest.text,
        )
        self.desired = Desired(
            version=1 if known is None else known.version + 1,
            as_of=now,
            phase=phase,
            order=None if phase is Phase.IDLE else order,
            keep=(keep,),
            policy=CapturePolicy(max_fps=self.fps),
            live=live,
        )
        for one in self.sockets:
            await one.send_text(dump(self.desired))


@dataclass
class WatchedRecorder:
    """A recorder that runs, and what it says of itself."""

    task: asyncio.Task[None]
    stop: asyncio.Event
    statuses: list[RecorderStatus] = field(default_factory=list)

    async def end(self) -> None:
        self.stop.set()
        await self.task


def start_recorder(home: Path, server: ScriptedServer, display: str) -> WatchedRecorder:
    home.mkdir(parents=True, exist_ok=True)
    identity.save(home, identity_for(server.url))
    stop = asyncio.Event()
    statuses: list[RecorderStatus] = []

    def screen() -> Screen:
        return X11Screen(display)

    task = asyncio.create_task(
        run(
            RecorderSettings(dir=home, hold_back_ms=50, encoder="x264", cpu_limit_percent=100),
            screen_factory=screen,
            stop=stop,
            control_settings=FAST_CONTROL,
            on_status=statuses.append,
        )
    )
    return WatchedRecorder(task=task, stop=stop, statuses=statuses)


@dataclass
class Viewer:
    """Plays by WHEP: decodes every picture and notes when it came."""

    receiving: AiortcReceiving
    pictures: list[av.VideoFrame] = field(default_factory=list)
    arrived_ms: list[float] = field(default_factory=list)  # wall clock
    keyframes: int = 0

    def clocks(self) -> list[tuple[float, float]]:
        """When each picture came, and what the clock in it said; both in ms of the wall clock."""
        found: list[tuple[float, float]] = []
        for frame, at in zip(self.pictures, self.arrived_ms, strict=True):
            reading = decode_clock(luma_of(frame))
            if reading is not None:
                found.append((at, float(reading)))
        return found


def luma_of(frame: av.VideoFrame) -> np.ndarray:
    return frame.to_ndarray(format="gray")


@asynccontextmanager
async def watching(server: WatchedServer) -> AsyncIterator[Viewer]:
    decoder = av.CodecContext.create("h264", "r")
    viewer: Viewer

    def take(unit: Unit) -> None:
        viewer.keyframes += unit.keyframe
        for frame in decoder.decode(av.Packet(unpack(unit.payloads))):
            viewer.pictures.append(frame)
            viewer.arrived_ms.append(time.time() * 1000)

    receiving = AiortcReceiving(take, loopback=True)
    viewer = Viewer(receiving)
    async with httpx2.AsyncClient(timeout=10) as client:
        answer = await client.post(
            f"{server.gateway_url}/v1/live/{SCR}/whep",
            content=await receiving.offer(),
            headers={
                "Authorization": f"Bearer {server.grant('live_watch')}",
                "Content-Type": "application/sdp",
            },
        )
    assert answer.status_code == 201, answer.text
    await receiving.accept(answer.text)
    try:
        yield viewer
    finally:
        await receiving.close()


@asynccontextmanager
async def clock_on(display: str, size: str) -> AsyncIterator[None]:
    """The wall clock on the whole display, redrawn all the time."""
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deskreel.testing.clock_window", "--geometry", f"{size}+0+0"),
        env={**os.environ, "DISPLAY": display},
        stdout=subprocess.PIPE,
    )
    try:
        assert program.stdout is not None
        await asyncio.wait_for(program.stdout.readline(), 10)
        yield
    finally:
        program.terminate()
        await program.wait()
