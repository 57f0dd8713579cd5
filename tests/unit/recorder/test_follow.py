"""Which monitor is in the picture: the agent's ways by example, what must always hold by property."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.policy import MonitorMode
from deskreel.recorder.capture.follow import ALL_NAME, Cause, Following, Seen, due_ms, follow, monitor_infos
from deskreel.recorder.screen.port import Monitor, Rect

DWELL = 600
ACTIVE = MonitorMode.ACTIVE


def monitor(name: str, x: int, y: int, width: int, height: int, primary: bool = False) -> Monitor:
    return Monitor(name=name, rect=Rect(x=x, y=y, width=width, height=height), primary=primary)


LEFT = monitor("left", 0, 0, 1280, 1024)
MIDDLE = monitor("middle", 1280, 100, 1920, 1080, primary=True)
RIGHT = monitor("right", 3200, 0, 1080, 1920)
THREE = (LEFT, MIDDLE, RIGHT)
ON_LEFT, ON_MIDDLE, ON_RIGHT, NOWHERE = (100, 100), (2000, 500), (3300, 50), (2000, 5)


class Walk:
    """What the follower makes of one moment after another."""

    def __init__(self, mode: MonitorMode = ACTIVE, monitors: tuple[Monitor, ...] = THREE) -> None:
        self.mode = mode
        self.monitors = monitors
        self.now: Following | None = None

    def see(self, at_ms: int, pointer: tuple[int, int] | None = None, **what: object) -> str:
        seen = Seen(at_ms=at_ms, monitors=self.monitors, pointer=pointer)
        self.now = follow(self.now, replace(seen, **what), mode=self.mode, dwell_ms=DWELL)
        return self.now.shown.name

    @property
    def cause(self) -> Cause:
        assert self.now is not None
        return self.now.cause


def test_it_begins_where_the_pointer_is():
    walk = Walk()
    assert walk.see(0, ON_RIGHT) == "right"
    assert walk.cause is Cause.START


@pytest.mark.parametrize("pointer", [None, NOWHERE])
def test_it_begins_on_the_primary_when_the_pointer_is_on_none(pointer: tuple[int, int] | None):
    assert Walk().see(0, pointer) == "middle"


def test_a_pointer_that_stays_is_followed_after_the_dwell():
    walk = Walk()
    walk.see(0, ON_LEFT)
    assert walk.see(1000, ON_MIDDLE) == "left"
    assert walk.now is not None
    assert due_ms(walk.now, dwell_ms=DWELL) == 1600
    assert walk.see(1599, ON_MIDDLE) == "left"
    assert walk.see(1600, ON_MIDDLE) == "middle"
    assert walk.cause is Cause.POINTER
    assert due_ms(walk.now, dwell_ms=DWELL) is None


def test_crossing_a_monitor_does_not_switch_to_it():
    walk = Walk()
    walk.see(0, ON_LEFT)
    for at in range(1000, 1500, 100):
        assert walk.see(at, (1280 + at, 500)) == "left"
    assert walk.see(1500, ON_RIGHT) == "left"
    assert walk.see(2000, (3301, 60)) == "left"
    assert walk.see(2100, (3302, 60)) == "right"


def test_going_there_and_back_begins_the_dwell_anew():
    walk = Walk()
    walk.see(0, ON_LEFT)
    walk.see(100, ON_MIDDLE)
    walk.see(500, ON_LEFT)
    walk.see(600, ON_MIDDLE)
    assert walk.see(1100, ON_MIDDLE) == "left"
    assert walk.see(1200, ON_MIDDLE) == "middle"


def test_a_click_is_followed_at_once():
    walk = Walk()
    walk.see(0, ON_LEFT)
    assert walk.see(10, None, click=ON_RIGHT) == "right"
    assert walk.cause is Cause.CLICK


def test_a_focus_that_moves_without_the_mouse_is_followed_at_once():
    walk = Walk()
    walk.see(0, ON_LEFT)
    assert walk.see(5000, ON_LEFT, focus=Rect(x=3250, y=100, width=500, height=500)) == "right"
    assert walk.cause is Cause.FOCUS
    assert walk.see(9000, ON_LEFT) == "right"  # the pointer that rests does not call it back
    walk.see(9100, (101, 100))
    assert walk.see(9700, (101, 100)) == "left"


def test_a_focus_that_the_mouse_brought_is_the_mouses_affair():
    walk = Walk()
    walk.see(0, ON_LEFT)
    walk.see(1000, (200, 100))
    assert walk.see(1100, (200, 100), focus=Rect(x=3250, y=100, width=500, height=500)) == "left"


def test_a_window_over_two_monitors_belongs_to_the_one_with_most_of_it():
    walk = Walk()
    walk.see(0, ON_LEFT)
    assert walk.see(5000, ON_LEFT, focus=Rect(x=1200, y=200, width=800, height=500)) == "middle"


def test_a_monitor_that_is_unplugged_is_left_at_once():
    walk = Walk()
    walk.see(0, ON_RIGHT)
    walk.monitors = (LEFT, MIDDLE)
    assert walk.see(100, ON_RIGHT) == "middle"
    assert walk.cause is Cause.LAYOUT
    walk.monitors = THREE
    assert walk.see(200, ON_RIGHT) == "middle"


def test_a_monitor_that_is_turned_is_shown_as_it_is_now():
    walk = Walk()
    walk.see(0, ON_RIGHT)
    turned = monitor("right", 3200, 0, 1920, 1080)
    walk.monitors = (LEFT, MIDDLE, turned)
    walk.see(100, ON_RIGHT)
    assert walk.now is not None
    assert (walk.now.shown, walk.cause) == (turned, Cause.LAYOUT)


def test_all_shows_everything_there_is():
    walk = Walk(MonitorMode.ALL)
    assert walk.see(0, ON_LEFT) == ALL_NAME
    assert walk.now is not None
    assert walk.now.shown.rect == Rect(x=0, y=0, width=4280, height=1920)
    assert walk.see(10, None, click=ON_RIGHT) == ALL_NAME
    assert all(info.active for info in monitor_infos(THREE, walk.now))
    walk.monitors = (MIDDLE,)
    assert walk.see(20, ON_LEFT) == "middle"


def test_primary_stays_whatever_the_agent_does():
    walk = Walk(MonitorMode.PRIMARY)
    walk.see(0, ON_LEFT)
    assert walk.see(10, ON_RIGHT, click=ON_RIGHT, focus=RIGHT.rect) == "middle"
    walk.monitors = (LEFT, RIGHT)
    assert walk.see(20) == "left"


def test_another_mode_applies_at_once():
    walk = Walk(MonitorMode.PRIMARY)
    walk.see(0, ON_RIGHT)
    walk.mode = ACTIVE
    assert walk.see(10) == "right"
    assert walk.cause is Cause.POLICY


def test_the_report_marks_the_monitor_in_the_picture():
    walk = Walk()
    walk.see(0, ON_RIGHT)
    assert walk.now is not None
    assert [(i.name, i.active) for i in monitor_infos(THREE, walk.now)] == [
        ("left", False),
        ("middle", False),
        ("right", True),
    ]


places = st.tuples(st.integers(-50, 4400), st.integers(-50, 2000))
layouts = st.lists(st.sampled_from(THREE), min_size=1, unique=True).map(tuple)
moments = st.lists(
    st.tuples(
        st.integers(1, 700),
        st.none() | places,
        st.none() | places,
        st.none() | st.sampled_from([m.rect for m in THREE]),
        layouts,
        st.sampled_from(MonitorMode),
    ),
    max_size=40,
)


@given(moments)
def test_one_monitor_that_exists_is_always_shown(moments: list[tuple]):
    now: Following | None = None
    at_ms = 0
    for passed, pointer, click, focus, layout, mode in moments:
        at_ms += passed
        seen = Seen(at_ms=at_ms, monitors=layout, pointer=pointer, click=click, focus=focus)
        now = follow(now, seen, mode=mode, dwell_ms=DWELL)
        infos = monitor_infos(layout, now)
        assert any(info.active for info in infos)
        if mode is not MonitorMode.ALL:
            assert now.shown in layout
            assert sum(info.active for info in infos) == 1
        clicked = [m for m in layout if click is not None and m.rect.contains(*click)]
        if clicked and mode is ACTIVE:
            assert now.mode is mode
            assert now.shown == clicked[0] or now.cause in (Cause.START, Cause.POLICY)


@given(st.lists(st.tuples(st.integers(1, 700), places), min_size=2, max_size=60))
def test_the_pointer_alone_never_switches_twice_within_the_dwell(steps: list[tuple]):
    now: Following | None = None
    at_ms, switches = 0, []
    for passed, pointer in steps:
        at_ms += passed
        before = now
        now = follow(now, Seen(at_ms=at_ms, monitors=THREE, pointer=pointer), mode=ACTIVE, dwell_ms=DWELL)
        if before is not None and before.shown != now.shown:
            switches.append(at_ms)
            assert now.shown.rect.contains(*pointer)
    assert all(b - a >= DWELL for a, b in pairwise(switches))


@given(st.lists(places, min_size=1, max_size=10), st.sampled_from(THREE))
def test_where_the_pointer_comes_to_rest_is_shown_in_the_end(path: list[tuple[int, int]], goal: Monitor):
    now: Following | None = None
    end = (goal.rect.x + 1, goal.rect.y + 1)
    for n, place in enumerate([*path, end]):
        now = follow(now, Seen(at_ms=n * 50, monitors=THREE, pointer=place), mode=ACTIVE, dwell_ms=DWELL)
    assert now is not None
    due = due_ms(now, dwell_ms=DWELL)
    at_ms = due if due is not None else (len(path) + 1) * 50
    now = follow(now, Seen(at_ms=at_ms, monitors=THREE, pointer=end), mode=ACTIVE, dwell_ms=DWELL)
    assert now.shown == goal
