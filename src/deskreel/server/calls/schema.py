"""The JSON Schema of what POST /api/v1/call-events takes. The parser is `telephony.call_events`."""

from __future__ import annotations

from typing import Any

from deskreel.core.events import AFTER_CALL_WORK, AVAILABLE, AWAY, EventKind
from deskreel.telephony.call_events import EARLIEST, MAX_BATCH

_TEXT = 200  # characters of a text field
_ABOUT = {
    EventKind.HEARTBEAT: "The source is alive.",
    EventKind.AGENT_STATUS: f"attributes.status: {AVAILABLE}, {AWAY}, {AFTER_CALL_WORK}, or one of your own.",
    EventKind.ACW_STARTED: "After Call Work began; it is captured from the call's end anyway.",
    EventKind.ACW_ENDED: "After Call Work is over.",
    EventKind.CALL_ANSWERED: "The agent talks. attributes: direction, caller, callee, queue.",
    EventKind.CALL_HELD: "On hold; does not end the recording.",
    EventKind.CALL_RETRIEVED: "Back from hold.",
    EventKind.CALL_TRANSFERRED: "This agent's part of the call is over; the call goes on.",
    EventKind.CALL_ENDED: "The call is over.",
    EventKind.RECORDING_STARTED: "The call recording began. attributes.pause = unknown: it was found under way.",
    EventKind.RECORDING_PAUSED: "The call recording is paused: so is the screen.",
    EventKind.RECORDING_RESUMED: "The call recording goes on.",
    EventKind.RECORDING_STOPPED: "The call recording was stopped.",
    EventKind.SNAPSHOT: "attributes.calls: the ids of all calls now up for this agent; others are over.",
}


def call_events_schema(base_url: str) -> dict[str, Any]:
    """The schema (draft 2020-12). What is not in it is ignored, not refused."""
    text = {"type": "string", "minLength": 1, "maxLength": _TEXT}
    of_calls = [kind.value for kind in EventKind if kind.value.startswith(("call.", "recording."))]
    event: dict[str, Any] = {
        "type": "object",
        "required": ["event_id", "kind", "agent", "occurred_at"],
        "properties": {
            "event_id": {
                **text,
                "description": "Unique within the source: the same id is the same event, told again.",
            },
            "kind": {
                **text,
                "description": "Kinds that are not listed are ignored.",
                "examples": [kind.value for kind in EventKind],
                "x-kinds": {kind.value: _ABOUT[kind] for kind in EventKind},
            },
            "agent": {**text, "description": "Extension, interface or external id of the agent."},
            "occurred_at": {
                "description": "ISO 8601 with an offset, or ms since the Unix epoch.",
                "oneOf": [
                    {"type": "string", "format": "date-time"},
                    {"type": "number", "minimum": EARLIEST, "exclusiveMaximum": 2**53},
                ],
            },
            "call_id": {"type": ["string", "null"], "minLength": 1, "maxLength": _TEXT},
            "attributes": {"type": "object", "default": {}},
        },
        "allOf": [
            {
                "if": {"properties": {"kind": {"enum": of_calls}}, "required": ["kind"]},
                "then": {"required": ["call_id"], "properties": {"call_id": {"type": "string"}}},
            },
            {
                "if": {"properties": {"kind": {"const": EventKind.SNAPSHOT.value}}, "required": ["kind"]},
                "then": {
                    "required": ["attributes"],
                    "properties": {
                        "attributes": {
                            "required": ["calls"],
                            "properties": {"calls": {"type": "array", "items": {"type": "string"}}},
                        }
                    },
                },
            },
        ],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{base_url}/api/v1/call-events/schema",
        "title": "Call events",
        "description": "One event, or a batch. Signed after Standard Webhooks; 2 MiB at most.",
        "oneOf": [
            {"allOf": [{"$ref": "#/$defs/event"}, {"not": {"required": ["events"]}}]},
            {
                "type": "object",
                "required": ["events"],
                "properties": {
                    "events": {"type": "array", "maxItems": MAX_BATCH, "items": {"$ref": "#/$defs/event"}}
                },
            },
        ],
        "$defs": {"event": event},
    }
