"""The loop over a synthetic display and the real encoder; time is real, waits are on conditions."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from capture_rig import (
    DEADLINE_S,
    LONG_CHUNKS,
    Rig,
    assert_contiguous,
    decode,
)

from deskreel.core.ids import ScreenRecordingId
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.media.fmp4 import parse_fragment
from deskreel.recorder.capture.job import CaptureJob
from deskreel.recorder.encode import EncoderError, X264Encoder


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.display.grab_gate = None
    for encoder in rig.encoders:
        encoder.gate.set()
    assert rig.loop.close(DEADLINE_S)


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
