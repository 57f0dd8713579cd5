"""From AMI events to call events: the golden timelines, the order within an instant, and calls nobody captured."""

from __future__ import annotations

import json
import random
import time
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskreel.core.capture_session import CaptureSession
from deskreel.core.events import CallEvent, EventKind
from deskreel.core.time import WallTime
from deskreel.telephony.asterisk import replay
from deskreel.telephony.asterisk.follow import Follower
from deskreel.telephony.asterisk.protocol import Message
from support.asterisk import AGENTS, SCENARIOS, arrivals, capture, golden

K = EventKind
DEFAULT = replay.ReplaySettings()
INSTANT_MS = 3  # events this close together may come in any order


def messages(name: str) -> list[Message]:
    return replay.messages_of(capture(name).read_bytes(), arrivals(name).read_bytes())


@pytest.mark.parametrize("name", SCENARIOS)
def test_golden(name: str) -> None:
    found = replay.understand(messages(name), DEFAULT)
    assert replay.document(found, replay.views(found, DEFAULT)) == golden(name)


@pytest.mark.parametrize("name", SCENARIOS)
def test_without_arrivals_the_timestamps_are_enough(name: str) -> None:
    found = replay.understand(replay.messages_of(capture(name).read_bytes(), None), DEFAULT)
    assert replay.document(found, replay.views(found, DEFAULT)) == golden(name)


def test_every_capture_has_a_golden_timeline() -> None:
    assert len(SCENARIOS) == 12


def follow(given_messages: list[Message], follower: Follower | None = None) -> list[CallEvent]:
    follower = follower or Follower()
    return [event for message in given_messages for event in follower.feed(message)]


def shape(events: list[CallEvent], agent: str, now: WallTime) -> list[tuple[str, int, int | None]]:
    view = CaptureSession().apply_all(e for e in events if e.agent == agent).at(now)
    return [(s.state.value, s.window.start, s.window.end) for r in view.recordings for s in r.spans]


@pytest.mark.parametrize("name", SCENARIOS)
@settings(max_examples=25)
@given(rng=st.randoms(use_true_random=False))
def test_events_of_one_instant_may_come_in_any_order(name: str, rng: random.Random) -> None:
    """The same spans; their bounds move by no more than the instant is long."""
    original = messages(name)
    stamped = [m for m in original if m.get("Timestamp")]
    shuffled: list[Message] = []
    start = 0
    instants: list[int] = []
    for message in stamped:
        start = start if message.occurred_at - start <= INSTANT_MS else message.occurred_at
        instants.append(start)
    for _, group in groupby(zip(instants, stamped, strict=True), key=lambda pair: pair[0]):
        together = [message for _, message in group]
        # what a channel says of itself before it exists cannot come first, and a variable is set before it is used
        fixed = [m for m in together if m.event in ("Newchannel", "VarSet")]
        free = [m for m in together if m.event not in ("Newchannel", "VarSet")]
        rng.shuffle(free)
        shuffled += fixed + free
    now = original[-1].received_at
    for agent in AGENTS:
        true, got = shape(follow(original), agent, now), shape(follow(shuffled), agent, now)
        assert [state for state, *_ in got] == [state for state, *_ in true]
        for (_, start_a, end_a), (_, start_b, end_b) in zip(true, got, strict=True):
            assert abs(start_a - start_b) <= INSTANT_MS
            assert (end_a is None) == (end_b is None)
            assert end_a is None or end_b is None or abs(end_a - end_b) <= INSTANT_MS


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_message_twice_changes_nothing(name: str) -> None:
    """In a live stream a message comes once; a second follower of the same PBX tells all a second time."""
    once = follow(messages(name))
    again = follow(messages(name))
    assert [e.event_id for e in once] == [e.event_id for e in again]
    assert len({e.event_id for e in once}) == len(once)


