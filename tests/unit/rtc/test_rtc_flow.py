"""What waits is not sent late, keyframes do not leave as one burst, requests for them are counted."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from deskreel.rtc.flow import Allowance, Bucket, KeyframeLimiter, SendQueue
from deskreel.rtc.wire import Unit


def unit(number: int, *, keyframe: bool = False) -> Unit:
    return Unit(payloads=(b"x",), timestamp=number, keyframe=keyframe)


def test_nothing_is_sent_before_a_keyframe() -> None:
    queue = SendQueue()
    assert queue.put(unit(0), 0.0) is True
    assert queue.take() is None
    assert queue.put(unit(1, keyframe=True), 1.0) is False
    assert queue.put(unit(2), 2.0) is False
    assert [queue.take(), queue.take(), queue.take()] == [unit(1, keyframe=True), unit(2), None]


def test_what_waited_too_long_makes_way_and_a_keyframe_is_needed() -> None:
    queue = SendQueue()
    queue.put(unit(0, keyframe=True), 0.0)
    queue.put(unit(1), 400.0)
    assert queue.put(unit(2), 600.0) is True
    assert len(queue) == 0
    assert queue.dropped == 3
    assert queue.put(unit(3, keyframe=True), 700.0) is False
    assert queue.take() == unit(3, keyframe=True)


def test_a_cleared_queue_goes_on_with_a_keyframe() -> None:
    queue = SendQueue()
    queue.put(unit(0, keyframe=True), 0.0)
    queue.clear()
    assert queue.take() is None
    assert queue.put(unit(1), 1.0) is True


@given(st.lists(st.tuples(st.floats(0, 300), st.booleans(), st.booleans()), max_size=200))
def test_whatever_happens_pictures_leave_in_order_and_build_on_what_left(
    events: list[tuple[float, bool, bool]],
) -> None:
    queue, now, taken = SendQueue(), 0.0, list[Unit]()
    for number, (wait, keyframe, take) in enumerate(events):
        now += wait
        queue.put(unit(number, keyframe=keyframe), now)
        if take and (one := queue.take()) is not None:
            taken.append(one)
    assert all(
        one.keyframe or one.timestamp == before.timestamp + 1 for before, one in itertools.pairwise(taken)
    )
    assert not taken or taken[0].keyframe


def test_a_keyframe_takes_its_time() -> None:
    bucket, now, burst = Bucket(500_000, 6000), 0.0, 0
    for _ in range(50):  # packets of 1,200 bytes: 60 KB at 500 KB/s
        wait = bucket.wait_ms(now)
        burst += now + wait == 0
        now += wait
        assert bucket.wait_ms(now) == 0
        bucket.take(1200)
    assert 100 < now < 125
    assert burst == 5
    bucket.set_rate(1_000_000)
    assert bucket.wait_ms(now) <= 1.3


def test_repeats_get_a_share_of_what_is_sent() -> None:
    allowance = Allowance(0.5, 1000)
    assert allowance.spend(1000)
    assert not allowance.spend(1)
    allowance.earn(500)
    assert not allowance.spend(251)
    assert allowance.spend(250)


@given(st.lists(st.floats(0, 3000), max_size=100))
def test_keyframes_are_asked_for_once_a_second_and_no_request_is_lost(gaps: list[float]) -> None:
    limiter, now, passed, due = KeyframeLimiter(), 0.0, list[float](), None
    for gap in [*gaps, 5000.0]:
        now += gap
        if due is not None and due <= now:
            assert limiter.waits
            assert limiter.ask(due) == 0
            passed.append(due)
            due = None
        wait = limiter.ask(now)
        if wait == 0:
            passed.append(now)
        elif due is None:
            due = now + wait
    assert all(later - earlier >= 999.9 for earlier, later in itertools.pairwise(passed))
    assert passed[-1] == now  # the last came after five quiet seconds


def test_who_waited_has_got_the_keyframe_that_came() -> None:
    limiter = KeyframeLimiter()
    assert limiter.ask(0.0) == 0
    assert limiter.ask(300.0) == 700.0
    assert limiter.waits
    limiter.arrived()
    assert not limiter.waits
