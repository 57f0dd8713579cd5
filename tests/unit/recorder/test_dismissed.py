"""Once the server said that it does not know the recorder: nothing is captured, leaves, or is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from recorder_samples import SCR, desired, keep, meta, order

from deskreel.core.messages import Phase
from deskreel.core.policy import CapturePolicy
from deskreel.core.time import WallTime
from deskreel.recorder.control.reconcile import Doing, Stop, reconcile
from deskreel.recorder.control.view import ServerView
from deskreel.recorder.upload.keep import Verdict, decide


def recording_view(confirmed_until: int) -> ServerView:
    view = ServerView().with_desired(desired(keep((0, None)), phase=Phase.RECORDING, order=order()))
    return ServerView(desired=view.desired, confirmed_until=WallTime(confirmed_until))


def test_capture_stops_where_the_server_last_confirmed_it() -> None:
    view = recording_view(5_000)
    assert view.desired is not None
    assert view.desired.order is not None
    doing = Doing(
        recording=SCR, boundary=view.desired.order.boundary, policy=CapturePolicy(), window_start=WallTime(0)
    )
    dismissed = view.dismissed()
    assert reconcile(dismissed, doing, now=WallTime(9_000)) == (Stop(recording=SCR, at=WallTime(5_000)),)
    assert reconcile(dismissed, None, now=WallTime(9_000)) == ()
    assert dismissed.dismissed() == dismissed


@given(st.integers(0, 100_000), st.integers(1, 10_000), st.integers(0, 200_000))
def test_every_chunk_waits_and_none_is_dropped(start: int, duration_ms: int, confirmed_until: int) -> None:
    view = recording_view(confirmed_until).dismissed()
    chunk = meta(start=start, duration_ms=duration_ms)
    decision = decide(chunk, view.keep_of(SCR), confirmed_until=view.confirmed_until, hold_back_ms=0)
    assert decision.verdict is Verdict.WAIT


def test_the_server_s_next_word_stands() -> None:
    known = recording_view(5_000)
    assert known.desired is not None
    back = known.dismissed().with_desired(known.desired, first_of_connection=True)
    assert back.desired == known.desired
    assert ServerView().dismissed() == ServerView()
