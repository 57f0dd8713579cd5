"""What the API speaks of recordings."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from deskreel.core.reasons import ReasonCode
from deskreel.core.timeline import SpanState
from deskreel.server.people.model import AgentRef

RecordingState = Literal["recording", "paused", "acw", "ended", "available"]


class WindowModel(BaseModel):
    """[start, end) in ms since the epoch; end null while open."""

    start: int
    end: int | None


class SpanModel(BaseModel):
    """A stretch in one state."""

    state: SpanState
    start: int
    end: int | None
    reason: ReasonCode | None = Field(description="Why it is missing.")
    advice: str | None = Field(description="The reason in a sentence, and what to do.")


class MarkModel(BaseModel):
    """Something that happened on the desktop at one moment."""

    at: int = Field(description="Wall time in ms.")
    kind: str = Field(
        description="monitor: the picture shows another monitor; monitors: they changed; quality."
    )
    detail: dict[str, str | int | float | bool] = Field(description="As the kind says.")


class Canvas(BaseModel):
    """Picture size in pixels."""

    width: int
    height: int


class ScreenRecording(BaseModel):
    """The part of a screen recording that belongs to an interaction."""

    id: str
    agent: AgentRef
    state: RecordingState
    region: str = Field(description="The media region in which it is stored and played.")
    window: WindowModel
    spans: list[SpanModel]
    coverage: float | None = Field(description="Captured / expected, 0 to 1; null while nothing is expected.")
    expected_ms: int
    captured_ms: int
    bytes: int | None
    canvas: Canvas
    marks: list[MarkModel] = Field(description="In the order of time; known once the recorder finished.")
    first_frame_at: int | None
    available_at: int | None = Field(description="When its MP4 was finished.")
    clock_uncertainty_ms: float | None
    playlist_url: str | None = Field(description="HLS; carries a short-lived token.")
    thumbnails_url: str | None = Field(
        description="JSON of small pictures by wall time; null until made, some seconds after it is available."
    )
    latest_picture_url: str | None = Field(description="JPEG of the newest picture, while it goes on.")


class LivePicture(BaseModel):
    """What an agent's screen shows now."""

    screen_recording_id: str
    agent: AgentRef
    paused: bool = Field(
        description="Nothing is captured at the moment: the picture is the last before that."
    )
    url: str = Field(description="JPEG of the newest picture; carries a short-lived token.")


class CallRecording(BaseModel):
    """The audio of an interaction."""

    id: str
    state: Literal["waiting", "processing", "ready", "failed"]
    starts_at: int = Field(description="Wall time of its first sample.")
    duration_ms: int | None
    channels: int | None
    playlist_url: str | None
    peaks_url: str | None
    error: str | None


class NewCallRecording(BaseModel):
    """Call audio to come."""

    call_id: str = Field(min_length=1, max_length=200)
    starts_at: int | None = Field(
        default=None,
        ge=0,
        description="Wall time of the first sample, ms since the epoch; null: when recording.started said.",
    )


class FetchedCallRecording(NewCallRecording):
    """Call audio to fetch."""

    url: str = Field(min_length=8, max_length=2000, description="http(s)://…; fetched with GET.")
    headers: dict[str, str] = Field(
        default_factory=dict[str, str],
        max_length=20,
        description="Sent with the request, such as authorization; stored encrypted until it is fetched.",
    )


class FetchAccepted(BaseModel):
    """Call audio that will be fetched."""

    id: str


class Download(BaseModel):
    """An interaction as one MP4, to take away."""

    id: str
    interaction_id: str
    state: Literal["waiting", "ready", "failed"]
    error: str | None = Field(description="Why it failed, in words.")
    bytes: int | None
    created_at: int
    expires_at: int = Field(description="It is removed then.")
    url: str | None = Field(description="Once ready; for ten minutes, ask again for a new one.")


class AudioUpload(BaseModel):
    """Where to put the audio."""

    id: str
    upload_url: str
    upload_token: str = Field(description="Bearer token of the PUT.")
