"""What the connectivity check finds out, before anybody judges it. Pure values; None: not found out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Network, ip_address

from deskreel.core.live import Rung, TurnServer
from deskreel.rtc.probe import RelayResult, StunResult


class Family(IntEnum):
    """Of addresses; the value is what people say."""

    IPV4 = 4
    IPV6 = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Something that did not work."""

    what: str  # as the system or the other side says it
    hint: str = ""  # what helps, where the other side says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """The media region that is tried, as the server tells of it."""

    name: str
    gateway_url: str  # no trailing slash
    host: str  # of the gateway
    port: int  # of the gateway
    secure: bool  # the gateway is reached over TLS
    live_urls: tuple[str, ...] = ()  # of the gateways that carry live views, no trailing slash
    turn_host: str | None
    turn: TurnServer | None = None  # with a credential; None: the server gives none
    turn_web_port: int = 80  # where the TURN host has its 404 page
    ipv4: tuple[IPv4Address, ...]  # published; empty: nothing is
    ipv6: IPv6Network | None  # published

    def publishes(self, address: str) -> bool:
        """Whether an address of a host name is one of the published; where none is, any is."""
        found = ip_address(address.partition("%")[0])
        if isinstance(found, IPv4Address):
            return not self.ipv4 or found in self.ipv4
        return self.ipv6 is None or found in self.ipv6


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What the other side showed."""

    protocol: str  # such as TLSv1.3; empty when the handshake failed
    issuer: str  # who signed it; empty when it was not to be had
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The answer to GET /."""

    status: int
    body: str  # its first bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far the way to the gateway goes."""

    proxy: str | None  # address of the proxy that the environment names for the gateway
    names: dict[Family, tuple[str, ...]] = field(default_factory=dict[Family, tuple[str, ...]])
    tcp: dict[Family, float | Failure] = field(default_factory=dict[Family, float | Failure])  # ms to connect
    tls: Certificate | None = None  # None: no TLS, or nothing to connect to
    pages: dict[Family, Page | Failure] = field(default_factory=dict[Family, Page | Failure])
    proxied_page: Page | Failure | None = None  # through the proxy, in place of the above


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A chunk that was stored."""

    size: int  # bytes
    took_ms: float  # from sending to the answer
    stored_ms: float  # of it, the gateway's own work with its storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Echoes:
    """Messages that the gateway sends back, one after the other."""

    sent: int
    late: int  # of these: not within a second, or never
    rtts_ms: tuple[float, ...]  # of those that came, in their order


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What goes over the way."""

    chunk: Stored | Failure
    up_kbps: float | Failure | None
    down_kbps: float | Failure | None
    echoes: Echoes


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveWays:
    """How far live view would come, by the region's TURN server."""

    names: dict[Family, tuple[str, ...]]  # addresses of the TURN host
    pages: dict[Family, Page | Failure] = field(default_factory=dict[Family, Page | Failure])
    stun: dict[Family, StunResult] = field(default_factory=dict[Family, StunResult])
    relays: dict[Rung, RelayResult] = field(default_factory=dict[Rung, RelayResult])
    ipv6: RelayResult | None = None  # over UDP to the TURN host's IPv6 address; None: it has none


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectWay:
    """A live connection straight to a gateway, made for the check."""

    host: str  # of the gateway
    refused: Failure | None = None  # why there was nothing to connect to; None: the gateway took the offer
    old: bool = False  # the gateway does not know of this yet
    busy: bool = False  # it has enough to do
    theirs: tuple[str, ...] = ()  # where it says it can be reached, such as 203.0.113.7:50007
    ports: str = ""  # which it may have, such as 50000-50299; empty: it does not say
    connected_ms: float | None = None  # None: no connection came about
    pair: tuple[str, str] = ("", "")  # in use: ours, the gateway's
    heard: bool = False  # the gateway reports that it gets what we send


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The desktop itself."""

    cpu_percent: float  # of all cores, over a second
    monitors: int | Failure  # whose pictures can be had
    disk_free_bytes: int | Failure  # where the spool is
    spool_bytes: int  # that the spool may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """How the server answered."""

    url: str
    answer: float | Failure  # ms
    clock_ms: float | None  # server minus desktop
    clock_uncertainty_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All of them."""

    machine: Machine
    server: Server
    region: Region | None = None  # None: the server did not say
    reach: Reach | None = None
    traffic: Traffic | None = None
    direct: tuple[DirectWay, ...] = ()  # one for each gateway that carries live views
    live: LiveWays | None = None  # None: no TURN server is configured
