"""What to do with the spool next."""

from __future__ import annotations

from recorder_samples import OTHER, SCR, desired, keep, meta, order

from deskreel.core.chunk import ChunkMeta
from deskreel.core.ids import ScreenRecordingId
from deskreel.core.messages import Desired, Phase
from deskreel.core.time import WallTime
from deskreel.recorder.plan import Item, make_plan
from deskreel.recorder.shelf import RecordingInfo
from deskreel.recorder.spool import Holding
from deskreel.recorder.view import ServerView


def holding(*chunks: ChunkMeta, recording: ScreenRecordingId = SCR, opened: bool = False) -> Holding:
    return Holding(
        info=RecordingInfo(screen_recording_id=recording, origin=WallTime(0), gateway_url="http://g"),
        open=opened,
        chunks=chunks,
        count=len(chunks),
        bytes=100 * len(chunks),
    )


def view(state: Desired) -> ServerView:
    return ServerView().with_desired(state)


ONE, TWO, THREE = meta(1, 0), meta(2, 2000), meta(3, 4000)


def test_without_a_desired_state_nothing_leaves() -> None:
    plan = make_plan([holding(ONE)], ServerView(), hold_back_ms=0, slots=3)
    assert plan == make_plan([], ServerView(), hold_back_ms=0, slots=3)


def test_the_oldest_first_over_all_recordings() -> None:
    state = desired(keep((0, 9000), ended=True), keep((0, 9000), ended=True, recording=OTHER))
    late, early = holding(TWO, THREE), holding(meta(7, 500), recording=OTHER)
    plan = make_plan([late, early], view(state), hold_back_ms=0, slots=2)
    assert plan.send == (Item(recording=OTHER, chunk=meta(7, 500)), Item(recording=SCR, chunk=TWO))


def test_chunks_on_their_way_and_resting_recordings_are_left_alone() -> None:
    state = desired(keep((0, 9000), ended=True))
    plan = make_plan([holding(ONE, TWO)], view(state), hold_back_ms=0, busy={(SCR, 1)}, slots=3)
    assert plan.send == (Item(recording=SCR, chunk=TWO),)
    assert make_plan([holding(ONE)], view(state), hold_back_ms=0, resting={SCR}, slots=3).send == ()


def test_what_must_not_leave_goes_even_while_its_recording_rests() -> None:
    state = desired(keep((0, 2000), ended=True))
    plan = make_plan([holding(ONE, TWO)], view(state), hold_back_ms=0, resting={SCR}, slots=3)
    assert plan.drop == (Item(recording=SCR, chunk=TWO),)


def test_a_manifest_is_due_when_nothing_is_left_and_nothing_is_captured() -> None:
    state = desired(keep((0, 2000), ended=True))
    assert make_plan([holding()], view(state), hold_back_ms=0, slots=3).finish == (SCR,)
    assert make_plan([], view(state), hold_back_ms=0, slots=3).finish == (SCR,)
    assert make_plan([holding(ONE)], view(state), hold_back_ms=0, slots=3).finish == ()
    assert make_plan([holding(opened=True)], view(state), hold_back_ms=0, slots=3).finish == ()
    assert make_plan([], view(state), hold_back_ms=0, finished={SCR}, slots=3).finish == ()
    going_on = desired(keep((0, None)), phase=Phase.RECORDING, order=order())
    assert make_plan([holding()], view(going_on), hold_back_ms=0, slots=3).finish == ()


def test_a_recording_that_the_server_does_not_ask_for_is_a_stray() -> None:
    assert make_plan([holding(ONE)], view(desired()), hold_back_ms=0, slots=3).strays == (SCR,)
    assert make_plan([holding(ONE, opened=True)], view(desired()), hold_back_ms=0, slots=3).strays == ()