@pytest.mark.parametrize("name", SCENARIOS)
@settings(max_examples=25)
@given(rng=st.randoms(use_true_random=False))
def test_real_sequences_in_any_order_of_arrival_end_in_the_same_timeline(
    name: str, rng: random.Random
) -> None:
    events = follow(messages(name))
    now = messages(name)[-1].received_at
    for agent in AGENTS:
        own = [event for event in events if event.agent == agent]
        shuffled = own + rng.choices(own, k=len(own) // 2) if own else []
        rng.shuffle(shuffled)
        session = CaptureSession()
        for event in shuffled:
            session = session.apply(event)
        assert session.at(now) == CaptureSession().apply_all(own).at(now)


@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_inside_a_pause_is_exposed_at_any_instant(name: str) -> None:
    """Asked at every moment while the capture runs, with what was known then."""
    seen: list[CallEvent] = []
    follower = Follower()
    for message in messages(name):
        seen += follower.feed(message)
        for agent in AGENTS:
            view = CaptureSession().apply_all(e for e in seen if e.agent == agent).at(message.received_at)
            paused = [e for e in seen if e.agent == agent and e.kind in _PAUSING]
            if paused and paused[-1].kind is K.RECORDING_PAUSED:
                visible = [w for r in view.recordings for w in r.expected]
                assert not any(w.contains(paused[-1].occurred_at) for w in visible)


_PAUSING = (K.RECORDING_PAUSED, K.RECORDING_RESUMED, K.CALL_ENDED, K.CALL_TRANSFERRED)


def test_a_queue_of_three_tells_a_status_once() -> None:
    statuses = [e.attributes["status"] for e in follow(messages("answered_acw")) if e.kind is K.AGENT_STATUS]
    assert statuses == ["after_call_work", "available"]
    statuses = [
        e.attributes["status"]
        for e in follow(messages("overlap"))
        if e.kind is K.AGENT_STATUS and e.agent == "1001"
    ]
    assert statuses == ["after_call_work", "away", "available"]


@pytest.mark.parametrize("identity", ["PJSIP/1001", "pjsip/1001", "Alice Agent", "1001"])
def test_an_agent_is_found_by_interface_member_name_or_extension(identity: str) -> None:
    events = follow(messages("answered_acw"), Follower({identity: "alice"}))
    assert {event.agent for event in events} == {"alice"}


def test_another_reason_for_after_call_work() -> None:
    events = follow(messages("overlap"), Follower(acw_reasons=["wrap", "break"]))
    statuses = [e.attributes["status"] for e in events if e.kind is K.AGENT_STATUS and e.agent == "1001"]
    assert statuses == ["away", "after_call_work", "available"]


# --- calls that nobody captured, after Asterisk's documentation of the events --------------------------------------


class Pbx:
    """Writes AMI events, 1 s apart."""

    def __init__(self, follower: Follower | None = None) -> None:
        self.follower = follower or Follower({"1001": "1001", "1002": "1002"})
        self.events: list[CallEvent] = []
        self.now = 1_700_000_000

    def say(self, event: str, *legs: tuple[str, str, str, str], **fields: str) -> None:
        """Each leg: prefix, channel, uniqueid, linkedid."""
        self.now += 1
        parts = [("Event", event), ("Timestamp", f"{self.now}.0")]
        for prefix, channel, uniqueid, linkedid in legs:
            parts += [
                (f"{prefix}Channel", channel),
                (f"{prefix}Uniqueid", uniqueid),
                (f"{prefix}Linkedid", linkedid),
            ]
        parts += list(fields.items())
        message = Message(fields=tuple(parts), received_at=WallTime(self.now * 1000))
        self.events += self.follower.feed(message)

    def told(self, agent: str) -> list[tuple[str, str | None]]:
        return [(e.kind.value, e.call_id) for e in self.events if e.agent == agent]


CUSTOMER, ALICE = ("", "PJSIP/trunk-00000001", "A", "A"), ("", "PJSIP/1001-00000002", "B", "A")


def answered_and_recorded(pbx: Pbx) -> None:
    pbx.say("Newchannel", CUSTOMER)
    pbx.say("Newchannel", ALICE)
    pbx.say("DialEnd", CUSTOMER, ("Dest", *ALICE[1:]), DialStatus="ANSWER")
    pbx.say("BridgeEnter", CUSTOMER, BridgeUniqueid="b1")
    pbx.say("BridgeEnter", ALICE, BridgeUniqueid="b1")
    pbx.say("MixMonitorStart", CUSTOMER)


def test_attended_transfer_from_a_second_line() -> None:
    """Alice asks Bob on another line, and then joins the two; the call's recording goes on with Bob."""
    pbx = Pbx()
    answered_and_recorded(pbx)
    pbx.say("Hold", ALICE)
    second, bob = ("", "PJSIP/1001-00000003", "C", "C"), ("", "PJSIP/1002-00000004", "D", "C")
    pbx.say("Newchannel", second)
    pbx.say("Newchannel", bob)
    pbx.say("DialEnd", second, ("Dest", *bob[1:]), DialStatus="ANSWER")
    pbx.say("BridgeEnter", second, BridgeUniqueid="b2")
    pbx.say("BridgeEnter", bob, BridgeUniqueid="b2")
    assert "recording.started" not in [kind for kind, _ in pbx.told("1002")]  # Bob's talk is not recorded
    joined = ("", bob[1], "D", "A")
    transfer = {"OrigTransfererUniqueid": "B", "SecondTransfererUniqueid": "C", "Result": "Success"}
    pbx.say("BridgeLeave", bob, BridgeUniqueid="b2")
    pbx.say("BridgeEnter", joined, BridgeUniqueid="b1")
    pbx.say("AttendedTransfer", **transfer)
    pbx.say("Hangup", ALICE)
    pbx.say("Hangup", second)
    ends = [("call.transferred", "A"), ("call.transferred", "C"), ("call.ended", "C")]
    assert pbx.told("1001")[-3:] == ends
    taken_over = [("call.answered", "A"), ("recording.started", "A"), ("call.transferred", "C")]
    assert pbx.told("1002")[-4:-1] == taken_over
    pbx.say("Hangup", joined)
    pbx.say("Hangup", CUSTOMER)
    assert pbx.told("1002")[-1] == ("call.ended", "A")


def test_consultation_over_a_local_channel_does_not_record_the_one_who_is_asked() -> None:
    """Asterisk's own attended transfer: the asked agent is reached through a Local channel of the same call."""
    pbx = Pbx()
    answered_and_recorded(pbx)
    pbx.say("BridgeLeave", ALICE, BridgeUniqueid="b1")
    one, two = (
        ("", "Local/1002@agents-00000001;1", "L1", "A"),
        ("", "Local/1002@agents-00000001;2", "L2", "A"),
    )
    bob = ("", "PJSIP/1002-00000003", "D", "A")
    for leg in (one, two, bob):
        pbx.say("Newchannel", leg)
    pbx.say("BridgeEnter", ALICE, BridgeUniqueid="b2")
    pbx.say("BridgeEnter", one, BridgeUniqueid="b2")
    assert pbx.told("1002") == []  # it rings
    pbx.say("DialEnd", two, ("Dest", *bob[1:]), DialStatus="ANSWER")
    pbx.say("BridgeEnter", two, BridgeUniqueid="b3")
    pbx.say("BridgeEnter", bob, BridgeUniqueid="b3")
    assert pbx.told("1002") == [("call.answered", "A")]
    assert "recording.stopped" not in [kind for kind, _ in pbx.told("1001")]  # her part of the call goes on
    pbx.say("AttendedTransfer", OrigTransfererUniqueid="B", Result="Success", TransfererLinkedid="A")
    pbx.say("BridgeLeave", ALICE, BridgeUniqueid="b2")
    pbx.say("BridgeEnter", CUSTOMER, BridgeUniqueid="b2")
    assert pbx.told("1002")[-1] == ("recording.started", "A")
    pbx.say("Hangup", ALICE)
    assert pbx.told("1001")[-1] == ("call.transferred", "A")


def test_a_failed_transfer_changes_nothing() -> None:
    pbx = Pbx()
    answered_and_recorded(pbx)
    before = list(pbx.events)
    pbx.say("BlindTransfer", TransfererUniqueid="B", TransfererLinkedid="A", Result="Fail")
    pbx.say("MixMonitorMute", CUSTOMER, Direction="both", State="1")
    assert [e.kind for e in pbx.events[len(before) :]] == [K.RECORDING_PAUSED]


def test_an_agent_behind_a_local_channel_is_found_by_the_queue() -> None:
    pbx = Pbx(Follower())
    member = {"Interface": "Local/1001@agents/n", "MemberName": "Alice", "Queue": "q"}
    one = ("", "Local/1001@agents-00000001;1", "L1", "A")
    pbx.say("Newchannel", CUSTOMER)
    pbx.say("Newchannel", one)
    pbx.say("AgentConnect", CUSTOMER, ("Dest", *one[1:]), **member)
    pbx.say("MixMonitorStart", CUSTOMER)
    pbx.say("AgentComplete", CUSTOMER, ("Dest", *one[1:]), Reason="caller", **member)
    kinds = [kind for kind, _ in pbx.told("1001")]
    assert kinds == ["call.answered", "recording.started", "call.ended"]


def test_two_recordings_on_one_channel_are_paused_if_one_is() -> None:
    pbx = Pbx()
    answered_and_recorded(pbx)
    pbx.say("MixMonitorMute", CUSTOMER, Direction="both", State="1")
    pbx.say("MixMonitorStart", CUSTOMER)
    pbx.say("MixMonitorStop", CUSTOMER)  # it does not say which
    assert pbx.told("1001")[-1] == ("recording.paused", "A")
    pbx.say("MixMonitorStop", CUSTOMER)
    assert pbx.told("1001")[-1] == ("recording.stopped", "A")


def test_a_late_event_does_not_bring_a_channel_back() -> None:
    pbx = Pbx()
    answered_and_recorded(pbx)
    pbx.say("Hangup", ALICE)
    pbx.say("Hangup", CUSTOMER)
    told = list(pbx.events)
    pbx.say("MixMonitorStart", CUSTOMER)
    pbx.say("BridgeEnter", ALICE, BridgeUniqueid="b1")
    assert pbx.events == told
    assert pbx.follower.channels == 0


def test_a_call_that_the_customer_leaves_for_another_agent_comes_back_to_the_first() -> None:
    pbx = Pbx()
    answered_and_recorded(pbx)
    pbx.say("Hangup", ALICE)
    again = ("", "PJSIP/1001-00000009", "E", "A")
    pbx.say("BridgeLeave", CUSTOMER, BridgeUniqueid="b1")
    pbx.say("Newchannel", again)
    pbx.say("DialEnd", CUSTOMER, ("Dest", *again[1:]), DialStatus="ANSWER")
    kinds = [kind for kind, _ in pbx.told("1001")]
    assert kinds == [
        "call.answered",
        "recording.started",
        "call.transferred",
        "call.answered",
        "recording.started",
    ]


def test_ids_fit_the_api() -> None:
    pbx = Pbx(Follower({"1001": "a" * 200}))
    answered_and_recorded(pbx)
    assert pbx.events
    assert all(len(event.event_id) <= 200 for event in pbx.events)


def test_the_events_can_be_sent_as_json() -> None:
    events = follow(messages("blind_transfer"))
    assert json.loads(json.dumps([dict(e.attributes) for e in events]))


def test_an_event_costs_the_same_however_many_calls_are_up() -> None:
    """It looked at all calls, and for each at all channels: 0.1 s at 500 calls."""

    def said(**fields: str) -> Message:
        return Message(fields=tuple(fields.items()), received_at=WallTime(1))

    def cost_ms(calls: int) -> float:
        follower = Follower({f"PJSIP/a{n}": f"a{n}" for n in range(calls)})
        for n in range(calls):
            for side, leg in (("a", 0), ("c", 1)):
                follower.feed(
                    said(
                        Event="BridgeEnter",
                        Uniqueid=f"{n}.{leg}",
                        Linkedid=f"{n}.0",
                        Channel=f"PJSIP/{side}{n}-00000001",
                        BridgeUniqueid=f"b{n}",
                    )
                )
        assert len(follower.agents_in_calls) == calls
        status = said(Event="QueueMemberStatus", Interface="PJSIP/a7", Queue="q", Paused="0")
        took = []
        for _ in range(5):
            began = time.perf_counter()
            follower.feed(status)
            took.append((time.perf_counter() - began) * 1000)
        return min(took)

    assert cost_ms(400) < 8 * max(cost_ms(50), 0.01)  # it was 64 times as much


def test_an_agent_who_joins_a_queue_in_mid_call_is_told_of_with_the_next_status() -> None:
    follower = Follower()
    for leg, channel in (("1.0", "PJSIP/1007-00000001"), ("1.1", "PJSIP/trunk-00000002")):
        fields = {"Uniqueid": leg, "Linkedid": "1.0", "Channel": channel, "BridgeUniqueid": "b"}
        entered = Message(fields=(("Event", "BridgeEnter"), *fields.items()), received_at=WallTime(1))
        assert follower.feed(entered) == []
    told: list[CallEvent] = []
    for event, interface in (("QueueMemberAdded", "PJSIP/1007"), ("QueueMemberStatus", "PJSIP/9")):
        fields = {"Interface": interface, "Queue": "q", "Paused": "0"}
        told += follower.feed(Message(fields=(("Event", event), *fields.items()), received_at=WallTime(2)))
    assert [(event.kind, event.agent) for event in told] == [(K.CALL_ANSWERED, "1007")]
