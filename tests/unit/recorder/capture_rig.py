"""A capture loop over a synthetic display: its clock, sink and encoder in a test's hands."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import av

from deskreel.core.chunk import Incident, Mark
from deskreel.core.ids import ScreenRecordingId
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.recorder.capture.chunker import ChunkRules, FinishedChunk
from deskreel.recorder.capture.job import CaptureJob, CaptureSettings
from deskreel.recorder.capture.loop import CaptureLoop
from deskreel.recorder.encode import EncodedPicture, EncoderError, EncoderSettings, X264Encoder
from deskreel.testing.synthetic_screen import SyntheticDisplay

DEADLINE_S = 20.0
FAST = CaptureSettings(
    rules=ChunkRules(
        chunk_ms=60, first_ms=60, still_ms=60, hold_ms=60, keyframe_min_ms=200, keyframe_max_ms=600
    ),
    retry_min_s=0.01,
    retry_max_s=0.05,
    idle_check_s=0.02,
)


class StepClock:
    """The wall clock, moved by hand."""

    def __init__(self) -> None:
        self.offset_ms = 0

    def now(self) -> WallTime:
        return WallTime(time.time_ns() // 1_000_000 + self.offset_ms)


class Notes:
    """A sink that keeps everything and can be waited on."""

    def __init__(self) -> None:
        self.news = threading.Condition()
        self.chunks: list[FinishedChunk] = []
        self.first: list[WallTime] = []
        self.problems: list[tuple[str | None, ReasonCode]] = []
        self.recoveries: list[tuple[str | None, ReasonCode]] = []
        self.gaps: list[Incident] = []
        self.marks: list[Mark] = []
        self.refuse = False

    def chunk(self, job: CaptureJob, chunk: FinishedChunk) -> None:
        with self.news:
            self.chunks.append(chunk)
            self.news.notify_all()
        if self.refuse:
            raise OSError("the disk is gone")

    def first_frame(self, job: CaptureJob, at: WallTime) -> None:
        with self.news:
            self.first.append(at)
            self.news.notify_all()

    def mark(self, job: CaptureJob, mark: Mark) -> None:
        with self.news:
            self.marks.append(mark)
            self.news.notify_all()

    def problem(self, job: CaptureJob | None, reason: ReasonCode, detail: str, since: WallTime) -> None:
        with self.news:
            self.problems.append((job and job.screen_recording_id, reason))
            self.news.notify_all()

    def recovered(self, job: CaptureJob | None, reason: ReasonCode, at: WallTime) -> None:
        with self.news:
            self.recoveries.append((job and job.screen_recording_id, reason))
            self.news.notify_all()

    def missing(self, job: CaptureJob, incident: Incident) -> None:
        with self.news:
            self.gaps.append(incident)
            self.news.notify_all()

    def until(self, what: Callable[[Notes], Any]) -> None:
        with self.news:
            assert self.news.wait_for(lambda: what(self), DEADLINE_S), "the deadline passed"

    def more_chunks(self, count: int) -> None:
        have = len(self.chunks)
        self.until(lambda n: len(n.chunks) >= have + count)


class Rig:
    def __init__(self, **loop: Any) -> None:
        self.display = SyntheticDisplay()
        self.clock = StepClock()
        self.notes = Notes()
        self.encoders: list[FaultyEncoder] = []
        settings = loop.pop("settings", FAST)
        factory = loop.pop("encoder_factory", self.encoder)
        self.loop = CaptureLoop(self.display.open, self.clock, self.notes, settings, encoder_factory=factory)

    def encoder(self, width: int, height: int) -> FaultyEncoder:
        self.encoders.append(FaultyEncoder(width, height))
        return self.encoders[-1]

    def job(self, name: str = "scr_1", fps: int = 50) -> CaptureJob:
        return CaptureJob(
            screen_recording_id=ScreenRecordingId(name),
            origin=WallTime(self.clock.now() - 5),
            canvas_width=self.display.monitors[0].rect.width,
            canvas_height=self.display.monitors[0].rect.height,
            max_fps=fps,
        )

    def stop(self, at: WallTime | None = None) -> None:
        assert self.loop.stop(at)
        assert self.loop.flush(DEADLINE_S)


class FaultyEncoder:
    """The real encoder, with a gate and a fault."""

    def __init__(self, width: int, height: int) -> None:
        self._real = X264Encoder(width, height)
        self.config = self._real.config
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.broken = False
        self.frames = 0

    @property
    def settings(self) -> EncoderSettings:
        return self._real.settings

    @property
    def held(self) -> int:
        return self._real.held

    def drain(self, settings: EncoderSettings | None = None) -> list[EncodedPicture]:
        return self._real.drain(settings)

    def encode(self, frame: av.VideoFrame, pts_ms: int, keyframe: bool) -> list[EncodedPicture]:
        self.frames += 1
        self.entered.set()
        assert self.gate.wait(DEADLINE_S)
        if self.broken:
            raise EncoderError("broken by the test")
        return self._real.encode(frame, pts_ms, keyframe)

    def close(self) -> None:
        self._real.close()


def assert_contiguous(chunks: list[FinishedChunk]) -> None:
    for before, after in pairwise(chunks):
        assert before.window.limit == after.start_ms


def decode(chunks: list[FinishedChunk]) -> list[av.VideoFrame]:
    with av.open(io.BytesIO(chunks[0].init + b"".join(chunk.data for chunk in chunks)), "r") as clip:
        return list(clip.decode(video=0))


LONG_CHUNKS = CaptureSettings(
    rules=ChunkRules(
        chunk_ms=60_000, first_ms=60_000, hold_ms=60_000, keyframe_min_ms=60_000, keyframe_max_ms=60_000
    )
)
