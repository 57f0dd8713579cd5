"""Making a connection: all ways are tried at once, each for three seconds, and the best that is open is taken.

Direct UDP can only be tried by connecting. A relayed way is tried by an echo through the relay, which costs the
gateway nothing, and is connected over when it is its turn.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog

from deskreel.core.errors import DeskreelError
from deskreel.core.live import RELAYED, LiveOrder, Rung, TurnServer
from deskreel.recorder.live import ladder as rules
from deskreel.recorder.live.whip import Published, Whip
from deskreel.rtc.port import KeyframeWanted, RtcError, Sending

log = structlog.get_logger(__name__)
LIMIT_S = 3.0  # for one way


class LiveSending(Sending, Protocol):
    """What a live leg wants of a connection besides."""

    @property
    def ended(self) -> asyncio.Event:
        """Set when it failed, was closed, or the other side has left."""
        ...

    def clear(self) -> None:
        """Forget every picture that waits; go on with a keyframe."""
        ...

    def pace(self, kbps: float) -> None:
        """How fast packets leave at most."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How to make a connection."""

    rung: Rung
    turn: TurnServer | None  # None: direct
    loopback: bool  # the gateway is on this machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One that is up."""

    rung: Rung
    sending: LiveSending
    session_url: str
    up_s: float  # since when, on the monotonic clock


NewSending = Callable[[Way, KeyframeWanted], LiveSending]
TryRelay = Callable[[TurnServer, Rung], Coroutine[Any, Any, str]]  # why it does not work; empty: it does


def new_sending(way: Way, keyframe: KeyframeWanted) -> LiveSending:
    """By aiortc, which is loaded now: a recorder that nobody watches does without."""
    from deskreel.rtc.aiortc_send import AiortcSending

    return AiortcSending(keyframe, rung=way.rung, turn=way.turn, loopback=way.loopback)


async def try_relay(turn: TurnServer, rung: Rung) -> str:
    """An echo through the relay."""
    from deskreel.rtc import probe

    result = await probe.relay(turn, rung, limit_s=LIMIT_S)
    return "" if result.ok else result.error


class Climber:
    """Makes connections, and remembers on `ladder` what it found out."""

    def __init__(self, whip: Whip, *, sending: NewSending = new_sending, relay: TryRelay = try_relay) -> None:
        self._whip = whip
        self._new_sending = sending
        self._relay = relay
        self.ladder = rules.Ladder()
        self._ending: set[asyncio.Task[None]] = set()

    async def climb(
        self, order: LiveOrder, keyframe: KeyframeWanted, *, above: Rung | None = None
    ) -> Connection | None:
        """The best connection there is, only one better than `above` if given; None: none.

        Raises:
            DeskreelError: the gateway does not answer or does not take us, whatever the way.
        """
        here = await asyncio.to_thread(_find_here, order.whip_url)
        if above is None:
            self.ladder = rules.in_network(self.ladder, here.network)
        turn = order.turn is not None
        ways = rules.order(self.ladder, time.monotonic(), turn=turn, better=above is not None)
        if above is not None:
            ways = ways[: ways.index(above)] if above in ways else ways
        tasks: dict[Rung, asyncio.Task[Any]] = {}
        for rung in ways:
            if rung in RELAYED and order.turn is not None:
                tasks[rung] = asyncio.create_task(self._relay(order.turn, rung))
            else:
                tasks[rung] = asyncio.create_task(self._connect(order, rung, keyframe, here.loopback))
        found: Connection | None = None
        try:
            found = await self._first_open(order, ways, tasks, keyframe)
        finally:
            for task in tasks.values():
                task.cancel()
            for result in await asyncio.gather(*tasks.values(), return_exceptions=True):
                if isinstance(result, Connection) and result is not found:
                    self.let_go(result, order.token)
        return found

    async def _first_open(
        self,
        order: LiveOrder,
        ways: Sequence[Rung],
        tasks: dict[Rung, asyncio.Task[Any]],
        keyframe: KeyframeWanted,
    ) -> Connection | None:
        for rung in ways:
            try:
                found: Connection | str = await tasks[rung]
                if isinstance(found, str):  # of a relay: why it is not open
                    if found:
                        raise RtcError(found)
                    found = await self._connect(order, rung, keyframe, False)
            except RtcError as error:
                log.info("live.way_closed", rung=rung.value, why=error.detail)
                self.ladder = rules.failed(self.ladder, rung, error.detail)
                continue
            self.ladder = rules.worked(self.ladder, rung, time.monotonic())
            return found
        self.ladder = rules.in_vain(self.ladder)
        return None

    async def _connect(
        self, order: LiveOrder, rung: Rung, keyframe: KeyframeWanted, loopback: bool
    ) -> Connection:
        turn = order.turn if rung in RELAYED else None
        sending = self._new_sending(Way(rung=rung, turn=turn, loopback=loopback), keyframe)
        published: Published | None = None
        try:
            async with asyncio.timeout(LIMIT_S):
                published = await self._whip.publish(order.whip_url, order.token, await sending.offer())
                await sending.accept(published.answer)
                await sending.connected()
        except BaseException as error:
            self._later(self._end(sending, published and published.session_url, order.token))
            if isinstance(error, TimeoutError):
                raise RtcError(f"no answer within {LIMIT_S:g} s") from error
            raise
        return Connection(
            rung=rung, sending=sending, session_url=published.session_url, up_s=time.monotonic()
        )

    # --- ending ---------------------------------------------------------------------------------------------

    def let_go(self, connection: Connection, token: str) -> None:
        """End a connection and its session; in the background, as the other side may be silent."""
        connection.sending.clear()
        self._later(self._end(connection.sending, connection.session_url, token))

    async def drain(self) -> None:
        """Wait until all that was let go has ended."""
        while self._ending:
            await asyncio.gather(*self._ending, return_exceptions=True)

    def _later(self, ending: Any) -> None:
        task = asyncio.create_task(ending)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _end(self, sending: LiveSending, session_url: str | None, token: str) -> None:
        await sending.close()
        if session_url is not None:
            with suppress(DeskreelError):  # it ends by itself
                await self._whip.end(session_url, token)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Here:
    network: str  # our address towards the gateway, as the mark of the network that we are in
    loopback: bool  # the gateway is on this machine


def _find_here(url: str) -> _Here:
    """Nothing is sent for it, but for the question to the name server."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_DGRAM)
    except OSError:
        return _Here(network="", loopback=False)
    for family, kind, protocol, _, address in found:
        try:
            with socket.socket(family, kind, protocol) as probe:
                probe.connect(address)
                ours = str(probe.getsockname()[0])
        except OSError:
            continue
        theirs = ipaddress.ip_address(str(address[0]).partition("%")[0])
        return _Here(network=ours, loopback=theirs.is_loopback)
    return _Here(network="", loopback=False)
