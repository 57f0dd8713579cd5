"""Which desired state stands, and until when it is confirmed."""

from recorder_samples import SCR, desired, keep

from deskreel.core.messages import Pong
from deskreel.recorder.control.view import ServerView


def pong(version: int, server_time: float) -> Pong:
    return Pong(sent_ms=0.0, server_time=server_time, version=version)


def test_a_pong_confirms_only_the_version_that_stands() -> None:
    view = ServerView().with_pong(pong(-1, 500))
    assert view.confirmed_until == 0
    view = view.with_desired(desired(version=4, as_of=1000))
    assert view.confirmed_until == 1000
    assert view.with_pong(pong(3, 2000)).confirmed_until == 1000
    assert view.with_pong(pong(-1, 2000)).confirmed_until == 1000
    assert view.with_pong(pong(4, 2000.9)).confirmed_until == 2000
    assert view.with_pong(pong(4, 900)).confirmed_until == 1000


def test_a_new_version_is_confirmed_no_longer_than_it_says() -> None:
    view = ServerView().with_desired(desired(version=4, as_of=1000)).with_pong(pong(4, 5000))
    assert view.with_desired(desired(version=5, as_of=4000)).confirmed_until == 4000


def test_older_versions_change_nothing_unless_they_open_a_connection() -> None:
    view = ServerView().with_desired(desired(version=4, as_of=1000))
    older = desired(keep((0, None)), version=3, as_of=2000)
    assert view.with_desired(older) == view
    restarted = view.with_desired(older, first_of_connection=True)
    assert restarted.version == 3
    assert restarted.keep_of(SCR) is not None


def test_the_same_version_again_keeps_what_is_confirmed() -> None:
    view = ServerView().with_desired(desired(version=4, as_of=1000)).with_pong(pong(4, 5000))
    assert view.with_desired(desired(version=4, as_of=2000)).confirmed_until == 5000
    assert view.with_desired(desired(version=4, as_of=900)) == view
