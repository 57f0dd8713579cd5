"""What the demo measures: figures of one recorded call, from what was stored and what the API says."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The demo's `summary.json`."""

    interaction_id: str
    screen_recording_id: str
    url: str  # the interaction's page
    mp4: str  # screen and call audio
    first_frame_ms: int  # from the call event to the first frame's capture
    frames_after_pause: int  # frames stored from within the pause
    playable_after_end_ms: int  # from the call's end until all of it can be played
    available_after_acw_ms: int  # from the end of After Call Work to the finished MP4
    coverage: float  # captured / expected
    missing: list[dict[str, Any]]  # every missing stretch with its reason
    sync_ms: float  # screen against call audio: ± the clock offset's uncertainty
    captured_s: float
    bytes_per_hour: int  # of screen recording
    recorder_cpu_percent: float  # of one core, during the call
    recorder_rss_mb: float

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")


def frames_within(frame_times: list[int], start: int, end: int) -> int:
    """How many frames were captured in [start, end) (wall ms)."""
    return sum(start <= at < end for at in frame_times)
