"""What the API speaks of interactions."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from deskreel.server.people.model import AgentRef
from deskreel.server.recordings.model import CallRecording, LivePicture, ScreenRecording


class Fragment(BaseModel):
    """A piece of a text."""

    text: str
    hit: bool = Field(description="Was asked for: to be marked.")


class Hit(BaseModel):
    """A place where the text that was asked for stands."""

    field: Literal["caller", "callee", "agent", "transcript"]
    fragments: list[Fragment] = Field(description="One after the other they are what to show.")
    at_ms: int | None = Field(
        default=None, description="When the first marked word is said, in ms after the interaction's start."
    )
    speaker: str | None = Field(default=None, description="Who says it, as the transcript names them.")


class InteractionFacts(BaseModel):
    """What list and details both say. Times in ms since the epoch."""

    id: str
    call_id: str
    source: str
    direction: Literal["inbound", "outbound", "unknown"]
    caller: str | None
    callee: str | None
    queue: str | None
    agents: list[AgentRef]
    state: Literal["in_progress", "after_call_work", "ended"]
    started_at: int
    ended_at: int | None = Field(description="End of the call, without After Call Work.")
    duration_ms: int | None
    has_call_recording: bool
    has_screen_recording: bool
    coverage: float | None
    paused_ms: int


class InteractionSummary(InteractionFacts):
    """A line of the Activities list, as it was found."""

    has_transcript: bool
    has_evaluation: bool
    hits: list[Hit] = Field(description="Where the text that was asked for stands; empty without one.")
    live_pictures: list[LivePicture] = Field(
        description="Of the screens that are being recorded, for whom may play them; ask again every few seconds."
    )


class Total(BaseModel):
    """How many interactions a filter finds."""

    count: int
    exact: bool = Field(description="False: there are more.")


class InteractionPage(BaseModel):
    """Some interactions, in the order asked for."""

    items: list[InteractionSummary]
    next_cursor: str | None
    total: Total | None = Field(description="Only if it was asked for.")


class EventModel(BaseModel):
    """A call event, as it stands on the timeline."""

    id: str
    kind: str
    at: int
    agent_id: str | None
    attributes: dict[str, Any]


class InteractionDetails(InteractionFacts):
    """Everything that the player needs."""

    timeline_end: int | None = Field(description="End with After Call Work; null while in progress.")
    screen_recordings: list[ScreenRecording]
    call_recording: CallRecording | None
    events: list[EventModel]
