"""What the API speaks of live views and of calls in progress."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from deskreel.core.live import LiveReport, TurnServer
from deskreel.core.reasons import ReasonCode
from deskreel.server.people.model import AgentRef, TeamRef
from deskreel.server.recordings.model import LivePicture

LiveStanding = Literal["recording", "paused", "acw", "ended"]


class LiveView(BaseModel):
    """One person watching one screen recording live."""

    id: str
    screen_recording_id: str
    interaction_id: str | None = Field(description="The call in the picture now; null: none is linked.")
    agent: AgentRef
    state: LiveStanding = Field(
        description="paused: nothing is sent, and the picture is to be covered. ended: the view is over."
    )
    region: str
    whep_url: str | None = Field(description="Where to POST an offer (WHEP); null once it has ended.")
    token: str | None = Field(
        description="Bearer token for it, good until `expires_at`; PUT the fresh one of a renewal to "
        "{session}/token. Null once it has ended."
    )
    expires_at: int = Field(description="It ends then, unless renewed: do so every 20 s.")
    turn: TurnServer | None = Field(description="Null: the region has none, or it has ended.")
    playlist_url: str | None = Field(
        description="HLS of what is stored, some seconds behind: where nothing else gets through. "
        "Null: the caller may not play recordings, nothing is stored yet, or it has ended."
    )
    notice: bool = Field(description="The agent is told.")
    recorder_online: bool
    recorder: LiveReport | None = Field(
        description="What the recorder says of sending it; null: nothing yet, or it is not asked to."
    )


class LiveGap(BaseModel):
    """How much of a call in progress is missing for one reason."""

    reason: ReasonCode
    advice: str
    ms: int


class LiveCall(BaseModel):
    """One agent's call in progress, with its After Call Work."""

    screen_recording_id: str
    interaction_id: str
    agent: AgentRef
    team: TeamRef | None
    queue: str | None
    started_at: int = Field(description="When this agent's part of the call began.")
    call_ended_at: int | None = Field(description="The call has ended, and After Call Work goes on.")
    state: Literal["recording", "paused", "acw"]
    coverage: float | None = Field(
        description="Captured / expected so far, 0 to 1, by what the recorder has said; null: nothing is expected."
    )
    expected_ms: int
    captured_ms: int
    missing: list[LiveGap] = Field(description="What is missing so far, the most first.")
    paused_ms: int
    picture: LivePicture | None = Field(
        description="The newest picture that is stored; null: none yet, or the caller may not play."
    )
    watchers: int = Field(description="Live views that are open.")
    may_watch: bool = Field(description="The recording settings let supervisors watch this agent live.")
    region: str
    recorder_online: bool
    recorder: LiveReport | None = Field(
        description="What the recorder says of a live view; null: nobody watches."
    )


class LiveCallNow(LiveCall):
    """One call in progress, as it stands."""

    as_of: int = Field(description="The server's time, to count durations from.")


class LiveCallList(BaseModel):
    """The calls in progress that are captured, the longest first."""

    items: list[LiveCall]
    total: int = Field(description="All of them; `items` are the first.")
    as_of: int = Field(description="The server's time, to count durations from.")
