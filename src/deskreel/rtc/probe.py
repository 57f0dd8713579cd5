"""Tries the ways to a TURN server: a STUN answer over UDP, and echoes that its relay carried. No media, no aiortc.

An allocation alone proves nothing: a relay may allocate and yet pass nothing on. So a probe takes two relayed
addresses over the same way and sends from one to the other; what arrives has gone up, through the relay, and down
again. Nothing is left behind: both are given back.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from deskreel.core.live import RELAYED, Rung, TurnServer
from deskreel.rtc.relay_end import HELLO, End, give_back, hear
from deskreel.rtc.trust import system_trust

LIMIT_S = 3.0  # for a way: then it counts as closed
_REPEAT_S = 0.1  # between the packets that open a relayed address to the other; the first ones are dropped
_STUN_REPEAT_S = 0.5
_LIFETIME_S = 60  # of an allocation whose end the server never heard of


class Step(StrEnum):
    """How far a way through the relay went: what failed."""

    REACH = "reach"  # nothing answers
    TRUST = "trust"  # TLS: the certificate is not trusted, or no TLS is spoken
    ADMIT = "admit"  # the credential is refused
    ALLOCATE = "allocate"  # no relayed address is given, such as by a quota
    PERMIT = "permit"  # the relay may not send there
    ECHO = "echo"  # what was sent did not come back


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayResult:
    """A way through the relay."""

    failed: Step | None  # None: media can go this way
    error: str = ""  # as system or server say it, in words
    allocated_ms: float | None = None  # until the relayed address was given
    relayed: str = ""  # address; empty: none was given
    sent: int = 0  # echoes
    rtts_ms: tuple[float, ...] = ()  # of those that came back, in the order of sending

    @property
    def ok(self) -> bool:
        """Whether media can go this way."""
        return self.failed is None


@dataclass(frozen=True, slots=True, kw_only=True)
class StunResult:
    """What a STUN server answers over UDP."""

    ms: float | None  # None: nothing
    mapped: str = ""  # the address from which it is seen
    error: str = ""  # why not, in words

    @property
    def ok(self) -> bool:
        """Whether UDP goes there and back."""
        return self.ms is not None


class _FailedError(Exception):
    def __init__(self, step: Step, what: str) -> None:
        super().__init__(what)
        self.step = step


async def relay(
    turn: TurnServer,
    rung: Rung,
    *,
    echoes: int = 1,
    apart_s: float = 0.02,
    limit_s: float = LIMIT_S,
    trusted: ssl.SSLContext | None = None,
    address: str | None = None,
) -> RelayResult:
    """Try one of `RELAYED`.

    Args:
        turn: The server, with a credential.
        rung: The way.
        echoes: How many to send, `apart_s` apart.
        apart_s: Between two echoes.
        limit_s: For connection, allocation and the first echo together; and for the last echo to come.
        trusted: For TLS; by default what the system trusts, with SSL_CERT_FILE.
        address: To go to in place of the name's addresses, such as one of IPv6; not for TLS.
    """
    if rung not in RELAYED or (address is not None and rung is Rung.TURN_TLS):
        raise ValueError(rung)
    here, there = ends = End(), End()
    began = time.perf_counter()
    try:
        async with asyncio.timeout(limit_s):
            if rung is Rung.TURN_TLS and trusted is None:
                trusted = await system_trust()
            await _both([_allocate(end, turn, rung, trusted, address) for end in ends])
            allocated_ms = (time.perf_counter() - began) * 1000
            await _meet(here, there)
    except _FailedError as error:
        failed, what = error.step, str(error)
    except TimeoutError:
        failed, what = _how_far(ends), f"no answer within {limit_s:g} s"
    else:
        rtts_ms = await _echoes(here, there, echoes, apart_s, limit_s)
        return RelayResult(
            failed=None if rtts_ms else Step.ECHO,
            error="" if rtts_ms else f"none of {echoes} echoes came back",
            allocated_ms=allocated_ms,
            relayed=here.relayed[0],
            sent=echoes,
            rtts_ms=rtts_ms,
        )
    finally:
        await give_back(ends)
    given = failed in (Step.PERMIT, Step.ECHO)
    return RelayResult(
        failed=failed,
        error=what,
        allocated_ms=here.allocated_ms if given else None,
        relayed=here.relayed[0] if given else "",
    )


async def stun(address: str, port: int, *, limit_s: float = LIMIT_S) -> StunResult:
    """Ask a STUN server over UDP under which address it sees us; asked again each 0.5 s."""
    from aioice.stun import Class, Message, Method

    loop = asyncio.get_running_loop()
    request = Message(message_method=Method.BINDING, message_class=Class.REQUEST)
    waiting = _Asking(request.transaction_id, loop.create_future())
    began = time.perf_counter()
    try:
        transport, _ = await loop.create_datagram_endpoint(lambda: waiting, remote_addr=(address, port))
    except OSError as error:
        return StunResult(ms=None, error=_words(error))
    try:
        async with asyncio.timeout(limit_s):
            while not waiting.answer.done():
                transport.sendto(bytes(request))
                await asyncio.wait([waiting.answer], timeout=_STUN_REPEAT_S)
            mapped = waiting.answer.result()
    except TimeoutError:
        return StunResult(ms=None, error=f"no answer within {limit_s:g} s")
    except OSError as error:
        return StunResult(ms=None, error=_words(error))
    finally:
        transport.close()
    return StunResult(ms=(time.perf_counter() - began) * 1000, mapped=mapped)


class _Asking(asyncio.DatagramProtocol):
    """Waits for the answer to one binding request."""

    def __init__(self, transaction_id: bytes, answer: asyncio.Future[str]) -> None:
        self._transaction_id = transaction_id
        self.answer = answer

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """Take the answer if it is to our request."""
        from aioice.stun import parse_message

        try:
            message = parse_message(data)
        except ValueError:
            return
        if message.transaction_id == self._transaction_id and not self.answer.done():
            mapped = message.attributes.get("XOR-MAPPED-ADDRESS", ("", 0))
            self.answer.set_result(str(mapped[0]))

    def error_received(self, exc: Exception) -> None:
        """As when the port is closed (ICMP)."""
        if not self.answer.done():
            self.answer.set_exception(exc)


async def _allocate(
    end: End, turn: TurnServer, rung: Rung, trusted: ssl.SSLContext | None, address: str | None
) -> None:
    from aioice.stun import TransactionFailed, TransactionTimeout
    from aioice.turn import create_turn_endpoint

    secure = rung is Rung.TURN_TLS
    try:
        await create_turn_endpoint(
            lambda: end,
            (address or turn.host, turn.tls_port if secure else turn.port),
            turn.username,
            turn.password,
            lifetime=_LIFETIME_S,
            ssl=trusted if secure else None,
            transport="udp" if rung is Rung.TURN_UDP else "tcp",
        )
    except ssl.SSLCertVerificationError as error:
        raise _FailedError(Step.TRUST, error.verify_message) from error
    except ssl.SSLError as error:
        raise _FailedError(Step.TRUST, error.reason or str(error)) from error
    except TransactionFailed as error:
        code, reason = error.response.attributes.get("ERROR-CODE", (0, "refused"))
        step = Step.ADMIT if code in (401, 438) else Step.ALLOCATE
        raise _FailedError(step, f"{reason} ({code})") from error
    except TransactionTimeout as error:
        raise _FailedError(Step.REACH, "no answer") from error
    except OSError as error:
        raise _FailedError(Step.REACH, _words(error)) from error


async def _both(work: Sequence[Awaitable[None]]) -> None:
    """Wait for both; the first failure ends the other."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _meet(here: End, there: End) -> None:
    """Open each relayed address to the other; returns when packets come through both ways."""
    from aioice.stun import TransactionFailed

    while not (HELLO in here.arrived and HELLO in there.arrived):
        here.send(HELLO, there)
        there.send(HELLO, here)
        await hear(here, there, _REPEAT_S)
        for end in (here, there):
            if isinstance(end.error, TransactionFailed):
                code, reason = end.error.response.attributes.get("ERROR-CODE", (0, "refused"))
                raise _FailedError(Step.PERMIT, f"{reason} ({code})")
            if end.closed.is_set():
                raise _FailedError(Step.ECHO, "the server closed the connection")


async def _echoes(here: End, there: End, count: int, apart_s: float, limit_s: float) -> tuple[float, ...]:
    sent: dict[int, float] = {}
    for number in range(count):
        sent[number] = time.perf_counter()
        here.send(number, there)
        if number + 1 < count:
            await asyncio.sleep(apart_s)
    deadline = time.perf_counter() + limit_s
    while len(there.arrived) < count + 1 and (left_s := deadline - time.perf_counter()) > 0:
        await hear(there, there, left_s)
    return tuple((there.arrived[n] - at) * 1000 for n, at in sent.items() if n in there.arrived)


def _how_far(ends: Sequence[End]) -> Step:
    """What had not come when time was up."""
    return Step.ECHO if all(end.transport is not None for end in ends) else Step.REACH


def _words(error: OSError) -> str:
    if isinstance(error, socket.gaierror) or not error.errno:
        return error.strerror or str(error) or type(error).__name__
    return os.strerror(error.errno)  # asyncio's own text has addresses
