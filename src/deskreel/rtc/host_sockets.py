"""The UDP sockets of a direct connection, and the candidates that say where they are.

In place of aioice's own gathering, which takes any port for each address and announces these addresses alone. Here
all addresses of a connection share one port, so that a range has room for as many connections as it has ports.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import secrets
import socket
from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import Any

from aioice.candidate import Candidate, candidate_foundation, candidate_priority
from aioice.ice import StunProtocol
from aioice.turn import UDP_SOCKET_BUFFER_SIZE

from deskreel.rtc.listening import Listening
from deskreel.rtc.port import NoPortError

_ANY_TRIES = 32  # where the system chooses the port for one address and another address has it in use
_IN_USE = (errno.EADDRINUSE, errno.EACCES)  # EACCES: Windows keeps ports for itself


async def host_candidates(ice: Any, component: int, addresses: Sequence[str], at: Listening) -> list[Any]:
    """Open the sockets of an aioice connection, hand them to it, and say where they are.

    Raises:
        NoPortError: no port is free on all addresses.
    """
    loop = asyncio.get_running_loop()
    opened = bind(addresses, at.ports)
    candidates: list[Any] = []
    try:
        while opened:
            transport, protocol = await loop.create_datagram_endpoint(
                lambda: StunProtocol(ice), sock=opened[0]
            )
            del opened[0]  # from here on the transport's
            ice._protocols.append(protocol)
            host, port = transport.get_extra_info("sockname")[:2]
            protocol.local_candidate = _candidate("host", component, host, port, base=(host, port))
            candidates.append(protocol.local_candidate)
    finally:
        for left in opened:
            left.close()
    return [*candidates, *public_candidates(candidates, at.public)]


def bind(addresses: Sequence[str], ports: range) -> list[socket.socket]:
    """A socket for each address, all at one free port. Addresses that this machine cannot use are left out.

    Raises:
        NoPortError: no port is free on all of them.
    """
    for port in _tries(ports):
        sockets = _bind_at(addresses, port)
        if sockets is not None:
            return sockets
    where = f"between {ports[0]} and {ports[-1]}" if ports else "of this machine"
    raise NoPortError(f"no UDP port {where} is free")


def public_candidates(hosts: Sequence[Any], public: Sequence[str]) -> list[Any]:
    """What is announced beside the sockets' own addresses: these addresses, each with a port of its family.

    They are server-reflexive ones, as if a STUN server had told us: the checks of the other side come to the
    socket that they stand for, so that nothing else has to know them.
    """
    own = {candidate.host for candidate in hosts}
    found: list[Any] = []
    for address in public:
        version = ipaddress.ip_address(address).version
        family = [host for host in hosts if ipaddress.ip_address(host.host).version == version]
        family.sort(key=lambda host: ipaddress.ip_address(host.host).is_loopback)  # no NAT leads there
        if family and address not in own:
            base = (family[0].host, family[0].port)
            found.append(_candidate("srflx", family[0].component, address, base[1], base=base))
    return found


def _tries(ports: range) -> Iterator[int]:
    """From anywhere in the range, so that a port that was given up is not the next one's at once."""
    if not ports:
        return repeat(0, _ANY_TRIES)
    start = secrets.randbelow(len(ports))
    return chain(ports[start:], ports[:start])


def _bind_at(addresses: Sequence[str], port: int) -> list[socket.socket] | None:
    """At this port, or with 0 at any; None: one of them has it in use."""
    sockets: list[socket.socket] = []
    for address in dict.fromkeys(addresses):  # two interfaces may have the same
        try:
            sockets.append(_open(address, port))
        except OSError as error:
            if error.errno in _IN_USE:
                for opened in sockets:
                    opened.close()
                return None
            continue
        port = sockets[-1].getsockname()[1]
    return sockets


def _open(address: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_SOCKET_BUFFER_SIZE)
        made.bind((address, port))
    except BaseException:
        made.close()
        raise
    return made


def _candidate(kind: str, component: int, host: str, port: int, *, base: tuple[str, int]) -> Any:
    reflexive = kind == "srflx"
    return Candidate(
        foundation=candidate_foundation(kind, "udp", base[0]),
        component=component,
        transport="udp",
        priority=candidate_priority(component, kind),
        host=host,
        port=port,
        type=kind,
        related_address=base[0] if reflexive else None,
        related_port=base[1] if reflexive else None,
    )
