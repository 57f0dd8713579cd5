"""Scripts of simulated calls: a YAML file says which calls come when, and this says which events that makes. Pure.

Times are seconds after the script's begin for a call, and after its answer for what happens within it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from deskreel.core.errors import InvalidInputError
from deskreel.core.events import AFTER_CALL_WORK, AVAILABLE, EventKind

_Key = Annotated[
    str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value), Field(min_length=1)
]
_Span = tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(gt=0)]]


class Transfer(BaseModel):
    """The call goes to somebody else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: _Key  # an agent
    at: float = Field(gt=0)  # after the answer


class Call(BaseModel):
    """One call."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agent: _Key
    at: float = Field(default=0.0, ge=0)  # when it is answered
    seconds: float = Field(gt=0)  # from answer to hang-up
    recorded: bool = True
    pauses: tuple[_Span, ...] = ()
    stops: tuple[_Span, ...] = ()  # the recording is stopped, and started again
    transfer: Transfer | None = None
    acw: float | None = Field(default=5.0, ge=0)  # s; None: no status is told, as with a wrap-up time
    direction: str = "inbound"
    queue: str | None = None

    @model_validator(mode="after")
    def _within(self) -> Self:
        for start, end in (*self.pauses, *self.stops):
            if not start < end <= self.seconds:
                raise ValueError(f"{start}-{end} does not lie within the call's {self.seconds} s")
        if (self.pauses or self.stops) and not self.recorded:
            raise ValueError("a call that is not recorded has no pauses and no stops")
        if self.transfer is not None and self.transfer.at >= self.seconds:
            raise ValueError("a transfer comes before the call's end")
        return self


class Script(BaseModel):
    """Calls, in any order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str = ""  # for people
    calls: tuple[Call, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An event to send."""

    at_s: float  # after the script's begin
    agent: str
    kind: EventKind
    call: int | None  # number of the call in the script
    attributes: dict[str, Any]


def parse_script(text: str | bytes) -> Script:
    """A script from YAML.

    Raises:
        InvalidInputError: no YAML, or not of this shape; names the place.
    """
    try:
        return Script.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise InvalidInputError(f"not YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the script"
        raise InvalidInputError(
            f"{place}: {first['msg']}", hint="See docs/guide/telephony-events.md."
        ) from error


def moments(script: Script) -> list[Moment]:
    """The events of a script, in order."""
    out = [moment for number, call in enumerate(script.calls) for moment in _of_call(number, call)]
    return sorted(out, key=lambda moment: moment.at_s)


def _of_call(number: int, call: Call) -> list[Moment]:
    facts = {"direction": call.direction, **({"queue": call.queue} if call.queue else {})}
    out: list[Moment] = []

    def tell(at: float, agent: str, kind: EventKind, attributes: dict[str, Any] | None = None) -> None:
        of_call = kind.value.startswith(("call.", "recording."))
        moment = Moment(
            at_s=call.at + at,
            agent=agent,
            kind=kind,
            call=number if of_call else None,
            attributes=attributes or {},
        )
        out.append(moment)

    handed_over = call.transfer.at if call.transfer is not None else call.seconds
    parts = [(call.agent, 0.0, handed_over)]
    if call.transfer is not None:
        parts.append((call.transfer.to, handed_over, call.seconds))
    for agent, start, end in parts:
        tell(start, agent, EventKind.CALL_ANSWERED, facts)
        if call.recorded:
            _recording(call, agent, start, end, tell)
        over = EventKind.CALL_ENDED if end == call.seconds else EventKind.CALL_TRANSFERRED
        tell(end, agent, over)
        if call.acw is not None:
            tell(end, agent, EventKind.AGENT_STATUS, {"status": AFTER_CALL_WORK})
            tell(end, agent, EventKind.ACW_STARTED)
            tell(end + call.acw, agent, EventKind.AGENT_STATUS, {"status": AVAILABLE})
    return out


def _recording(call: Call, agent: str, start: float, end: float, tell: Any) -> None:
    """The recording as one agent's part of the call has it."""
    tell(start, agent, EventKind.RECORDING_STARTED)
    pairs = [(span, EventKind.RECORDING_PAUSED, EventKind.RECORDING_RESUMED) for span in call.pauses]
    pairs += [(span, EventKind.RECORDING_STOPPED, EventKind.RECORDING_STARTED) for span in call.stops]
    for (begins, ends), first, second in pairs:
        if begins < end and ends > start:
            tell(max(begins, start), agent, first)
            if ends < end:
                tell(ends, agent, second)
