"""Evaluations as they are shown: the list, and one whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import NotFoundError
from deskreel.core.evaluation.flow import OPEN, SHOWN, Action, Actor, State, possible
from deskreel.core.evaluation.form import ANSWERS, FORM, Answer, FormContent
from deskreel.core.evaluation.form_rules import answer_problems
from deskreel.core.evaluation.scoring import score
from deskreel.core.time import WallTime
from deskreel.server.auth import Caller
from deskreel.server.context import Context
from deskreel.server.evaluations.common import scorers
from deskreel.server.evaluations.model import (
    DisputeState,
    EvaluationDetails,
    EvaluationPage,
    EvaluationSummary,
    Evaluator,
    EvaluatorList,
    Feedback,
    FormRef,
    HistoryEntry,
    PersonRef,
)
from deskreel.server.evaluations.query import (
    OPEN_STATES,
    SHOWN_STATES,
    EvaluationQuery,
    cursor_behind,
    joined,
    page_query,
    seen,
)
from deskreel.server.evaluations.tables import (
    evaluation_feedback,
    evaluation_history,
    evaluations,
    form_versions,
)
from deskreel.server.people.model import AgentRef
from deskreel.server.people.tables import user_teams, users
from deskreel.server.permissions import Permission

_e = evaluations.c
_notes = evaluation_feedback.c
_done = evaluation_history.c


async def page(context: Context, caller: Caller, wanted: EvaluationQuery) -> EvaluationPage:
    """Some evaluations that the caller may see."""
    now = context.clock()
    async with context.db.begin() as connection:
        rows = (await connection.execute(page_query(wanted, caller, now))).all()
    shown = rows[: wanted.limit]
    more = len(rows) > wanted.limit
    return EvaluationPage(
        items=[EvaluationSummary(**_summary(row, now)) for row in shown],
        next_cursor=cursor_behind(wanted.sort, shown[-1].sort_key, shown[-1].id) if more else None,
    )


def _summary(row: Row[Any], now: WallTime) -> dict[str, Any]:
    return {
        "id": row.id,
        "interaction_id": row.interaction_id,
        "interaction_started_at": row.interaction_started_at,
        "agent": AgentRef(id=row.agent_id, name=row.agent_name),
        "form": FormRef(id=row.form_id, version=row.form_version, name=row.form_name),
        "evaluator": PersonRef(id=row.evaluator_id, name=row.evaluator_name, active=row.evaluator_active),
        "state": State(row.state),
        "due_at": row.due_at,
        "overdue": State(row.state) in OPEN and row.due_at is not None and row.due_at < now,
        "score": None if row.score is None else float(row.score),
        "failed": row.failed,
        "assigned_by": row.assigner_name,
        "sampled": row.sampling_week is not None,
        "calibration_id": row.calibration_id,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "published_at": row.published_at,
    }


async def require_seen(
    connection: AsyncConnection, evaluation_id: str, caller: Caller, *, lock: bool = False
) -> Row[Any]:
    """An evaluation that the caller may see, as `joined`; locked until the transaction ends if asked for.

    Raises:
        NotFoundError: there is none.
    """
    query = joined().where(_e.id == evaluation_id, seen(caller))
    if lock:
        query = query.with_for_update(of=evaluations)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no evaluation {evaluation_id}")
    return row


async def form_of(connection: AsyncConnection, row: Row[Any]) -> FormContent:
    """The form of an evaluation, in its version."""
    content = await connection.scalar(
        select(form_versions.c.content).where(
            form_versions.c.form_id == row.form_id, form_versions.c.version == row.form_version
        )
    )
    return FORM.validate_python(content)


def answers_of(row: Row[Any]) -> dict[str, Answer]:
    """What is answered in an evaluation."""
    return ANSWERS.validate_python(row.answers)


async def details(context: Context, caller: Caller, evaluation_id: str) -> EvaluationDetails:
    """One evaluation, whole.

    Raises:
        NotFoundError: there is none of this id that the caller may see.
    """
    async with context.db.begin() as connection:
        row = await require_seen(connection, evaluation_id, caller)
        return await details_of(context, connection, row, caller)


async def details_of(
    context: Context, connection: AsyncConnection, row: Row[Any], caller: Caller
) -> EvaluationDetails:
    """What `details` gives, of a row of `joined`."""
    content, answers = await form_of(connection, row), answers_of(row)
    notes = await feedback_of(connection, row.id)
    return EvaluationDetails(
        **_summary(row, context.clock()),
        content=content,
        answers=answers,
        comment=row.comment,
        revision=row.revision,
        result=score(content, answers),
        problems=answer_problems(content, answers) if State(row.state) in OPEN else [],
        feedback=notes,
        acknowledged_at=row.acknowledged_at,
        acknowledgement=row.acknowledgement,
        dispute=await _dispute(connection, row),
        history=await _history(connection, row, caller),
        may=allowed(row, caller),
    )


async def feedback_of(connection: AsyncConnection, evaluation_id: str) -> list[Feedback]:
    """The notes of an evaluation, in the order of the timeline."""
    rows = await connection.execute(
        select(evaluation_feedback)
        .where(_notes.evaluation_id == evaluation_id)
        .order_by(_notes.start_ms, _notes.created_at, _notes.id)
    )
    return [note_of(row._mapping) for row in rows.all()]


def note_of(row: Mapping[Any, Any]) -> Feedback:
    """A note as it is shown."""
    return Feedback(**{name: row[name] for name in Feedback.model_fields})


async def _dispute(connection: AsyncConnection, row: Row[Any]) -> DisputeState | None:
    if row.disputed_at is None:
        return None
    reviewer = None
    if row.reviewer_id is not None:
        person = (await connection.execute(select(users).where(users.c.id == row.reviewer_id))).one()
        reviewer = PersonRef(id=person.id, name=person.name, active=person.active)
    return DisputeState(
        text=row.dispute,
        at=row.disputed_at,
        reviewer=reviewer,
        decision=row.review_decision,
        answer=row.review,
        answered_at=row.reviewed_at,
    )


async def _history(connection: AsyncConnection, row: Row[Any], caller: Caller) -> list[HistoryEntry]:
    query = (
        select(evaluation_history, users.c.name.label("actor_name"))
        .outerjoin(users, users.c.id == _done.actor)
        .where(_done.evaluation_id == row.id)
        .order_by(_done.number)
    )
    if caller.scope.agent is not None:
        query = query.where(_done.state.in_(SHOWN_STATES))
    entries = [
        HistoryEntry(**{name: getattr(entry, name) for name in HistoryEntry.model_fields})
        for entry in (await connection.execute(query)).all()
    ]
    if Permission.EVALUATIONS_MANAGE in caller.permissions:
        return entries
    # what somebody wrote and never published is not for the one who goes on
    return [one if one.state in SHOWN else one.model_copy(update={"content": None}) for one in entries]


def allowed(row: Row[Any], caller: Caller) -> list[Action]:
    """What the caller can do with an evaluation now."""
    actors: set[Actor] = set()
    may = caller.permissions
    if row.evaluator_id == caller.user.id and Permission.EVALUATIONS_SCORE in may:
        actors.add(Actor.EVALUATOR)
    if Permission.EVALUATIONS_MANAGE in may and row.calibration_id is None:
        actors.add(Actor.MANAGER)
    if row.calibration_id is None and Permission.EVALUATIONS_RESPOND in may:
        actors |= {Actor.AGENT} if caller.scope.agent == row.agent_id else set()
    if row.calibration_id is None and Permission.EVALUATIONS_REVIEW in may:
        actors |= {Actor.REVIEWER} if row.evaluator_id != caller.user.id else set()
    return [action for action in possible(State(row.state), frozenset(actors)) if action is not Action.CANCEL]


async def evaluators(context: Context, caller: Caller) -> EvaluatorList:
    """Everybody who may evaluate; for a caller of some teams, those who share one or look after all."""
    waiting = (
        select(func.count())
        .where(_e.evaluator_id == users.c.id, _e.state.in_(OPEN_STATES))
        .scalar_subquery()
        .label("open")
    )
    query = scorers().add_columns(waiting)
    if caller.scope.teams is not None:
        theirs = select(user_teams.c.user_id)
        shared = theirs.where(user_teams.c.team_id.in_(caller.scope.teams))
        query = query.where(users.c.id.in_(shared) | users.c.id.not_in(theirs))
    async with context.db.begin() as connection:
        rows = (await connection.execute(query)).all()
    return EvaluatorList(
        items=[Evaluator(id=row.id, name=row.name, role=row.role, open=row.open) for row in rows]
    )
