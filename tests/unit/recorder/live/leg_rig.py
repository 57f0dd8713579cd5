"""A live leg between a real capture of a synthetic screen and a gateway that is a script."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2

from deskreel.core.chunk import Incident, Mark
from deskreel.core.ids import ScreenRecordingId
from deskreel.core.live import LiveOrder, LiveReport, Obstacle, ObstacleCode, Rung, TurnServer
from deskreel.core.messages import Desired, Order, Phase
from deskreel.core.policy import CapturePolicy
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.recorder.capture.chunker import FinishedChunk
from deskreel.recorder.capture.job import CaptureJob
from deskreel.recorder.capture.loop import CaptureLoop
from deskreel.recorder.control.view import ServerView
from deskreel.recorder.live.climb import Way
from deskreel.recorder.live.leg import LiveLeg
from deskreel.rtc.port import KeyframeWanted, LivePicture, RtcError, SendStats
from deskreel.testing.synthetic_screen import SyntheticDisplay
from support.waiting import until

SCR = ScreenRecordingId("scr_1")
TURN = TurnServer(host="turn.example", username="1:a", password="secret")


def now() -> WallTime:
    return WallTime(time.time_ns() // 1_000_000)


def live_order(*, token: str = "t1", seconds: float = 60, turn: TurnServer | None = None) -> LiveOrder:
    return LiveOrder(
        screen_recording_id=SCR,
        whip_url=f"http://127.0.0.1:9/gateway/v1/live/{SCR}/whip",
        token=token,
        until=WallTime(now() + int(seconds * 1000)),
        turn=turn,
    )


class FakeSending:
    """A connection whose fate is a script; notes what is sent."""

    def __init__(self, gateway: FakeGateway, way: Way, keyframe: KeyframeWanted) -> None:
        self.gateway = gateway
        self.way = way
        self.keyframe = keyframe
        self.pictures: list[LivePicture] = []
        self.paced: list[float] = []
        self.closed = False
        self.cleared = False
        self.ended = asyncio.Event()
        self.reports = True

    async def offer(self) -> str:
        return f"offer {self.way.rung.value}"

    async def accept(self, answer: str) -> None:
        assert answer == "answer"

    async def connected(self) -> None:
        if self.gateway.hangs_up:
            self.ended.set()
        if self.way.rung in self.gateway.silent:
            await asyncio.Event().wait()
        if self.way.rung in self.gateway.shut:
            raise RtcError("the connection failed")

    def send(self, picture: LivePicture) -> None:
        assert not self.cleared  # it is over
        if not self.pictures:
            assert picture.keyframe
        self.pictures.append(picture)

    def clear(self) -> None:
        self.cleared = True

    def pace(self, kbps: float) -> None:
        self.paced.append(kbps)

    def stats(self) -> SendStats:
        return SendStats(
            report_age_s=0.1 if self.reports else 60.0,
            packets=len(self.pictures),
            lost=0,
            loss_percent=0.0,
            jitter_ms=1.0,
            rtt_ms=20.0,
            sent_bytes=sum(len(picture.data) for picture in self.pictures),
        )

    async def close(self) -> None:
        self.closed = True
        if self.gateway.deaf:
            await asyncio.Event().wait()


@dataclass
class FakeGateway:
    """WHIP by script, and the ways that are open."""

    silent: set[Rung] = field(default_factory=set)  # never connect
    shut: set[Rung] = field(default_factory=set)  # fail
    away: bool = False
    hangs_up: bool = False  # closes what has just been made
    deaf: bool = False  # does not notice an end
    give_back: asyncio.Event | None = None  # a relay that is tried lets go only then
    made: list[FakeSending] = field(default_factory=list)
    requests: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, token

    def sending(self, way: Way, keyframe: KeyframeWanted) -> FakeSending:
        self.made.append(FakeSending(self, way, keyframe))
        return self.made[-1]

    async def relay(self, way: Way) -> Obstacle | None:
        assert way.turn == TURN
        if self.give_back is not None:
            try:
                await asyncio.Event().wait()
            finally:
                await self.give_back.wait()
        if way.rung in self.silent:
            return Obstacle(code=ObstacleCode.TURN_UNREACHABLE, text="no answer within 3 s")
        if way.rung in self.shut:
            return Obstacle(code=ObstacleCode.TURN_REFUSED, text="refused")
        return None

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        token = request.headers["authorization"].removeprefix("Bearer ")
        self.requests.append((request.method, request.url.path, token))
        if self.away:
            raise httpx2.ConnectError("refused")
        if request.method == "POST":
            where = f"/gateway/v1/live/{SCR}/whip/{len(self.made)}"
            return httpx2.Response(201, text="answer", headers={"location": where})
        return httpx2.Response(200 if request.method == "DELETE" else 204)

    def up(self) -> list[FakeSending]:
        return [one for one in self.made if one.pictures and not one.closed]


class Sink:
    """Keeps chunks and problems."""

    def __init__(self) -> None:
        self.chunks: list[FinishedChunk] = []
        self.problems: list[str] = []
        self.news = threading.Condition()

    def chunk(self, job: CaptureJob, chunk: FinishedChunk) -> None:
        self.chunks.append(chunk)

    def first_frame(self, job: CaptureJob, at: WallTime) -> None: ...

    def mark(self, job: CaptureJob, mark: Mark) -> None: ...

    def problem(self, job: CaptureJob | None, reason: ReasonCode, detail: str, since: WallTime) -> None:
        self.problems.append(detail)

    def recovered(self, job: CaptureJob | None, reason: ReasonCode, at: WallTime) -> None: ...

    def missing(self, job: CaptureJob, incident: Incident) -> None: ...


class Clock:
    def now(self) -> WallTime:
        return now()


class LegRig:
    def __init__(self) -> None:
        self.gateway = FakeGateway()
        self.display = SyntheticDisplay()
        self.view = ServerView()
        self.view_fault: Exception | None = None
        self.no_live = ""
        self.reports: list[LiveReport | None] = []
        self.leg = LiveLeg(
            httpx2.AsyncClient(transport=httpx2.MockTransport(self.gateway.answer)),
            view=self.look,
            now=now,
            forbidden=lambda: self.no_live,
            changed=lambda: self.reports.append(self.leg.report),
            sending=self.gateway.sending,
            relay=self.gateway.relay,
        )
        self.sink = Sink()
        self.capture = CaptureLoop(self.display.open, Clock(), self.sink, tap=self.leg.tap)
        self.running: asyncio.Task[None] | None = None

    def look(self) -> ServerView:
        if self.view_fault is not None:
            raise self.view_fault
        return self.view

    def order(self, **about: Any) -> LiveOrder:
        return live_order(**about)

    def want(self, live: LiveOrder | None, *, phase: Phase = Phase.RECORDING, **policy: Any) -> None:
        order = Order(
            screen_recording_id=SCR,
            origin=now(),
            gateway_url="http://g",
            upload_token="u",
            canvas_width=320,
            canvas_height=180,
        )
        desired = Desired(
            version=self.view.version + 1,
            as_of=now(),
            phase=phase,
            order=order,
            keep=(),
            policy=CapturePolicy(**policy),
            live=live,
        )
        self.view = ServerView(desired=desired, confirmed_until=WallTime(now() + 3_600_000))
        self.leg.reconcile()

    def unconfirmed(self, since_ms: int) -> None:
        self.view = replace(self.view, confirmed_until=WallTime(now() - since_ms))

    def record(self) -> None:
        self.capture.start(
            CaptureJob(
                screen_recording_id=SCR,
                origin=WallTime(now() - 5),
                canvas_width=320,
                canvas_height=180,
                max_fps=15,
            )
        )

    def change(self) -> bool:
        """The screen shows something else; always true, to be used in waits."""
        self.display.change()
        return True

    async def more(self, count: int = 3) -> None:
        """Pictures go out while the screen changes."""
        had = self.sent()
        await until(lambda: self.change() and self.sent() >= had + count, "pictures go out")

    async def nothing_more(self, seconds: float = 1.3) -> None:
        """Whatever changes on the screen, nothing goes out; longer than the heartbeat."""
        had, end_s = self.sent(), time.monotonic() + seconds
        await until(lambda: self.change() and time.monotonic() > end_s)
        assert self.sent() == had

    def sent(self) -> int:
        return sum(len(one.pictures) for one in self.gateway.made)


@asynccontextmanager
async def leg_rig() -> AsyncIterator[LegRig]:
    rig = LegRig()
    running = rig.running = asyncio.create_task(rig.leg.run())
    try:
        yield rig
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert await asyncio.to_thread(rig.capture.close)
        assert all(one.closed for one in rig.gateway.made)
