"""A gateway for live tests: over real HTTP, mounted as the server mounts it; recorders and viewers to go with it."""

from __future__ import annotations

import asyncio
import fractions
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import av
import httpx2
import numpy as np
import uvicorn
from av.video.frame import PictureType
from starlette.applications import Starlette
from starlette.routing import Mount

from chaos.namespaces import inside
from deskreel.core.ids import ScreenRecordingId, make_id
from deskreel.core.time import WallTime
from deskreel.core.tokens import Grant, Purpose
from deskreel.gateway.app import create_app
from deskreel.gateway.deps import Deps
from deskreel.gateway.live_limits import LiveLimits
from deskreel.gateway.serve import uvicorn_config
from deskreel.rtc.aiortc_receive import AiortcReceiving
from deskreel.rtc.aiortc_send import AiortcSending
from deskreel.rtc.listening import ANY_PORT, Listening
from deskreel.rtc.port import LivePicture
from deskreel.rtc.wire import Unit
from deskreel.storage.region_key import RegionKeys
from deskreel.storage.signing import SigningKey, sign_grant
from deskreel.testing.memory_store import MemoryStore
from support.waiting import until

SCR = ScreenRecordingId(make_id("scr", WallTime(1_700_000_000_000), b"live-tests"))
SDP = "application/sdp"
BITS, BLOCK, WIDTH, HEIGHT = 24, 20, 640, 360
FPS = 8


@dataclass
class LiveGateway:
    key: SigningKey
    client: httpx2.AsyncClient
    origin: str  # http://host:port
    ahead_ms: int = 0  # how far its clock is ahead of ours

    @property
    def url(self) -> str:
        return f"{self.origin}/gateway/v1/live/{SCR}"

    def now(self) -> WallTime:
        return WallTime(int(time.time() * 1000) + self.ahead_ms)

    def token(self, purpose: Purpose, *, seconds: float = 60, subject: ScreenRecordingId = SCR) -> str:
        until_ms = WallTime(self.now() + int(seconds * 1000))
        return sign_grant(self.key, Grant(purpose=purpose, subject=subject, expires_at=until_ms))

    def headers(self, purpose: Purpose, **about: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(purpose, **about)}", "Content-Type": SDP}

    async def report(self) -> dict[str, Any]:
        answer = await self.client.get(self.url, headers=self.headers("live_watch"))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def publishing(self) -> None:
        async def delivers() -> bool:
            return (await self.report())["publishing"]

        await until(delivers, "pictures at the gateway")


@asynccontextmanager
async def live_gateway(
    *, host: str = "127.0.0.1", limits: LiveLimits | None = None, listening: Listening = ANY_PORT
) -> AsyncIterator[LiveGateway]:
    key = SigningKey.generate()
    async with httpx2.AsyncClient(timeout=10) as client:
        made = LiveGateway(key=key, client=client, origin="")
        deps = Deps(
            store=MemoryStore(),
            public_keys=key.public,
            region_keys=RegionKeys.generate(),
            now=made.now,
            live=limits or LiveLimits(),
            listening=listening,
        )
        gateway = create_app(deps)

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            async with gateway.router.lifespan_context(gateway):  # a mounted application's own is not run
                yield

        app = Starlette(routes=[Mount("/gateway", gateway)], lifespan=lifespan)
        server = uvicorn.Server(uvicorn_config(app, host=host, port=0))
        serving = asyncio.create_task(server.serve())
        await until(lambda: server.started or serving.done(), "the gateway")
        port = server.servers[0].sockets[0].getsockname()[1]
        made.origin = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        try:
            yield made
        finally:
            server.should_exit = True
            await serving


@contextmanager
def gateway_in(space: str, host: str, listening: Listening) -> Iterator[LiveGateway]:
    """A gateway that runs in a namespace, with a thread and a loop of its own."""
    ready, over = threading.Event(), asyncio.Event()
    made: list[LiveGateway] = []
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        async with live_gateway(host=host, listening=listening) as gateway:
            made.append(gateway)
            ready.set()
            await over.wait()

    def thread() -> None:
        try:
            with inside(space):
                asyncio.run(run())
        finally:
            ready.set()

    running = threading.Thread(target=thread)
    running.start()
    ready.wait()
    try:
        yield made[0]
    finally:
        loops[0].call_soon_threadsafe(over.set)
        running.join()


