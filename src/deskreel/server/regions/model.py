"""What the API speaks of media regions."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class RegionModel(BaseModel):
    """A media region, as admins of networks need to know it."""

    name: str
    home: bool = Field(description="Of whoever has chosen none.")
    gateway_url: str | None = Field(
        description="Recorders and browsers reach it over HTTPS; null: not said, so nothing goes there."
    )
    turn_host: str | None = Field(description="Of live view; null: there is none.")
    ipv4: list[str] = Field(description="All IPv4 addresses of its host names; empty: not published.")
    ipv6: str | None = Field(description="The prefix of its IPv6 addresses; null: not published.")


class RegionList(BaseModel):
    """All media regions, by name."""

    items: list[RegionModel]


class ProbePlan(BaseModel):
    """Where a recorder's connectivity check goes, and what lets it in."""

    region: RegionModel
    gateway_url: str
    probe_id: str
    probe_token: str
    server_time: float = Field(description="In ms since the epoch, as this answer is written.")


class RegionChoice(BaseModel):
    """The media region of the account, a team or an agent."""

    scope: str = Field(description="account, or the id of a team or an agent.")
    region: str | None = Field(description="What is chosen here; null: inherited.")
    effective: str = Field(description="Where the next screen recording goes.")
    version: int = Field(description="Of the choice; send it back with a change.")


class RegionChange(BaseModel):
    """A media region to choose."""

    model_config = ConfigDict(extra="forbid")

    version: int
    region: str | None = Field(max_length=60, description="Null: inherited.")
