"""What the API speaks of coverage."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from deskreel.core.reasons import ReasonCode
from deskreel.server.people.model import AgentRef

_RATIO = "Captured / expected, 0 to 1; null while nothing is expected."


class CoverageGroup(BaseModel):
    """A line of the report. By reason there is only what is missing."""

    key: str = Field(description="The day (YYYY-MM-DD), or the id of team or agent, or the reason code.")
    name: str = Field(description="For people; empty: agents without a team.")
    interactions: int = Field(description="Agents' parts of calls; by reason: those that it touches.")
    expected_ms: int | None = None
    captured_ms: int | None = None
    missing_ms: int
    coverage: float | None = Field(default=None, description=_RATIO)
    advice: str | None = Field(default=None, description="By reason: what happened and what to do.")


class CoverageReport(BaseModel):
    """Coverage of the calls that began within a stretch of time."""

    group_by: Literal["day", "team", "agent", "reason"]
    interactions: int
    expected_ms: int
    captured_ms: int
    missing_ms: int
    coverage: float | None = Field(description=_RATIO)
    items: list[CoverageGroup]


class MissingStretch(BaseModel):
    """Something that should have been captured and was not."""

    start: int = Field(description="Wall time in ms.")
    end: int
    reason: ReasonCode
    advice: str


class InteractionCoverage(BaseModel):
    """Coverage of one agent's part of a call."""

    agent: AgentRef
    screen_recording_id: str
    expected_ms: int
    captured_ms: int
    coverage: float
    missing: list[MissingStretch]


class InteractionCoverages(BaseModel):
    """Coverage of a call, by agent in the order in which they took it; empty until a recording has ended."""

    items: list[InteractionCoverage]
