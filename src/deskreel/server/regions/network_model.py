"""What the API speaks of the network: what has to be open, and what was measured."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from deskreel.core.live import Rung
from deskreel.server.regions.model import RegionState


class Opening(BaseModel):
    """Something that a network has to let out."""

    host: str
    port: int | None = Field(description="Null: any.")
    protocol: Literal["tcp", "udp"]
    purpose: Literal["pages", "media", "live_direct", "turn", "turn_tls", "turn_web"] = Field(
        description="pages: the server's pages, API and control channel. media: recordings up, playback down. "
        "live_direct: live view straight to the gateway. turn, turn_tls: live view by a relay. turn_web: the "
        "404 page of the relay's host, for the connectivity check."
    )
    live_only: bool = Field(description="Recording goes without it.")


class NetworkRegion(RegionState):
    """A media region, with what has to be open to it."""

    gateway_answered: bool | None = Field(
        description="Whether its gateway has just answered this server; null: its address is not said."
    )
    openings: list[Opening]


class BandwidthNeeds(BaseModel):
    """What a client needs, in kbit/s."""

    minimum: int = Field(description="Up, of one recording, on top of the call's audio.")
    call_audio: int
    several_monitors: int = Field(description="More, for several or 4K monitors.")
    per_client: int = Field(description="Up and down, for each client that is on the network at once.")
    loss_percent: int = Field(description="At most.")
    jitter_ms: int = Field(description="At most.")
    cpu_percent: int = Field(description="At most, of the whole machine.")


class FigureSpread(BaseModel):
    """How a figure lies over recorders."""

    recorders: int
    p5: float
    median: float
    p95: float


class CheckCount(BaseModel):
    """How one row of the connectivity check stands over recorders."""

    check: str
    title: str
    ok: int
    warning: int
    failed: int
    not_checked: int


class NetworkFigures(BaseModel):
    """What this installation measured: by the last report and check of each recorder seen in the last 7 days."""

    recorders: int = Field(description="Seen in the last 7 days.")
    online: int
    upload_kbps: FigureSpread | None = Field(
        description="While something was being sent; null: nothing is known."
    )
    rtt_ms: FigureSpread | None
    loss_percent: FigureSpread | None
    jitter_ms: FigureSpread | None
    checked: int = Field(description="Recorders whose last check is known.")
    check_warnings: int = Field(description="Recorders whose last check warned.")
    check_failures: int = Field(description="Recorders whose last check failed.")
    checks: list[CheckCount]
    rungs: dict[Rung, int] = Field(description="Recorders that send a live view now, by their way.")
    mb_per_hour: float | None = Field(
        description="Of recordings finished in the last 7 days; null: none were."
    )
    hours: float = Field(description="Of these recordings.")


class NetworkReport(BaseModel):
    """All that an admin of a network needs."""

    server: Opening
    regions: list[NetworkRegion]
    bandwidth: BandwidthNeeds
    measured: NetworkFigures
