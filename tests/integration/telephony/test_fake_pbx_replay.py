"""Every capture, played by a fake PBX over TCP: the golden timelines come out, whatever happens to the packets."""

from __future__ import annotations

import asyncio
import random

import pytest

from deskreel.core.capture_session import SessionRules, UnknownPause
from deskreel.core.reasons import ReasonCode
from deskreel.core.timeline import SpanState
from deskreel.testing.fake_pbx import FakePbx, Faults, Fired
from deskreel.testing.follow_pbx import Followed, follow, recorded_calls, true_recordings
from deskreel.testing.link_check import faults_of, spans_of
from support.asterisk import AGENTS, SCENARIOS, capture

ROUNDS = 3


async def played(name: str, faults: Faults, *, challenge: bool = True) -> tuple[Followed, Fired]:
    async with FakePbx(capture(name), speed=10, faults=faults, challenge=challenge) as pbx:
        return await follow(pbx), pbx.fired


@pytest.mark.parametrize("challenge", [True, False], ids=["challenge", "plain"])
async def test_split_and_merged_packets_change_nothing(challenge: bool) -> None:
    faults = Faults(seed=1, split=0.3, merge=0.3, delay=0.02)
    results = await asyncio.gather(*(played(name, faults, challenge=challenge) for name in SCENARIOS))
    for name, (followed, fired) in zip(SCENARIOS, results, strict=True):
        assert fired.splits > 5
        assert fired.merges > 5
        assert fired.refused == (0 if challenge else 1)
        for agent in AGENTS:
            assert followed.recordings(agent) == true_recordings(capture(name), agent), name
    assert sum(fired.delays for _, fired in results) > 0


@pytest.mark.parametrize("seed", range(ROUNDS))
@pytest.mark.parametrize("unknown", list(UnknownPause))
async def test_a_broken_link_hides_what_is_not_known_and_nothing_else(
    seed: int, unknown: UnknownPause
) -> None:
    rng = random.Random(seed)
    plans = [
        Faults(seed=seed, split=0.2, merge=0.2, drop_after=rng.randrange(5, 90), away=rng.randrange(6))
        for _ in SCENARIOS
    ]
    results = await asyncio.gather(*(played(n, plan) for n, plan in zip(SCENARIOS, plans, strict=True)))
    assert sum(fired.lost for _, fired in results) > 0
    for name, plan, (followed, fired) in zip(SCENARIOS, plans, results, strict=True):
        assert fired.drops == 1
        assert followed.state.connects == 2
        found = recorded_calls(capture(name), followed.gap.limit)
        for agent in AGENTS:
            got = followed.recordings(agent, SessionRules(on_unknown_pause=unknown))
            true = true_recordings(capture(name), agent)
            wrong = faults_of(got, true, followed.gap, followed.ended_at, found_under_way=found)
            if unknown is UnknownPause.RECORD:  # it may show what it was not told to hide, and says so
                wrong = [fault for fault in wrong if not fault.startswith("shows")]
            assert not wrong, (name, agent, plan)


async def test_a_call_found_under_way_is_withheld_until_its_pause_is_known() -> None:
    """The link breaks when the call has been answered, and a pause and a resume come after it is back."""
    faults = Faults(drop_after=85, away=1)
    followed, fired = await played("answered_acw", faults)
    assert fired.drops == 1
    spans = spans_of(followed.recordings("1001"))
    reasons = [span.reason for span in spans if span.state is SpanState.MISSING]
    assert reasons == [ReasonCode.TELEPHONY_LOST, ReasonCode.PAUSE_UNKNOWN]
    assert [s.state for s in spans][-3:] == [SpanState.PAUSED, SpanState.RECORDED, SpanState.ACW]
    recorded = spans_of(followed.recordings("1001", SessionRules(on_unknown_pause=UnknownPause.RECORD)))
    doubtful = [span for span in recorded if span.reason is ReasonCode.PAUSE_UNKNOWN]
    assert [span.state for span in doubtful] == [SpanState.RECORDED]


async def test_without_timestamps_the_moment_of_receipt_counts() -> None:
    async with FakePbx(capture("answered_acw"), speed=10, timestamps=False) as pbx:
        followed = await follow(pbx)
    assert followed.state.timestamps is False
    true = spans_of(true_recordings(capture("answered_acw"), "1001"))
    got = spans_of(followed.recordings("1001"))
    assert [span.state for span in got] == [span.state for span in true]
    for mine, theirs in zip(got, true, strict=True):
        assert 0 <= mine.window.start - theirs.window.start < 3000  # a tenth of that in real time
