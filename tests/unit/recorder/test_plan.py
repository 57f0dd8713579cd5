"""What to do with the spool next."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from recorder_samples import OTHER, SCR, desired, keep, order, spooled

from deskreel.core.ids import ScreenRecordingId
from deskreel.core.messages import Desired, Phase
from deskreel.core.time import WallTime
from deskreel.recorder.control.view import ServerView
from deskreel.recorder.spool.info import RecordingInfo
from deskreel.recorder.spool.spool import Holding
from deskreel.recorder.spool.spooled import SpooledChunk
from deskreel.recorder.upload.plan import Item, make_plan


def holding(*chunks: SpooledChunk, recording: ScreenRecordingId = SCR, opened: bool = False) -> Holding:
    return Holding(
        info=RecordingInfo(
            screen_recording_id=recording, origin=WallTime(0), gateway_url="http://g", region_key=""
        ),
        open=opened,
        chunks=chunks,
        count=len(chunks),
        bytes=100 * len(chunks),
    )


def view(state: Desired) -> ServerView:
    return ServerView().with_desired(state)


ONE, TWO, THREE = spooled(1, 0), spooled(2, 2000), spooled(3, 4000)


def test_without_a_desired_state_nothing_leaves() -> None:
    plan = make_plan([holding(ONE)], ServerView(), hold_back_ms=0, parallel=3)
    assert plan == make_plan([], ServerView(), hold_back_ms=0, parallel=3)


def test_the_oldest_first_over_all_recordings() -> None:
    state = desired(keep((0, 9000), ended=True), keep((0, 9000), ended=True, recording=OTHER))
    late, early = holding(TWO, THREE), holding(spooled(7, 500), recording=OTHER)
    plan = make_plan([late, early], view(state), hold_back_ms=0, parallel=2)
    assert plan.send == (Item(recording=OTHER, chunk=spooled(7, 500)), Item(recording=SCR, chunk=TWO))


def test_chunks_on_their_way_and_resting_recordings_are_left_alone() -> None:
    state = desired(keep((0, 9000), ended=True))
    plan = make_plan([holding(ONE, TWO)], view(state), hold_back_ms=0, busy={(SCR, 1)}, parallel=3)
    assert plan.send == (Item(recording=SCR, chunk=TWO),)
    assert make_plan([holding(ONE)], view(state), hold_back_ms=0, resting={SCR}, parallel=3).send == ()


def test_what_must_not_leave_goes_even_while_its_recording_rests() -> None:
    state = desired(keep((0, 2000), ended=True))
    plan = make_plan([holding(ONE, TWO)], view(state), hold_back_ms=0, resting={SCR}, parallel=3)
    assert plan.drop == (Item(recording=SCR, chunk=TWO),)


def test_a_manifest_is_due_when_nothing_is_left_and_nothing_is_captured() -> None:
    state = desired(keep((0, 2000), ended=True))
    assert make_plan([holding()], view(state), hold_back_ms=0, parallel=3).finish == (SCR,)
    assert make_plan([], view(state), hold_back_ms=0, parallel=3).finish == (SCR,)
    assert make_plan([holding(ONE)], view(state), hold_back_ms=0, parallel=3).finish == ()
    assert make_plan([holding(opened=True)], view(state), hold_back_ms=0, parallel=3).finish == ()
    assert make_plan([], view(state), hold_back_ms=0, finished={SCR}, parallel=3).finish == ()
    going_on = desired(keep((0, None)), phase=Phase.RECORDING, order=order())
    assert make_plan([holding()], view(going_on), hold_back_ms=0, parallel=3).finish == ()


def test_a_recording_that_the_server_does_not_ask_for_is_a_stray() -> None:
    assert make_plan([holding(ONE)], view(desired()), hold_back_ms=0, parallel=3).strays == (SCR,)
    assert make_plan([holding(ONE, opened=True)], view(desired()), hold_back_ms=0, parallel=3).strays == ()


def test_the_recording_of_now_does_not_wait_for_a_long_backlog() -> None:
    state = desired(keep((0, 90_000), ended=True, recording=OTHER), keep((0, 90_000), ended=True))
    old = holding(*(spooled(n, n * 2000) for n in range(1, 9)), recording=OTHER)
    new = holding(spooled(1, 50_000), spooled(2, 52_000))

    def seqs(**how: Any) -> list[tuple[bool, int]]:
        plan = make_plan([old, new], view(state), hold_back_ms=0, **how)
        return [(item.recording == SCR, item.chunk.seq) for item in plan.send]

    assert seqs(parallel=3) == [(False, 1), (False, 2), (False, 3)]
    assert seqs(parallel=3, lane=SCR) == [(False, 1), (False, 2), (True, 1)]
    assert seqs(parallel=3, lane=SCR, busy={(SCR, 1), (OTHER, 1)}) == [(False, 2)]
    assert seqs(parallel=3, lane=SCR, busy={(OTHER, 1), (OTHER, 2)}) == [(True, 1)]
    assert seqs(parallel=1, lane=SCR) == [(True, 1)]
    assert seqs(parallel=1, lane=OTHER) == [(False, 1)]
    assert seqs(parallel=3, lane=SCR, resting={SCR}) == [(False, 1), (False, 2)], "a place stays free for it"
    assert seqs(parallel=3, lane=SCR, resting={OTHER}) == [(True, 1), (True, 2)]


@given(
    st.integers(1, 5),
    st.integers(0, 9),
    st.integers(0, 9),
    st.sets(st.tuples(st.sampled_from([SCR, OTHER]), st.integers(1, 9)), max_size=5),
    st.sampled_from([None, SCR, OTHER]),
)
def test_whatever_is_busy_the_places_are_kept(
    parallel: int,
    own: int,
    others: int,
    busy: set[tuple[ScreenRecordingId, int]],
    lane: ScreenRecordingId | None,
) -> None:
    state = desired(keep((0, 90_000), ended=True, recording=OTHER), keep((0, 90_000), ended=True))
    held = [
        holding(*(spooled(n, 30_000 + n * 2000) for n in range(1, own + 1))),
        holding(*(spooled(n, n * 2000) for n in range(1, others + 1)), recording=OTHER),
    ]
    plan = make_plan(held, view(state), hold_back_ms=0, parallel=parallel, busy=busy, lane=lane)
    assert len(plan.send) <= max(0, parallel - len(busy))
    waiting = {
        r: [c.seq for c in h.chunks if (r, c.seq) not in busy]
        for r, h in zip((SCR, OTHER), held, strict=True)
    }
    for recording in (SCR, OTHER):  # the oldest of each, without a gap
        sent = [item.chunk.seq for item in plan.send if item.recording == recording]
        assert sent == waiting[recording][: len(sent)]
    if lane is not None:
        own_ready = waiting[lane]
        under_way = [r for r, _ in busy] + [item.recording for item in plan.send]
        if own_ready and len(busy) < parallel and lane not in [r for r, _ in busy]:
            assert lane in under_way, "the lane's turn has come"
        foreign = sum(r != lane for r in under_way)
        foreign_busy = sum(r != lane for r, _ in busy)
        if parallel > 1:
            assert foreign <= max(parallel - 1, foreign_busy)
