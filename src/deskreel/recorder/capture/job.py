"""What the capture loop is told, and whom it tells: jobs, settings, the clock, the sink."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import av

from deskreel.core.chunk import Incident, Mark
from deskreel.core.errors import InvalidInputError
from deskreel.core.ids import ScreenRecordingId
from deskreel.core.policy import MonitorMode
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.recorder.capture.chunker import ChunkRules, FinishedChunk
from deskreel.recorder.encode import EncoderSettings, Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureJob:
    """What to capture."""

    screen_recording_id: ScreenRecordingId
    origin: WallTime  # zero of the media timeline
    not_before: WallTime = WallTime(0)  # noqa: RUF009 - a NewType; where the window to capture begins: no frame is earlier
    canvas_width: int  # pixels, even
    canvas_height: int  # pixels, even
    max_fps: int = 5  # frames per second at most
    monitors: MonitorMode = MonitorMode.ACTIVE  # what of the desktop is in the picture
    dwell_ms: int = 600  # the pointer stays this long on a monitor before the picture follows
    max_kbps: int | None = None  # of the video; None: no cap


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureLimits:
    """What the desktop can take at the moment; the least of this and the job applies."""

    max_fps: int | None = None  # frames per second; None: as the job says
    scale: float = 1.0  # of the picture on its canvas, above 0, at most 1
    quality: int = 0  # steps below the best
    profile: Profile = Profile.RECORD

    def __post_init__(self) -> None:
        if not 0 < self.scale <= 1 or (self.max_fps is not None and self.max_fps < 1):
            raise InvalidInputError(f"limits that leave nothing, or more than all: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to capture at the moment: the job within the limits."""

    slot_s: float  # between two frames at least, seconds
    mode: MonitorMode
    dwell_ms: int
    scale: float
    encoder: EncoderSettings


def plan_of(job: CaptureJob, limits: CaptureLimits) -> Plan:
    """The job within the limits."""
    fps = max(1, job.max_fps if limits.max_fps is None else min(job.max_fps, limits.max_fps))
    return Plan(
        slot_s=1 / fps,
        mode=job.monitors,
        dwell_ms=job.dwell_ms,
        scale=limits.scale,
        encoder=EncoderSettings(profile=limits.profile, quality=limits.quality, max_kbps=job.max_kbps),
    )


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
    idle_check_s: float = 5.0  # between looks at display and monitors, while no job is on
    hidden_check_s: float = 0.25  # between looks whether a locked desktop is open again
    stall_ms: int = 5_000  # a loop that slept longer (suspended desktop) or a clock set forward by more


class FrameTap(Protocol):
    """Where frames go besides the recording, while somebody watches (`live.tap.Tap`). Nothing here blocks."""

    def wants(self, *, changed: bool) -> bool:
        """Whether to `offer` the canvas, which shows something new if `changed`."""
        ...

    def offer(self, frame: av.VideoFrame, taken_s: float) -> None:
        """Copy `frame`, looked at at `taken_s` of the monotonic clock. Only while looking is allowed."""
        ...

    def empty(self) -> None:
        """From any thread: nothing offered until now may be used any more."""
        ...


class NoTap:
    """Nobody ever watches."""

    def wants(self, *, changed: bool) -> bool:
        """No."""
        del changed
        return False

    def offer(self, frame: av.VideoFrame, taken_s: float) -> None:
        """Not wanted."""

    def empty(self) -> None:
        """It is."""


NO_TAP = NoTap()


class CaptureSink(Protocol):
    """Where the loop's output goes. Called on the loop's thread, which waits: be quick, do not raise."""

    def chunk(self, job: CaptureJob, chunk: FinishedChunk) -> None:
        """The next chunk; in the order of time within a job."""
        ...

    def first_frame(self, job: CaptureJob, at: WallTime) -> None:
        """The first frame of the job was captured."""
        ...

    def mark(self, job: CaptureJob, mark: Mark) -> None:
        """Something on the desktop that the timeline is to show."""
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
