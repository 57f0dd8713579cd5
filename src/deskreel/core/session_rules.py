"""The state machine of a capture session: states, triggers, the transition table, and the settings it goes by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from deskreel.core.errors import InvalidInputError


class State(StrEnum):
    """Where a capture session stands."""

    IDLE = "idle"  # nothing to capture
    RECORDING = "recording"  # a recorded call is up
    PAUSED = "paused"  # a call recording is paused
    WITHHELD = "withheld"  # a recorded call is up, but whether it is paused is not known
    STOPPED = "stopped"  # the call recording was stopped, the call goes on
    ACW = "acw"  # After Call Work
    ENDED = "ended"  # over its maximum length; waits for the call to end


class Trigger(StrEnum):
    """What moves it."""

    RECORDED = "recorded"  # at least one recorded call is up, none of them paused
    HELD_BACK = "held_back"  # a recorded call is up, at least one is paused
    UNSURE = "unsure"  # a recorded call is up, none known to be paused, of at least one it is not known
    UNRECORDED = "unrecorded"  # calls are up, none is being recorded any more
    CALL_OVER = "call_over"  # the last recorded call ended, ACW is on
    CALL_OVER_NO_ACW = "call_over_no_acw"  # the last recorded call ended, ACW is off
    ACW_OVER = "acw_over"  # status changed, or the ACW timeout passed
    TOO_LONG = "too_long"  # maximum length reached
    DISABLED = "disabled"  # the agent is not to be captured any more


# (state, trigger) → next state. A pair that is not here changes nothing.
TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (State.IDLE, Trigger.RECORDED): State.RECORDING,
    (State.IDLE, Trigger.HELD_BACK): State.PAUSED,
    (State.IDLE, Trigger.UNSURE): State.WITHHELD,
    (State.RECORDING, Trigger.HELD_BACK): State.PAUSED,
    (State.RECORDING, Trigger.UNSURE): State.WITHHELD,
    (State.RECORDING, Trigger.UNRECORDED): State.STOPPED,
    (State.RECORDING, Trigger.CALL_OVER): State.ACW,
    (State.RECORDING, Trigger.CALL_OVER_NO_ACW): State.IDLE,
    (State.RECORDING, Trigger.TOO_LONG): State.ENDED,
    (State.RECORDING, Trigger.DISABLED): State.IDLE,
    (State.PAUSED, Trigger.RECORDED): State.RECORDING,
    (State.PAUSED, Trigger.UNSURE): State.WITHHELD,
    (State.PAUSED, Trigger.UNRECORDED): State.STOPPED,
    (State.PAUSED, Trigger.CALL_OVER): State.ACW,
    (State.PAUSED, Trigger.CALL_OVER_NO_ACW): State.IDLE,
    (State.PAUSED, Trigger.TOO_LONG): State.ENDED,
    (State.PAUSED, Trigger.DISABLED): State.IDLE,
    (State.WITHHELD, Trigger.RECORDED): State.RECORDING,
    (State.WITHHELD, Trigger.HELD_BACK): State.PAUSED,
    (State.WITHHELD, Trigger.UNRECORDED): State.STOPPED,
    (State.WITHHELD, Trigger.CALL_OVER): State.ACW,
    (State.WITHHELD, Trigger.CALL_OVER_NO_ACW): State.IDLE,
    (State.WITHHELD, Trigger.TOO_LONG): State.ENDED,
    (State.WITHHELD, Trigger.DISABLED): State.IDLE,
    (State.STOPPED, Trigger.RECORDED): State.RECORDING,
    (State.STOPPED, Trigger.HELD_BACK): State.PAUSED,
    (State.STOPPED, Trigger.UNSURE): State.WITHHELD,
    (State.STOPPED, Trigger.CALL_OVER): State.ACW,
    (State.STOPPED, Trigger.CALL_OVER_NO_ACW): State.IDLE,
    (State.STOPPED, Trigger.TOO_LONG): State.ENDED,
    (State.STOPPED, Trigger.DISABLED): State.IDLE,
    (State.ACW, Trigger.RECORDED): State.RECORDING,  # a new screen recording
    (State.ACW, Trigger.HELD_BACK): State.PAUSED,  # a new screen recording
    (State.ACW, Trigger.UNSURE): State.WITHHELD,  # a new screen recording
    (State.ACW, Trigger.ACW_OVER): State.IDLE,
    (State.ACW, Trigger.TOO_LONG): State.IDLE,
    (State.ACW, Trigger.DISABLED): State.IDLE,
    (State.ENDED, Trigger.CALL_OVER): State.IDLE,
    (State.ENDED, Trigger.CALL_OVER_NO_ACW): State.IDLE,
}

STOP_IS_END_MS = 2_000  # a telephony stops the call recording just before it reports the call's end


class UnknownPause(StrEnum):
    """What to do while it is not known whether a call recording is paused."""

    PAUSE = "pause"  # withhold the screen until it is known: nothing that should be hidden is shown
    RECORD = "record"  # capture, and say so on the recording: nothing that should be kept is lost


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """The settings that the rules go by."""

    acw: bool = True  # capture After Call Work
    acw_timeout_ms: int = 30_000  # ACW ends then at the latest
    max_length_ms: int = 4 * 3_600_000  # of one screen recording
    on_unknown_pause: UnknownPause = UnknownPause.PAUSE  # while it is not known whether to hide
    silence_ms: int = 30_000  # with RECORD: capture goes on for so long without the telephony

    def __post_init__(self) -> None:
        if min(self.acw_timeout_ms, self.max_length_ms, self.silence_ms) < 0:
            raise InvalidInputError("times of the session's rules must not be negative")
