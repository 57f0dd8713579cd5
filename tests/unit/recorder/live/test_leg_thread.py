"""The live encoder's thread: times that grow, and no picture built on one that did not leave."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import av
import pytest

from deskreel.recorder.live.encoder import LiveEncoder
from deskreel.recorder.live.tap import Tap
from deskreel.recorder.live.thread import Encoded, EncodeThread


class Made:
    """What the thread delivers."""

    def __init__(self) -> None:
        self.tap = Tap()
        self.pictures: list[Encoded] = []
        self._news = threading.Condition()
        self.thread = EncodeThread(
            self.tap, kbps=500, deliver=self._take, failed=lambda error: self.pictures.clear()
        )

    def _take(self, encoded: Encoded) -> None:
        with self._news:
            self.pictures.append(encoded)
            self._news.notify_all()

    def wait(self, count: int) -> None:
        with self._news:
            assert self._news.wait_for(lambda: len(self.pictures) >= count, 10)


@pytest.fixture
def made() -> Iterator[Made]:
    one = Made()
    yield one
    one.thread.stop()
    assert one.thread.join()


def grey(width: int = 320, height: int = 180) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    return frame


def test_a_picture_that_was_sent_again_is_not_followed_by_one_of_an_earlier_time(made: Made) -> None:
    made.tap.offer(grey(), time.monotonic())
    for _ in range(3):
        count = len(made.pictures) + 1
        made.wait(count + 1)  # the last one is a repeat, of now
        made.tap.offer(grey(), time.monotonic() - 0.5)
    made.wait(len(made.pictures) + 2)
    times = [one.picture.at_ms for one in made.pictures]
    assert all(before < after for before, after in pairwise(times)), times
    assert sum(one.new for one in made.pictures) == 4


def test_what_follows_a_picture_that_was_taken_back_is_a_keyframe(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The capture ends and begins again while a picture is being made."""
    real, calls = LiveEncoder.encode, 0

    def encode(self: LiveEncoder, frame: av.VideoFrame, at_ms: int, *, keyframe: bool) -> bytes:
        nonlocal calls
        calls += 1
        if calls == 3:
            made.tap.empty()
            made.tap.offer(grey(), time.monotonic())
        return real(self, frame, at_ms, keyframe=keyframe)

    monkeypatch.setattr(LiveEncoder, "encode", encode)
    made.tap.offer(grey(), time.monotonic())
    made.wait(5)
    assert [one.age for one in made.pictures[:4]] == [0, 0, 0, 1]
    assert [one.picture.keyframe for one in made.pictures[:4]] == [True, False, False, True]
    assert made.pictures[4].picture.keyframe is False


def test_a_canvas_of_another_size_begins_with_a_keyframe_at_once(made: Made) -> None:
    made.tap.offer(grey(), time.monotonic())
    made.wait(1)
    made.tap.offer(grey(160, 90), time.monotonic())
    made.wait(2)
    assert [one.picture.keyframe for one in made.pictures[:2]] == [True, True]
