"""Real connections over loopback, and what others send to their ports or make of their TURN server."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aioice import stun

from deskreel.core.live import Rung, TurnServer
from deskreel.rtc import aiortc_patch
from deskreel.rtc.aiortc_patch import ice_of
from deskreel.rtc.aiortc_receive import AiortcReceiving
from deskreel.rtc.aiortc_send import AiortcSending
from deskreel.rtc.connection import RtcConnection
from deskreel.rtc.trust import system_trust
from deskreel.rtc.wire import Unit
from support.waiting import until


def _ice(connection: RtcConnection) -> Any:
    return ice_of(connection._pc.getTransceivers()[0])


def _keyframe(number: int) -> Unit:
    return Unit(payloads=(b"\x67abc",), timestamp=number * 9000, keyframe=True)


async def test_what_strangers_send_to_its_port_does_not_end_a_connection() -> None:
    units: list[Unit] = []
    sending = AiortcSending(lambda: None, loopback=True)
    receiving = AiortcReceiving(units.append, loopback=True)
    await sending.accept(await receiving.answer(await sending.offer()))
    await asyncio.gather(sending.connected(), receiving.connected())
    (pair,) = _ice(sending)._nominated.values()
    taken: list[bytes] = []
    queue = _ice(receiving)._queue
    put = queue.put_nowait
    queue.put_nowait = lambda item: (taken.append(item[0]) if item else None, put(item))
    theirs = pair.remote_addr
    kind = socket.AF_INET6 if ":" in theirs[0] else socket.AF_INET
    with socket.socket(kind, socket.SOCK_DGRAM) as stranger:
        for data in (b"\x80\x66" + bytes(1600), b"", b"\x80\x66strange", b"\x16\xfe\xfdstrange"):
            stranger.sendto(data, theirs)
    for data in (b"\x80\x66" + bytes(1600), b""):  # such as who pretends to be the other side
        _ice(sending)._nominated[1].protocol.transport.sendto(data, theirs)
    sending.send_unit(_keyframe(1))
    await until(lambda: units or receiving.ended.is_set(), "the picture")
    assert units
    assert not [data for data in taken if b"strange" in data or not 0 < len(data) <= 1500]
    await asyncio.gather(sending.close(), receiving.close())


async def test_before_anybody_connects_little_is_kept() -> None:
    sending = AiortcSending(lambda: None, loopback=True)
    receiving = AiortcReceiving(lambda _: None, loopback=True)
    answer = await receiving.answer(await sending.offer())  # which never arrives
    found = re.search(r"a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+)", answer)
    assert found is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(10):
            for _ in range(30):
                stranger.sendto(b"\x80" + bytes(1400), ("127.0.0.1", int(found[1])))
            await asyncio.sleep(0.01)
    assert _ice(receiving)._queue.qsize() <= 100
    await asyncio.gather(sending.close(), receiving.close())


class _SlowTurn(asyncio.DatagramProtocol):
    """A TURN server that takes its time to allocate."""

    def __init__(self) -> None:
        self.asked: list[tuple[stun.Method, int]] = []  # and for how many seconds
        self.allow = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        message = stun.parse_message(data)
        self.asked.append((message.message_method, message.attributes.get("LIFETIME", -1)))
        answer = stun.Message(
            message_method=message.message_method,
            message_class=stun.Class.RESPONSE,
            transaction_id=message.transaction_id,
        )
        answer.attributes["LIFETIME"] = 600
        if message.message_method is stun.Method.ALLOCATE:
            answer.attributes["XOR-MAPPED-ADDRESS"] = addr
            answer.attributes["XOR-RELAYED-ADDRESS"] = ("127.0.0.1", 50_000)
        task = asyncio.ensure_future(self._answer(bytes(answer), addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, data: bytes, addr: Any) -> None:
        await self.allow.wait()
        self._transport.sendto(data, addr)


@asynccontextmanager
async def _slow_turn() -> AsyncIterator[tuple[_SlowTurn, TurnServer]]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(_SlowTurn, local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    yield server, TurnServer(host="127.0.0.1", port=port, username="u", password="p")
    transport.close()


async def test_an_allocation_that_comes_after_nobody_waits_any_more_is_given_back() -> None:
    async with _slow_turn() as (server, turn):
        sending = AiortcSending(lambda: None, rung=Rung.TURN_UDP, turn=turn)
        offering = asyncio.create_task(sending.offer())
        await until(lambda: server.asked, "the request for an allocation")
        offering.cancel()
        await asyncio.wait({offering})
        await sending.close()
        server.allow.set()
        await until(lambda: (stun.Method.REFRESH, 0) in server.asked, "that it is given back")
        await until(lambda: not _refreshing(), "nothing refreshes it")


async def test_an_allocation_that_takes_too_long_leaves_nothing_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiortc_patch, "GATHER_S", 0.1)
    async with _slow_turn() as (server, turn):
        sending = AiortcSending(lambda: None, rung=Rung.TURN_UDP, turn=turn)
        offering = asyncio.create_task(sending.offer())
        await until(lambda: server.asked, "the request for an allocation")
        offering.cancel()
        await asyncio.wait({offering})
        await sending.close()
        await until(lambda: not _refreshing(), "the request is given up")


def _refreshing() -> list[str]:
    names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
    return [name for name in names if name.startswith(("TurnClient", "relayed_candidate", "_bound"))]


async def test_whom_tls_trusts_is_read_once_and_not_on_the_loop(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    readers: list[threading.Thread] = []
    make = ssl.create_default_context

    def slow() -> ssl.SSLContext:
        readers.append(threading.current_thread())
        return make()

    monkeypatch.setattr(ssl, "create_default_context", slow)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))  # read anew where the environment has changed
    turn = TurnServer(host="127.0.0.1", username="u", password="p", tls_port=1)
    sendings = [AiortcSending(lambda: None, rung=Rung.TURN_TLS, turn=turn) for _ in range(2)]
    for sending in sendings:
        await asyncio.gather(sending.offer(), return_exceptions=True)
        await sending.close()
    assert _ice(sendings[0]).turn_ssl is _ice(sendings[1]).turn_ssl is await system_trust()
    assert len(readers) == 1
    assert readers[0] is not threading.main_thread()
