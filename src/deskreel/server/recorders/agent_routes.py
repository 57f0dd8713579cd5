"""HTTP of the agent's side of a recorder: status, pause, acknowledgement."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from deskreel.server.auth import TO_RECORDERS, Ctx
from deskreel.server.recorders import agent
from deskreel.server.recorders.routes import CurrentRecorder

router = APIRouter(prefix="/recorder", tags=["recorders"], dependencies=[TO_RECORDERS])


class AgentAction(BaseModel):
    """Something that the agent did at the desktop program."""

    event_id: str = Field(
        pattern=r"^[0-9A-Za-z_-]{8,64}$", description="The same id is the same action, sent again."
    )
    age_ms: int = Field(default=0, ge=0, description="How long ago the agent did it.")


class StatusChoice(AgentAction):
    """A status that the agent chose."""

    status: str = Field(max_length=60, description="One of the statuses of the desired state.")


class PauseChoice(AgentAction):
    """The agent's own pause."""

    paused: bool = Field(description="True: nothing may be recorded from then on; false: go on.")


class Acknowledgement(AgentAction):
    """The notice that the agent confirmed."""

    notice: str = Field(max_length=1000, description="Its text.")


class ActionReceipt(BaseModel):
    """What became of it."""

    state: Literal["accepted", "known"]


@router.post("/status")
async def choose_status(choice: StatusChoice, recorder: CurrentRecorder, context: Ctx) -> ActionReceipt:
    """Set the agent's status, where the telephony knows none."""
    state = await agent.choose_status(
        context, recorder, event_id=choice.event_id, status=choice.status, age_ms=choice.age_ms
    )
    return ActionReceipt(state=state)


@router.post("/pause")
async def pause_recording(choice: PauseChoice, recorder: CurrentRecorder, context: Ctx) -> ActionReceipt:
    """Pause or resume the recording of the calls that are up, if the policy lets agents do so."""
    state = await agent.pause(
        context, recorder, event_id=choice.event_id, paused=choice.paused, age_ms=choice.age_ms
    )
    return ActionReceipt(state=state)


@router.post("/acknowledgements")
async def acknowledge_notice(
    acknowledgement: Acknowledgement, recorder: CurrentRecorder, context: Ctx
) -> ActionReceipt:
    """Log that the agent has confirmed the notice of recording."""
    state = await agent.acknowledge(
        context,
        recorder,
        event_id=acknowledgement.event_id,
        notice=acknowledgement.notice,
        age_ms=acknowledgement.age_ms,
    )
    return ActionReceipt(state=state)
