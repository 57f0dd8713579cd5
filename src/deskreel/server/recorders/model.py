"""What the API speaks of recorders."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from deskreel.core.messages import Observed
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
    credential_expires_at: int = Field(description="Wall time in ms.")
    credential_renew_at: int = Field(description="From then on the recorder should renew it.")


class RenewedCredential(BaseModel):
    """A credential that takes the old one's place at its first use."""

    credential: str = Field(description="Bearer credential, shown this once.")
    expires_at: int
    renew_at: int = Field(description="From then on the recorder should renew it again.")


class DeviceCodeRequest(BaseModel):
    """A desktop that asks to be enrolled by a code."""

    hostname: str = Field(min_length=1, max_length=200)
    platform: str = Field(default="", max_length=60, description='Such as "linux-x11".')
    version: str = Field(default="", max_length=60, description="Of the program.")
    public_key: dict[str, Any] = Field(description="JWK (Ed25519) by which the recorder signs manifests.")


class DeviceCode(BaseModel):
    """RFC 8628, 3.2."""

    device_code: str = Field(description="The desktop polls with it and shows it to nobody.")
    user_code: str = Field(description="For the person who approves: WDJB-MJHT.")
    verification_uri: str
    verification_uri_complete: str
    expires_in: int = Field(description="Seconds.")
    interval: int = Field(description="Seconds between polls at least.")


class DeviceTokenRequest(BaseModel):
    """A poll."""

    device_code: str = Field(min_length=8, max_length=200)


class PendingEnrolment(BaseModel):
    """A desktop that waits for approval."""

    hostname: str
    platform: str
    version: str
    address: str = Field(description="Where the request came from.")
    requested_at: int
    expires_at: int


class PendingEnrolmentList(BaseModel):
    """All that wait."""

    items: list[PendingEnrolment]


class AgentChoice(BaseModel):
    """An agent whom a desktop may be enrolled for."""

    key: str = Field(description="As the telephony names the agent.")
    name: str


class EnrolmentRequest(PendingEnrolment):
    """The desktop that shows a code."""

    user_code: str
    agents: list[AgentChoice] = Field(description="Whom this user may enrol it for.")
    may_choose: bool = Field(description="Any agent, also one that is not in the list: an admin.")


class Decision(BaseModel):
    """Approve a desktop for an agent, or refuse it."""

    approve: bool
    agent: str = Field(default="", max_length=200, description="The agent's key; only to approve.")

    @model_validator(mode="after")
    def _approval_names_an_agent(self) -> Self:
        if self.approve and not self.agent.strip():
            raise ValueError("an approval needs an agent")
        return self


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


class ManifestMark(BaseModel):
    """Something that happened on the desktop."""

    at: int = Field(ge=0)
    kind: str = Field(min_length=1, max_length=60)
    detail: dict[str, str | int | float | bool] = Field(default={}, max_length=20)


class ManifestDocument(BaseModel):
    """A recorder's last word on one screen recording."""

    screen_recording_id: str
    chunks: list[ManifestChunk] = Field(max_length=200_000)
    incidents: list[ManifestIncident] = Field(default=[], max_length=10_000)
    marks: list[ManifestMark] = Field(default=[], max_length=5_000)
    clock_offset_ms: float = 0.0
    clock_uncertainty_ms: float = 0.0
    signature: str = Field(description="Compact JWS (EdDSA) over the chain digest in hex.")


class ManifestReceipt(BaseModel):
    """The manifest is stored."""

    state: Literal["accepted", "known"]


class CheckRow(BaseModel):
    """One line of a connectivity check (`deskreel doctor`)."""

    check: str = Field(min_length=1, max_length=60, description="For programs.")
    title: str = Field(max_length=200)
    measured: str = Field(max_length=1000)
    required: str = Field(max_length=1000)
    verdict: Literal["ok", "warning", "failed", "not checked"]
    advice: str = Field(default="", max_length=2000, description="What to do; empty when there is nothing.")

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        if any("\0" in text for text in (self.check, self.title, self.measured, self.required, self.advice)):
            raise ValueError("texts must not hold the character NUL")
        return self


class CheckDocument(BaseModel):
    """A connectivity check, as `deskreel doctor --json` prints it; what is not named here is ignored."""

    region: str | None = Field(default=None, max_length=60, description="That was checked.")
    rows: list[CheckRow] = Field(min_length=1, max_length=100)


class CheckSummary(BaseModel):
    """How a desktop's last connectivity check went."""

    at: int
    verdict: Literal["ok", "warning", "failed"]
    region: str | None
    warnings: int = Field(description="Rows that warn.")
    failures: int = Field(description="Rows that failed.")


class RecorderCheck(CheckSummary):
    """A desktop's last connectivity check, whole."""

    rows: list[CheckRow]


class Recorder(BaseModel):
    """An enrolled recorder and how it is."""

    id: str
    agent: AgentRef
    hostname: str
    platform: str = Field(description="As it greeted last; empty before the first time.")
    version: str = Field(description="Of the program, likewise.")
    enrolled_at: int
    credential_expires_at: int
    online: bool
    online_since: int | None = Field(description="When it connected last.")
    last_seen_at: int | None
    observed: Observed | None = Field(description="Its last report (core/messages.py, Observed).")
    problem_hint: str | None = Field(description="What to do about the problem that it reports.")
    last_check: CheckSummary | None = Field(description="Its last connectivity check; null: none was sent.")


class RecorderList(BaseModel):
    """All enrolled recorders."""

    items: list[Recorder]
