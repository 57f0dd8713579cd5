"""All that is bent in aiortc 1.16 and aioice 0.13, in one place (tests/unit/rtc/test_aiortc_contract.py).

aiortc supplies ICE, DTLS, SRTP and SDP. What it lacks is done per connection, never for the whole process:

- Its own RTP ends decode what comes in, swallow keyframe requests and do not pace: `RtpSender` and `RtpReceiver`
  are put in their places while the transceiver is made.
- It takes no TLS context, no IPv6 literal, no loopback address and no limit for ICE: set on the ICE connection.
- It offers VP8 first: H.264 is the only codec that is preferred, before any description is set.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiortc.rtcpeerconnection as peer_module
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpTransceiver
from aiortc.rtcconfiguration import RTCIceTransportPolicy
from aiortc.rtcrtpsender import RTCRtpSender

from deskreel.core.live import Rung, TurnServer
from deskreel.rtc.rtp_receive import RtpReceiver
from deskreel.rtc.rtp_send import RtpSender

LOOPBACK = ("127.0.0.1", "::1")
GATHER_S = 3.0  # for an address at the TURN server


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """The TURN server that a connection goes through, and how it is reached."""

    host: str
    port: int
    transport: str  # udp or tcp
    username: str
    password: str = field(repr=False)
    tls: ssl.SSLContext | None = None  # None: without TLS

    @staticmethod
    def of(turn: TurnServer, rung: Rung, context: ssl.SSLContext | None = None) -> Relay:
        """For one of `RELAYED`. Without a context TLS goes by the system's certificates and SSL_CERT_FILE."""
        tls = rung is Rung.TURN_TLS
        return Relay(
            host=turn.host,
            port=turn.tls_port if tls else turn.port,
            transport="udp" if rung is Rung.TURN_UDP else "tcp",
            username=turn.username,
            password=turn.password,
            tls=(context or ssl.create_default_context()) if tls else None,
        )


def new_connection(
    direction: str,
    make_sender: Callable[[Any], RtpSender],
    make_receiver: Callable[[Any], RtpReceiver],
    *,
    relay: Relay | None = None,
    loopback: bool = False,
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
        ice.turn_ssl = relay.tls  # None: a plain connection
    _bound_gathering(ice, LOOPBACK if loopback and relay is None else ())
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


def _bound_gathering(ice: Any, more: tuple[str, ...]) -> None:
    """With `more` addresses of this machine; and what is still open when time is up is ended, not left behind."""
    gather = ice.get_component_candidates

    async def bounded(component: int, addresses: list[str]) -> list[Any]:
        return await gather(component, [*more, *addresses], GATHER_S)

    ice.get_component_candidates = bounded
