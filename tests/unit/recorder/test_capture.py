"""The loop over a synthetic display and the real encoder; time is real, waits are on conditions."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import av
import pytest

from deskreel.core.chunk import Incident, Mark
from deskreel.core.ids import ScreenRecordingId
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.media.fmp4 import parse_fragment
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


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.display.grab_gate = None
    for encoder in rig.encoders:
        encoder.gate.set()
    assert rig.loop.close(DEADLINE_S)


def assert_contiguous(chunks: list[FinishedChunk]) -> None:
    for before, after in pairwise(chunks):
        assert before.window.limit == after.start_ms


def decode(chunks: list[FinishedChunk]) -> list[av.VideoFrame]:
    with av.open(io.BytesIO(chunks[0].init + b"".join(chunk.data for chunk in chunks))) as clip:
        return list(clip.decode(video=0))


def test_chunks_of_a_run_touch_and_decode(rig: Rig):
    rig.loop.start(rig.job())
    for _ in range(6):
        rig.display.change()
        rig.notes.more_chunks(1)
    rig.stop()
    chunks = rig.notes.chunks
    assert_contiguous(chunks)
    assert chunks[0].keyframe
    assert chunks[0].start_ms == rig.notes.first[0]
    frames = decode(chunks)
    assert len(frames) == sum(len(parse_fragment(chunk.data).samples) for chunk in chunks)
    assert len(rig.notes.first) == 1


def test_a_screen_that_stands_still_is_not_grabbed_and_time_goes_on(rig: Rig):
    rig.loop.start(rig.job())
    rig.notes.more_chunks(5)
    rig.stop()
    assert rig.display.grabs == 1
    assert_contiguous(rig.notes.chunks)
    assert all(len(parse_fragment(chunk.data).samples) == 1 for chunk in rig.notes.chunks)


def test_a_pointer_that_moves_brings_a_frame(rig: Rig):
    rig.loop.start(rig.job())
    rig.notes.more_chunks(1)
    rig.display.move_pointer(10, 10)
    with rig.display.news:
        assert rig.display.news.wait_for(lambda: rig.display.grabs == 2, DEADLINE_S)


LONG_CHUNKS = CaptureSettings(
    rules=ChunkRules(
        chunk_ms=60_000, first_ms=60_000, hold_ms=60_000, keyframe_min_ms=60_000, keyframe_max_ms=60_000
    )
)


def test_a_boundary_begins_a_chunk_with_a_keyframe():
    rig = Rig(settings=LONG_CHUNKS)
    rig.loop.start(rig.job())
    rig.notes.until(lambda n: n.first)
    for count in (1, 2):
        rig.loop.boundary()
        rig.notes.until(lambda n, count=count: len(n.chunks) == count)
    assert rig.loop.close(DEADLINE_S)
    assert_contiguous(rig.notes.chunks)
    assert all(chunk.keyframe for chunk in rig.notes.chunks)


def test_nothing_at_or_after_the_cut_reaches_the_sink():
    rig = Rig(settings=LONG_CHUNKS)
    rig.loop.start(rig.job())
    for n in range(1, 6):
        with rig.display.news:
            assert rig.display.news.wait_for(lambda n=n: rig.display.grabs >= n, DEADLINE_S)
        rig.display.change()
    cut = WallTime(rig.clock.now() - 40)
    rig.stop(cut)
    assert rig.loop.close(DEADLINE_S)
    assert [chunk.window.limit for chunk in rig.notes.chunks] == [cut]


def test_a_cut_before_the_first_frame_leaves_nothing(rig: Rig):
    rig.loop.start(rig.job())
    rig.notes.until(lambda n: n.first)
    rig.stop(WallTime(rig.notes.first[0] - 1))
    assert rig.notes.chunks == []


def test_a_cut_in_the_future_means_now(rig: Rig):
    rig.loop.start(rig.job())
    rig.notes.until(lambda n: n.first)
    rig.stop(WallTime(rig.clock.now() + 60_000))
    assert rig.notes.chunks[-1].window.limit <= rig.clock.now()


def test_stop_does_not_wait_for_the_encoder_whose_frame_still_counts(rig: Rig):
    rig.loop.start(rig.job())
    rig.notes.until(lambda n: n.first)
    encoder = rig.encoders[-1]
    encoder.entered.clear()
    encoder.gate.clear()
    rig.display.change()
    assert encoder.entered.wait(DEADLINE_S)
    assert not encoder.gate.wait(0.01)  # so that the stop is in a later millisecond than the frame
    assert rig.loop.stop()  # while the frame is in the encoder
    stopped = rig.clock.now()
    assert not rig.loop.flush(0)
    encoder.gate.set()
    assert rig.loop.flush(DEADLINE_S)
    assert rig.notes.chunks[-1].window.limit <= stopped
    assert sum(len(parse_fragment(chunk.data).samples) for chunk in rig.notes.chunks) >= 2


def test_a_picture_being_grabbed_at_the_stop_is_thrown_away(rig: Rig):
    rig.loop.start(rig.job())
    rig.notes.until(lambda n: n.first)
    begun = rig.display.grabs_begun
    gate = rig.display.grab_gate = threading.Event()
    encoded = rig.encoders[-1].frames
    chunks = len(rig.notes.chunks)
    rig.display.change()
    late = threading.Event()
    stopped: list[bool] = []

    def stop() -> None:
        stopped.append(rig.loop.stop())
        late.set()

    with rig.display.news:
        assert rig.display.news.wait_for(lambda: rig.display.grabs_begun > begun, DEADLINE_S)
    threading.Thread(target=stop).start()
    assert not late.wait(0.05)  # stop does not return while the screen is being looked at
    gate.set()
    assert late.wait(DEADLINE_S)
    assert stopped == [True]
    assert rig.loop.flush(DEADLINE_S)
    assert rig.encoders[-1].frames == encoded
    assert len(rig.notes.chunks) <= chunks + 1


def test_nothing_is_grabbed_after_stop_or_while_idle(rig: Rig):
    rig.loop.start(rig.job())
    rig.notes.more_chunks(1)
    rig.stop()
    grabs = rig.display.grabs
    rig.display.change()
    rig.loop.boundary()
    assert rig.loop.stop()
    assert rig.display.grabs == grabs


def test_screen_and_encoder_stay_open_between_jobs(rig: Rig):
    for n in range(4):
        rig.loop.start(rig.job(f"scr_{n}"))
        rig.notes.until(lambda notes, n=n: len(notes.first) == n + 1)
        rig.stop()
    assert rig.display.opened == 1
    assert len(rig.encoders) == 1
    assert all(chunk.keyframe for chunk in rig.notes.chunks)


def test_starting_another_job_stops_the_one_before(rig: Rig):
    rig.loop.start(rig.job("scr_1"))
    rig.notes.until(lambda n: len(n.first) == 1)
    rig.loop.start(rig.job("scr_2"))
    rig.notes.until(lambda n: len(n.first) == 2)
    rig.stop()
    assert rig.notes.chunks[-1].keyframe or len(rig.notes.chunks) > 2


def test_a_display_that_goes_away_and_returns_leaves_a_hole_with_a_reason(rig: Rig):
    rig.loop.start(rig.job())
    rig.notes.more_chunks(2)
    rig.display.fail()
    rig.notes.until(lambda n: n.problems)
    before = list(rig.notes.chunks)
    rig.display.return_()
    rig.notes.until(lambda n: n.gaps)
    rig.notes.more_chunks(2)
    rig.stop()
    after = rig.notes.chunks[len(before) :]
    assert rig.notes.problems == rig.notes.recoveries == [("scr_1", ReasonCode.NO_DISPLAY)]
    (gap,) = rig.notes.gaps
    assert gap.reason == ReasonCode.NO_DISPLAY
    assert gap.window.start == before[-1].window.limit
    assert gap.window.end == after[0].start_ms
    assert after[0].keyframe
    assert_contiguous(before)
    assert_contiguous(after)
    assert len(rig.notes.first) == 1


def test_a_job_that_ends_without_a_display_reports_what_it_missed(rig: Rig):
    rig.display.fail()
    rig.notes.until(lambda n: (None, ReasonCode.NO_DISPLAY) in n.problems)  # noticed while idle
    rig.loop.start(rig.job())
    rig.notes.until(lambda n: ("scr_1", ReasonCode.NO_DISPLAY) in n.problems)
    assert not rig.notes.gaps
    attempts = rig.display.opened
    with rig.display.news:
        assert rig.display.news.wait_for(lambda: rig.display.opened > attempts + 1, DEADLINE_S)
    rig.stop()
    assert [gap.reason for gap in rig.notes.gaps] == [ReasonCode.NO_DISPLAY]
    rig.display.return_()
    rig.notes.until(lambda n: n.recoveries == [(None, ReasonCode.NO_DISPLAY)])
    assert not rig.notes.chunks


def test_an_encoder_that_fails_is_replaced(rig: Rig):
    rig.loop.start(rig.job())
    rig.notes.more_chunks(1)
    rig.encoders[-1].broken = True
    rig.notes.until(lambda n: n.gaps)
    rig.notes.more_chunks(1)
    rig.stop()
    assert rig.notes.problems == rig.notes.recoveries == [("scr_1", ReasonCode.ENCODER_FAILED)]
    (gap,) = rig.notes.gaps
    held = {chunk.window.limit for chunk in rig.notes.chunks}
    begun = {chunk.start_ms for chunk in rig.notes.chunks if chunk.keyframe}
    assert gap.window.start in held
    assert gap.window.end in begun
    assert len(rig.encoders) == 2
    assert rig.display.opened == 1


def test_an_encoder_that_cannot_be_opened_is_tried_again():
    attempts: list[int] = []

    def factory(width: int, height: int) -> X264Encoder:
        attempts.append(1)
        if len(attempts) < 4:
            raise EncoderError("not yet")
        return X264Encoder(width, height)

    rig = Rig(encoder_factory=factory)
    rig.loop.start(rig.job())
    rig.notes.until(lambda n: n.first)
    assert rig.loop.close(DEADLINE_S)
    assert len(attempts) == 4
    assert {reason for _, reason in rig.notes.problems} == {ReasonCode.ENCODER_FAILED}


def test_times_do_not_run_back_when_the_wall_clock_does(rig: Rig):
    rig.loop.start(rig.job())
    rig.notes.more_chunks(2)
    rig.clock.offset_ms = -3_600_000
    rig.notes.more_chunks(2)
    assert rig.loop.stop()
    assert rig.loop.flush(DEADLINE_S)
    assert_contiguous(rig.notes.chunks)
    end = rig.notes.chunks[-1].window.limit
    rig.loop.start(rig.job("scr_1"))  # the same recording goes on after a pause
    rig.notes.more_chunks(1)
    assert rig.notes.chunks[-1].start_ms >= end


def test_a_clock_set_forward_begins_a_new_run_and_leaves_a_hole(rig: Rig):
    rig.loop.start(rig.job())
    rig.notes.more_chunks(2)
    rig.clock.offset_ms = 3_600_000  # as after the sleep of a laptop, which the steady clock does not count
    rig.notes.until(lambda n: n.gaps)
    rig.stop()
    (gap,) = rig.notes.gaps
    assert gap.reason == ReasonCode.UNKNOWN
    assert gap.window.duration_ms > 3_590_000
    assert rig.notes.chunks[-1].window.limit > gap.window.start + 3_590_000
    assert rig.display.opened == len(rig.encoders) == 1


def test_a_sink_that_raises_does_not_end_the_capture(rig: Rig):
    rig.notes.refuse = True
    rig.loop.start(rig.job())
    rig.notes.more_chunks(3)
    rig.stop()
    assert_contiguous(rig.notes.chunks)


def test_a_canvas_of_another_size_gets_its_own_encoder(rig: Rig):
    job = CaptureJob(
        screen_recording_id=ScreenRecordingId("scr_1"),
        origin=rig.clock.now(),
        canvas_width=160,
        canvas_height=120,
    )
    rig.loop.start(job)
    rig.notes.until(lambda n: n.first)
    rig.stop()
    assert decode(rig.notes.chunks)[0].width == 160


def test_a_closed_loop_ends_its_thread_and_its_job():
    rig = Rig()
    rig.loop.start(rig.job())
    rig.notes.until(lambda n: n.first)
    assert rig.loop.close(DEADLINE_S)
    assert rig.notes.chunks
    assert rig.loop.close(DEADLINE_S)