@dataclass
class Desktop:
    """A publisher of pictures that carry their own time, without a screen."""

    sending: AiortcSending
    location: str = ""  # of its session
    keyframes_asked: list[float] = field(default_factory=list)
    sent_ms: list[int] = field(default_factory=list)
    _task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.sending.close()

    async def _run(self) -> None:
        encoder = new_encoder()
        answered = -1
        while True:
            at_ms = now_ms()
            frame = coded_frame(at_ms)
            if answered < len(self.keyframes_asked):
                answered = len(self.keyframes_asked)
                frame.pict_type = PictureType.I
            for packet in encoder.encode(frame):
                self.sending.send(LivePicture(data=bytes(packet), at_ms=at_ms, keyframe=packet.is_keyframe))
                self.sent_ms.append(at_ms)
            await asyncio.sleep(1 / FPS)


async def publish(gateway: LiveGateway, *, begin: bool = True, seconds: float = 60, **rung: Any) -> Desktop:
    asked: list[float] = []
    sending = AiortcSending(lambda: asked.append(time.monotonic()), **{"loopback": True, **rung})
    desktop = Desktop(sending, keyframes_asked=asked)
    headers = gateway.headers("live_publish", seconds=seconds)
    answer = await gateway.client.post(f"{gateway.url}/whip", content=await sending.offer(), headers=headers)
    assert answer.status_code == 201, answer.text
    desktop.location = gateway.origin + answer.headers["location"]
    await sending.accept(answer.text)
    await asyncio.wait_for(sending.connected(), 10)
    if begin:
        desktop.begin()
    return desktop


@dataclass
class Watcher:
    receiving: AiortcReceiving
    units: list[Unit]
    at: list[float]  # monotonic, of each
    location: str = ""


async def watch(gateway: LiveGateway, *, seconds: float = 60, **rung: Any) -> Watcher:
    units: list[Unit] = []
    at: list[float] = []

    def on_unit(unit: Unit) -> None:
        units.append(unit)
        at.append(time.monotonic())

    receiving = AiortcReceiving(on_unit, **{"loopback": True, **rung})
    headers = gateway.headers("live_watch", seconds=seconds)
    answer = await gateway.client.post(
        f"{gateway.url}/whep", content=await receiving.offer(), headers=headers
    )
    assert answer.status_code == 201, answer.text
    await receiving.accept(answer.text)
    await asyncio.wait_for(receiving.connected(), 10)
    return Watcher(receiving, units, at, gateway.origin + answer.headers["location"])


def now_ms() -> int:
    return int(time.time() * 1000)


def new_encoder() -> Any:
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base, encoder.framerate = fractions.Fraction(1, 1000), fractions.Fraction(FPS, 1)
    encoder.bit_rate, encoder.profile, encoder.thread_count = 500_000, "Baseline", 1
    encoder.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "forced-idr": "1",
        "x264-params": "repeat-headers=1:keyint=100000",
    }
    return encoder


def coded_frame(at_ms: int) -> av.VideoFrame:
    """A picture whose top row of blocks is the time in ms, in bits."""
    luma = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    luma[HEIGHT // 2 : HEIGHT // 2 + 40, : at_ms // 10 % WIDTH] = 60
    for bit in range(BITS):
        luma[:BLOCK, bit * BLOCK : (bit + 1) * BLOCK] = 235 if at_ms >> bit & 1 else 16
    frame = av.VideoFrame.from_ndarray(luma, format="yuv420p")
    frame.pts, frame.time_base = at_ms, fractions.Fraction(1, 1000)
    return frame


def read_code(luma: np.ndarray[Any, Any]) -> int:
    """The time in a decoded picture; as `at_ms` modulo 2**BITS."""
    half = BLOCK // 2
    return sum(int(luma[half, bit * BLOCK + half] > 125) << bit for bit in range(BITS))
