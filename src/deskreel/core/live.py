"""The live view in values: what a recorder is asked to send, over which rung of the ladder, and how it goes.

A live view is an extra leg: it may fail, drop frames and end at any moment, and the recording does not notice.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from deskreel.core.ids import ScreenRecordingId
from deskreel.core.time import WallTime

_CONFIG = ConfigDict(extra="ignore")  # unknown fields come from a newer peer


class Rung(StrEnum):
    """The ways that a live view can go, the best first."""

    DIRECT = "direct"  # UDP to the gateway
    TURN_UDP = "turn-udp"  # relayed, UDP to the TURN server
    TURN_TCP = "turn-tcp"
    TURN_TLS = "turn-tls"
    HTTPS = "https"  # no WebRTC: the live edge of the playlist, a few seconds behind


RELAYED = (Rung.TURN_UDP, Rung.TURN_TCP, Rung.TURN_TLS)


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class TurnServer:
    """A region's TURN server, and a credential for it that expires."""

    host: str  # a name, for TLS; IPv4 and IPv6 by its A and AAAA
    username: str
    password: str = field(repr=False)
    port: int = 3478  # UDP and TCP
    tls_port: int = 443

    def url(self, rung: Rung) -> str:
        """RFC 7065 address of one of `RELAYED`."""
        if rung is Rung.TURN_TLS:
            return f"turns:{self.host}:{self.tls_port}?transport=tcp"
        return f"turn:{self.host}:{self.port}?transport={'udp' if rung is Rung.TURN_UDP else 'tcp'}"


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class LiveOrder:
    """The screen recording under way is being watched: send it live, too."""

    screen_recording_id: ScreenRecordingId
    whip_url: str  # where to publish (RFC 9725)
    token: str = field(repr=False)  # for it; a newer order carries a newer one
    until: WallTime  # send nothing from then on, unless a newer order says otherwise
    turn: TurnServer | None = None  # None: the region has none


class LiveState(StrEnum):
    """How the live leg of a recorder is."""

    CONNECTING = "connecting"
    LIVE = "live"
    OFF = "off"  # no rung works, or the leg was given up; `why` says it


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class LiveReport:
    """What a recorder says of its live leg."""

    state: LiveState
    rung: Rung | None = None  # in use or being tried
    why: str = ""  # why not a better one, for people
    kbps: float | None = None  # sent
    rtt_ms: float | None = None
    loss_percent: float | None = None
    jitter_ms: float | None = None
