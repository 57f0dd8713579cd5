"""An evaluator's work: the draft that is saved as one types, the notes to the timeline, publishing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import InvalidInputError, NotFoundError
from deskreel.core.evaluation.flow import Action, State, after
from deskreel.core.evaluation.form_rules import answer_problems
from deskreel.core.evaluation.scoring import score
from deskreel.server.accounts.changes import StaleError
from deskreel.server.auth import Caller
from deskreel.server.context import Context
from deskreel.server.evaluations import history
from deskreel.server.evaluations.calibration_end import close_if_all_published
from deskreel.server.evaluations.common import require_qm, scored
from deskreel.server.evaluations.errors import (
    InteractionGoneError,
    NotYourEvaluationError,
    TooMuchFeedbackError,
)
from deskreel.server.evaluations.model import (
    DraftChange,
    DraftState,
    EvaluationDetails,
    Feedback,
    FeedbackChange,
    FeedbackFields,
)
from deskreel.server.evaluations.reading import (
    answers_of,
    details_of,
    feedback_of,
    form_of,
    note_of,
    require_seen,
)
from deskreel.server.evaluations.tables import evaluation_feedback, evaluations
from deskreel.server.webhooks.outbox import wake

MAX_FEEDBACK = 200  # pieces of an evaluation
_e = evaluations.c
_notes = evaluation_feedback.c


async def _own(
    connection: AsyncConnection, evaluation_id: str, caller: Caller, action: Action
) -> tuple[Row[Any], State]:
    """The caller's evaluation, locked, and its state after `action`.

    Raises:
        QmOffError, NotFoundError, NotYourEvaluationError, WrongStateError, InteractionGoneError
    """
    await require_qm(connection)
    row = await require_seen(connection, evaluation_id, caller, lock=True)
    if row.evaluator_id != caller.user.id:
        raise NotYourEvaluationError(f"{row.evaluator_name} evaluates this")
    following = after(State(row.state), action)
    if row.interaction_id is None:
        raise InteractionGoneError
    return row, following


async def save(context: Context, caller: Caller, evaluation_id: str, change: DraftChange) -> DraftState:
    """Keep what was said so far, complete or not. The same again changes nothing.

    Raises:
        NotFoundError: there is no such evaluation.
        NotYourEvaluationError: somebody else is its evaluator.
        WrongStateError: it was published.
        StaleError: another tab has saved meanwhile; `current` is what it saved.
        InteractionGoneError: the call was deleted.
        QmOffError: Quality Management is off.
    """
    async with context.db.begin() as connection:
        row, state = await _own(connection, evaluation_id, caller, Action.SAVE)
        form = await form_of(connection, row)
        result = score(form, change.answers)
        answers = history.stored_answers(change.answers)
        same = row.answers == answers and row.comment == change.comment
        if not same and change.revision != row.revision:
            raise _stale(row)
        now = context.clock()
        if not same or State(row.state) is not state:
            await connection.execute(
                update(evaluations)
                .where(_e.id == row.id)
                .values(
                    answers=answers,
                    comment=change.comment,
                    state=state.value,
                    score=result.total,
                    failed=result.failed,
                    revision=row.revision + (0 if same else 1),
                    updated_at=now,
                )
            )
        return DraftState(
            revision=row.revision + (0 if same else 1),
            state=state,
            answers=change.answers,
            comment=change.comment,
            saved_at=row.updated_at if same else now,
            result=result,
            problems=answer_problems(form, change.answers),
        )


def _stale(row: Row[Any]) -> StaleError:
    return StaleError(
        "another window has saved this evaluation meanwhile",
        current={"revision": row.revision, "answers": row.answers, "comment": row.comment},
    )


async def publish(context: Context, caller: Caller, evaluation_id: str, revision: int) -> EvaluationDetails:
    """Publish what was saved: the agent can see it from then on. Sent twice, it is published once.

    Raises:
        As `save`; and
        EvaluationIncompleteError: answers or comments are missing; `problems` lists them all.
    """
    async with context.db.begin() as connection:
        await require_qm(connection)
        row = await require_seen(connection, evaluation_id, caller, lock=True)
        once_more = row.state == State.PUBLISHED.value and row.evaluator_id == caller.user.id
        if once_more and row.revision == revision + 1:
            return await details_of(context, connection, row, caller)
        row, state = await _own(connection, evaluation_id, caller, Action.PUBLISH)
        if revision != row.revision:
            raise _stale(row)
        form, answers = await form_of(connection, row), answers_of(row)
        now, (result, kept) = context.clock(), scored(form, answers)
        await connection.execute(
            update(evaluations)
            .where(_e.id == row.id)
            .values(
                state=state.value,
                answers=history.stored_answers(kept),
                score=result.total,
                failed=result.failed,
                published_at=now,
                updated_at=now,
                revision=row.revision + 1,
            )
        )
        notes = await feedback_of(connection, row.id)
        await history.note(
            connection,
            row.id,
            history.Entry(
                at=now,
                actor=caller.actor,
                action="published",
                state=state,
                score=result.total,
                content=history.snapshot(kept, row.comment, notes),
            ),
            agent_id=row.agent_id,
            interaction_id=row.interaction_id,
            score=result.total,
            failed=result.failed,
        )
        await history.write_results(connection, row.id, result)
        if row.calibration_id is None:
            await history.tell(context, connection, row, result, at=now, again=False)
        else:
            await close_if_all_published(connection, row.calibration_id, now)
        published = await require_seen(connection, evaluation_id, caller)
        shown = await details_of(context, connection, published, caller)
    await wake(context)
    return shown


# --- notes to the timeline ------------------------------------------------------------------------------------


def _note_values(fields: FeedbackFields) -> dict[str, Any]:
    return fields.model_dump(mode="json", include=set(FeedbackFields.model_fields))


def _says(note: Mapping[Any, Any], values: Mapping[str, Any]) -> bool:
    return all(note[name] == value for name, value in values.items())


async def _require_question(connection: AsyncConnection, row: Row[Any], question_id: str | None) -> None:
    form = await form_of(connection, row)
    if question_id is not None and all(question.id != question_id for question in form.questions):
        raise InvalidInputError(f"question_id: the form has no question {question_id}")


async def _begun(context: Context, connection: AsyncConnection, row: Row[Any], state: State) -> None:
    """A note makes a draft of what was only assigned."""
    await connection.execute(
        update(evaluations).where(_e.id == row.id).values(state=state.value, updated_at=context.clock())
    )


async def add_feedback(
    context: Context, caller: Caller, evaluation_id: str, fields: FeedbackFields
) -> Feedback:
    """Add a note. Sent twice, it is one: where the same note stands already, that is given.

    Raises:
        As `save`, but for StaleError; and
        TooMuchFeedbackError: there are too many.
        InvalidInputError: the form has no such question.
    """
    async with context.db.begin() as connection:
        row, state = await _own(connection, evaluation_id, caller, Action.SAVE)
        await _require_question(connection, row, fields.question_id)
        values = _note_values(fields)
        known = await connection.execute(select(evaluation_feedback).where(_notes.evaluation_id == row.id))
        notes = known.mappings().all()
        for note in notes:
            if _says(note, values):
                return note_of(note)
        if len(notes) >= MAX_FEEDBACK:
            raise TooMuchFeedbackError(f"{MAX_FEEDBACK} at most")
        now = context.clock()
        made = await connection.execute(
            insert(evaluation_feedback)
            .values(
                id=context.new_id("fbk"),
                evaluation_id=row.id,
                created_at=now,
                updated_at=now,
                **values,
            )
            .returning(evaluation_feedback)
        )
        await _begun(context, connection, row, state)
        return note_of(made.one()._mapping)


async def change_feedback(
    context: Context, caller: Caller, evaluation_id: str, feedback_id: str, change: FeedbackChange
) -> Feedback:
    """Change a note. The same again changes nothing.

    Raises:
        As `save`; NotFoundError also without this note, `current` of StaleError is the note.
        InvalidInputError: the form has no such question.
    """
    async with context.db.begin() as connection:
        row, state = await _own(connection, evaluation_id, caller, Action.SAVE)
        await _require_question(connection, row, change.question_id)
        known = await _note(connection, row.id, feedback_id)
        values = _note_values(change)
        if _says(known, values):
            return note_of(known)
        if known["revision"] != change.revision:
            raise StaleError(
                "another window has changed this note", current=note_of(known).model_dump(mode="json")
            )
        changed = await connection.execute(
            update(evaluation_feedback)
            .where(_notes.id == feedback_id)
            .values(**values, revision=_notes.revision + 1, updated_at=context.clock())
            .returning(evaluation_feedback)
        )
        await _begun(context, connection, row, state)
        return note_of(changed.one()._mapping)


async def remove_feedback(context: Context, caller: Caller, evaluation_id: str, feedback_id: str) -> None:
    """Remove a note.

    Raises:
        As `change_feedback`, but for StaleError.
    """
    async with context.db.begin() as connection:
        row, _ = await _own(connection, evaluation_id, caller, Action.SAVE)
        await _note(connection, row.id, feedback_id)
        await connection.execute(delete(evaluation_feedback).where(_notes.id == feedback_id))


async def _note(connection: AsyncConnection, evaluation_id: str, feedback_id: str) -> Any:
    query = select(evaluation_feedback).where(_notes.id == feedback_id, _notes.evaluation_id == evaluation_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no feedback {feedback_id}")
    return row._mapping
