"""The control channel's client against a small WebSocket server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from http import HTTPStatus

import pytest
from recorder_rig import RCD
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from deskreel.core.errors import NotEnrolledError
from deskreel.core.messages import (
    MAX_RUN,
    RUN_HEADER,
    Desired,
    Hello,
    Observed,
    Phase,
    Ping,
    Pong,
    dump,
    parse_recorder_message,
)
from deskreel.core.time import WallTime
from deskreel.recorder.control.backoff import Backoff
from deskreel.recorder.control.channel import ControlClient, ControlSettings, ReplacedError
from deskreel.recorder.control.clock import ServerClock
from support.waiting import until

FAST = ControlSettings(
    ping_s=0.02,
    report_s=0.05,
    dead_s=0.2,
    not_enrolled_s=0.05,
    backoff=Backoff(base_s=0.01, cap_s=0.05),
)


class FakePeer:
    def __init__(self) -> None:
        self.said: list[tuple[int, bool]] = []
        self.pongs: list[Pong] = []
        self.phase = Phase.IDLE
        self.connection: list[bool] = []
        self.client: ControlClient | None = None

    def desired(self, desired: Desired, *, first_of_connection: bool) -> None:
        self.said.append((desired.version, first_of_connection))

    def pong(self, pong: Pong) -> None:
        self.pongs.append(pong)

    def connection_changed(self) -> None:
        if self.client is not None:
            self.connection.append(self.client.connected)

    async def observed(self) -> Observed:
        return Observed(version=len(self.said), phase=self.phase, screen_recording_id=None)


class FakeServer:
    def __init__(self) -> None:
        self.heard: list[Hello | Ping | Observed] = []
        self.authorization: list[str | None] = []
        self.connections: list[ServerConnection] = []
        self.version = 1
        self.answers = True
        self.refuse: HTTPStatus | None = None
        self.close_code: int | None = None
        self.skew_ms = 0.0

    async def handler(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        assert connection.request.path == "/api/v1/recorder/control"
        self.authorization.append(connection.request.headers.get("Authorization"))
        if self.close_code is not None:
            await connection.close(self.close_code, "as scripted")
            return
        self.connections.append(connection)
        try:
            await self.say(connection, self.version)
            async for text in connection:
                message = parse_recorder_message(text)
                self.heard.append(message)
                if isinstance(message, Ping) and self.answers:
                    server_time = message.sent_ms + self.skew_ms
                    pong = Pong(sent_ms=message.sent_ms, server_time=server_time, version=self.version)
                    await connection.send(dump(pong))
        except ConnectionClosed:
            pass

    async def say(self, connection: ServerConnection, version: int) -> None:
        state = Desired(version=version, as_of=WallTime(0), phase=Phase.IDLE, order=None, keep=())
        await connection.send(dump(state))

    def answer_request(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.refuse is None:
            return None
        self.authorization.append(request.headers.get("Authorization"))
        return connection.respond(self.refuse, "")

    def all(self, kind: type) -> list[object]:
        return [message for message in self.heard if isinstance(message, kind)]


@asynccontextmanager
async def listening(fake: FakeServer, port: int = 0) -> AsyncIterator[tuple[Server, int]]:
    async with serve(
        fake.handler, "127.0.0.1", port, process_request=fake.answer_request, close_timeout=0.1
    ) as server:
        yield server, next(iter(server.sockets)).getsockname()[1]


class Running:
    def __init__(self, port: int, settings: ControlSettings = FAST) -> None:
        self.peer, self.clock = FakePeer(), ServerClock()
        self.client = ControlClient(
            url=f"http://127.0.0.1:{port}",
            credential="secret",
            hello=Hello(recorder_id=RCD, version="0", platform="test"),
            clock=self.clock,
            peer=self.peer,
            settings=settings,
        )
        self.peer.client = self.client
        self.task = asyncio.create_task(self.client.run())

    async def __aenter__(self) -> Running:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def test_hello_first_then_pings_and_reports() -> None:
    fake = FakeServer()
    fake.skew_ms = 60_000
    async with listening(fake) as (_, port), Running(port) as running:
        await until(lambda: len(running.peer.pongs) >= 3, "pongs")
        assert isinstance(fake.heard[0], Hello)
        assert fake.authorization == ["Bearer secret"]
        assert running.peer.said == [(1, True)]
        offset = running.clock.offset()
        assert offset is not None
        assert abs(offset.offset_ms - 60_000) <= offset.uncertainty_ms + 0.001
        await until(lambda: len(fake.all(Observed)) >= 2, "reports without a change")


async def test_the_link_is_measured() -> None:
    fake = FakeServer()
    async with listening(fake) as (_, port), Running(port) as running:
        await until(lambda: len(running.peer.pongs) >= 12, "pongs")
        quality = running.client.link.quality(running.clock.local_ms())
        assert quality.loss_percent == 0
        assert quality.rtt_ms is not None
        assert 0 < quality.rtt_ms < 1_000
        assert quality.jitter_ms is not None


async def test_a_confirmation_is_asked_for_when_something_waits_for_it() -> None:
    fake = FakeServer()
    slow = replace(FAST, first_ping_s=60, ping_s=60, dead_s=60)
    async with listening(fake) as (_, port), Running(port, slow) as running:
        await until(lambda: len(running.peer.pongs) == 1, "the first pong")
        asked_s = asyncio.get_running_loop().time()
        running.client.confirm_in(0.05)
        await until(lambda: len(running.peer.pongs) == 2, "the one that was asked for")
        assert asyncio.get_running_loop().time() - asked_s >= 0.05


async def test_why_there_is_no_connection() -> None:
    fake = FakeServer()
    fake.close_code = 4401
    async with listening(fake) as (_, port), Running(port) as running:
        await until(lambda: running.client.error, "an error")
        assert isinstance(running.client.error, NotEnrolledError)
        assert running.peer.connection[-1] is False
        fake.close_code = None
        await until(lambda: running.peer.said, "a state")
        assert (running.client.error, running.peer.connection[-1]) == (None, True)


async def test_a_change_is_reported_at_once() -> None:
    fake = FakeServer()
    async with listening(fake) as (_, port), Running(port) as running:
        await until(lambda: fake.all(Observed), "the first report")
        running.peer.phase = Phase.RECORDING
        running.client.report()
        await until(lambda: any(o.phase is Phase.RECORDING for o in fake.all(Observed)), "the change")  # type: ignore[attr-defined]


async def test_it_comes_back_and_the_first_state_of_a_connection_is_marked() -> None:
    fake = FakeServer()
    async with listening(fake) as (_, port), Running(port) as running:
        await until(lambda: running.peer.said, "a state")
        await fake.say(fake.connections[0], 2)
        await until(lambda: len(running.peer.said) == 2, "another state")
        fake.version = 1
        await fake.connections[0].close(1012)
        await until(lambda: len(running.peer.said) == 3, "it is back")
        assert running.peer.said == [(1, True), (2, False), (1, True)]


async def test_it_comes_back_from_a_server_or_gateway_that_failed() -> None:
    fake = FakeServer()
    async with listening(fake) as (_, port), Running(port) as running:
        await until(lambda: running.peer.said, "a state")
        fake.close_code = 1011  # and again at each attempt, before a word is said
        await fake.connections[0].close(1011, "internal error")
        await until(lambda: len(fake.authorization) >= 4, "more attempts")
        # each attempt stands for a moment, until the server's word arrives
        await until(lambda: not running.client.connected, "it says that it is not connected")
        assert running.peer.said == [(1, True)]
        fake.close_code = None
        await until(lambda: running.peer.said == [(1, True), (1, True)], "it is back, and hears all there is")
        await until(lambda: running.client.connected)
        assert running.client.error is None
        assert running.peer.connection[-1]


async def test_a_server_that_is_down_for_a_while() -> None:
    fake = FakeServer()
    async with listening(fake) as (_, port):
        pass
    async with Running(port) as running:
        await until(lambda: not running.client.connected, "no one there")
        async with listening(fake, port):
            await until(lambda: running.peer.said, "a state")


async def test_a_server_that_does_not_answer_is_left() -> None:
    fake = FakeServer()
    fake.answers = False
    async with listening(fake) as (_, port), Running(port) as running:
        await until(lambda: len(fake.connections) >= 2, "a second connection")
        fake.answers = True
        await until(lambda: running.peer.pongs, "a pong")


async def test_messages_of_a_newer_server_are_passed_over() -> None:
    fake = FakeServer()
    async with listening(fake) as (_, port), Running(port) as running:
        await until(lambda: running.peer.said, "a state")
        await fake.connections[0].send('{"type": "party", "hats": true}')
        await fake.say(fake.connections[0], 5)
        await until(lambda: running.peer.said[-1] == (5, False), "the state after it")
        assert len(fake.connections) == 1


@pytest.mark.parametrize("refusal", ["close", "http"])
async def test_not_enrolled_is_tried_again_slowly(refusal: str) -> None:
    fake = FakeServer()
    if refusal == "close":
        fake.close_code = 4401
    else:
        fake.refuse = HTTPStatus.UNAUTHORIZED
    async with listening(fake) as (_, port), Running(port) as running:
        await until(lambda: len(fake.authorization) >= 2, "another attempt")
        assert not running.task.done()
        fake.close_code = fake.refuse = None
        await until(lambda: running.peer.said, "enrolled after all")


async def test_a_replaced_recorder_stops() -> None:
    fake = FakeServer()
    async with listening(fake) as (_, port), Running(port) as running:
        await until(lambda: fake.connections, "a connection")
        await fake.connections[0].close(4409, "replaced by a newer connection")
        with pytest.raises(ReplacedError, match="replaced by a newer"):
            await running.task


def run_of(connection: ServerConnection) -> str:
    assert connection.request is not None
    return connection.request.headers[RUN_HEADER]


async def test_each_connection_names_the_same_start_of_the_program() -> None:
    fake = FakeServer()
    async with listening(fake) as (_, port), Running(port) as running:
        await until(lambda: fake.connections, "a connection")
        running.client.use_credential("a newer one")
        await fake.connections[0].close(1001, "the same recorder came again")
        await until(lambda: len(fake.connections) == 2, "another connection")
        runs = [run_of(one) for one in fake.connections]
    async with listening(fake) as (_, port), Running(port):
        await until(lambda: len(fake.connections) == 3, "another start")
    assert runs[0] == runs[1] != run_of(fake.connections[2])
    assert 8 <= len(runs[0]) <= MAX_RUN


async def test_a_bug_in_the_peer_does_not_end_the_channel() -> None:
    fake = FakeServer()
    async with listening(fake) as (_, port), Running(port) as running:
        await until(lambda: running.peer.said, "a state")
        running.peer.pongs = None  # type: ignore[assignment]
        await until(lambda: len(fake.connections) >= 2, "a new connection")
        running.peer.pongs = []
        await until(lambda: running.peer.pongs, "pongs again")
