"""A recorder's status to change a field of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from deskreel.core.ids import ScreenRecordingId
from deskreel.core.messages import AgentDesk, Health, MonitorInfo
from deskreel.core.policy import CapturePolicy
from deskreel.core.time import WallTime
from deskreel.recorder.status.status import Mood, RecorderStatus

NOON = WallTime(1_800_014_400_000)  # 2027-01-15 12:00 UTC
IN_A_CALL = (Mood.RECORDING, Mood.PAUSED, Mood.ACW)
IDLE = RecorderStatus(
    at=NOON,
    mood=Mood.IDLE,
    connected=True,
    server_url="https://deskreel.example",
    recorder_id="rcd_1",
    agent=AgentDesk(name="Ada Lovelace", statuses=("Available", "Away"), status="Available"),
    policy=CapturePolicy(),
    screen_recording_id=None,
    since=WallTime(NOON - 60_000),
    problem=None,
    problem_text="",
    hint="",
    backlog_chunks=0,
    backlog_bytes=0,
    health=Health(),
    monitors=(
        MonitorInfo(name="DP-1", x=0, y=0, width=1920, height=1080, primary=True),
        MonitorInfo(name="DP-2", x=1920, y=0, width=1280, height=1024, primary=False, active=True),
    ),
    version="0.1.0",
)


def status(mood: Mood = Mood.IDLE, **changes: Any) -> RecorderStatus:
    """One in `mood`; in a call that is captured there is a screen recording."""
    recording = ScreenRecordingId("scr_1") if mood in (Mood.RECORDING, Mood.ACW) else None
    return replace(IDLE, **{"mood": mood, "screen_recording_id": recording, **changes})
