"""What the API takes for the list of interactions: its query parameters."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from deskreel.server.interactions.query import Filter, Sort

_Several = Annotated[list[str] | None, Field(max_length=100)]
_Moment = Annotated[int | None, Field(ge=0, le=10**15, description="Wall time in ms.")]
_Ms = Annotated[int | None, Field(ge=0, le=10**12)]
_Share = Annotated[float | None, Field(ge=0, le=1)]
_SEVERAL = {"agents": "agent", "teams": "team", "queues": "queue"}  # filters, and how they are asked for


class InteractionQuery(BaseModel):
    """Filters, all of which must hold; order; page. A filter that does not exist is refused, not ignored."""

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
    text: str | None = Field(
        default=None, max_length=200, description="In numbers, agents' names and transcripts."
    )
    sort: Sort = Field(default=Sort.TIME_DOWN, description="With a minus from the last or largest on.")
    count: bool = Field(default=False, description="Also how many there are, up to 10 000.")
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=500)

    @property
    def wanted(self) -> Filter:
        """The filters as the list takes them."""
        given = (
            (field.name, getattr(self, _SEVERAL.get(field.name, field.name))) for field in fields(Filter)
        )
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in given}
        return Filter(**values)
