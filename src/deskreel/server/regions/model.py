"""What the API speaks of media regions."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from deskreel.core.live import TurnServer

RegionWarning = Literal[
    "no_gateway_url",  # nothing goes there
    "gateway_silent",  # this server gets no answer from it
    "worker_silent",  # recordings there are not finished
    "no_turn",  # live view goes where UDP does, and a few seconds behind elsewhere
    "turn_without_secret",  # its TURN server lets nobody in
]


class RegionModel(BaseModel):
    """A media region, as admins of networks need to know it."""

    name: str
    home: bool = Field(description="Of whoever has chosen none.")
    gateway_url: str | None = Field(
        description="Recorders and browsers reach it over HTTPS; null: not said, so nothing goes there."
    )
    live_urls: list[str] = Field(description="Of the gateways that carry live views.")
    turn_host: str | None = Field(description="Of live view; null: there is none.")
    turn_port: int = Field(description="UDP and TCP.")
    turn_tls_port: int
    turn_web_port: int = Field(description="Where the TURN host answers / with the 404 page, over http.")
    ipv4: list[str] = Field(description="All IPv4 addresses of its host names; empty: not published.")
    ipv6: str | None = Field(description="The prefix of its IPv6 addresses; null: not published.")


class RegionState(RegionModel):
    """A media region, and whether all of it is there."""

    worker_seen_at: int | None = Field(description="When a worker of it was last at work; null: never.")
    warnings: list[RegionWarning]


class RegionList(BaseModel):
    """All media regions, by name."""

    items: list[RegionState]


class ProbePlan(BaseModel):
    """Where a recorder's connectivity check goes, and what lets it in."""

    region: RegionModel
    gateway_url: str
    probe_id: str
    probe_token: str
    turn: TurnServer | None = Field(description="With a credential; null: the region has none.")
    server_time: float = Field(description="In ms since the epoch, as this answer is written.")


class BrowserProbePlan(ProbePlan):
    """Where a browser's connectivity check goes, and what lets it in."""

    regions: list[str] = Field(description="All that can be asked for.")


class RegionChoice(BaseModel):
    """The media region of the account, a team or an agent."""

    scope: str = Field(description="account, or the id of a team or an agent.")
    region: str | None = Field(description="What is chosen here; null: inherited.")
    effective: str = Field(description="Where the next screen recording goes.")
    version: int = Field(description="Of the choice; send it back with a change.")


class DifferingChoice(BaseModel):
    """A team or an agent whose media region is not the account's to choose."""

    scope: str = Field(description="The id of the team or agent.")
    name: str
    region: str


class DifferingChoiceList(BaseModel):
    """Teams, then agents, each by name."""

    items: list[DifferingChoice]


class RegionChange(BaseModel):
    """A media region to choose."""

    model_config = ConfigDict(extra="forbid")

    version: int
    region: str | None = Field(max_length=60, description="Null: inherited.")
