"""How the recorder is, in one value: for the tray, `deskreel recorder status` and the diagnostics bundle.

Flows one way: the desk makes a new status when something changed, everyone else looks at it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from deskreel.core.ids import ScreenRecordingId
from deskreel.core.messages import AgentDesk, Health, MonitorInfo
from deskreel.core.policy import CapturePolicy
from deskreel.core.time import WallTime


class Mood(StrEnum):
    """What the tray icon shows."""

    IDLE = "idle"  # connected, nothing to capture
    RECORDING = "recording"
    PAUSED = "paused"
    ACW = "acw"
    OFFLINE = "offline"  # no connection to the server
    PROBLEM = "problem"  # something needs a person


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderStatus:
    """A reading; JSON by way of `dataclasses.asdict`."""

    at: WallTime  # when it was made
    mood: Mood
    connected: bool
    server_url: str
    recorder_id: str
    agent: AgentDesk | None
    policy: CapturePolicy
    screen_recording_id: ScreenRecordingId | None  # being captured
    since: WallTime | None  # since when the mood stands
    problem: str | None  # a ReasonCode or error code
    problem_text: str  # what is wrong
    hint: str  # and what to do
    backlog_chunks: int  # waiting for upload
    backlog_bytes: int
    health: Health = field(default_factory=Health)
    monitors: tuple[MonitorInfo, ...] = ()
    version: str = ""
