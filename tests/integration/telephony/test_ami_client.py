"""Signing in, being refused, being left alone: the client and the source against a fake PBX, and worse."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time

import pytest
from pydantic import SecretStr

from deskreel.core.events import CallEvent
from deskreel.core.time import WallTime
from deskreel.telephony.asterisk.client import AmiClient, AmiRefusedError, AmiUnreachableError
from deskreel.telephony.asterisk.probe import probe, summary
from deskreel.telephony.asterisk.protocol import AmiProtocolError
from deskreel.telephony.asterisk.source import AsteriskSource, LinkState
from deskreel.testing.fake_pbx import FakePbx
from deskreel.testing.follow_pbx import settings_for
from support.asterisk import capture
from support.waiting import until

HOLD = capture("hold")


def now() -> WallTime:
    return WallTime(time.time_ns() // 1_000_000)


@pytest.mark.parametrize("challenge", [True, False])
async def test_signs_in_and_asks_no_more_than_least_rights_allow(challenge: bool) -> None:
    async with FakePbx(HOLD, challenge=challenge) as pbx:
        client = await AmiClient.connect(settings_for(pbx), pbx.clock)
        assert client.version == "11.0.0"
        answer = await client.ask((("Action", "QueueStatus"),), timeout_s=5, many=True)
        assert answer[-1].get("EventList") == "Complete"
        with pytest.raises(AmiRefusedError, match="Permission denied"):
            await client.ask((("Action", "Command"), ("Command", "core stop now")), timeout_s=5)
        await client.close()


async def test_a_wrong_secret_is_said_to_be_wrong() -> None:
    async with FakePbx(HOLD) as pbx:
        with pytest.raises(AmiRefusedError, match="Authentication failed") as refused:
            await AmiClient.connect(settings_for(pbx, secret=SecretStr("wrong")), pbx.clock)
        assert "manager.conf" in refused.value.hint_text
        assert "wrong" not in refused.value.detail


async def test_nobody_there() -> None:
    async with FakePbx(HOLD) as pbx:
        settings = settings_for(pbx)
    with pytest.raises(AmiUnreachableError):
        await AmiClient.connect(settings, now)


@pytest.mark.parametrize("banner", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n"])
async def test_something_else_there(banner: bytes) -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(banner)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with FakePbx(HOLD) as pbx, server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(AmiProtocolError):
            await AmiClient.connect(settings_for(pbx, port=port), now)


async def test_one_who_accepts_and_says_nothing() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            await reader.readexactly(1_000_000)
        writer.close()
        gone.set()

    gone = asyncio.Event()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with FakePbx(HOLD) as pbx:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(AmiUnreachableError, match="no answer"):
            await AmiClient.connect(settings_for(pbx, port=port, answer_s=0.1), now)
        await gone.wait()
    server.close()
    await server.wait_closed()


async def test_a_source_says_why_it_is_not_connected_and_comes_back() -> None:
    """The PBX is away at first, then there with another secret, then all is well."""
    async with FakePbx(HOLD) as pbx:
        settings = settings_for(pbx)
    states: list[LinkState] = []
    connected = asyncio.Event()

    async def on_link(state: LinkState) -> None:
        states.append(state)
        if state.connected:
            connected.set()

    async def deliver(_: list[CallEvent]) -> None:
        pass

    source = AsteriskSource(settings, now, deliver, on_link=on_link, rng=random.Random(1))
    running = asyncio.create_task(source.run())
    try:
        await until(lambda: (source.state.error or "").startswith("ami_unreachable"))
        assert source.state.hint
        async with FakePbx(HOLD, users={"deskreel": "other"}, port=settings.port):
            await until(lambda: (source.state.error or "").startswith("ami_refused"))
            assert states == []  # it was never connected: nothing is lost
        async with FakePbx(HOLD, port=settings.port):
            async with asyncio.timeout(5):
                await connected.wait()
            assert source.state.error is None
            assert source.state.connects == 1
        await until(lambda: not source.state.connected)
        assert source.state.lost[-1].end is None
        assert any("connected 1 times" in line for line in summary(source))
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def test_what_cannot_be_delivered_is_told_again_after_a_resync() -> None:
    delivered: list[CallEvent] = []
    failures = 0

    async def deliver(events: list[CallEvent]) -> None:
        nonlocal failures
        if any(event.kind == "call.answered" for event in events) and failures == 0:
            failures += 1
            raise OSError("the database is away")
        delivered.extend(events)

    async with FakePbx(HOLD, speed=4) as pbx:
        source = AsteriskSource(settings_for(pbx), pbx.clock, deliver, rng=random.Random(1))
        running = asyncio.create_task(source.run())
        try:
            await until(lambda: source.state.connected)
            await pbx.play()
            await until(lambda: source.state.connects == 2 and not source.state.connected)
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
    assert failures == 1
    assert source.state.connects == 2
    kinds = [event.kind.value for event in delivered if event.agent == "1001"]
    assert kinds.index("call.answered") < kinds.index("call.ended")


async def test_the_probe_prints_what_it_sees() -> None:
    said: list[str] = []
    async with FakePbx(HOLD, speed=10) as pbx:
        watching = asyncio.create_task(probe(settings_for(pbx), 2.5, said.append))
        await until(lambda: pbx.asked.count("QueueStatus") == 1)
        await pbx.play()
        await watching
    assert said[0].startswith("connected to 127.0.0.1")
    assert any("call.answered" in line and "1001" in line for line in said)
    assert any(line.startswith("agents: 1001") for line in said)
