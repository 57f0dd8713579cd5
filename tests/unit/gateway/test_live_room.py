"""Who gets which picture, who leads, and how often a keyframe is asked for."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from deskreel.gateway.live_room import Room, Timeline
from deskreel.rtc.wire import Unit


class Recorder:
    def __init__(self, name: str = "recorder") -> None:
        self.name, self.asked = name, 0

    def ask_keyframe(self) -> None:
        self.asked += 1


class Watcher:
    def __init__(self) -> None:
        self.got: list[Unit] = []

    def send_unit(self, unit: Unit) -> None:
        self.got.append(unit)


class Place:
    """A room with a clock of its own."""

    def __init__(self) -> None:
        self.ms = 0.0
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.room = Room(self._later, lambda: self.ms)

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        self.timers.append((self.ms + seconds * 1000, call))

    def wait(self, ms: float) -> None:
        end = self.ms + ms
        while due := sorted((at, n) for n, (at, _) in enumerate(self.timers) if at <= end):
            at, number = due[0]
            _, call = self.timers.pop(number)
            self.ms = max(self.ms, at)
            call()
        self.ms = end


def unit(ms: int, *, keyframe: bool = False) -> Unit:
    return Unit(payloads=(bytes(1000),), timestamp=ms * 90, keyframe=keyframe)


def test_every_viewer_gets_each_picture_and_a_keyframe_is_asked_for_who_comes() -> None:
    place, recorder, one, other = Place(), Recorder(), Watcher(), Watcher()
    place.room.enter_publisher(recorder)
    place.room.enter_viewer(one)
    assert recorder.asked == 1
    place.room.take(recorder, unit(0, keyframe=True))
    place.wait(2000)
    place.room.enter_viewer(other)
    assert recorder.asked == 2
    place.room.take(recorder, unit(2000, keyframe=True))
    place.room.leave(one)
    place.room.take(recorder, unit(2125))
    assert [len(one.got), len(other.got)] == [2, 2]
    assert one.got[1].timestamp - one.got[0].timestamp == 2000 * 90


def test_a_viewer_who_is_first_waits_and_the_recorder_is_asked_when_it_comes() -> None:
    place, recorder, viewer = Place(), Recorder(), Watcher()
    place.room.enter_viewer(viewer)
    place.wait(50)
    place.room.enter_publisher(recorder)
    assert recorder.asked == 1


@given(st.lists(st.floats(0, 700), min_size=1, max_size=60))
def test_all_viewers_together_ask_once_a_second(gaps: list[float]) -> None:
    place, recorder = Place(), Recorder()
    asked: list[float] = []
    recorder.ask_keyframe = lambda: asked.append(place.ms)  # type: ignore[method-assign]
    place.room.enter_publisher(recorder)
    for gap in gaps:
        place.wait(gap)
        place.room.want_keyframe()
    wanted = place.ms
    place.wait(1500)
    assert all(b - a >= 999.9 for a, b in pairwise(asked))
    assert asked[-1] >= wanted - 0.001


def test_a_newer_publisher_leads_from_its_first_keyframe_on_and_the_older_is_let_go() -> None:
    place, old, new, viewer = Place(), Recorder("old"), Recorder("new"), Watcher()
    place.room.enter_viewer(viewer)
    place.room.enter_publisher(old)
    place.room.take(old, unit(0, keyframe=True))
    place.wait(1500)
    place.room.enter_publisher(new)
    assert place.room.take(new, unit(9)) == []  # cannot be shown
    assert new.asked == 1
    assert place.room.take(old, unit(125)) == []
    assert place.room.take(new, unit(50, keyframe=True)) == [old]
    assert place.room.take(old, unit(250)) == []
    assert len(viewer.got) == 3
    assert [a.timestamp < b.timestamp for a, b in pairwise(viewer.got)] == [True, True]


def test_when_the_leader_goes_another_takes_over_with_a_keyframe() -> None:
    place, old, new, viewer = Place(), Recorder("old"), Recorder("new"), Watcher()
    place.room.enter_viewer(viewer)
    place.room.enter_publisher(old)
    place.room.enter_publisher(new)
    place.room.take(new, unit(0, keyframe=True))
    place.room.leave(new)
    place.room.take(old, unit(100))
    assert len(viewer.got) == 1
    place.room.take(old, unit(200, keyframe=True))
    assert len(viewer.got) == 2
    place.room.leave(old)
    place.room.leave(old)
    place.room.leave(viewer)
    assert place.room.empty


def test_a_stranger_is_not_shown() -> None:
    place, viewer = Place(), Watcher()
    place.room.enter_viewer(viewer)
    assert place.room.take(Recorder(), unit(0, keyframe=True)) == []
    assert viewer.got == []


def test_the_report_says_how_it_goes() -> None:
    place, recorder = Place(), Recorder()
    assert not place.room.report().publishing
    place.room.enter_publisher(recorder)
    place.room.take(recorder, unit(0, keyframe=True))
    place.wait(500)
    report = place.room.report()
    assert (report.publishing, report.publishers, report.viewers, report.pictures) == (True, 1, 0, 1)
    assert (report.picture_age_ms, report.keyframe_age_ms) == (500, 500)
    assert report.kbps > 0
    place.wait(6000)
    report = place.room.report()
    assert (report.publishing, report.kbps) == (False, 0)


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 900_000), st.floats(0, 5000)), min_size=1, max_size=50
    )
)
def test_times_go_on_whoever_sends(steps: list[tuple[int, int, float]]) -> None:
    timeline, now = Timeline(), 0.0
    clocks, out = [0, 1 << 31, 5_000_000], list[tuple[int, int, int]]()
    for source, step, wait in steps:
        clocks[source] += step
        now += wait
        out.append((source, step, timeline.map(source, clocks[source], now)))
    for before, after in pairwise(out):
        assert after[2] > before[2]
        if before[0] == after[0]:
            assert after[2] - before[2] == after[1]
