"""What the API speaks of recorders."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from deskreel.server.people.model import AgentRef


class Enrolment(BaseModel):
    """A recorder that wants to belong to an agent."""

    token: str = Field(min_length=8, max_length=200, description="One-time token.")
    hostname: str = Field(min_length=1, max_length=200)
    public_key: dict[str, Any] = Field(description="JWK (Ed25519) by which the recorder signs manifests.")


class Enrolled(BaseModel):
    """What a recorder keeps."""

    recorder_id: str
    credential: str = Field(description="Bearer credential, shown this once.")
    agent_name: str


class UploadToken(BaseModel):
    """A fresh token for one screen recording."""

    upload_token: str
    gateway_url: str


class ManifestChunk(BaseModel):
    """One acknowledged chunk."""

    model_config = ConfigDict(extra="forbid")

    seq: int = Field(ge=1)
    start: int = Field(ge=0)
    duration_ms: int = Field(gt=0)
    keyframe: bool
    init: str = Field(pattern="^[0-9a-f]{64}$")
    digest: str = Field(pattern="^[0-9a-f]{64}$")
    size: int = Field(ge=0)


class ManifestIncident(BaseModel):
    """A stretch that the recorder could not capture."""

    start: int
    end: int
    reason: str = Field(max_length=60)
    detail: str = Field(default="", max_length=500)


class ManifestDocument(BaseModel):
    """A recorder's last word on one screen recording."""

    screen_recording_id: str
    chunks: list[ManifestChunk] = Field(max_length=200_000)
    incidents: list[ManifestIncident] = Field(default=[], max_length=10_000)
    clock_offset_ms: float = 0.0
    clock_uncertainty_ms: float = 0.0
    signature: str = Field(description="Compact JWS (EdDSA) over the chain digest in hex.")


class ManifestReceipt(BaseModel):
    """The manifest is stored."""

    state: Literal["accepted", "known"]


class Recorder(BaseModel):
    """An enrolled recorder and how it is."""

    id: str
    agent: AgentRef
    hostname: str
    online: bool
    last_seen_at: int | None
    observed: dict[str, Any] | None = Field(description="Its last report (core/messages.py, Observed).")


class RecorderList(BaseModel):
    """All enrolled recorders."""

    items: list[Recorder]
