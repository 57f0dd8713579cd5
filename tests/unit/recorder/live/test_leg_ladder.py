"""Which way is tried when, and when one is dead."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.live import RELAYED, Obstacle, ObstacleCode, Rung, sentence
from deskreel.recorder.live import ladder as rules
from deskreel.recorder.live.ladder import Ladder
from deskreel.rtc.port import SendStats

EVERY = (Rung.DIRECT, *RELAYED)


SILENT = Obstacle(code=ObstacleCode.NO_ANSWER, text="no answer within 3 s")
REFUSED = Obstacle(code=ObstacleCode.TURN_REFUSED, text="connection refused")
DEAD = Obstacle(code=ObstacleCode.UNHEARD, text="nothing is heard")


def stats(*, packets: int, age_s: float | None) -> SendStats:
    return SendStats(
        report_age_s=age_s,
        packets=packets,
        lost=0,
        loss_percent=None,
        jitter_ms=None,
        rtt_ms=None,
        sent_bytes=packets * 1200,
    )


def test_the_best_first_and_no_relay_without_a_server() -> None:
    assert rules.order(Ladder(), 0.0, turn=True) == EVERY
    assert rules.order(Ladder(), 0.0, turn=False) == (Rung.DIRECT,)


def test_what_worked_in_this_network_comes_first_for_half_an_hour() -> None:
    ladder = rules.worked(Ladder(network="10.0.0.7"), Rung.TURN_TCP, 100.0)
    assert rules.order(ladder, 200.0, turn=True)[:2] == (Rung.TURN_TCP, Rung.DIRECT)
    assert rules.order(ladder, 200.0, turn=True, better=True) == EVERY
    assert rules.order(ladder, 100.0 + rules.REMEMBERED_S + 1, turn=True) == EVERY
    assert rules.order(ladder, 200.0, turn=False) == (Rung.DIRECT,)  # its TURN server is gone
    assert rules.order(rules.in_network(ladder, "192.168.1.4"), 200.0, turn=True) == EVERY
    assert rules.in_network(ladder, "10.0.0.7") is ladder


def test_a_way_that_dies_again_and_again_is_tried_last() -> None:
    ladder = rules.worked(Ladder(), Rung.DIRECT, 0.0)
    once = rules.died(ladder, Rung.DIRECT, DEAD, up_s=0.0, now_s=400.0)
    assert rules.order(once, 401.0, turn=True)[0] is Rung.DIRECT  # it held for long: try it again
    again = rules.died(once, Rung.DIRECT, DEAD, up_s=401.0, now_s=406.0)
    assert rules.order(again, 407.0, turn=True) == (*RELAYED, Rung.DIRECT)
    assert rules.order(again, 406.0 + rules.SHAKY_S + 1, turn=True) == EVERY


def test_why_not_a_better_one_is_said() -> None:
    ladder = rules.failed(Ladder(), Rung.DIRECT, SILENT)
    ladder = rules.failed(ladder, Rung.TURN_UDP, REFUSED)
    ladder = rules.worked(ladder, Rung.TURN_TCP, 1.0)
    found = rules.why_not_better(ladder, Rung.TURN_TCP)
    assert found == (replace(SILENT, rung=Rung.DIRECT), replace(REFUSED, rung=Rung.TURN_UDP))
    assert sentence(found) == "direct: no answer within 3 s; turn-udp: connection refused"
    assert rules.why_not_better(ladder, Rung.DIRECT) == ()
    assert rules.why_not_better(ladder, Rung.HTTPS) == found
    assert rules.why_not_better(rules.worked(ladder, Rung.DIRECT, 2.0), Rung.TURN_UDP) == ()


def test_a_better_way_is_looked_for_less_and_less_often() -> None:
    ladder = Ladder()
    assert rules.look_again_s(ladder, Rung.DIRECT) is None
    assert rules.look_again_s(ladder, Rung.TURN_UDP) == 300
    assert rules.look_again_s(ladder, Rung.HTTPS) == 15
    for _ in range(30):
        ladder = rules.in_vain(ladder)
    assert rules.look_again_s(ladder, Rung.TURN_UDP) == rules.BETTER_MOST_S
    assert rules.look_again_s(ladder, Rung.HTTPS) == rules.AGAIN_MOST_S
    assert rules.look_again_s(rules.worked(ladder, Rung.DIRECT, 1.0), Rung.TURN_UDP) == 300


def test_a_way_is_dead_when_what_is_sent_is_not_reported_on() -> None:
    assert not rules.dead(stats(packets=0, age_s=None), 0.0, 100.0)  # a locked desktop sends nothing
    assert not rules.dead(stats(packets=5, age_s=None), 100.0, 103.9)
    assert rules.dead(stats(packets=5, age_s=None), 100.0, 104.1)
    assert not rules.dead(stats(packets=500, age_s=3.9), 0.0, 100.0)
    assert rules.dead(stats(packets=500, age_s=4.1), 0.0, 100.0)


steps = st.one_of(
    st.tuples(st.just("worked"), st.sampled_from(EVERY)),
    st.tuples(st.just("failed"), st.sampled_from(EVERY)),
    st.tuples(st.just("died"), st.sampled_from(EVERY)),
    st.tuples(st.just("vain"), st.none()),
)


@given(st.lists(steps, max_size=30), st.booleans(), st.floats(0, 5000))
def test_whatever_happened_every_way_is_tried_once(
    story: list[tuple[str, Rung | None]], turn: bool, now_s: float
) -> None:
    ladder = Ladder()
    for what, rung in story:
        if rung is None:
            ladder = rules.in_vain(ladder)
        elif what == "worked":
            ladder = rules.worked(ladder, rung, now_s)
        elif what == "failed":
            ladder = rules.failed(ladder, rung, SILENT)
        else:
            ladder = rules.died(ladder, rung, DEAD, up_s=now_s - 3, now_s=now_s)
    order = rules.order(ladder, now_s, turn=turn)
    assert sorted(order) == sorted(rules.rungs(turn=turn))
