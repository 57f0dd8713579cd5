"""All that is bent in aiortc 1.16 and aioice 0.13, in one place (tests/unit/rtc/test_aiortc_contract.py).

aiortc supplies ICE, DTLS, SRTP and SDP. What it lacks is done per connection, never for the whole process:

- Its own RTP ends decode what comes in, swallow keyframe requests and do not pace: `RtpSender` and `RtpReceiver`
  are put in their places while the transceiver is made.
- It takes no TLS context, no IPv6 literal, no loopback address and no limit for ICE: set on the ICE connection.
- It takes any UDP port and knows no address outside a NAT: sockets that are not relayed are ours (`host_sockets`).
- It takes data from anybody (`ice_guard`), and leaves an allocation behind when gathering is cancelled.
- It offers VP8 first: H.264 is the only codec that is preferred, before any description is set.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiortc.rtcpeerconnection as peer_module
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpTransceiver
from aiortc.rtcconfiguration import RTCIceTransportPolicy
from aiortc.rtcrtpsender import RTCRtpSender

from deskreel.core.live import RELAYED, Rung, TurnServer
from deskreel.rtc.host_sockets import host_candidates
from deskreel.rtc.ice_guard import guard, guard_sockets
from deskreel.rtc.listening import ANY_PORT, Listening
from deskreel.rtc.port import RtcError
from deskreel.rtc.rtp_receive import RtpReceiver
from deskreel.rtc.rtp_send import RtpSender
from deskreel.rtc.trust import system_trust

LOOPBACK = ("127.0.0.1", "::1")
GATHER_S = 2.0  # for an address at the TURN server; less than anybody waits for an offer
_gathering: set[asyncio.Task[list[Any]]] = set()  # goes on when whoever waited has gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """The TURN server that a connection goes through, and how it is reached."""

    host: str
    port: int
    transport: str  # udp or tcp
    username: str
    password: str = field(repr=False)
    secure: bool = False  # by TLS
    context: ssl.SSLContext | None = None  # for it; None: what the system trusts

    @staticmethod
    def of(rung: Rung, turn: TurnServer | None, context: ssl.SSLContext | None = None) -> Relay | None:
        """For a rung; None: it is not one of `RELAYED`. Without a context TLS goes by `system_trust`.

        Raises:
            RtcError: the rung needs a TURN server, and there is none.
        """
        if rung not in RELAYED:
            return None
        if turn is None:
            raise RtcError("the region has no TURN server")
        tls = rung is Rung.TURN_TLS
        return Relay(
            host=turn.host,
            port=turn.tls_port if tls else turn.port,
            transport="udp" if rung is Rung.TURN_UDP else "tcp",
            username=turn.username,
            password=turn.password,
            secure=tls,
            context=context,
        )


def new_connection(
    direction: str,
    make_sender: Callable[[Any], RtpSender],
    make_receiver: Callable[[Any], RtpReceiver],
    *,
    relay: Relay | None = None,
    loopback: bool = False,
    listening: Listening = ANY_PORT,
) -> RTCPeerConnection:
    """A connection with one video of H.264, `sendonly` or `recvonly`, and our own RTP ends."""
    policy = RTCIceTransportPolicy.RELAY if relay is not None else RTCIceTransportPolicy.ALL
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[], iceTransportPolicy=policy))
    with _own_ends(make_sender, make_receiver):
        transceiver = pc.addTransceiver("video", direction=direction)
    transceiver.setCodecPreferences(_h264())
    ice = ice_of(transceiver)
    if relay is not None:
        ice.turn_server = (relay.host, relay.port)
        ice.turn_transport = relay.transport
        ice.turn_username, ice.turn_password = relay.username, relay.password
        ice.turn_ssl = None  # a plain connection, unless gathering finds otherwise
    guard(ice)
    _bound_gathering(ice, LOOPBACK if loopback else (), listening, relay)
    return pc


def ice_of(transceiver: RTCRtpTransceiver) -> Any:
    """The aioice connection of a transceiver."""
    return transceiver.receiver.transport.transport.iceGatherer._connection


@contextmanager
def _own_ends(
    make_sender: Callable[[Any], RtpSender], make_receiver: Callable[[Any], RtpReceiver]
) -> Iterator[None]:
    """While a transceiver is made, which happens without an await, our RTP ends stand in for aiortc's."""
    names = ("RTCRtpSender", "RTCRtpReceiver")
    kept = {name: getattr(peer_module, name) for name in names}
    made = (lambda _, transport: make_sender(transport), lambda _, transport: make_receiver(transport))
    try:
        for name, make in zip(names, made, strict=True):
            setattr(peer_module, name, make)
        yield
    finally:
        for name, own in kept.items():
            setattr(peer_module, name, own)


def _h264() -> list[Any]:
    """Constrained baseline, which every browser takes, before baseline; and repeats."""
    codecs = RTCRtpSender.getCapabilities("video").codecs
    h264 = [codec for codec in codecs if codec.mimeType.lower() == "video/h264"]
    h264.sort(key=lambda codec: not str(codec.parameters["profile-level-id"]).lower().startswith("42e0"))
    return h264 + [codec for codec in codecs if codec.mimeType.lower() == "video/rtx"]


def _bound_gathering(ice: Any, more: tuple[str, ...], listening: Listening, relay: Relay | None) -> None:
    """Sockets of ours (with `more` addresses of this machine), or an address at the relay.

    Nothing is left behind when time is up or nobody waits: cancelled inside aioice, an allocation would be made
    later that nobody owns and that is refreshed for ever.
    """
    gather = ice.get_component_candidates

    async def whole(component: int, addresses: list[str]) -> list[Any]:
        if relay is None:
            candidates = await host_candidates(ice, component, [*more, *addresses], listening)
        else:
            if relay.secure:
                ice.turn_ssl = relay.context or await system_trust()
            candidates = await gather(component, addresses, GATHER_S)
        guard_sockets(ice)
        if ice._closing:  # meanwhile, and closed what there was
            protocols, ice._protocols[:] = list(ice._protocols), []
            for protocol in protocols:
                await protocol.close()
        return candidates

    async def bounded(component: int, addresses: list[str]) -> list[Any]:
        task = asyncio.create_task(whole(component, addresses))
        _gathering.add(task)
        task.add_done_callback(_gathering.discard)
        return await asyncio.shield(task)

    ice.get_component_candidates = bounded
