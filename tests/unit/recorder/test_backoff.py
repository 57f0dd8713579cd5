"""Back-off: bounds, growth, and the peer's own wish."""

import random

from hypothesis import given
from hypothesis import strategies as st

from deskreel.recorder.control.backoff import Backoff


@given(st.integers(0, 10_000), st.integers(), st.floats(0, 300))
def test_between_the_wish_and_the_wish_plus_the_cap(attempt: int, seed: int, wish_s: float) -> None:
    backoff = Backoff(base_s=0.25, cap_s=15.0)
    delay_s = backoff.delay_s(attempt, random.Random(seed), at_least_s=wish_s)
    assert wish_s <= delay_s <= wish_s + min(15.0, 0.25 * 2.0 ** min(attempt, 60)) + 1e-9


def test_it_grows_and_is_spread() -> None:
    rng = random.Random(7)
    backoff = Backoff(base_s=0.25, cap_s=15.0)
    means = [sum(backoff.delay_s(n, rng) for _ in range(400)) / 400 for n in range(9)]
    assert means[0] < 0.2 < means[3] < means[6] < 8.5
    assert abs(means[8] - 7.5) < 1.0
    assert len({backoff.delay_s(6, rng) for _ in range(50)}) == 50
