"""Call events: what a telephony says, in Deskreel's words.

Delivery is at least once, out of order and duplicated: `key` says which two are the same, `order` puts them in
the order in which they took place. Unknown kinds and fields are ignored by the adapters, not refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from deskreel.core.errors import InvalidInputError
from deskreel.core.ids import CallId
from deskreel.core.time import WallTime


class EventKind(StrEnum):
    """What happened. The order of the members is the order in which events of one instant take effect."""

    HEARTBEAT = "heartbeat"  # the source is alive
    AGENT_STATUS = "agent.status"  # attributes.status: available, away, after_call_work, …
    ACW_ENDED = "acw.ended"
    CALL_ANSWERED = "call.answered"  # attributes: direction, caller, callee, queue
    RECORDING_STARTED = "recording.started"  # the call recording, not the screen; attributes.pause: unknown
    RECORDING_RESUMED = "recording.resumed"
    CALL_RETRIEVED = "call.retrieved"  # back from hold
    CALL_HELD = "call.held"
    RECORDING_PAUSED = "recording.paused"
    RECORDING_STOPPED = "recording.stopped"
    CALL_TRANSFERRED = "call.transferred"  # this agent's part of the call is over
    CALL_ENDED = "call.ended"
    ACW_STARTED = "acw.started"
    SNAPSHOT = "snapshot"  # attributes.calls: the ids of all calls now up for this agent


_RANK = {kind: rank for rank, kind in enumerate(EventKind)}
MAX_EVENT_ID = 250
AFTER_CALL_WORK = "after_call_work"  # the agent status that ACW goes by
AVAILABLE, AWAY = "available", "away"  # the two others that adapters say
# attribute of recording.started, and its value: the recording was found under way, and may be paused
PAUSE, UNKNOWN = "pause", "unknown"
# attribute of recording.started that the server sets, from the source's settings: UnknownPause for this call
ON_UNKNOWN_PAUSE = "on_unknown_pause"
# attribute of recording.paused and .resumed, and its value: the agent's own pause, which only the agent lifts
BY, AGENT = "by", "agent"
_CALL_KINDS = frozenset(k for k in EventKind if k.value.startswith(("call.", "recording.")))


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """One event, for one agent."""

    event_id: str  # unique within the source: the same id is the same event
    kind: EventKind
    agent: str  # the telephony's key of the agent: extension, interface, user name
    occurred_at: WallTime  # as the source says, made sound by `effective_time`
    received_at: WallTime  # when the server got it
    call_id: CallId | None = None  # which call; survives transfers
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])  # as the kind says

    def __post_init__(self) -> None:
        if self.kind in _CALL_KINDS and not self.call_id:
            raise InvalidInputError(f"an event of kind {self.kind} needs a call_id")
        if not 0 < len(self.event_id) <= MAX_EVENT_ID:
            raise InvalidInputError(f"event_id must have 1 to {MAX_EVENT_ID} characters")

    @property
    def order(self) -> tuple[int, int, str]:
        """Sort key: the order in which events take effect."""
        return (self.occurred_at, _RANK[self.kind], self.event_id)


# events that may make the screen visible: they count late rather than early, all others early rather than late
EXPOSING_KINDS = frozenset(
    {EventKind.CALL_ANSWERED, EventKind.RECORDING_STARTED, EventKind.RECORDING_RESUMED}
)
CLOCK_BEHIND_MS = 500  # a source whose events always come later than this has a clock that is behind


def effective_time(
    kind: EventKind, occurred_at: WallTime, received_at: WallTime, least_delay_ms: int = 0
) -> WallTime:
    """When an event counts as having happened, on the server's clock.

    Nothing happens later than we heard of it (a source's clock may be ahead). `least_delay_ms` is the shortest
    delay seen from this source lately: when even that is long, its clock is behind by about as much, and what
    may make the screen visible is moved later by it. What hides it stays early: that removes pictures at worst.
    """
    behind_ms = least_delay_ms if least_delay_ms > CLOCK_BEHIND_MS and kind in EXPOSING_KINDS else 0
    return WallTime(min(occurred_at + behind_ms, received_at))
