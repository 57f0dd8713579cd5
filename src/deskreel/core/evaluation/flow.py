"""The life of an evaluation: states, what can be done in each, and by whom (docs/reference/scoring.md)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from deskreel.core.errors import ConflictError


class WrongStateError(ConflictError):
    """Not in the state in which this can be done."""

    code = "evaluation_state"
    title = "The evaluation is in another state"
    hint = "Load it again: somebody has gone on with it meanwhile, or it was done already."


class State(StrEnum):
    """Where an evaluation stands."""

    ASSIGNED = "assigned"  # somebody is to do it
    DRAFT = "draft"  # begun
    PUBLISHED = "published"  # the agent can see it
    ACKNOWLEDGED = "acknowledged"  # the agent has taken note
    DISPUTED = "disputed"  # the agent objects; a second reviewer is asked
    ANSWERED = "answered"  # the second reviewer has kept it or changed it
    CANCELLED = "cancelled"  # its calibration was closed before it was published


class Action(StrEnum):
    """What is done to an evaluation."""

    SAVE = "save"
    REASSIGN = "reassign"
    PUBLISH = "publish"
    CANCEL = "cancel"
    ACKNOWLEDGE = "acknowledge"
    DISPUTE = "dispute"
    ANSWER = "answer"


class Actor(StrEnum):
    """Who does it."""

    EVALUATOR = "evaluator"  # of this evaluation
    AGENT = "agent"  # whom it is about
    REVIEWER = "second reviewer"  # may review, and is not the evaluator
    MANAGER = "manager"  # who assigns


BY: Mapping[Action, Actor] = {
    Action.SAVE: Actor.EVALUATOR,
    Action.REASSIGN: Actor.MANAGER,
    Action.PUBLISH: Actor.EVALUATOR,
    Action.CANCEL: Actor.MANAGER,
    Action.ACKNOWLEDGE: Actor.AGENT,
    Action.DISPUTE: Actor.AGENT,
    Action.ANSWER: Actor.REVIEWER,
}
TRANSITIONS: Mapping[tuple[State, Action], State] = {
    (State.ASSIGNED, Action.SAVE): State.DRAFT,
    (State.ASSIGNED, Action.REASSIGN): State.ASSIGNED,
    (State.ASSIGNED, Action.PUBLISH): State.PUBLISHED,
    (State.ASSIGNED, Action.CANCEL): State.CANCELLED,
    (State.DRAFT, Action.SAVE): State.DRAFT,
    (State.DRAFT, Action.REASSIGN): State.ASSIGNED,
    (State.DRAFT, Action.PUBLISH): State.PUBLISHED,
    (State.DRAFT, Action.CANCEL): State.CANCELLED,
    (State.PUBLISHED, Action.ACKNOWLEDGE): State.ACKNOWLEDGED,
    (State.PUBLISHED, Action.DISPUTE): State.DISPUTED,
    (State.DISPUTED, Action.ANSWER): State.ANSWERED,
    (State.ANSWERED, Action.ACKNOWLEDGE): State.ACKNOWLEDGED,
}
OPEN = frozenset({State.ASSIGNED, State.DRAFT})  # the evaluator's to do
SHOWN = frozenset(State) - OPEN - {State.CANCELLED}  # was published


def after(state: State, action: Action) -> State:
    """The state after an action.

    Raises:
        WrongStateError: it cannot be done in this state.
    """
    following = TRANSITIONS.get((state, action))
    if following is None:
        raise WrongStateError(f"an evaluation that is {state} cannot take {action!s}", state=state.value)
    return following


def possible(state: State, actors: frozenset[Actor]) -> list[Action]:
    """What these may do in this state."""
    return [action for action in Action if (state, action) in TRANSITIONS and BY[action] in actors]
