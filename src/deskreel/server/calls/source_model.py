"""What the API speaks of telephony sources."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, SecretStr, StringConstraints

from deskreel.core.session_rules import UnknownPause

SourceName = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$")
]
Kind = Literal["call_events", "asterisk"]


class SourceFields(BaseModel):
    """What an admin says about a source of any kind."""

    on_unknown_pause: UnknownPause | None = Field(
        default=None,
        description="While it is not known whether a call recording of this source is paused: pause or record; "
        "null: as the recording settings say. Holds for call recordings that begin from then on.",
    )


class CallEventsFields(SourceFields):
    """What an admin says about a source that sends call events itself."""

    silence_s: int | None = Field(
        default=None,
        ge=5,
        le=86_400,
        description="Not heard of for so long, it counts as lost; null: never. Have it send heartbeats more often.",
    )


class AsteriskFields(SourceFields):
    """What an admin says about an Asterisk."""

    host: str = Field(min_length=1, max_length=253)
    port: int = Field(default=5038, ge=1, le=65535)
    username: str = Field(min_length=1, max_length=100, description="The section in manager.conf.")
    tls: bool = False
    tls_ca: str | None = Field(default=None, max_length=1000, description="PEM file of the authority.")
    agents: dict[str, str] = Field(
        default_factory=dict[str, str],
        max_length=10_000,
        description="Interface, member name or extension → agent; queue members need none.",
    )
    acw_reasons: tuple[str, ...] = Field(
        default=("ACW",), max_length=50, description="Pause reasons that mean After Call Work."
    )
    monitor_dir: str | None = Field(
        default=None,
        max_length=1000,
        description="Where workers see the PBX's monitor folder; call audio is then taken from there.",
    )
    monitor_prefix: str | None = Field(
        default=None, max_length=1000, description="How the PBX names it; null: /var/spool/asterisk/monitor."
    )


class NewSource(BaseModel):
    """A source to make."""

    name: SourceName
    kind: Kind = "call_events"
    call_events: CallEventsFields | None = None
    asterisk: AsteriskFields | None = Field(default=None, description="Needed for the kind asterisk.")
    secret: SecretStr | None = Field(
        default=None, max_length=500, description="Asterisk: the manager's secret; stored encrypted."
    )


class SourceChange(BaseModel):
    """What is to be different; what is not given stays."""

    active: bool | None = None
    call_events: CallEventsFields | None = None
    asterisk: AsteriskFields | None = None
    secret: SecretStr | None = Field(default=None, max_length=500)


class SourceStatus(BaseModel):
    """How a source stands."""

    state: Literal["off", "waiting", "connected", "lost"] = Field(
        description="waiting: nothing was heard of it yet."
    )
    since: int | None = Field(description="When it came to be connected or lost, if known.")
    last_event_at: int | None = Field(description="When a call event came last.")
    lag_ms: int | None = Field(description="Shortest delay of its events lately.")
    heard_at: int | None = Field(description="Asterisk: until when all is known that happened there.")
    connects: int = 0
    error: str | None = None
    hint: str | None = None


class Source(BaseModel):
    """A telephony source."""

    id: str
    name: str
    kind: Kind
    active: bool
    created_at: int
    call_events: CallEventsFields | None
    asterisk: AsteriskFields | None
    secrets: int = Field(description="How many signing secrets count; two while they rotate.")
    old_secret_until: int | None
    status: SourceStatus


class SourceList(BaseModel):
    """Every source, by name."""

    items: list[Source]


class MadeSource(BaseModel):
    """A source with its signing secret, which is shown this once."""

    source: Source
    secret: str | None = Field(description="whsec_…; null for an Asterisk.")


class SourceTest(BaseModel):
    """What a test of a source found."""

    ok: bool
    detail: str
    hint: str | None = None
    found: dict[str, Any] = Field(default_factory=dict[str, Any], description="Such as agents and channels.")
