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
    RECORDING_STARTED = "recording.started"  # the call recording, not the screen
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
AFTER_CALL_WORK = "after_call_work"  # the agent status that ACW goes by
_CALL_KINDS = frozenset(k for k in EventKind if k.value.startswith(("call.", "recording.")))


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """One event, for one agent."""

    event_id: str  # unique within the source: the same id is the same event
    kind: EventKind
    agent: str  # the telephony's key of the agent: extension, interface, user name
    occurred_at: WallTime  # as the source says, already clamped by `effective_time`
    received_at: WallTime  # when the server got it
    call_id: CallId | None = None  # which call; survives transfers
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])  # as the kind says

    def __post_init__(self) -> None:
        if self.kind in _CALL_KINDS and not self.call_id:
            raise InvalidInputError(f"an event of kind {self.kind} needs a call_id")
        if not self.event_id or len(self.event_id) > 200:
            raise InvalidInputError("event_id must have 1 to 200 characters")

    @property
    def order(self) -> tuple[int, int, str]:
        """Sort key: the order in which events take effect."""
        return (self.occurred_at, _RANK[self.kind], self.event_id)


def effective_time(occurred_at: WallTime, received_at: WallTime) -> WallTime:
    """When an event counts as having happened, on the server's clock.

    A source whose clock is ahead cannot make something happen later than we heard of it. A source whose clock is
    behind moves a pause to an earlier instant, which removes pictures and never shows one.
    """
    return WallTime(min(occurred_at, received_at))
