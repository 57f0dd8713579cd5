"""What is asked on connect, and what is made of the answers."""

from __future__ import annotations

from deskreel.core.capture_session import CaptureSession, SessionRules, State, UnknownPause
from deskreel.core.events import EventKind
from deskreel.core.time import WallTime
from deskreel.telephony.asterisk import replay
from deskreel.telephony.asterisk.follow import Follower
from deskreel.telephony.asterisk.protocol import Message, Parser
from deskreel.telephony.asterisk.resync import board_of, members_of
from deskreel.testing.pbx_state import PbxState
from support.asterisk import DATA, arrivals, capture

NOW = WallTime(1_795_325_450_000)
CALL = "pbx1-1795325447.27"


def answers() -> list[Message]:
    """The real answers, given in mid call; lines with `; >>>` name the question."""
    lines = (DATA / "resync.midcall-queries.ami.txt").read_bytes().splitlines(keepends=True)
    stream = b"".join(line for line in lines if not line.startswith(b"; >>>"))
    return Parser().feed(stream, NOW)


def state_in_mid_call() -> PbxState:
    """The fake PBX's idea of the same instant, from the events of the other connection."""
    state = PbxState()
    stream, times = capture("resync").read_bytes(), arrivals("resync").read_bytes()
    for message in replay.messages_of(stream, times):
        if message.event and message.occurred_at < NOW:
            state.see(dict(message.fields))
    return state


def test_the_real_answers_are_understood() -> None:
    follower = Follower()
    events = follower.resync(board_of(answers()), members_of(answers()), NOW, NOW)
    told = [(e.kind, e.agent, e.call_id) for e in events]
    assert told == [
        (EventKind.AGENT_STATUS, "1002", None),
        (EventKind.ACW_STARTED, "1002", None),
        (EventKind.CALL_ANSWERED, "1001", CALL),
        (EventKind.RECORDING_STARTED, "1001", CALL),
        (EventKind.SNAPSHOT, "1001", None),
        (EventKind.SNAPSHOT, "1002", None),
    ]
    assert events[3].attributes["pause"] == "unknown"
    assert events[4].attributes["calls"] == [CALL]
    assert events[5].attributes["calls"] == []


def test_a_client_that_connects_in_mid_call_withholds_until_the_pause_is_known() -> None:
    events = Follower().resync(board_of(answers()), members_of(answers()), NOW, NOW)
    own = [event for event in events if event.agent == "1001"]
    later = WallTime(NOW + 1000)
    assert CaptureSession().apply_all(own).at(later).state is State.WITHHELD
    record = SessionRules(on_unknown_pause=UnknownPause.RECORD)
    assert CaptureSession(rules=record).apply_all(own).at(later).state is State.RECORDING


def test_the_fake_pbx_answers_as_the_real_one_did() -> None:
    real = answers()
    state = state_in_mid_call()
    wanted = ("MIXMONITOR_FILENAME", "QUEUENAME")

    def status_of(fields: list[tuple[str, str]]) -> tuple[object, ...]:
        known = dict(fields)
        keys = ("Channel", "ChannelState", "Uniqueid", "Linkedid", "BridgeID", "CallerIDNum", "Exten")
        variables = {v for k, v in fields if k == "Variable" and v.partition("=")[0] in wanted}
        return (*(known[key] for key in keys), frozenset(variables))

    mine = {status_of(event) for event in state.status(wanted)}
    assert mine == {status_of(list(m.fields)) for m in real if m.event == "Status"}
    keys = ("Channel", "ChannelState", "Uniqueid", "Linkedid", "BridgeId")
    mine = {tuple(dict(event)[key] for key in keys) for event in state.core_show_channels()}
    assert mine == {tuple(m.get(key) for key in keys) for m in real if m.event == "CoreShowChannel"}
    keys = ("Queue", "Name", "Location", "StateInterface", "Paused", "PausedReason")
    mine = {
        tuple(dict(event)[key] for key in keys)
        for event in state.queue_status()
        if ("Event", "QueueMember") in event
    }
    assert mine == {tuple(m.get(key) for key in keys) for m in real if m.event == "QueueMember"}


def test_a_recording_that_was_stopped_is_not_found_again() -> None:
    """The variable with its file name outlives it."""
    follower = Follower()
    state = PbxState()
    stream, times = capture("early_stop_start").read_bytes(), arrivals("early_stop_start").read_bytes()
    for message in replay.messages_of(stream, times):
        if message.event:
            state.see(dict(message.fields))
        follower.feed(message)
        if message.event == "MixMonitorStop":
            break
    found = [Message(fields=tuple(event), received_at=NOW) for event in state.status(["MIXMONITOR_FILENAME"])]
    events = follower.resync(board_of(found), [], NOW, NOW)
    assert EventKind.RECORDING_STARTED not in [event.kind for event in events]


def test_a_call_that_ended_meanwhile_is_in_no_snapshot() -> None:
    follower = Follower()
    follower.resync(board_of(answers()), members_of(answers()), NOW, NOW)
    events = follower.resync(board_of([]), [], WallTime(NOW + 5000), WallTime(NOW + 5000))
    snapshots = {e.agent: e.attributes["calls"] for e in events if e.kind is EventKind.SNAPSHOT}
    assert snapshots == {"1001": [], "1002": []}
    assert follower.agents_in_calls == set()
