"""What the API takes for the list of interactions: its query parameters."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from deskreel.server.interactions.query import Filter, Sort

_Several = Annotated[list[Annotated[str, Field(max_length=200)]] | None, Field(max_length=100)]
_Moment = Annotated[int | None, Field(ge=0, le=10**15, description="Wall time in ms.")]
_Ms = Annotated[int | None, Field(ge=0, le=10**12)]
_Share = Annotated[float | None, Field(ge=0, le=1)]
_SEVERAL = {"agents": "agent", "teams": "team", "queues": "queue"}  # filters, and how they are asked for


class InteractionFilters(BaseModel):
    """Filters, all of which must hold, and order. A filter that does not exist is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")

    agent: Annotated[_Several, Field(description="Ids; one of them took part.")] = None
    team: Annotated[_Several, Field(description="Ids; an agent who is in one of them now took part.")] = None
    queue: Annotated[_Several, Field(description="Names; one of them.")] = None
    direction: Literal["inbound", "outbound", "unknown"] | None = None
    since: _Moment = None
    until: _Moment = None
    min_duration_ms: _Ms = None
    max_duration_ms: _Ms = None
    min_coverage: _Share = None
    max_coverage: _Share = None
    has_screen_recording: bool | None = None
    has_call_recording: bool | None = None
    has_evaluation: bool | None = None
    has_transcript: bool | None = None
    live: bool | None = Field(default=None, description="It goes on, or its After Call Work does.")
    text: str | None = Field(
        default=None, max_length=200, description="In numbers, agents' names and transcripts."
    )
    sort: Sort = Field(default=Sort.TIME_DOWN, description="With a minus from the last or largest on.")

    @model_validator(mode="after")
    def _storable(self) -> Self:
        several = (self.agent, self.team, self.queue)
        if any("\0" in one for one in (self.text or "", *(one for some in several for one in some or ()))):
            raise ValueError("texts must not hold the character NUL")
        return self

    @property
    def wanted(self) -> Filter:
        """The filters as the list takes them."""
        given = (
            (field.name, getattr(self, _SEVERAL.get(field.name, field.name))) for field in fields(Filter)
        )
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in given}
        return Filter(**values)


class InteractionQuery(InteractionFilters):
    """Filters, order and page."""

    count: bool = Field(default=False, description="Also how many there are, up to 10 000.")
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=500)
