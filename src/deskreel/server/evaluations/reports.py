"""Reports on scores: sums over published evaluations, made by the database; and their export.

Calibrations are left out. Evaluations count by the time of their publication.
"""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Select,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from deskreel.core.evaluation.scoring import Outcome
from deskreel.core.time import WallTime
from deskreel.server.auth import Caller
from deskreel.server.context import Context
from deskreel.server.csv_lines import csv_line
from deskreel.server.evaluations.report_model import ScoreFigures, ScoreGroup, ScoreGroupBy, ScoreReport
from deskreel.server.evaluations.tables import evaluation_results, evaluations, form_versions
from deskreel.server.people.service import visible
from deskreel.server.people.tables import agents, teams, users

EXPORTED_AT_ONCE = 1000
_e, _results = evaluations.c, evaluation_results.c


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoresWanted:
    """Which evaluations."""

    start: WallTime  # inclusive, by publication
    end: WallTime  # exclusive
    timezone: str = "UTC"  # in which weeks begin
    agents: tuple[str, ...] | None = None  # None: all
    teams: tuple[str, ...] | None = None
    forms: tuple[str, ...] | None = None
    evaluators: tuple[str, ...] | None = None


def _where(wanted: ScoresWanted, caller: Caller) -> list[ColumnElement[bool]]:
    found = [
        _e.published_at >= wanted.start,
        _e.published_at < wanted.end,
        _e.calibration_id.is_(None),
        visible(caller.scope),
    ]
    for column, several in (
        (_e.agent_id, wanted.agents),
        (agents.c.team_id, wanted.teams),
        (_e.form_id, wanted.forms),
        (_e.evaluator_id, wanted.evaluators),
    ):
        if several is not None:
            found.append(column.in_(several))
    return found


def _chosen() -> Any:
    """All that a condition may be on."""
    return evaluations.join(agents, agents.c.id == _e.agent_id)


def _from() -> Any:
    """With all that has a name."""
    return (
        _chosen()
        .outerjoin(teams, teams.c.id == agents.c.team_id)
        .join(users, users.c.id == _e.evaluator_id)
        .join(
            form_versions,
            (form_versions.c.form_id == _e.form_id) & (form_versions.c.version == _e.form_version),
        )
    )


def _figures(score: Any, failed: Any, not_applicable: Any) -> list[Any]:
    """What a line says, in the order of `ScoreFigures`."""
    return [
        func.count().label("evaluations"),
        func.count(score).label("scored"),
        cast(func.round(func.avg(score), 2), Float).label("mean"),
        cast(func.min(score), Float).label("least"),
        cast(func.max(score), Float).label("most"),
        func.count(case((failed, 1))).label("failed"),
        not_applicable.label("not_applicable"),
        func.count(_e.disputed_at).label("disputed"),
        func.count(_e.acknowledged_at).label("acknowledged"),
    ]


def _of_evaluations() -> list[Any]:
    return _figures(_e.score, _e.failed, literal(0))


def report_query(wanted: ScoresWanted, group_by: ScoreGroupBy, caller: Caller) -> Select[*tuple[Any, ...]]:
    """One row per group."""
    where = _where(wanted, caller)
    if group_by is ScoreGroupBy.QUESTION:
        return _by_question(where)
    moment = func.to_timestamp(cast(_e.published_at, Float) / 1000)
    week = func.to_char(func.timezone(literal(wanted.timezone), moment), literal('IYYY-"W"IW'))
    newest_name = func.array_agg(aggregate_order_by(form_versions.c.name, form_versions.c.version.desc()))[1]
    groups: dict[ScoreGroupBy, tuple[Any, Any]] = {
        ScoreGroupBy.AGENT: (agents.c.id, func.min(agents.c.name)),
        ScoreGroupBy.TEAM: (func.coalesce(teams.c.id, ""), func.coalesce(func.min(teams.c.name), "")),
        ScoreGroupBy.FORM: (_e.form_id, newest_name),
        ScoreGroupBy.EVALUATOR: (users.c.id, func.min(users.c.name)),
        ScoreGroupBy.WEEK: (week, func.min(week)),
    }
    key, name = groups[group_by]
    return (
        select(key.label("key"), name.label("name"), *_of_evaluations())
        .select_from(_from())
        .where(*where)
        .group_by(literal_column("1"))
        .order_by(literal_column("2"), literal_column("1"))
    )


