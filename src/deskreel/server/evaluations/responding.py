"""What follows on publication: the agent acknowledges or disputes, a second reviewer answers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import ForbiddenError
from deskreel.core.evaluation.flow import Action, State, after
from deskreel.core.time import WallTime
from deskreel.server.auth import Caller
from deskreel.server.context import Context
from deskreel.server.evaluations import history
from deskreel.server.evaluations.common import require_qm, scored
from deskreel.server.evaluations.errors import OwnEvaluationError
from deskreel.server.evaluations.model import (
    Acknowledgement,
    Dispute,
    EvaluationDetails,
    Review,
    ReviewDecision,
)
from deskreel.server.evaluations.reading import details_of, feedback_of, form_of, require_seen
from deskreel.server.evaluations.tables import evaluations
from deskreel.server.people.tables import agents
from deskreel.server.webhooks.outbox import wake

_e = evaluations.c
# where the agent's word is written down
_WORD = {
    Action.ACKNOWLEDGE: ("acknowledged_at", "acknowledgement"),
    Action.DISPUTE: ("disputed_at", "dispute"),
}


def _score(row: Row[Any]) -> float | None:
    return None if row.score is None else float(row.score)


async def _as_agent(connection: AsyncConnection, evaluation_id: str, caller: Caller) -> Row[Any]:
    await require_qm(connection)
    row = await require_seen(connection, evaluation_id, caller, lock=True)
    if caller.scope.agent != row.agent_id:
        raise ForbiddenError("only the agent can answer for themselves")
    return row


async def acknowledge(
    context: Context, caller: Caller, evaluation_id: str, said: Acknowledgement
) -> EvaluationDetails:
    """The agent takes note. Sent twice, it counts once.

    Raises:
        NotFoundError: there is no such evaluation, or not of the caller.
        ForbiddenError: the caller is not the agent.
        WrongStateError: it is disputed.
        QmOffError: Quality Management is off.
    """
    async with context.db.begin() as connection:
        row = await _as_agent(connection, evaluation_id, caller)
        if row.state != State.ACKNOWLEDGED.value or row.acknowledgement != said.text:
            await _say(connection, row, caller, Action.ACKNOWLEDGE, said.text, now=context.clock())
        changed = await require_seen(connection, evaluation_id, caller)
        return await details_of(context, connection, changed, caller)


async def _move(
    connection: AsyncConnection, row: Row[Any], state: State, now: WallTime, **values: Any
) -> None:
    await connection.execute(
        update(evaluations)
        .where(_e.id == row.id)
        .values(state=state.value, updated_at=now, revision=row.revision + 1, **values)
    )


async def _say(
    connection: AsyncConnection, row: Row[Any], caller: Caller, action: Action, text: str, *, now: WallTime
) -> None:
    """The agent's word: another state, and a line in the history named after it."""
    state = after(State(row.state), action)
    when, words = _WORD[action]
    await _move(connection, row, state, now, **{when: now, words: text})
    entry = history.Entry(
        at=now, actor=caller.actor, action=state.value, state=state, text=text, score=_score(row)
    )
    await history.note(connection, row.id, entry)


async def dispute(context: Context, caller: Caller, evaluation_id: str, said: Dispute) -> EvaluationDetails:
    """The agent objects; a second reviewer is to answer. Sent twice, it counts once.

    Raises:
        NotFoundError, ForbiddenError, QmOffError: as `acknowledge`.
        WrongStateError: it was acknowledged or disputed before.
    """
    async with context.db.begin() as connection:
        row = await _as_agent(connection, evaluation_id, caller)
        if row.state != State.DISPUTED.value or row.dispute != said.text:
            await _say(connection, row, caller, Action.DISPUTE, said.text, now=context.clock())
        changed = await require_seen(connection, evaluation_id, caller)
        return await details_of(context, connection, changed, caller)


async def review(context: Context, caller: Caller, evaluation_id: str, said: Review) -> EvaluationDetails:
    """A second reviewer keeps a disputed evaluation, or changes its answers and publishes it again.

    What it said before stays in the history. Sent twice, it counts once.

    Raises:
        NotFoundError: there is no such evaluation.
        OwnEvaluationError: the caller is its evaluator, or the agent.
        WrongStateError: nobody disputes it.
        EvaluationIncompleteError: the new answers are not complete.
        QmOffError: Quality Management is off.
    """
    async with context.db.begin() as connection:
        await require_qm(connection)
        row = await require_seen(connection, evaluation_id, caller, lock=True)
        if caller.user.id == row.evaluator_id or await is_agent(connection, caller.user.id, row.agent_id):
            raise OwnEvaluationError
        sent_twice = (row.state, row.reviewer_id, row.review, row.review_decision) == (
            State.ANSWERED.value,
            caller.user.id,
            said.text,
            said.decision.value,
        )
        if not sent_twice:
            await _answer(context, connection, caller, row, said)
        changed = await require_seen(connection, evaluation_id, caller)
        shown = await details_of(context, connection, changed, caller)
    await wake(context)
    return shown


async def is_agent(connection: AsyncConnection, user_id: str, agent_id: str) -> bool:
    """Whether a user is this agent."""
    own = exists().where(agents.c.id == agent_id, agents.c.user_id == user_id)
    return bool(await connection.scalar(select(own)))


async def _answer(
    context: Context, connection: AsyncConnection, caller: Caller, row: Row[Any], said: Review
) -> None:
    state, now = after(State(row.state), Action.ANSWER), context.clock()
    answer = {
        "reviewer_id": caller.user.id,
        "reviewed_at": now,
        "review": said.text,
        "review_decision": said.decision.value,
    }
    result, content = None, None
    if said.decision is ReviewDecision.CHANGED and said.answers is not None:
        result, kept = scored(await form_of(connection, row), said.answers)
        comment = row.comment if said.comment is None else said.comment
        answer |= {
            "answers": history.stored_answers(kept),
            "comment": comment,
            "score": result.total,
            "failed": result.failed,
        }
        content = history.snapshot(kept, comment, await feedback_of(connection, row.id))
        await history.write_results(connection, row.id, result)
        await history.tell(context, connection, row, result, at=now, again=True)
    await _move(connection, row, state, now, **answer)
    before = _score(row)
    await history.note(
        connection,
        row.id,
        history.Entry(
            at=now,
            actor=caller.actor,
            action="answered",
            state=state,
            text=said.text,
            score=before if result is None else result.total,
            content=content,
        ),
        decision=said.decision.value,
        scores=[before, before if result is None else result.total],
    )
