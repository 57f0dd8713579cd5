"""Giving evaluations to evaluators: by hand, to oneself, to somebody else, and taking them away."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import ConflictError, ForbiddenError
from deskreel.core.evaluation.flow import Action, State, after
from deskreel.core.ids import check_id
from deskreel.server.audit.service import record
from deskreel.server.auth import Caller
from deskreel.server.context import Context
from deskreel.server.evaluations import history
from deskreel.server.evaluations.common import require_evaluators, require_qm
from deskreel.server.evaluations.errors import (
    InteractionGoneError,
)
from deskreel.server.evaluations.model import (
    AssignmentChange,
    EvaluationDetails,
    NewAssignment,
    OwnEvaluation,
)
from deskreel.server.evaluations.query import OPEN_STATES
from deskreel.server.evaluations.reading import answers_of, details_of, feedback_of, require_seen
from deskreel.server.evaluations.subject import Subject, subject_of
from deskreel.server.evaluations.tables import evaluation_feedback, evaluations

_e = evaluations.c


class AssignedTwiceError(ConflictError):
    """The evaluator has this to do already; `evaluation_id` names it."""

    code = "assigned_already"
    title = "This evaluator has this call to evaluate already"
    hint = "Open the evaluation that there is; its id is in `evaluation_id`."


async def assign(context: Context, caller: Caller, wanted: NewAssignment) -> EvaluationDetails:
    """Have somebody evaluate a call.

    Raises:
        NotFoundError, AgentNeededError, AgentNotInQmError, FormUnusableError: as `subject_of`.
        EvaluatorUnsuitableError: they cannot evaluate this agent.
        AssignedTwiceError: they have it to do already.
        QmOffError: Quality Management is off.
    """
    check_id("usr", wanted.evaluator_id)
    async with context.db.begin() as connection:
        await require_qm(connection)
        subject = await subject_of(
            connection, caller.scope, wanted.interaction_id, wanted.agent_id, wanted.form_id
        )
        await require_evaluators(connection, [wanted.evaluator_id], subject.agent.id, subject.agent.team_id)
        made, new = await _insert(
            context, connection, caller.actor, subject, wanted.evaluator_id, due_at=wanted.due_at
        )
        if not new:
            raise AssignedTwiceError(evaluation_id=made)
        return await details_of(context, connection, await require_seen(connection, made, caller), caller)


async def begin_own(
    context: Context, caller: Caller, interaction_id: str, wanted: OwnEvaluation
) -> EvaluationDetails:
    """Evaluate a call oneself; gives the evaluation that one has begun already, if there is one.

    Raises:
        As `assign`, but for AssignedTwiceError.
    """
    async with context.db.begin() as connection:
        await require_qm(connection)
        subject = await subject_of(connection, caller.scope, interaction_id, wanted.agent_id, wanted.form_id)
        await require_evaluators(connection, [caller.user.id], subject.agent.id, subject.agent.team_id)
        made, _ = await _insert(context, connection, caller.actor, subject, caller.user.id, due_at=None)
        return await details_of(context, connection, await require_seen(connection, made, caller), caller)


async def _insert(
    context: Context,
    connection: AsyncConnection,
    actor: str,
    subject: Subject,
    evaluator_id: str,
    *,
    due_at: int | None,
) -> tuple[str, bool]:
    """The id of the evaluation of this that the evaluator has to do, and whether it is new."""
    made = await add(context, connection, actor, subject, evaluator_id, due_at=due_at)
    if made is not None:
        return made, True
    known = await _open_one(
        connection, subject.interaction.id, subject.agent.id, subject.form_id, evaluator_id
    )
    if known is None:
        raise ConflictError("it was just published, or given to somebody else")
    return known, False


async def add(
    context: Context,
    connection: AsyncConnection,
    actor: str,
    subject: Subject,
    evaluator_id: str,
    *,
    due_at: int | None,
    calibration_id: str | None = None,
) -> str | None:
    """A new evaluation, whose history begins; its id, or None when the evaluator has this to do already."""
    evaluation_id, now = context.new_id("evl"), context.clock()
    made: str | None = await connection.scalar(
        insert(evaluations)
        .values(
            id=evaluation_id,
            interaction_id=subject.interaction.id,
            interaction_started_at=subject.interaction.started_at,
            agent_id=subject.agent.id,
            form_id=subject.form_id,
            form_version=subject.form_version,
            evaluator_id=evaluator_id,
            state=State.ASSIGNED.value,
            due_at=due_at,
            assigned_by=actor,
            calibration_id=calibration_id,
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing()
        .returning(_e.id)
    )
    if made is not None:
        entry = history.Entry(at=now, actor=actor, action="assigned", state=State.ASSIGNED)
        await history.note(connection, made, entry, evaluator=evaluator_id)
    return made


async def _open_one(
    connection: AsyncConnection, interaction_id: str, agent_id: str, form_id: str, evaluator_id: str
) -> str | None:
    """The evaluation of this that an evaluator has to do."""
    found: str | None = await connection.scalar(
        select(_e.id).where(
            _e.interaction_id == interaction_id,
            _e.agent_id == agent_id,
            _e.form_id == form_id,
            _e.evaluator_id == evaluator_id,
            _e.state.in_(OPEN_STATES),
            _e.calibration_id.is_(None),
        )
    )
    return found


async def reassign(
    context: Context, caller: Caller, evaluation_id: str, wanted: AssignmentChange
) -> EvaluationDetails:
    """Give an evaluation that is not published to somebody else, or another due time.

    Somebody else begins anew: what the one before had written goes into the history.

    Raises:
        NotFoundError: there is no such evaluation.
        WrongStateError: it was published.
        ForbiddenError: it belongs to a calibration.
        EvaluatorUnsuitableError: they cannot evaluate this agent.
        AssignedTwiceError: they have this call to evaluate already.
        QmOffError: Quality Management is off.
    """
    check_id("usr", wanted.evaluator_id)
    async with context.db.begin() as connection:
        await require_qm(connection)
        row = await require_seen(connection, evaluation_id, caller, lock=True)
        if row.calibration_id is not None:
            raise ForbiddenError("a calibration keeps its evaluators")
        state = after(State(row.state), Action.REASSIGN)
        now = context.clock()
        values: dict[str, Any] = {"due_at": wanted.due_at, "updated_at": now}
        if wanted.evaluator_id != row.evaluator_id:
            await require_evaluators(connection, [wanted.evaluator_id], row.agent_id, row.team_id)
            await _require_free(connection, row, wanted.evaluator_id)
            notes = await feedback_of(connection, row.id)
            begun = State(row.state) is State.DRAFT
            await history.note(
                connection,
                row.id,
                history.Entry(
                    at=now,
                    actor=caller.actor,
                    action="reassigned",
                    state=state,
                    content=history.snapshot(answers_of(row), row.comment, notes) if begun else None,
                ),
                evaluator=[row.evaluator_id, wanted.evaluator_id],
            )
            await connection.execute(
                delete(evaluation_feedback).where(evaluation_feedback.c.evaluation_id == row.id)
            )
            values |= {
                "evaluator_id": wanted.evaluator_id,
                "state": state.value,
                "answers": {},
                "comment": "",
                "score": None,
                "failed": False,
                "revision": row.revision + 1,
            }
        try:
            async with connection.begin_nested():
                await connection.execute(update(evaluations).where(_e.id == row.id).values(**values))
        except IntegrityError:  # somebody gave them this call at the same moment
            await _require_free(connection, row, wanted.evaluator_id)
            raise
        changed = await require_seen(connection, evaluation_id, caller)
        return await details_of(context, connection, changed, caller)


async def _require_free(connection: AsyncConnection, row: Row[Any], evaluator_id: str) -> None:
    if row.interaction_id is None:
        raise InteractionGoneError
    known = await _open_one(connection, row.interaction_id, row.agent_id, row.form_id, evaluator_id)
    if known is not None:
        raise AssignedTwiceError(evaluation_id=known)


async def remove(context: Context, caller: Caller, evaluation_id: str) -> None:
    """Delete an evaluation, published or not; the audit log keeps what it was.

    Raises:
        NotFoundError: there is no such evaluation.
        ForbiddenError: it belongs to a calibration.
    """
    async with context.db.begin() as connection:
        row = await require_seen(connection, evaluation_id, caller, lock=True)
        if row.calibration_id is not None:
            raise ForbiddenError("it belongs to a calibration")
        await connection.execute(delete(evaluations).where(_e.id == row.id))
        await record(
            connection,
            at=context.clock(),
            actor=caller.actor,
            action="evaluation.deleted",
            subject=row.id,
            state=row.state,
            interaction_id=row.interaction_id,
            agent_id=row.agent_id,
            evaluator_id=row.evaluator_id,
            form=[row.form_id, row.form_version],
            score=None if row.score is None else float(row.score),
        )
