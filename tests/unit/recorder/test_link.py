"""The figures of the link, from pings that are answered, late, or never answered."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.recorder.control.link import LinkMeter, LinkQuality
from deskreel.recorder.control.loss import FEWEST


def fed(round_trips: Sequence[float | None], *, every_ms: float = 5_000) -> LinkQuality:
    """Pings one after the other; None: no answer."""
    meter, at_ms = LinkMeter(), 0.0
    for round_trip_ms in round_trips:
        meter.sent(at_ms)
        if round_trip_ms is not None:
            meter.answered(at_ms, at_ms + round_trip_ms)
        at_ms += every_ms
    return meter.quality(at_ms)


def test_nothing_is_known_before_the_first_ping() -> None:
    assert LinkMeter().quality(0) == LinkQuality()


def test_a_steady_link() -> None:
    assert fed([20.0] * 30) == LinkQuality(rtt_ms=20, jitter_ms=0, loss_percent=0)


def test_the_round_trip_is_the_median_so_one_slow_answer_does_not_show() -> None:
    assert fed([20.0] * 10 + [900.0]).rtt_ms == 20


def test_jitter_is_that_of_rfc_3550() -> None:
    quality = fed([10.0, 26.0, 10.0])
    first = 16 / 16
    assert quality.jitter_ms == pytest.approx(first + (16 - first) / 16)
    alternating = fed([10.0, 510.0] * 60)
    assert alternating.jitter_ms == pytest.approx(500, rel=0.01)


def test_pings_without_an_answer_and_late_ones_are_lost() -> None:
    assert fed([20.0] * 9).loss_percent is None, "too few to tell"
    assert fed([20.0, None, 20.0, 1_500.0, 20.0] * 4).loss_percent == 40


def test_one_late_ping_is_no_figure_until_it_is_one_of_enough() -> None:
    for count in range(FEWEST - 1, 49):
        assert fed([20.0] * count + [1_500.0]).loss_percent is None
    assert fed([20.0] * 49 + [1_500.0]).loss_percent == 2


def test_a_ping_that_is_on_its_way_is_not_lost_yet() -> None:
    meter = LinkMeter()
    for at_ms in range(0, 100_000, 1_000):
        meter.sent(at_ms)
        meter.answered(at_ms, at_ms + 5)
    meter.sent(100_000)
    assert meter.quality(100_900).loss_percent == 0
    assert meter.quality(101_001).loss_percent == pytest.approx(100 / 101)


def test_old_loss_is_forgotten() -> None:
    assert fed([20.0, None] * 20 + [20.0] * 13).loss_percent == 0


@given(st.lists(st.one_of(st.none(), st.floats(0, 4_000)), max_size=100))
def test_figures_stay_in_bounds(round_trips: list[float | None]) -> None:
    quality = fed(round_trips)
    answered = [r for r in round_trips if r is not None]
    if quality.loss_percent is not None:
        assert 0 <= quality.loss_percent <= 100
    if answered:
        assert quality.rtt_ms is not None
        assert min(answered) - 1 <= quality.rtt_ms <= max(answered) + 1
    if quality.jitter_ms is not None:
        assert 0 <= quality.jitter_ms <= max(answered) - min(answered) + 1
