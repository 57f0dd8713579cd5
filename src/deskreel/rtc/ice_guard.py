"""What comes in at the sockets of a connection: strangers may send there, and only STUN says who somebody is.

aioice takes data from anybody, as much as memory holds, and aiortc's DTLS transport ends by a packet that is too
long or empty. So only packets of a proper size get in, from addresses that have passed an ICE check.
"""

from __future__ import annotations

from typing import Any

MAX_DATAGRAM = 1500  # what aiortc's SRTP takes
_EARLY = 100  # packets that may wait before the connection is up
_WAITING = 2048  # afterwards
_STUN_HEADER = 20


def guard(ice: Any) -> None:
    """Before anything is gathered: size and number of packets are bounded."""
    put = ice.data_received

    def bounded(data: bytes, component: int) -> None:
        most = _WAITING if ice._nominated else _EARLY
        if 0 < len(data) <= MAX_DATAGRAM and ice._queue.qsize() < most:
            put(data, component)

    ice.data_received = bounded


def guard_sockets(ice: Any) -> None:
    """After gathering: data comes only from where the other side is known to be."""
    for protocol in ice._protocols:
        _guard_socket(ice, protocol)


def _guard_socket(ice: Any, protocol: Any) -> None:
    take = protocol.datagram_received

    def known(data: bytes, addr: tuple[Any, ...]) -> None:
        if _may_be_stun(data) or not ice._early_checks_done or _is_peer(ice, addr):
            take(data, addr)

    protocol.datagram_received = known


def _may_be_stun(data: bytes) -> bool:
    return len(data) >= _STUN_HEADER and data[0] < 4


def _is_peer(ice: Any, addr: tuple[Any, ...]) -> bool:
    """Whether it is a candidate of the other side: named in its description, or by a check with our password."""
    host, port = addr[0], addr[1]
    return any(peer._network_host == host and peer.port == port for peer in ice._remote_candidates)
