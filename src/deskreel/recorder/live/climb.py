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
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import structlog

from deskreel.core.errors import DeskreelError
from deskreel.core.live import RELAYED, LiveOrder, Obstacle, ObstacleCode, Rung, TurnServer
from deskreel.recorder.live import ladder as rules
from deskreel.recorder.live.whip import Whip
from deskreel.rtc.port import KeyframeWanted, RtcError, Sending

log = structlog.get_logger(__name__)
LIMIT_S = 3.0  # for one way


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How to make a connection."""

    rung: Rung
    turn: TurnServer | None  # None: direct
    loopback: bool = False  # the gateway is on this machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One that is up."""

    rung: Rung
    sending: Sending
    session_url: str
    up_s: float  # since when, on the monotonic clock


NewSending = Callable[[Way, KeyframeWanted], Sending]
TryRelay = Callable[[Way], Coroutine[Any, Any, Obstacle | None]]  # None: it works


def new_sending(way: Way, keyframe: KeyframeWanted) -> Sending:
    """By aiortc, which is loaded now: a recorder that nobody watches does without."""
    from deskreel.rtc.aiortc_send import AiortcSending

    return AiortcSending(keyframe, rung=way.rung, turn=way.turn, loopback=way.loopback)


async def try_relay(way: Way) -> Obstacle | None:
    """An echo through the relay."""
    from deskreel.rtc import probe

    if way.turn is None:
        return Obstacle(code=ObstacleCode.NO_TURN, text="the region has no TURN server")
    result = await probe.relay(way.turn, way.rung, limit_s=LIMIT_S)
    match result.failed:
        case None:
            return None
        case probe.Step.REACH:
            code = ObstacleCode.TURN_UNREACHABLE
        case probe.Step.TRUST:
            code = ObstacleCode.TURN_UNTRUSTED
        case probe.Step.ADMIT | probe.Step.ALLOCATE | probe.Step.PERMIT:
            code = ObstacleCode.TURN_REFUSED
        case probe.Step.ECHO:
            code = ObstacleCode.TURN_SILENT
    return Obstacle(code=code, text=result.error)


class Climber:
    """Makes connections, and remembers on `ladder` what it found out."""

    def __init__(self, whip: Whip, *, sending: NewSending = new_sending, relay: TryRelay = try_relay) -> None:
        self._whip = whip
        self._new_sending = sending
        self._relay = relay
        self.ladder = rules.Ladder()
        self.ending: set[asyncio.Task[None]] = set()  # what was let go and is being ended

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
        rungs = rules.order(self.ladder, time.monotonic(), turn=turn, better=above is not None)
        if above is not None:
            rungs = tuple(rung for rung in rungs if rung in rules.above(above))
        ways = [
            Way(rung=rung, turn=order.turn if rung in RELAYED else None, loopback=here.loopback)
            for rung in rungs
        ]
        tasks: dict[Rung, asyncio.Task[Any]] = {
            way.rung: asyncio.create_task(
                self._connect(order, way, keyframe) if way.turn is None else self._relay(way)
            )
            for way in ways
        }
        found: Connection | None = None
        try:
            found = await self._first_open(order, ways, tasks, keyframe)
        finally:  # without an await, at which `found` could be lost
            for task in tasks.values():
                self.abandon(task, order.token, but=found)
        return found

    async def moved(self, order: LiveOrder) -> bool:
        """Whether the desktop has come into another network since; then nothing is known on `ladder` any more."""
        here = await asyncio.to_thread(_find_here, order.whip_url)
        if here.network in ("", self.ladder.network):
            return False
        log.info("live.moved")
        self.ladder = rules.in_network(self.ladder, here.network)
        return True

    async def _first_open(
        self,
        order: LiveOrder,
        ways: Sequence[Way],
        tasks: dict[Rung, asyncio.Task[Any]],
        keyframe: KeyframeWanted,
    ) -> Connection | None:
        for way in ways:
            found: Connection | Obstacle | None = await tasks[way.rung]
            if found is None:  # the relay is open
                found = await self._connect(order, way, keyframe)
            if isinstance(found, Obstacle):
                log.info("live.way_closed", rung=way.rung.value, code=found.code.value, why=found.text)
                self.ladder = rules.failed(self.ladder, way.rung, found)
                continue
            self.ladder = rules.worked(self.ladder, way.rung, time.monotonic())
            return found
        self.ladder = rules.in_vain(self.ladder)
        return None

    async def _connect(self, order: LiveOrder, way: Way, keyframe: KeyframeWanted) -> Connection | Obstacle:
        sending: Sending | None = None
        offer, published = "", None
        try:
            sending = self._new_sending(way, keyframe)
            async with asyncio.timeout(LIMIT_S):
                offer = await sending.offer()
                published = await self._whip.publish(order.whip_url, order.token, offer)
                await sending.accept(published.answer)
                await sending.connected()
        except BaseException as error:
            if sending is not None:
                self._later(self._end(sending, published and published.session_url, order.token))
            if isinstance(error, TimeoutError):
                return Obstacle(code=ObstacleCode.NO_ANSWER, text=f"no answer within {LIMIT_S:g} s")
            if isinstance(error, RtcError):
                code = ObstacleCode.NO_CONNECTION if offer else ObstacleCode.NO_ADDRESS
                return Obstacle(code=code, text=error.detail)
            raise
        return Connection(
            rung=way.rung, sending=sending, session_url=published.session_url, up_s=time.monotonic()
        )

    # --- ending ---------------------------------------------------------------------------------------------

    def let_go(self, connection: Connection, token: str) -> None:
        """End a connection and its session; in the background, as the other side may be silent."""
        connection.sending.clear()
        self._later(self._end(connection.sending, connection.session_url, token))

    def abandon(self, work: asyncio.Task[Any], token: str, *, but: Connection | None = None) -> None:
        """Nobody waits for `work` any more: if a connection comes of it all the same, other than `but`, let it go."""
        work.cancel()
        self._later(self._abandoned(work, token, but))

    async def _abandoned(self, work: asyncio.Task[Any], token: str, but: Connection | None) -> None:
        await asyncio.wait({work})
        if work.cancelled() or work.exception() is not None:
            return
        found = work.result()
        if isinstance(found, Connection) and found is not but:
            self.let_go(found, token)

    def _later(self, ending: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(ending)
        self.ending.add(task)
        task.add_done_callback(self.ending.discard)

    async def _end(self, sending: Sending, session_url: str | None, token: str) -> None:
        parts: list[Coroutine[Any, Any, None]] = [sending.close()]
        if session_url is not None:
            parts.append(self._whip.end(session_url, token))
        for result in await asyncio.gather(*parts, return_exceptions=True):
            if isinstance(result, Exception) and not isinstance(
                result, DeskreelError
            ):  # a session ends by itself
                log.warning("live.not_ended", error=repr(result))


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
