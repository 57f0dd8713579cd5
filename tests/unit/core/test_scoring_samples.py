"""Sampling weeks and turns; spread of a calibration."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.errors import InvalidInputError
from deskreel.core.evaluation.sampling import Chosen, share_out, week_before, week_of, week_window
from deskreel.core.evaluation.spread import spread_of
from deskreel.core.time import WallTime

MOMENTS = st.integers(0, 4_000_000_000_000).map(WallTime)


@given(MOMENTS)
def test_every_moment_lies_in_the_window_of_its_week(moment: WallTime) -> None:
    window = week_window(week_of(moment))
    assert window.end is not None
    assert window.start <= moment < window.end
    assert week_of(window.end) != week_of(moment)
    assert week_window(week_before(window.end)) == window


def test_weeks_are_iso_weeks() -> None:
    new_year = datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC)
    assert week_of(WallTime(round(new_year.timestamp() * 1000))) == "2026-W53"


@pytest.mark.parametrize("week", ["", "2026-47", "2026-W54", "2025-W53", "0000-W01", "2026-W00", "2026-W471"])
def test_other_weeks_are_refused(week: str) -> None:
    with pytest.raises(InvalidInputError):
        week_window(week)


def _calls(agents: list[str]) -> list[Chosen]:
    return [Chosen(interaction_id=f"int_{n}", agent_id=agent) for n, agent in enumerate(agents)]


@given(st.lists(st.sampled_from("abc")), st.integers(1, 5), st.integers(0, 2**32))
def test_evaluators_take_turns(agents: list[str], size: int, first: int) -> None:
    pool = [f"usr_{n}" for n in range(size)]
    given_, left = share_out(_calls(agents), pool, lambda _person, _agent: True, first=first)
    load = [sum(who == person for _, who in given_) for person in pool]
    assert left == 0
    assert [call for call, _ in given_] == _calls(agents)
    assert max(load) - min(load) <= 1


@given(st.lists(st.sampled_from("abc")), st.integers(0, 9))
def test_nobody_evaluates_whom_they_may_not(agents: list[str], first: int) -> None:
    def may(person: str, agent: str) -> bool:
        return agent in {"x": "ab", "y": "b"}[person]

    given_, left = share_out(_calls(agents), ["x", "y"], may, first=first)
    assert all(may(who, call.agent_id) for call, who in given_)
    assert left == agents.count("c")
    assert len(given_) + left == len(agents)


@given(st.lists(st.none() | st.floats(0, 100).map(lambda x: round(x, 2))))
def test_the_spread_holds_all_scores(scores: list[float | None]) -> None:
    known = [score for score in scores if score is not None]
    spread = spread_of(scores)
    assert spread.count == len(known)
    if known:
        assert (spread.least, spread.most) == (min(known), max(known))
        assert spread.mean is not None
        assert min(known) - 0.01 <= spread.mean <= max(known) + 0.01
        assert spread.spread == round(max(known) - min(known), 2)
    else:
        assert spread.mean is spread.spread is spread.deviation is None


def test_the_deviation_is_that_of_these_scores() -> None:
    assert spread_of([80, 90, 100]).deviation == 8.16
