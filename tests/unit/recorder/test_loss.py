"""What may be said of a link by its late answers: nothing too early, the bad soon, and the past forgotten."""

from __future__ import annotations

import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.recorder.adapt.values import Rules
from deskreel.recorder.control.link import LinkMeter
from deskreel.recorder.control.loss import (
    FEWEST,
    LIMIT_PERCENT,
    REMEMBERED,
    late_percent,
    since_better,
    surely_above,
    surely_below,
)

PING_MS = 2_000
RUNS = 60  # of chance, each with its own seed


def noticed_s(share: float, seed: int, *, clean: int = 0) -> float:
    """Until a link that begins to answer this share too late is known as one over the limit."""
    chance, late = random.Random(seed), [False] * clean
    for count in range(1, 2_000):
        late = [*late, chance.random() < share][-REMEMBERED:]
        # an answer in time brings nothing to light, but that there are enough of them
        if (late[-1] or count < 2 * FEWEST) and (late_percent(late) or 0.0) > LIMIT_PERCENT:
            return count * PING_MS / 1000
    return 9_999.0


@pytest.mark.parametrize(
    ("share", "median_s", "nine_of_ten_s"), [(0.05, 420, 1_100), (0.10, 120, 260), (0.30, 30, 60)]
)
@pytest.mark.parametrize("clean", [0, REMEMBERED])
def test_a_lossy_link_is_noticed_as_soon_as_the_guide_says(
    share: float, median_s: float, nine_of_ten_s: float, clean: int
) -> None:
    took = sorted(noticed_s(share, seed, clean=clean) for seed in range(RUNS))
    assert statistics.median(took) <= median_s
    assert took[RUNS * 9 // 10] <= nine_of_ten_s


@pytest.mark.parametrize(("share", "most"), [(0.002, 0), (0.005, 2), (0.01, 8)])
def test_a_link_within_the_limit_is_hardly_ever_blamed_in_an_hour(share: float, most: int) -> None:
    hour = 3_600_000 // PING_MS
    blamed = sum(noticed_s(share, seed) <= hour * PING_MS / 1000 for seed in range(RUNS))
    assert blamed <= most


@given(st.integers(0, 49), st.integers(FEWEST, 50))
def test_one_late_answer_is_no_evidence_however_few_there_are(at: int, of: int) -> None:
    assert late_percent([n == at % of for n in range(of)]) in (None, 100 / 50)


@given(st.integers(0, 200), st.integers(2, 30), st.integers(0, 200))
def test_one_stall_or_one_end_of_a_connection_is_no_evidence_either(
    before: int, late: int, after: int
) -> None:
    share = late_percent([False] * before + [True] * late + [False] * after)
    assert share is None or share <= LIMIT_PERCENT


@given(st.lists(st.booleans(), max_size=REMEMBERED))
def test_what_is_said_above_the_limit_has_three_late_answers_and_is_within_bounds(late: list[bool]) -> None:
    share = late_percent(late)
    assert share is None or 0 <= share <= 100
    if share is not None and share > LIMIT_PERCENT:
        assert sum(late) >= 3
    if len(late) < FEWEST:
        assert share is None


@given(st.integers(0, 400), st.integers(1, 400))
def test_nothing_is_surely_above_and_below_at_once(late: int, of: int) -> None:
    late = min(late, of)
    assert not (surely_above(late, of) and surely_below(late, of))
    if surely_above(late, of):
        assert 100 * late / of > LIMIT_PERCENT
        assert late == of or surely_above(late + 1, of)
    if surely_below(late, of):
        assert 100 * late / of < LIMIT_PERCENT
        assert surely_below(late, of + 1)


@given(st.lists(st.booleans(), max_size=REMEMBERED))
def test_only_the_oldest_are_forgotten_and_only_after_enough_in_time(late: list[bool]) -> None:
    kept = since_better(late)
    assert list(kept) == late[len(late) - len(kept) :]
    if len(kept) < len(late):
        assert len(kept) >= FEWEST
        assert not any(kept)
        assert (late_percent(late) or 0) > LIMIT_PERCENT


@pytest.mark.parametrize(("every", "within_s"), [(3, 30), (10, 100), (20, 200)])
def test_a_link_that_is_well_again_is_known_to_be(every: int, within_s: int) -> None:
    meter, at_ms = LinkMeter(), 0.0
    for number in range(REMEMBERED):
        meter.sent(at_ms)
        meter.answered(at_ms, at_ms + (3_000 if number % every == 0 else 20))
        at_ms += PING_MS
    assert (meter.quality(at_ms).loss_percent or 0) > LIMIT_PERCENT
    for _ in range(within_s * 1000 // PING_MS):
        meter.sent(at_ms)
        meter.answered(at_ms, at_ms + 20)
        at_ms += PING_MS
    assert (meter.quality(at_ms).loss_percent or 0) <= LIMIT_PERCENT
    meter.sent(at_ms)  # the next late one does not bring the past back
    assert (meter.quality(at_ms + 1_500).loss_percent or 0) <= LIMIT_PERCENT


def test_after_a_minute_without_pings_it_may_be_another_link() -> None:
    meter = LinkMeter()
    for number in range(30):
        meter.sent(number * PING_MS)  # only each other one is answered
        if number % 2 == 0:
            meter.answered(number * PING_MS, number * PING_MS + 20)
    assert (meter.quality(60_000).loss_percent or 0) > LIMIT_PERCENT
    meter.sent(3_600_000)
    assert meter.quality(3_600_000).loss_percent is None


def test_another_limit_has_another_evidence() -> None:
    late = [n % 10 == 0 for n in range(100)]
    assert (late_percent(late) or 0) == 10
    assert late_percent(late, limit_percent=10.0) == 10
    assert not surely_above(10, 100, limit_percent=10.0)
    assert Rules().loss_percent == LIMIT_PERCENT
