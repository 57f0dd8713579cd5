"""The call-events API's JSON to and from `CallEvent`. Unknown kinds and fields are ignored, not refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deskreel.core.errors import InvalidInputError
from deskreel.core.events import CallEvent, EventKind, effective_time
from deskreel.core.ids import CallId
from deskreel.core.time import WallTime

MAX_BATCH = 1_000
EARLIEST = 946_684_800_000  # 2000-01-01T00:00:00Z
_TEXT_LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """An event that was understood to be none of ours."""

    event_id: str
    reason: str  # for people


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a body held."""

    events: tuple[CallEvent, ...]
    ignored: tuple[Ignored, ...]


def parse_batch(body: bytes, received_at: WallTime, least_delay_ms: int = 0) -> Batch:
    """Events from a body: one event object, or `{"events": [...]}`.

    `least_delay_ms` is the source's (see `effective_time`).

    Raises:
        InvalidInputError: the body is no JSON of this shape; names the event and field at fault. Nothing of a
            batch with a faulty event is taken, so that the sender can mend it and send it again whole.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"the body is not JSON: {error}") from error
    if "\\u0000" in json.dumps(document):
        raise InvalidInputError("texts must not hold the character NUL")
    items = document.get("events", [document]) if isinstance(document, dict) else None
    if not isinstance(items, list) or len(items) > MAX_BATCH:
        raise InvalidInputError(f"expected an event or {{'events': [up to {MAX_BATCH} events]}}")
    events: list[CallEvent] = []
    ignored: list[Ignored] = []
    for number, item in enumerate(items):
        if not isinstance(item, dict):
            raise InvalidInputError(f"event {number} is not an object")
        event_id = _text(item, "event_id", number)
        kind = _text(item, "kind", number)
        if kind not in EventKind.__members__.values():
            ignored.append(Ignored(event_id=event_id, reason=f"unknown kind {kind!r}"))
            continue
        events.append(_event(item, EventKind(kind), event_id, _Reading(number, received_at, least_delay_ms)))
    return Batch(events=tuple(events), ignored=tuple(ignored))


@dataclass(frozen=True, slots=True)
class _Reading:
    """The circumstances of an event."""

    number: int  # within the batch
    received_at: WallTime
    least_delay_ms: int  # of the source


def _event(item: Mapping[str, Any], kind: EventKind, event_id: str, reading: _Reading) -> CallEvent:
    number = reading.number
    attributes = item.get("attributes", {})
    if not isinstance(attributes, dict):
        raise InvalidInputError(f"event {number}: attributes must be an object")
    if kind is EventKind.SNAPSHOT:
        calls = attributes.get("calls")
        if not isinstance(calls, list) or not all(isinstance(call, str) for call in calls):
            raise InvalidInputError(f"event {number}: attributes.calls must be a list of call ids")
    moment = _moment(item.get("occurred_at"), number)
    call_id = _text(item, "call_id", number) if item.get("call_id") is not None else None
    return CallEvent(
        event_id=event_id,
        kind=kind,
        agent=_text(item, "agent", number),
        occurred_at=effective_time(kind, moment, reading.received_at, reading.least_delay_ms),
        received_at=reading.received_at,
        call_id=CallId(call_id) if call_id is not None else None,
        attributes=attributes,
    )


def _text(item: Mapping[str, Any], field: str, number: int) -> str:
    value = item.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= _TEXT_LIMIT:
        raise InvalidInputError(f"event {number}: {field} must be a text of 1 to {_TEXT_LIMIT} characters")
    return value


def _moment(value: Any, number: int) -> WallTime:
    """Milliseconds since the epoch, or ISO 8601 with an offset; nothing before this century."""
    if isinstance(value, bool):
        value = None
    if isinstance(value, int | float) and EARLIEST <= value < 2**53:
        return WallTime(round(value))
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is not None and moment.timestamp() * 1000 >= EARLIEST:
            return WallTime(round(moment.timestamp() * 1000))
    raise InvalidInputError(
        f"event {number}: occurred_at must be ISO 8601 with an offset, or milliseconds since the Unix epoch"
    )


def dump_batch(events: list[dict[str, Any]]) -> bytes:
    """A body for the API from event objects."""
    return json.dumps({"events": events}, separators=(",", ":")).encode()
