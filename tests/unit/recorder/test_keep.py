"""What may leave the desktop, and that nothing else ever does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorder_samples import keep, meta

from deskreel.core.messages import Keep
from deskreel.core.time import WallTime
from deskreel.recorder.upload.keep import Decision, Verdict, decide

HOLD_BACK = 300


def verdict(chunk_start: int, duration_ms: int, kept: Keep | None, confirmed: int) -> tuple[Verdict, int]:
    decision = decide(
        meta(1, chunk_start, duration_ms),
        kept,
        confirmed_until=WallTime(confirmed),
        hold_back_ms=HOLD_BACK,
    )
    return decision.verdict, decision.keep_ms


@pytest.mark.parametrize(
    ("start", "windows", "ended", "confirmed", "expected"),
    [
        (1000, [(0, None)], False, 3299, (Verdict.WAIT, 0)),
        (1000, [(0, None)], False, 3300, (Verdict.RELEASE, 0)),
        (1000, [(0, 3000)], False, 0, (Verdict.RELEASE, 0)),  # a closed window reaches to its end
        (1000, [(0, 2999)], False, 3299, (Verdict.WAIT, 0)),
        (1000, [(0, 2999)], False, 3300, (Verdict.TRIM, 1999)),
        (1000, [(0, 2999)], True, 0, (Verdict.TRIM, 1999)),  # ended: nothing will change
        (1000, [(0, 1001), (2000, None)], False, 9000, (Verdict.TRIM, 1)),
        (1000, [(0, 1000), (3000, None)], False, 9000, (Verdict.DROP, 0)),  # wholly in a pause
        (1000, [(0, 500), (1500, None)], False, 9000, (Verdict.DROP, 0)),  # its head lies in a pause
        (1000, [(1001, None)], False, 9000, (Verdict.DROP, 0)),  # … also before the first window
        (1000, [], True, 0, (Verdict.DROP, 0)),
        (1000, [], False, 9000, (Verdict.DROP, 0)),
        (1000, [(0, None)], True, 2000, (Verdict.TRIM, 1000)),  # ended with an open window: until last known
    ],
)
def test_table(
    start: int,
    windows: list[tuple[int, int | None]],
    ended: bool,
    confirmed: int,
    expected: tuple[Verdict, int],
) -> None:
    assert verdict(start, 2000, keep(*windows, ended=ended), confirmed) == expected


def test_a_recording_the_server_does_not_ask_for_waits() -> None:
    assert verdict(0, 2000, None, 10**9) == (Verdict.WAIT, 0)


@st.composite
def keeps(draw: st.DrawFn) -> Keep:
    edges = sorted(draw(st.sets(st.integers(0, 60), min_size=0, max_size=8)))
    pairs: list[tuple[int, int | None]] = list(zip(edges[::2], edges[1::2], strict=False))
    if len(edges) % 2:
        pairs.append((edges[-1], None))
    return keep(*pairs, ended=draw(st.booleans()))


chunks = st.builds(lambda start, length: (start, length), st.integers(0, 60), st.integers(1, 20))


def released(start: int, duration_ms: int, decision: Decision) -> set[int]:
    """The milliseconds that leave by a decision."""
    match decision.verdict:
        case Verdict.RELEASE:
            return set(range(start, start + duration_ms))
        case Verdict.TRIM:
            assert 0 < decision.keep_ms < duration_ms
            return set(range(start, start + decision.keep_ms))
        case _:
            return set()


def allowed(kept: Keep, at: int, confirmed: int) -> bool:
    return any(
        a <= at and (at < b if b is not None else not kept.ended or at < confirmed) for a, b in kept.windows
    )


@given(chunks, st.lists(st.tuples(keeps(), st.integers(0, 80)), min_size=1, max_size=6))
def test_no_millisecond_outside_the_windows_that_stand_is_ever_released(
    chunk: tuple[int, int], states: list[tuple[Keep, int]]
) -> None:
    """Desired states come in any order; each may narrow what the one before allowed, and trims last."""
    start, duration_ms = chunk
    for kept, confirmed in states:
        decision = decide(
            meta(1, start, duration_ms), kept, confirmed_until=WallTime(confirmed), hold_back_ms=3
        )
        for at in released(start, duration_ms, decision):
            assert allowed(kept, at, confirmed)
        if decision.verdict is Verdict.TRIM:
            duration_ms = decision.keep_ms  # the cut is on the disk; a wider window does not undo it
        elif decision.verdict is not Verdict.WAIT:
            break


@given(chunks, keeps(), st.integers(0, 80), st.integers(0, 10))
def test_nothing_unconfirmed_is_judged(
    chunk: tuple[int, int], kept: Keep, confirmed: int, hold_back_ms: int
) -> None:
    start, duration_ms = chunk
    decision = decide(
        meta(1, start, duration_ms),
        kept,
        confirmed_until=WallTime(confirmed),
        hold_back_ms=hold_back_ms,
    )
    end = start + duration_ms
    settled = kept.ended or end <= confirmed - hold_back_ms
    settled = settled or any(b is not None and end <= b for _, b in kept.windows)
    assert (decision.verdict is Verdict.WAIT) == (not settled)


@given(chunks, keeps(), st.integers(0, 80))
def test_what_lies_in_a_window_from_its_head_on_is_released(
    chunk: tuple[int, int], kept: Keep, confirmed: int
) -> None:
    start, duration_ms = chunk
    decision = decide(meta(1, start, duration_ms), kept, confirmed_until=WallTime(confirmed), hold_back_ms=0)
    if decision.verdict is Verdict.WAIT:
        return
    expected = 0
    while expected < duration_ms and allowed(kept, start + expected, confirmed):
        expected += 1
    assert len(released(start, duration_ms, decision)) == expected