def _by_question(where: list[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    """One row per question, with the words of the newest version of its form.

    Hundreds of thousands of answers go through the sums: names and all else that few rows have join them afterwards.
    """
    outcome = case((_results.outcome == Outcome.NOT_APPLICABLE.value, 1))
    sums = (
        select(
            _e.form_id,
            _results.question_id,
            *_figures(_results.score, _results.failed, func.count(outcome)),
        )
        .select_from(_chosen().join(evaluation_results, _results.evaluation_id == _e.id))
        .where(*where, _results.outcome != Outcome.HIDDEN.value)
        .group_by(_e.form_id, _results.question_id)
        .subquery()
    )
    version = form_versions.alias()
    path = literal_column("'$.sections[*].questions[*]'")
    question = func.jsonb_path_query(version.c.content, path, type_=JSONB).column_valued("question")
    words = (
        select(question["text"].astext)
        .select_from(version.join(question.scalar_alias, true()))
        .where(version.c.form_id == sums.c.form_id, question["id"].astext == sums.c.question_id)
        .order_by(version.c.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    figures = [sums.c[name] for name in ScoreFigures.model_fields]
    key = sums.c.form_id.concat(":").concat(sums.c.question_id)
    return select(key.label("key"), words.label("name"), *figures).order_by(
        sums.c.mean.nulls_last(), literal_column("1")
    )


async def report(
    context: Context, caller: Caller, wanted: ScoresWanted, group_by: ScoreGroupBy
) -> ScoreReport:
    """Scores in groups, and over all evaluations. Questions come with the lowest mean first."""
    totals = select(*_of_evaluations()).select_from(_chosen()).where(*_where(wanted, caller))
    async with context.db.begin() as connection:
        rows = (await connection.execute(report_query(wanted, group_by, caller))).all()
        total = (await connection.execute(totals)).one()
    return ScoreReport(
        group_by=group_by,
        items=[ScoreGroup(**row._mapping) for row in rows],
        **{name: getattr(total, name) for name in ScoreFigures.model_fields},
    )


# --- export ---------------------------------------------------------------------------------------------------

COLUMNS = (
    *("published_at", "evaluation_id", "interaction_id", "interaction_started_at", "agent_id", "agent"),
    *("team", "form_id", "form", "form_version", "evaluator_id", "evaluator", "state", "score", "failed"),
    *("disputed_at", "review_decision", "acknowledged_at", "comment"),
)


async def csv_lines(context: Context, caller: Caller, wanted: ScoresWanted) -> AsyncIterator[str]:
    """Every published evaluation as CSV, oldest first; read in portions. Times are ISO 8601 in UTC."""
    yield csv_line(COLUMNS)
    place: tuple[int, str] | None = None
    query = (
        select(
            evaluations,
            _e.id.label("evaluation_id"),
            agents.c.name.label("agent"),
            teams.c.name.label("team"),
            users.c.name.label("evaluator"),
            form_versions.c.name.label("form"),
        )
        .select_from(_from())
        .where(*_where(wanted, caller))
        .order_by(_e.published_at, _e.id)
        .limit(EXPORTED_AT_ONCE)
    )
    while True:
        rest = query if place is None else query.where(tuple_(_e.published_at, _e.id) > tuple_(*place))
        async with context.db.begin() as connection:
            rows = (await connection.execute(rest)).all()
        if not rows:
            return
        place = (rows[-1].published_at, rows[-1].id)
        yield "".join(csv_line([_cell(name, getattr(row, name)) for name in COLUMNS]) for row in rows)


def _cell(name: str, value: Any) -> Any:
    """A value as it stands in the file."""
    if name.endswith("_at") and value is not None:
        moment = datetime.datetime.fromtimestamp(value / 1000, datetime.UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value
