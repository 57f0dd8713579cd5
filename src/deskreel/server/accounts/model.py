"""What the API speaks of accounts: features, selection, recording settings, do-not-record rules."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from deskreel.core.capture_session import SessionRules, UnknownPause
from deskreel.core.eligibility import Refusal, RuleKind
from deskreel.core.policy import MAX_CANVAS, MAX_FPS, MAX_LOOK_BACK_S, CapturePolicy, MonitorMode, Notice
from deskreel.server.people.model import TeamRef
from deskreel.server.settings import ServerSettings


class FeaturesState(BaseModel):
    """What the account has switched on."""

    quality_management: bool
    call_recording: bool
    screen_recording: bool
    new_agents: bool = Field(
        description="Agents whom the telephony names for the first time are enabled in Quality Management and "
        "selected for screen recording."
    )
    agents_see_own: bool = Field(description="Agents may watch their own interactions.")
    version: int = Field(description="Send it back with a change.")


class FeaturesChange(BaseModel):
    """New features; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    version: int
    quality_management: bool | None = None
    call_recording: bool | None = None
    screen_recording: bool | None = None
    new_agents: bool | None = None
    agents_see_own: bool | None = None
    notice: Notice | None = Field(
        default=None,
        description="How agents are told; must be said when screen recording is switched on for the first time.",
    )


# --- selection ------------------------------------------------------------------------------------------------


class SelectableUser(BaseModel):
    """A line of the Users tab of screen recording."""

    user_id: str | None = Field(description="Null: known to the telephony alone.")
    agent_id: str | None = Field(description="Null: takes no calls.")
    name: str
    email: str | None
    team: TeamRef | None
    quality_management: bool
    selected: bool = Field(description="By themselves.")
    team_selected: bool = Field(description="With their whole team.")
    can_be_selected: bool
    reason: Refusal | None = Field(description="Why they cannot be selected.")
    advice: str | None = Field(description="The reason in a sentence, and what to do.")
    captured: bool = Field(description="Whether their recorded calls are captured now.")
    not_captured_reason: Refusal | None
    not_captured_advice: str | None


class SelectionPage(BaseModel):
    """Some users, by name, and who is selected."""

    items: list[SelectableUser]
    team_ids: list[str] = Field(description="Teams that are selected as a whole.")
    version: int = Field(description="Of the whole selection; send it back with a change.")
    next_cursor: str | None


class Selection(BaseModel):
    """The whole selection, as Save changes sends it."""

    model_config = ConfigDict(extra="forbid")

    version: int
    agent_ids: list[str] = Field(max_length=50_000)
    team_ids: list[str] = Field(default_factory=list, max_length=5000)


class QmSelection(BaseModel):
    """Everybody who is enabled in Quality Management."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(description="That of the selection.")
    agent_ids: list[str] = Field(max_length=50_000)


class SelectionState(BaseModel):
    """What is selected now."""

    version: int
    selected: int = Field(description="Agents, by themselves.")
    teams: int


# --- recording settings ---------------------------------------------------------------------------------------


class Origin(StrEnum):
    """Where a setting's value comes from."""

    ENVIRONMENT = "environment"  # the server's environment variables, or their defaults
    ACCOUNT = "account"
    TEAM = "team"
    AGENT = "agent"


