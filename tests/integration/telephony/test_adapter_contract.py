"""The contract of every telephony adapter, over each of them: what `CallEvent`s must be, wherever they come from."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

import pytest

from deskreel.core.capture_session import CaptureSession
from deskreel.core.events import CallEvent, EventKind
from deskreel.core.time import WallTime
from deskreel.telephony.call_events import dump_batch, parse_batch
from deskreel.telephony.play import script_event
from deskreel.telephony.scripts import moments, parse_script
from deskreel.testing.fake_pbx import FakePbx, Faults
from deskreel.testing.follow_pbx import follow
from support.asterisk import capture

K = EventKind
NOW = WallTime(1_795_330_000_000)
SCRIPT = """
calls:
  - {agent: "1001", seconds: 12, pauses: [[4, 7]], acw: 4, queue: support}
  - {agent: "1002", at: 2, seconds: 20, stops: [[5, 9]], transfer: {to: "1001", at: 15}}
"""


async def asterisk(seed: int) -> list[CallEvent]:
    faults = Faults(seed=seed, split=0.3, merge=0.3)
    async with FakePbx(capture("answered_acw"), speed=20, faults=faults) as pbx:
        followed = await follow(pbx)
        assert pbx.fired.splits > 0
        return list(followed.events)


async def call_events_api(_seed: int) -> list[CallEvent]:
    began = NOW - 60_000
    events = [script_event(m, n, began, "run") for n, m in enumerate(moments(parse_script(SCRIPT)))]
    strangers = [{**events[0], "event_id": "x1", "kind": "call.beamed"}, {**events[0], "shoe_size": 44}]
    batch = parse_batch(dump_batch([*events, *strangers]), NOW)
    assert [ignored.event_id for ignored in batch.ignored] == ["x1"]
    return list({event.event_id: event for event in batch.events}.values())


async def simulator(_seed: int) -> list[CallEvent]:
    """The simulator's script as it stands, without the API."""
    began = NOW - 60_000
    return [
        CallEvent(
            event_id=f"run-{number}",
            kind=moment.kind,
            agent=moment.agent,
            occurred_at=WallTime(began + round(moment.at_s * 1000)),
            received_at=NOW,
            call_id=None if moment.call is None else f"run-call-{moment.call}",  # type: ignore[arg-type]
            attributes=moment.attributes,
        )
        for number, moment in enumerate(moments(parse_script(SCRIPT)))
    ]


Adapter = Callable[[int], Awaitable[list[CallEvent]]]
ADAPTERS = [asterisk, call_events_api, simulator]
_OF_THE_CONNECTION = (K.HEARTBEAT, K.SNAPSHOT)  # made by the connection, not by the telephony


@pytest.fixture(params=ADAPTERS, ids=lambda adapter: adapter.__name__)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    return request.param


async def test_ids_are_unique_and_the_same_when_told_again(adapter: Adapter) -> None:
    first = [e.event_id for e in await adapter(1) if e.kind not in _OF_THE_CONNECTION]
    again = [e.event_id for e in await adapter(2) if e.kind not in _OF_THE_CONNECTION]
    assert first
    assert len(set(first)) == len(first)
    assert first == again


async def test_nothing_happens_later_than_it_is_heard_of(adapter: Adapter) -> None:
    assert all(event.occurred_at <= event.received_at for event in await adapter(1))


async def test_a_call_is_answered_before_anything_else_and_ends_once_for_each_part(adapter: Adapter) -> None:
    calls: dict[tuple[str, str], list[CallEvent]] = {}
    for event in sorted(await adapter(1), key=lambda e: e.order):
        if event.call_id is not None:
            calls.setdefault((event.agent, event.call_id), []).append(event)
    assert calls
    for events in calls.values():
        kinds = [event.kind for event in events]
        assert kinds[0] is K.CALL_ANSWERED
        assert K.RECORDING_STARTED in kinds
        assert kinds[-1] in (K.CALL_ENDED, K.CALL_TRANSFERRED)


async def test_order_of_arrival_duplicates_and_heartbeats_do_not_matter(adapter: Adapter) -> None:
    events = await adapter(1)
    for agent in {event.agent for event in events}:
        own = [event for event in events if event.agent == agent]
        end = WallTime(max(event.occurred_at for event in own) + 60_000)
        plain = [event for event in own if event.kind is not K.HEARTBEAT]
        shuffled = own + own[::2]
        random.Random(3).shuffle(shuffled)
        assert CaptureSession().apply_all(shuffled).at(end) == CaptureSession().apply_all(plain).at(end)


async def test_every_event_passes_the_api_unchanged(adapter: Adapter) -> None:
    for event in await adapter(1):
        item = {
            "event_id": event.event_id,
            "kind": event.kind.value,
            "agent": event.agent,
            "call_id": event.call_id,
            "occurred_at": event.occurred_at,
            "attributes": dict(event.attributes),
        }
        (back,) = parse_batch(dump_batch([item]), event.received_at).events
        assert back == event


async def test_agents_are_told_of_apart(adapter: Adapter) -> None:
    events = await adapter(1)
    assert all(event.agent in ("1001", "1002") for event in events)
    statuses = [event.attributes["status"] for event in events if event.kind is K.AGENT_STATUS]
    assert set(statuses) <= {"available", "away", "after_call_work"}
    assert "after_call_work" in statuses
