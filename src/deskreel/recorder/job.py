"""What the capture loop is told, and whom it tells: jobs, settings, the clock, the sink."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from deskreel.core.chunk import Incident
from deskreel.core.ids import ScreenRecordingId
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.recorder.chunker import ChunkRules, SealedChunk


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureJob:
    """What to capture."""

    screen_recording_id: ScreenRecordingId
    origin: WallTime  # zero of the media timeline
    not_before: WallTime = WallTime(0)  # noqa: RUF009 - a NewType; where the window to capture begins: no frame is earlier
    canvas_width: int  # pixels, even
    canvas_height: int  # pixels, even
    max_fps: int = 5  # frames per second at most


class Clock(Protocol):
    """The server's time, as well as this desktop knows it."""

    def now(self) -> WallTime:
        """Now; it may be set forward and back."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureSettings:
    """How the loop paces itself."""

    rules: ChunkRules = field(default_factory=ChunkRules)  # chunk and keyframe lengths
    retry_min_s: float = 0.25  # wait before the first attempt after a failure; doubles each time
    retry_max_s: float = 2.0  # and no longer than this
    idle_check_s: float = 5.0  # between looks whether the display is still there, while no job is on
    stall_ms: int = 5_000  # a loop that slept longer (suspended desktop) or a clock set forward by more


class CaptureSink(Protocol):
    """Where the loop's output goes. Called on the loop's thread, which waits: be quick, do not raise."""

    def chunk(self, job: CaptureJob, chunk: SealedChunk) -> None:
        """The next chunk; in the order of time within a job."""
        ...

    def first_frame(self, job: CaptureJob, at: WallTime) -> None:
        """The first frame of the job was captured."""
        ...

    def problem(self, job: CaptureJob | None, reason: ReasonCode, detail: str, since: WallTime) -> None:
        """Capture does not work since then; `job` None: and nothing is missed by it."""
        ...

    def recovered(self, job: CaptureJob | None, reason: ReasonCode, at: WallTime) -> None:
        """It works again."""
        ...

    def missing(self, job: CaptureJob, incident: Incident) -> None:
        """A stretch of the job that was not captured; told once it is over, at the latest when the job is."""
        ...
