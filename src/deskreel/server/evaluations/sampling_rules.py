"""Sampling rules as they are made and changed; `sampling` goes by them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, and_, delete, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import InvalidInputError, NotFoundError
from deskreel.server.accounts.changes import StaleError
from deskreel.server.audit.service import record
from deskreel.server.auth import Caller
from deskreel.server.context import Context
from deskreel.server.evaluations.common import require_qm, scorers
from deskreel.server.evaluations.errors import EvaluatorUnsuitableError
from deskreel.server.evaluations.planning_model import (
    SamplingRule,
    SamplingRuleChange,
    SamplingRuleFields,
    SamplingRuleList,
    SamplingRun,
)
from deskreel.server.evaluations.subject import usable_version
from deskreel.server.evaluations.tables import (
    forms,
    sampling_rules,
    sampling_runs,
)
from deskreel.server.people.tables import teams

_rules, _runs = sampling_rules.c, sampling_runs.c


def _query(caller: Caller) -> Select[*tuple[Any, ...]]:
    """Rules that the caller may see, with their forms and last runs."""
    last = (
        select(sampling_runs)
        .where(_runs.rule_id == _rules.id)
        .order_by(_runs.week.desc())
        .limit(1)
        .lateral("last")
    )
    query = (
        select(
            sampling_rules,
            forms.c.name.label("form_name"),
            and_(forms.c.archived_at.is_(None), forms.c.published_version.is_not(None)).label("form_usable"),
            last.c.week,
            last.c.at,
            last.c.assigned,
            last.c.without_evaluator,
        )
        .select_from(sampling_rules.join(forms, forms.c.id == _rules.form_id).outerjoin(last, literal(True)))
        .order_by(_rules.name, _rules.id)
    )
    if caller.scope.teams is not None:
        query = query.where(_rules.team_ids.contained_by(sorted(caller.scope.teams)))
    return query


def _shown(row: Row[*tuple[Any, ...]]) -> SamplingRule:
    same = (*SamplingRuleFields.model_fields, "id", "revision", "form_name", "form_usable", "created_at")
    return SamplingRule(
        **{name: getattr(row, name) for name in same}, last_run=None if row.week is None else run_of(row)
    )


def run_of(row: Row[*tuple[Any, ...]]) -> SamplingRun:
    """What a rule chose of a week, from its row."""
    return SamplingRun(**{name: getattr(row, name) for name in SamplingRun.model_fields})


async def rules(context: Context, caller: Caller) -> SamplingRuleList:
    """Every rule of the caller's scope."""
    async with context.db.begin() as connection:
        rows = (await connection.execute(_query(caller))).all()
    return SamplingRuleList(items=[_shown(row) for row in rows])


async def require_rule(connection: AsyncConnection, caller: Caller, rule_id: str) -> SamplingRule:
    """A rule of the caller's scope.

    Raises:
        NotFoundError: there is none.
    """
    row = (await connection.execute(_query(caller).where(_rules.id == rule_id))).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no sampling rule {rule_id}")
    return _shown(row)


async def _check(connection: AsyncConnection, caller: Caller, fields: SamplingRuleFields) -> None:
    """See that a rule can work.

    Raises:
        InvalidInputError: a team does not exist or is not the caller's; all teams, though the caller has some.
        EvaluatorUnsuitableError: somebody of the pool is not an active user who may evaluate.
        NotFoundError, FormUnusableError: the form.
    """
    await usable_version(connection, fields.form_id)
    allowed = caller.scope.teams
    if allowed is not None and (fields.team_ids is None or not set(fields.team_ids) <= allowed):
        raise InvalidInputError("team_ids: name teams that you look after")
    if fields.team_ids is not None:
        known = set(
            (await connection.scalars(select(teams.c.id).where(teams.c.id.in_(fields.team_ids)))).all()
        )
        if unknown := set(fields.team_ids) - known:
            raise InvalidInputError(f"team_ids: there is no team {min(unknown)}")
    people = {row.id for row in (await connection.execute(scorers())).all()}
    if unknown := set(fields.evaluator_ids) - people:
        raise EvaluatorUnsuitableError(f"{min(unknown)} is not an active user who may evaluate")


def _values(fields: SamplingRuleFields) -> dict[str, Any]:
    values = fields.model_dump(include=set(SamplingRuleFields.model_fields))
    values["evaluator_ids"] = list(dict.fromkeys(fields.evaluator_ids))
    return values


async def create(context: Context, caller: Caller, fields: SamplingRuleFields) -> SamplingRule:
    """Make a rule.

    Raises:
        As `_check`; QmOffError: Quality Management is off.
    """
    rule_id, now = context.new_id("smp"), context.clock()
    async with context.db.begin() as connection:
        await require_qm(connection)
        await _check(connection, caller, fields)
        await connection.execute(
            insert(sampling_rules).values(
                id=rule_id, created_at=now, created_by=caller.actor, **_values(fields)
            )
        )
        await record(
            connection,
            at=now,
            actor=caller.actor,
            action="sampling_rule.created",
            subject=rule_id,
            **_values(fields),
        )
        return await require_rule(connection, caller, rule_id)


async def change(context: Context, caller: Caller, rule_id: str, wanted: SamplingRuleChange) -> SamplingRule:
    """Change a rule; weeks that it has had stay as they are.

    Raises:
        As `create`; NotFoundError also without this rule.
        StaleError: somebody has changed it meanwhile; `current` is the rule as it is now.
    """
    async with context.db.begin() as connection:
        await require_qm(connection)
        await connection.execute(select(_rules.id).where(_rules.id == rule_id).with_for_update())
        known = await require_rule(connection, caller, rule_id)
        if known.revision != wanted.revision:
            raise StaleError(current=known.model_dump(mode="json"))
        await _check(connection, caller, wanted)
        await connection.execute(
            update(sampling_rules)
            .where(_rules.id == rule_id)
            .values(**_values(wanted), revision=known.revision + 1)
        )
        await record(
            connection,
            at=context.clock(),
            actor=caller.actor,
            action="sampling_rule.changed",
            subject=rule_id,
            **_values(wanted),
        )
        return await require_rule(connection, caller, rule_id)


async def remove(context: Context, caller: Caller, rule_id: str) -> None:
    """Delete a rule; what it has assigned stays.

    Raises:
        NotFoundError: there is none.
    """
    async with context.db.begin() as connection:
        known = await require_rule(connection, caller, rule_id)
        await connection.execute(delete(sampling_rules).where(_rules.id == rule_id))
        await record(
            connection,
            at=context.clock(),
            actor=caller.actor,
            action="sampling_rule.deleted",
            subject=rule_id,
            name=known.name,
        )
