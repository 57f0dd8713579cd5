"""The outside of the load benchmark: light recorders, a telephony, and the calls between them.

A light recorder says on the control channel what the desktop program says, as often: a greeting, a ping every 2 s and
a report every 10 s. When its server has gone it goes to the other.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import time
from dataclasses import dataclass, field

import httpx2
import websockets

from deskreel.core.ids import RecorderId
from deskreel.core.messages import Desired, Health, Hello, Observed, Phase, Ping, dump, parse_server_message
from deskreel.telephony.call_events import dump_batch
from deskreel.telephony.signature import signed_headers

PING_S, REPORT_S = 2.0, 10.0
LATE_MS = 20_000.0  # an order that did not come until then counts as this


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a run came to."""

    calls: int = 0  # that the telephony made
    latencies_ms: list[float] = field(default_factory=list)  # event sent until the order is at the recorder
    back_ms: list[float] = field(default_factory=list)  # from the kill until a recorder was back
    known: int = 0  # interactions in the database
    once: int = 0  # of those, that have exactly one part of one recording, told of once
    ended: int = 0  # of those, whose recording has ended
    survivor_cpu: float = 0.0  # CPU time, by the time that the load took, of the server that lives; 1: a core
    own_cpu: float = 0.0  # of this program, likewise


@dataclass(slots=True, kw_only=True)
class Desk:
    """A light recorder."""

    agent: str
    recorder_id: RecorderId
    credential: str
    home: int  # index of the server that it is at
    waiting: asyncio.Future[float] | None = None  # for an order, the moment at which it came
    connected_at: float = 0.0
    desired: Desired | None = None  # as it was told last


def now_ms() -> int:
    """The wall clock."""
    return time.time_ns() // 1_000_000


async def hold(desk: Desk, urls: list[str]) -> None:
    """Be connected, wherever that is possible."""
    while True:
        url = urls[desk.home].replace("http", "ws", 1) + "/api/v1/recorder/control"
        with contextlib.suppress(OSError, websockets.WebSocketException):
            async with websockets.connect(
                url, additional_headers={"authorization": f"Bearer {desk.credential}"}, compression=None
            ) as channel:
                await channel.send(dump(Hello(recorder_id=desk.recorder_id, version="0", platform="bench")))
                talking = asyncio.create_task(_talk(desk, channel))
                try:
                    async for message in channel:
                        _hear(desk, message)
                finally:
                    talking.cancel()
        desk.connected_at = 0.0
        desk.home = 1 - desk.home
        await asyncio.sleep(random.uniform(0.05, 0.5))


def _hear(desk: Desk, message: str | bytes) -> None:
    desired = parse_server_message(message)
    if not isinstance(desired, Desired):
        return
    desk.connected_at = desk.connected_at or time.monotonic()
    desk.desired = desired
    if desired.order is not None and desk.waiting is not None and not desk.waiting.done():
        desk.waiting.set_result(time.monotonic())


async def _talk(desk: Desk, channel: websockets.ClientConnection) -> None:
    """Ping and report, as the desktop program does."""
    with contextlib.suppress(websockets.ConnectionClosed):
        await asyncio.sleep(random.uniform(0, PING_S))  # not all at once
        report_due = time.monotonic() + random.uniform(0, REPORT_S)
        while True:
            await channel.send(dump(Ping(sent_ms=time.time() * 1000)))
            if time.monotonic() >= report_due and desk.desired is not None:
                report_due += REPORT_S
                await channel.send(dump(_report(desk.desired)))
            await asyncio.sleep(PING_S)


def _report(desired: Desired) -> Observed:
    order = desired.order
    return Observed(
        version=desired.version,
        phase=desired.phase if order is not None else Phase.IDLE,
        screen_recording_id=None if order is None else order.screen_recording_id,
        first_frame_at=None if order is None else order.origin,
        clock_offset_ms=0.1,
        clock_uncertainty_ms=0.5,
        health=Health(cpu_percent=3.0, machine_cpu_percent=20.0, rss_bytes=120_000_000, encoder="libx264"),
    )


class Telephony:
    """Posts events, to whichever server answers."""

    def __init__(self, urls: list[str], secret: str) -> None:
        self._urls, self._secret = urls, secret
        limits = httpx2.Limits(max_connections=100)
        self._client = httpx2.AsyncClient(timeout=10, limits=limits)
        self.gone: set[int] = set()

    async def close(self) -> None:
        await self._client.aclose()

    async def post(self, number: int, events: list[dict[str, object]]) -> None:
        body = dump_batch(events)  # type: ignore[arg-type]
        for attempt in range(50):
            place = (number + attempt) % 2
            if place in self.gone:
                continue
            headers = signed_headers(self._secret, f"msg_{secrets.token_hex(6)}", int(time.time()), body)
            try:
                url = f"{self._urls[place]}/api/v1/call-events"
                answer = await self._client.post(url, params={"source": "pbx"}, content=body, headers=headers)
                if answer.status_code == 202:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.05)
        raise RuntimeError("no server took an event")


async def call(number: int, desk: Desk, telephony: Telephony, out: Outcome, talk_s: float) -> None:
    """One call from answer to hang-up."""
    call_id = f"call-{number}"

    def event(kind: str, at: int) -> dict[str, object]:
        return {
            "event_id": f"{call_id}-{kind}",
            "kind": kind,
            "agent": desk.agent,
            "call_id": call_id,
            "occurred_at": at,
        }

    desk.waiting = asyncio.get_running_loop().create_future()
    begun, at = time.monotonic(), now_ms()
    await telephony.post(number, [event("call.answered", at), event("recording.started", at)])
    try:
        came = await asyncio.wait_for(desk.waiting, LATE_MS / 1000)
        out.latencies_ms.append((came - begun) * 1000)
    except TimeoutError:
        out.latencies_ms.append(LATE_MS)
    await asyncio.sleep(talk_s)
    await telephony.post(number, [event("call.ended", now_ms())])
