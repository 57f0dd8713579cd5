"""Sampling rules: the calls of a week that are to be evaluated are chosen when it is over, once.

Which calls: by a hash of rule, week and call, so that nobody can foresee or influence it, and any server would choose
the same. That a rule has had its week is a row whose key lets one transaction write it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Row, Select, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import DeskreelError, InvalidInputError, NotFoundError
from deskreel.core.evaluation.flow import State
from deskreel.core.evaluation.sampling import Chosen, share_out, week_before, week_window
from deskreel.core.time import WallTime
from deskreel.server.audit.service import record
from deskreel.server.auth import Caller
from deskreel.server.context import Context
from deskreel.server.evaluations.common import may_evaluate, require_qm, scorers
from deskreel.server.evaluations.planning_model import (
    SamplingRun,
)
from deskreel.server.evaluations.sampling_rules import require_rule, run_of
from deskreel.server.evaluations.subject import usable_version
from deskreel.server.evaluations.tables import (
    evaluation_history,
    evaluations,
    sampling_rules,
    sampling_runs,
)
from deskreel.server.interactions.tables import EVERYBODY, interaction_lines
from deskreel.server.people.tables import agents, users

log = structlog.get_logger()
LATE_MS = 3_600_000  # after a week's end its last calls may still be told of
DAY_MS = 86_400_000
_rules, _runs, _e, _lines = sampling_rules.c, sampling_runs.c, evaluations.c, interaction_lines.c


async def run_by_hand(context: Context, caller: Caller, rule_id: str, week: str | None) -> SamplingRun:
    """Have a rule choose of a week that is over; what it chose before stays the answer.

    Raises:
        NotFoundError: there is no such rule.
        InvalidInputError: there is no such week, or it is not over.
        FormUnusableError: the form is archived.
        QmOffError: Quality Management is off.
    """
    chosen = week_before(context.clock()) if week is None else week
    window = week_window(chosen)
    if window.end is None or window.end > context.clock():
        raise InvalidInputError(f"the week {chosen} is not over yet")
    async with context.db.begin() as connection:
        await require_rule(connection, caller, rule_id)
    return await run(context, rule_id, chosen, actor=caller.actor)


async def run_all(context: Context) -> None:
    """Have every active rule choose of the last week, if it has not yet; what cannot be done now is tried again."""
    week = week_before(WallTime(context.clock() - LATE_MS))
    done = exists().where(_runs.rule_id == _rules.id, _runs.week == week)
    async with context.db.begin() as connection:
        due = (
            await connection.scalars(select(_rules.id).where(_rules.active, ~done).order_by(_rules.id))
        ).all()
    for rule_id in due:
        try:
            made = await run(context, rule_id, week, actor=rule_id)
        except DeskreelError as error:
            if error.retryable:
                raise
            log.warning("sampling.skipped", rule=rule_id, week=week, code=error.code, detail=error.detail)
        else:
            log.info("sampling.done", rule=rule_id, week=week, assigned=made.assigned)


async def run(context: Context, rule_id: str, week: str, *, actor: str) -> SamplingRun:
    """Choose a rule's calls of a week and assign them, all in one transaction; or say what was chosen before.

    Raises:
        NotFoundError: there is no such rule.
        FormUnusableError, QmOffError: nothing can be chosen.
    """
    now = context.clock()
    async with context.db.begin() as connection:
        await require_qm(connection)
        rule = (
            await connection.execute(select(sampling_rules).where(_rules.id == rule_id).with_for_update())
        ).one_or_none()
        if rule is None:
            raise NotFoundError(f"there is no sampling rule {rule_id}")
        of_week = select(sampling_runs).where(_runs.rule_id == rule_id, _runs.week == week)
        known = (await connection.execute(of_week)).one_or_none()
        if known is not None:
            return run_of(known)
        version = await usable_version(connection, rule.form_id)
        calls = (await connection.execute(_choice(rule, week))).all()
        pool = {row.id: row for row in (await connection.execute(scorers())).all()}
        team_of = {call.agent_id: call.team_id for call in calls}
        able = [person for person in rule.evaluator_ids if person in pool]
        chosen = [Chosen(interaction_id=call.interaction_id, agent_id=call.agent_id) for call in calls]
        given: list[tuple[Chosen, str]] = []
        left = len(chosen)
        if able:
            given, left = share_out(
                chosen,
                able,
                lambda person, agent: may_evaluate(pool[person], agent, team_of[agent]),
                first=_number(rule_id, week),
            )
        began = {call.interaction_id: call.started_at for call in calls}
        plan = _Plan(rule=rule, version=version, week=week, given=given, began=began)
        assigned = await _assign(context, connection, plan, now)
        made = SamplingRun(week=week, at=now, assigned=assigned, without_evaluator=left)
        await connection.execute(insert(sampling_runs).values(rule_id=rule_id, **made.model_dump()))
        await record(
            connection,
            at=now,
            actor=actor,
            action="sampling.run",
            subject=rule_id,
            **made.model_dump(exclude={"at"}),
        )
    return made


def _number(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("/".join(parts).encode()).digest()[:4], "big")


def _choice(rule: Row[Any], week: str) -> Select[*tuple[Any, ...]]:
    """The calls of a week that a rule chooses, by agent."""
    window = week_window(week)
    evaluated = exists().where(
        _e.interaction_id == _lines.interaction_id,
        _e.agent_id == _lines.whose,
        _e.form_id == rule.form_id,
        _e.calibration_id.is_(None),
    )
    lot = func.md5(literal(f"{rule.id}/{week}/").concat(_lines.interaction_id))
    place = func.row_number().over(partition_by=_lines.whose, order_by=(lot, _lines.interaction_id))
    query = (
        select(
            _lines.interaction_id,
            _lines.whose.label("agent_id"),
            _lines.started_at,
            agents.c.team_id,
            place.label("place"),
        )
        .select_from(
            interaction_lines.join(agents, agents.c.id == _lines.whose).outerjoin(
                users, users.c.id == agents.c.user_id
            )
        )
        .where(
            _lines.whose != EVERYBODY,
            agents.c.in_qm,
            or_(users.c.id.is_(None), users.c.active),
            _lines.started_at >= window.start,
            _lines.started_at < window.end,
            _lines.duration_ms.is_not(None),
            ~evaluated,
        )
    )
    if rule.team_ids is not None:
        query = query.where(agents.c.team_id.in_(rule.team_ids))
    if rule.direction is not None:
        query = query.where(_lines.direction == rule.direction)
    if rule.min_duration_ms is not None:
        query = query.where(_lines.duration_ms >= rule.min_duration_ms)
    if rule.screen_only:
        query = query.where(_lines.has_screen_recording)
    ranked = query.subquery()
    return select(ranked).where(ranked.c.place <= rule.per_agent).order_by(ranked.c.agent_id, ranked.c.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What a rule assigns of a week."""

    rule: Row[Any]
    version: int  # of the form
    week: str
    given: Sequence[tuple[Chosen, str]]  # calls, and who evaluates each
    began: Mapping[str, int]  # when each call did, by its id; wall time in ms


async def _assign(context: Context, connection: AsyncConnection, plan: _Plan, now: WallTime) -> int:
    """Write the evaluations with the first lines of their histories; how many they are."""
    if not plan.given:
        return 0
    rule = plan.rule
    values = [
        {
            "id": context.new_id("evl"),
            "interaction_id": call.interaction_id,
            "interaction_started_at": plan.began[call.interaction_id],
            "agent_id": call.agent_id,
            "form_id": rule.form_id,
            "form_version": plan.version,
            "evaluator_id": evaluator,
            "state": State.ASSIGNED.value,
            "due_at": now + rule.due_days * DAY_MS,
            "assigned_by": rule.id,
            "sampling_rule_id": rule.id,
            "sampling_week": plan.week,
            "created_at": now,
            "updated_at": now,
        }
        for call, evaluator in plan.given
    ]
    statement = insert(evaluations).on_conflict_do_nothing().returning(_e.id)
    made = (await connection.scalars(statement, values)).all()
    if made:
        first = {
            "number": 1,
            "at": now,
            "actor": rule.id,
            "action": "assigned",
            "state": State.ASSIGNED.value,
        }
        await connection.execute(
            insert(evaluation_history), [{"evaluation_id": one, **first} for one in made]
        )
    return len(made)
