"""Scripted calls for the demo and the tests: which events, and when, relative to the call's begin. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from deskreel.core.errors import InvalidInputError
from deskreel.core.events import AFTER_CALL_WORK, EventKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedCall:
    """One recorded call."""

    agent: str
    call_id: str
    seconds: float  # from answer to hang-up
    pause: tuple[float, float] | None = None  # seconds into the call
    acw: float | None = 5.0  # seconds of After Call Work; None: the agent is available at once
    recorded: bool = True
    attributes: dict[str, Any] = field(
        default_factory=lambda: {"direction": "inbound", "caller": "+15550100", "callee": "+15550199"}
    )

    def __post_init__(self) -> None:
        if self.seconds <= 0:
            raise InvalidInputError("a call must last longer than 0 seconds")
        if self.pause is not None and not 0 <= self.pause[0] < self.pause[1] <= self.seconds:
            raise InvalidInputError("the pause must lie within the call, as FROM-TO in seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """An event to send `at_s` seconds after the call began."""

    at_s: float
    kind: EventKind
    call_id: str | None
    attributes: dict[str, Any]


def cues(call: ScriptedCall) -> tuple[Cue, ...]:
    """The events of a scripted call, in order."""
    script: list[tuple[float, EventKind, dict[str, Any]]] = [(0.0, EventKind.CALL_ANSWERED, call.attributes)]
    if call.recorded:
        script.append((0.0, EventKind.RECORDING_STARTED, {}))
        if call.pause is not None:
            script.append((call.pause[0], EventKind.RECORDING_PAUSED, {}))
            script.append((call.pause[1], EventKind.RECORDING_RESUMED, {}))
        script.append((call.seconds, EventKind.RECORDING_STOPPED, {}))
    script.append((call.seconds, EventKind.CALL_ENDED, {}))
    out = [Cue(at_s=at, kind=kind, call_id=call.call_id, attributes=attrs) for at, kind, attrs in script]
    if call.acw is not None:
        status = {"status": AFTER_CALL_WORK}
        out.append(Cue(at_s=call.seconds, kind=EventKind.AGENT_STATUS, call_id=None, attributes=status))
        out.append(Cue(at_s=call.seconds, kind=EventKind.ACW_STARTED, call_id=None, attributes={}))
    end = call.seconds + (call.acw or 0.0)
    out.append(Cue(at_s=end, kind=EventKind.AGENT_STATUS, call_id=None, attributes={"status": "available"}))
    return tuple(out)


def parse_pause(text: str) -> tuple[float, float]:
    """`FROM-TO` in seconds, such as `10-14`.

    Raises:
        InvalidInputError: it is not of this form.
    """
    start, _, end = text.partition("-")
    try:
        return float(start), float(end)
    except ValueError as error:
        raise InvalidInputError(f"--pause {text!r}", hint="Use FROM-TO in seconds, such as 10-14.") from error