class SettingValues(BaseModel):
    """Recording settings. Where some are set for a team or an agent, those left out are inherited."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    acw: bool = Field(default=True, description="Capture After Call Work.")
    acw_timeout_s: int = Field(default=30, ge=1, le=3600, description="It ends then at the latest.")
    max_length_minutes: int = Field(default=240, ge=1, le=24 * 60, description="Of one screen recording.")
    percentage: float = Field(default=100, ge=0, le=100, description="Of the agent's recorded calls.")
    on_unknown_pause: UnknownPause = Field(
        default=UnknownPause.PAUSE,
        description="While it is not known whether the call recording is paused: pause or record.",
    )
    notice: Notice = Field(default=Notice.ICON, description="How agents are told of recording.")
    agent_may_pause: bool = Field(default=False, description="Agents pause and resume at their desktop.")
    agent_may_quit: bool = Field(default=True, description="Agents quit their desktop program.")
    live_view: bool = Field(default=True, description="Supervisors may watch recorded calls live.")
    live_notice: bool = Field(default=True, description="Agents are told while somebody watches them live.")
    look_back_s: int = Field(
        default=0,
        ge=0,
        le=MAX_LOOK_BACK_S,
        description="Idle desktops remember so many seconds of the screen, in memory only, so that a call whose "
        "event comes late is seen from its beginning; 0: nothing.",
    )
    monitors: MonitorMode = Field(default=MonitorMode.ACTIVE, description="What is in the picture.")
    dwell_ms: int = Field(
        default=600, ge=0, le=10_000, description="The pointer stays this long before the picture follows."
    )
    max_fps: int = Field(default=5, ge=1, le=MAX_FPS, description="Frames per second at most.")
    canvas: str = Field(
        default="1920x1080", pattern=r"^\d{3,4}x\d{3,4}$", description="Largest picture, up to 3840x2160."
    )
    max_kbps: int | None = Field(default=None, ge=50, le=100_000, description="Of the video; null: no cap.")
    upload_kbps: int | None = Field(
        default=None, ge=50, le=10_000_000, description="Of what waits in the spool; null: no limit."
    )

    @model_validator(mode="after")
    def _canvas_can_be_encoded(self) -> Self:
        width, height = self.canvas_size
        if width > MAX_CANVAS[0] or height > MAX_CANVAS[1]:
            raise ValueError(f"the canvas is {MAX_CANVAS[0]}x{MAX_CANVAS[1]} at most")
        return self

    @property
    def canvas_size(self) -> tuple[int, int]:
        """The largest width and height in pixels, even."""
        width, _, height = self.canvas.partition("x")
        return int(width) & ~1, int(height) & ~1

    @property
    def policy(self) -> CapturePolicy:
        """What reaches the recorder."""
        return CapturePolicy(
            max_fps=self.max_fps,
            monitors=self.monitors,
            dwell_ms=self.dwell_ms,
            max_kbps=self.max_kbps,
            upload_kbps=self.upload_kbps,
            notice=self.notice,
            agent_may_pause=self.agent_may_pause,
            look_back_ms=self.look_back_s * 1000,
            canvas_width=self.canvas_size[0],
            canvas_height=self.canvas_size[1],
            agent_may_quit=self.agent_may_quit,
            live_notice=self.live_notice,
        )

    @property
    def rules(self) -> SessionRules:
        """What the capture session goes by."""
        return SessionRules(
            acw=self.acw,
            acw_timeout_ms=self.acw_timeout_s * 1000,
            max_length_ms=self.max_length_minutes * 60_000,
            on_unknown_pause=self.on_unknown_pause,
        )


def initial_values(settings: ServerSettings) -> dict[str, Any]:
    """The settings before anybody set one: those of the environment."""
    named = {name: getattr(settings, name) for name in SettingValues.model_fields if hasattr(settings, name)}
    return SettingValues(**named).model_dump(mode="json")


class RecordingSettings(BaseModel):
    """The recording settings of the account, a team or an agent."""

    values: SettingValues = Field(description="Those that hold.")
    origins: dict[str, Origin] = Field(description="By name of the setting, where its value comes from.")
    overrides: dict[str, Any] = Field(description="Those that are set here.")
    version: int = Field(description="Of the overrides; send it back with a change.")


class SettingsChange(BaseModel):
    """What is to be set here; everything left out of `values` is inherited from then on."""

    model_config = ConfigDict(extra="forbid")

    version: int
    values: SettingValues


# --- do-not-record rules --------------------------------------------------------------------------------------


class NewRule(BaseModel):
    """A rule that keeps calls from being captured."""

    model_config = ConfigDict(extra="forbid")

    kind: RuleKind
    value: str = Field(
        min_length=1,
        max_length=200,
        description="A number pattern (* any characters, ? one), a queue's name, or an agent's id.",
    )
    note: str = Field(default="", max_length=500)


class Rule(NewRule):
    """A do-not-record rule."""

    id: str
    created_at: int
    created_by: str


class RulePage(BaseModel):
    """Some rules, newest first."""

    items: list[Rule]
    next_cursor: str | None
