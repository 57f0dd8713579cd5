"""Calibration: several people evaluate one call, blind until it is closed; then how far they are apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import InvalidInputError, NotFoundError
from deskreel.core.evaluation.flow import SHOWN, Action, State, after
from deskreel.core.evaluation.form import FORM, Answer, FormContent
from deskreel.core.evaluation.scoring import score
from deskreel.core.evaluation.spread import spread_of
from deskreel.server.audit.service import record
from deskreel.server.auth import Caller
from deskreel.server.context import Context
from deskreel.server.evaluations import history
from deskreel.server.evaluations.assigning import add
from deskreel.server.evaluations.common import require_evaluators, require_qm
from deskreel.server.evaluations.model import FormRef, PersonRef
from deskreel.server.evaluations.planning_model import (
    CalibrationDetails,
    CalibrationPage,
    CalibrationResult,
    CalibrationSummary,
    GivenAnswer,
    NewCalibration,
    Participant,
    QuestionSpread,
)
from deskreel.server.evaluations.query import OPEN_STATES, SHOWN_STATES
from deskreel.server.evaluations.reading import answers_of
from deskreel.server.evaluations.subject import subject_of
from deskreel.server.evaluations.tables import calibrations, evaluations, form_versions
from deskreel.server.paging import decode_cursor, encode_cursor
from deskreel.server.people.model import AgentRef
from deskreel.server.people.service import visible
from deskreel.server.people.tables import agents, users
from deskreel.server.permissions import Permission

_c, _e = calibrations.c, evaluations.c


def _seen(caller: Caller) -> ColumnElement[bool]:
    """Which calibrations a person may see: their own, those that are closed; who assigns sees all of the scope."""
    if caller.scope.agent is not None or caller.scope.nobody:
        return false()
    if Permission.EVALUATIONS_MANAGE in caller.permissions:
        return visible(caller.scope)
    takes_part = exists().where(_e.calibration_id == _c.id, _e.evaluator_id == caller.user.id)
    return and_(visible(caller.scope), or_(takes_part, _c.closed_at.is_not(None)))


def _joined() -> Select[*tuple[Any, ...]]:
    of = select(func.count()).where(_e.calibration_id == _c.id)
    return select(
        calibrations,
        agents.c.name.label("agent_name"),
        form_versions.c.name.label("form_name"),
        form_versions.c.content,
        func.coalesce(users.c.name, _c.created_by).label("creator_name"),
        of.scalar_subquery().label("participants"),
        of.where(_e.state.in_(SHOWN_STATES)).scalar_subquery().label("published"),
    ).select_from(
        calibrations.join(agents, agents.c.id == _c.agent_id)
        .join(
            form_versions,
            and_(form_versions.c.form_id == _c.form_id, form_versions.c.version == _c.form_version),
        )
        .outerjoin(users, users.c.id == _c.created_by)
    )


def _summary(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    same = ("id", "name", "interaction_id", "created_at", "due_at", "closed_at", "participants", "published")
    return {
        **{name: getattr(row, name) for name in same},
        "agent": AgentRef(id=row.agent_id, name=row.agent_name),
        "form": FormRef(id=row.form_id, version=row.form_version, name=row.form_name),
        "created_by": row.creator_name,
    }


async def page(
    context: Context, caller: Caller, *, closed: bool | None, limit: int, cursor: str | None
) -> CalibrationPage:
    """Calibrations, newest first."""
    query = _joined().where(_seen(caller)).order_by(_c.created_at.desc(), _c.id.desc()).limit(limit + 1)
    if closed is not None:
        query = query.where(_c.closed_at.is_not(None) == closed)
    if cursor is not None:
        query = query.where(tuple_(_c.created_at, _c.id) < tuple_(*decode_cursor(cursor, int, str)))
    async with context.db.begin() as connection:
        rows = (await connection.execute(query)).all()
    shown = rows[:limit]
    return CalibrationPage(
        items=[CalibrationSummary(**_summary(row)) for row in shown],
        next_cursor=encode_cursor(shown[-1].created_at, shown[-1].id) if len(rows) > limit else None,
    )


async def create(context: Context, caller: Caller, wanted: NewCalibration) -> CalibrationDetails:
    """Have several people evaluate a call.

    Raises:
        As `assigning.assign`, but for AssignedTwiceError; InvalidInputError: somebody is named twice.
    """
    people = wanted.evaluator_ids
    if len(set(people)) < len(people):
        raise InvalidInputError("evaluator_ids: somebody is named twice")
    calibration_id, now = context.new_id("cal"), context.clock()
    async with context.db.begin() as connection:
        await require_qm(connection)
        subject = await subject_of(
            connection, caller.scope, wanted.interaction_id, wanted.agent_id, wanted.form_id
        )
        await require_evaluators(connection, people, subject.agent.id, subject.agent.team_id)
        await connection.execute(
            insert(calibrations).values(
                id=calibration_id,
                name=wanted.name,
                interaction_id=subject.interaction.id,
                agent_id=subject.agent.id,
                form_id=subject.form_id,
                form_version=subject.form_version,
                due_at=wanted.due_at,
                created_at=now,
                created_by=caller.actor,
            )
        )
        for evaluator_id in people:
            await add(
                context,
                connection,
                caller.actor,
                subject,
                evaluator_id,
                due_at=wanted.due_at,
                calibration_id=calibration_id,
            )
        await record(
            connection,
            at=now,
            actor=caller.actor,
            action="calibration.created",
            subject=calibration_id,
            interaction_id=subject.interaction.id,
            evaluators=people,
        )
        return await _details(connection, calibration_id, caller)


async def details(context: Context, caller: Caller, calibration_id: str) -> CalibrationDetails:
    """One calibration; with what it came to once it is closed.

    Raises:
        NotFoundError: there is none of this id that the caller may see.
    """
    async with context.db.begin() as connection:
        return await _details(connection, calibration_id, caller)


async def _details(connection: AsyncConnection, calibration_id: str, caller: Caller) -> CalibrationDetails:
    row = (await connection.execute(_joined().where(_c.id == calibration_id, _seen(caller)))).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no calibration {calibration_id}")
    theirs = (
        await connection.execute(
            select(evaluations, users.c.name.label("evaluator_name"), users.c.active)
            .join(users, users.c.id == _e.evaluator_id)
            .where(_e.calibration_id == calibration_id)
            .order_by(users.c.name, users.c.id)
        )
    ).all()
    content, closed = FORM.validate_python(row.content), row.closed_at is not None
    people: list[Participant] = []
    for one in theirs:
        open_to_caller = closed or one.evaluator_id == caller.user.id
        people.append(
            Participant(
                evaluator=PersonRef(id=one.evaluator_id, name=one.evaluator_name, active=one.active),
                state=State(one.state),
                evaluation_id=one.id if open_to_caller else None,
                score=float(one.score) if open_to_caller and one.score is not None else None,
                failed=one.failed if open_to_caller else None,
            )
        )
    return CalibrationDetails(
        **_summary(row),
        content=content,
        people=people,
        result=_result(content, [one for one in theirs if State(one.state) in SHOWN]) if closed else None,
        may_close=not closed and Permission.EVALUATIONS_MANAGE in caller.permissions,
    )


def _result(content: FormContent, published: Sequence[Any]) -> CalibrationResult:
    answers = {one.evaluator_id: answers_of(one) for one in published}
    scores = {who: score(content, given) for who, given in answers.items()}
    questions: list[QuestionSpread] = []
    asked = score(content, {}).questions
    for place, question in enumerate(content.questions):
        given = [
            GivenAnswer(
                evaluator_id=who,
                outcome=scores[who].questions[place].outcome,
                value=said.value,
                comment=said.comment,
                score=scores[who].questions[place].score,
            )
            for who in answers
            for said in (answers[who].get(question.id, Answer()),)
        ]
        questions.append(
            QuestionSpread(
                question_id=question.id,
                section_id=asked[place].section_id,
                text=question.text,
                agreed=len({(one.outcome, _comparable(one.value)) for one in given}) <= 1,
                spread=spread_of([one.score for one in given]),
                answers=given,
            )
        )
    return CalibrationResult(
        total=spread_of([one.total for one in scores.values()]),
        failed=sum(one.failed for one in scores.values()),
        questions=questions,
    )


def _comparable(value: Any) -> Any:
    return tuple(sorted(value)) if isinstance(value, tuple) else value


async def close(context: Context, caller: Caller, calibration_id: str) -> CalibrationDetails:
    """End a calibration: what is not published is cancelled, and all see all. Once more changes nothing.

    Raises:
        NotFoundError: there is none of this id that the caller may see.
    """
    now = context.clock()
    async with context.db.begin() as connection:
        await _details(connection, calibration_id, caller)
        left = (
            await connection.execute(
                select(evaluations)
                .where(_e.calibration_id == calibration_id, _e.state.in_(OPEN_STATES))
                .order_by(_e.id)
                .with_for_update()
            )
        ).all()
        closed = await connection.scalar(
            update(calibrations)
            .where(_c.id == calibration_id, _c.closed_at.is_(None))
            .values(closed_at=now)
            .returning(_c.id)
        )
        if closed is not None:
            for one in left:
                state = after(State(one.state), Action.CANCEL)
                await connection.execute(
                    update(evaluations).where(_e.id == one.id).values(state=state.value, updated_at=now)
                )
                entry = history.Entry(at=now, actor=caller.actor, action="cancelled", state=state)
                await history.note(connection, one.id, entry)
            await record(
                connection,
                at=now,
                actor=caller.actor,
                action="calibration.closed",
                subject=calibration_id,
                cancelled=len(left),
            )
        return await _details(connection, calibration_id, caller)
