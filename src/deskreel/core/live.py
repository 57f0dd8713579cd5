"""The live view in values: what a recorder is asked to send, over which rung of the ladder, and how it goes.

A live view is an extra leg: it may fail, drop frames and end at any moment, and the recording does not notice.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    OFF = "off"  # no rung works, or the leg was given up; the obstacles say why


class ObstacleCode(StrEnum):
    """What can be in the way of a live view: a closed list, for which pages have words in each language."""

    # on one rung
    NO_ADDRESS = "no_address"  # the desktop has none to be reached by
    NO_ANSWER = "no_answer"  # in time
    NO_CONNECTION = "no_connection"  # it was not taken, or failed
    NO_TURN = "no_turn"  # the region has no TURN server
    TURN_UNREACHABLE = "turn_unreachable"
    TURN_UNTRUSTED = "turn_untrusted"  # its certificate
    TURN_REFUSED = "turn_refused"  # the credential, an address, or passing on to the gateway
    TURN_SILENT = "turn_silent"  # what was sent through it did not come back
    CLOSED = "closed"  # the connection broke off
    UNHEARD = "unheard"  # the gateway hears nothing any more
    FORGOTTEN = "forgotten"  # the gateway does not know the session any more
    # on all of them
    GATEWAY_UNREACHABLE = "gateway_unreachable"
    GATEWAY_REFUSED = "gateway_refused"
    RECORDING_FIRST = "recording_first"  # desktop or link is short of what the recording needs
    ENCODER_FAILED = "encoder_failed"
    FAULT = "fault"  # of the program
    OTHER = "other"  # one that a newer recorder knows: its text says it

    @classmethod
    def _missing_(cls, value: object) -> ObstacleCode | None:
        return cls.OTHER if isinstance(value, str) else None


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class Obstacle:
    """Something in the way of a live view."""

    code: ObstacleCode
    text: str = ""  # as system or gateway put it, for logs and the curious; English
    rung: Rung | None = None  # on which it is; None: on all of them


def sentence(obstacles: Sequence[Obstacle]) -> str:
    """What is in the way, for who knows no codes."""
    return "; ".join(o.text if o.rung is None else f"{o.rung.value}: {o.text}" for o in obstacles)


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class LiveReport:
    """What a recorder says of its live leg."""

    state: LiveState
    rung: Rung | None = None  # in use or being tried
    why: str = ""  # why not a better one, as a sentence; all that recorders without `obstacles` say of it
    obstacles: tuple[Obstacle, ...] = ()  # the same as codes, the best rung first
    kbps: float | None = None  # sent
    rtt_ms: float | None = None
    loss_percent: float | None = None
    jitter_ms: float | None = None
