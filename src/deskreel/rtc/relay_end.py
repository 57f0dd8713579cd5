"""One end of an echo through a relay: a relayed address, what is sent from it and what arrives there."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from aioice.turn import TurnTransport

_GIVE_BACK_S = 1.0
HELLO = 0xFFFF_FFFF  # the number of a packet that is no echo
_NUMBER = struct.Struct("!I")
_PADDING = bytes(156)  # an echo is as long as a packet of voice


class End(asyncio.DatagramProtocol):
    """A relayed address of ours, and what arrived at it."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.transport: TurnTransport | None = None
        self.relayed: tuple[str, int] = ("", 0)
        self.allocated_ms: float | None = None
        self.arrived: dict[int, float] = {}  # perf_counter, by number
        self.error: Exception | None = None
        self.news = asyncio.Event()
        self.closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A relayed address was given."""
        self.transport = cast("TurnTransport", transport)
        self.relayed = self.transport.get_extra_info("sockname")
        self.allocated_ms = (time.perf_counter() - self.began) * 1000

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """Something came through the relay."""
        if len(data) >= _NUMBER.size:
            self.arrived.setdefault(_NUMBER.unpack_from(data)[0], time.perf_counter())
            self.news.set()

    def error_received(self, exc: Exception) -> None:
        """The server refuses to send to the peer."""
        self.error = exc
        self.news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """It was given back, or the server is gone."""
        self.closed.set()
        self.news.set()

    def send(self, number: int, to: End) -> None:
        """Have the relay send a packet to the other."""
        if self.transport is not None:
            self.transport.sendto(_NUMBER.pack(number) + _PADDING, to.relayed)


async def hear(one: End, other: End, limit_s: float) -> None:
    """Until something arrives, or for so long."""
    hearing = [asyncio.ensure_future(end.news.wait()) for end in {one, other}]
    try:
        await asyncio.wait(hearing, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in hearing:
            task.cancel()
        one.news.clear()
        other.news.clear()


async def give_back(ends: Sequence[End]) -> None:
    """Have the server end what it gave, and wait a little until it has."""
    given = [end for end in ends if end.transport is not None]
    for end in given:
        assert end.transport is not None  # noqa: S101 - chosen so
        end.transport.close()
    closing = [asyncio.ensure_future(end.closed.wait()) for end in given]
    if closing:
        await asyncio.wait(closing, timeout=_GIVE_BACK_S)
    for task in closing:
        task.cancel()
