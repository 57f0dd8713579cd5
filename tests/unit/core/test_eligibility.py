"""Whom and which calls to capture."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.eligibility import (
    AgentFacts,
    CallFacts,
    DoNotRecord,
    Features,
    Refusal,
    RuleKind,
    ScreenRecordingNeedsQmError,
    agent_refusal,
    call_refusal,
    in_sample,
    number_matches,
    selection_refusal,
)
from deskreel.core.errors import InvalidInputError
from deskreel.core.ids import AgentId

ALL_ON = Features(quality_management=True, call_recording=True, screen_recording=True)
CHOSEN = AgentFacts(in_qm=True, selected=True)
CALL = CallFacts(
    call_id="c1", agent_id=AgentId("agt_1"), numbers=("+1 555 0142", "100"), queues=("Support", "Sales")
)


def test_screen_recording_needs_quality_management() -> None:
    with pytest.raises(ScreenRecordingNeedsQmError) as caught:
        Features(screen_recording=True)
    assert caught.value.code == "screen_recording_needs_qm"
    assert "Quality Management" in caught.value.hint_text


@pytest.mark.parametrize(
    ("features", "agent", "refusal"),
    [
        (ALL_ON, CHOSEN, None),
        (ALL_ON, AgentFacts(in_qm=True, team_selected=True), None),
        (Features(call_recording=True), CHOSEN, Refusal.QM_OFF),
        (Features(quality_management=True, screen_recording=True), CHOSEN, Refusal.CALL_RECORDING_OFF),
        (Features(quality_management=True, call_recording=True), CHOSEN, Refusal.SCREEN_RECORDING_OFF),
        (ALL_ON, AgentFacts(active=False, in_qm=True, selected=True), Refusal.USER_INACTIVE),
        (ALL_ON, AgentFacts(selected=True, team_selected=True), Refusal.NOT_IN_QM),
        (ALL_ON, AgentFacts(in_qm=True), Refusal.NOT_SELECTED),
    ],
)
def test_an_agent_is_captured_when_all_says_so(
    features: Features, agent: AgentFacts, refusal: Refusal | None
) -> None:
    assert agent_refusal(features, agent) is refusal


def test_nobody_is_captured_who_cannot_be_chosen() -> None:
    flags = (True, False)
    for on, calls, active, in_qm, selected, team in itertools.product(flags, repeat=6):
        features = Features(quality_management=on, call_recording=calls, screen_recording=on)
        agent = AgentFacts(active=active, in_qm=in_qm, selected=selected, team_selected=team)
        if selection_refusal(features, agent) is not None:
            assert agent_refusal(features, agent) is not None


@pytest.mark.parametrize(
    ("kind", "value", "refusal"),
    [
        (RuleKind.NUMBER, "+1555*", Refusal.NUMBER_EXCLUDED),
        (RuleKind.NUMBER, "+1 (555) 01-42", Refusal.NUMBER_EXCLUDED),
        (RuleKind.NUMBER, "10?", Refusal.NUMBER_EXCLUDED),
        (RuleKind.NUMBER, "555", None),
        (RuleKind.QUEUE, "sales", Refusal.QUEUE_EXCLUDED),
        (RuleKind.QUEUE, "sale", None),
        (RuleKind.AGENT, "agt_1", Refusal.AGENT_EXCLUDED),
        (RuleKind.AGENT, "agt_2", None),
    ],
)
def test_do_not_record_rules(kind: RuleKind, value: str, refusal: Refusal | None) -> None:
    assert call_refusal(CALL, [DoNotRecord(kind=kind, value=value)], 100) is refusal


def test_rules_come_before_the_sample() -> None:
    rule = DoNotRecord(kind=RuleKind.QUEUE, value="Sales")
    assert call_refusal(CALL, [rule], 0) is Refusal.QUEUE_EXCLUDED
    assert call_refusal(CALL, [], 0) is Refusal.NOT_IN_SAMPLE


@pytest.mark.parametrize("pattern", ["*", "?*", " ", ""])
def test_a_pattern_for_everything_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidInputError):
        DoNotRecord(kind=RuleKind.NUMBER, value=pattern)


@given(call=st.text(min_size=1), small=st.floats(0, 100), large=st.floats(0, 100))
def test_a_larger_sample_holds_the_smaller(call: str, small: float, large: float) -> None:
    small, large = sorted((small, large))
    assert in_sample(call, large) or not in_sample(call, small)
    assert in_sample(call, 100)
    assert not in_sample(call, 0)


@pytest.mark.parametrize("percentage", [1, 10, 50, 90])
def test_a_sample_is_about_as_large_as_asked(percentage: int) -> None:
    chosen = sum(in_sample(f"1785283200.{n}", percentage) for n in range(20_000))
    assert abs(chosen / 200 - percentage) < 1.2


@given(number=st.from_regex(r"\+?[0-9]{1,15}", fullmatch=True), cut=st.integers(0, 15))
def test_patterns(number: str, cut: int) -> None:
    assert number_matches(number, number)
    assert number_matches(number[:cut] + "*", number)
    assert number_matches(re.sub(r"[0-9]", "?", number), number)
    assert not number_matches(number, number + "0")


def test_every_refusal_has_words() -> None:
    assert all(refusal.words.endswith(".") for refusal in Refusal)
