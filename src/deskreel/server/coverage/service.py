"""Coverage of each agent's part of each call: written by the finish job, summed up in SQL.

`expected` is what should have been captured: the recorded time of the call and its ACW, what was withheld because it
was not known whether to, and what came after a rule had ended the recording. What is expected and not captured is
missing, with a reason for every stretch.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    cast,
    delete,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy import Float as SqlFloat
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import NotFoundError
from deskreel.core.ids import InteractionId
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime, Window, intersect, merge, subtract, total_ms
from deskreel.core.timeline import Span, SpanState
from deskreel.server.context import Context
from deskreel.server.coverage.model import (
    CoverageGroup,
    CoverageReport,
    InteractionCoverage,
    InteractionCoverages,
    MissingStretch,
)
from deskreel.server.coverage.tables import interaction_coverage
from deskreel.server.interactions.tables import interactions
from deskreel.server.people.model import AgentRef
from deskreel.server.people.service import visible
from deskreel.server.people.tables import agents, teams
from deskreel.server.permissions import Scope
from deskreel.server.recordings.rows import cut_of, expected_windows, missing_of, withheld_of
from deskreel.server.recordings.tables import recording_parts

_covered = interaction_coverage.c
_DUE = _covered.expected_ms > 0  # paused from its begin to its end, a part is covered and says nothing


# --- writing --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFigures:
    """Coverage of one call's part of a finished recording."""

    expected_ms: int
    captured_ms: int
    missing: tuple[Span, ...]


def part_figures(row: Row[Any], part: Row[Any]) -> PartFigures:
    """Of a recording, what belongs to one part; `missing` of the row is known."""
    cut = cut_of(row, part.interaction_id)
    window = Window(WallTime(part.started_at), part.ended_at)
    due = intersect(
        merge([*expected_windows(row), *(span.window for span in withheld_of(row))]),
        [window.closed_at(row.ended_at)],
    )
    holes = [
        Span(state=SpanState.MISSING, window=shared, reason=span.reason)
        for span in missing_of(row)
        for shared in intersect([span.window], due)
    ]
    missing = sorted((*holes, *cut), key=lambda span: span.window.start)
    absent = merge(span.window for span in missing)
    expected = merge([*due, *(span.window for span in cut)])
    return PartFigures(
        expected_ms=total_ms(expected),
        captured_ms=total_ms(subtract(expected, absent)) if expected else 0,
        missing=tuple(missing),
    )


async def write_coverage(connection: AsyncConnection, row: Row[Any]) -> None:
    """Put down the coverage of every part of a recording that has ended and whose `missing` is known."""
    await connection.execute(delete(interaction_coverage).where(_covered.screen_recording_id == row.id))
    parts = (
        await connection.execute(
            select(recording_parts).where(recording_parts.c.screen_recording_id == row.id)
        )
    ).all()
    values: list[dict[str, Any]] = []
    for part in parts:
        figures = part_figures(row, part)
        reasons: dict[str, int] = {}
        for span in figures.missing:
            code = (span.reason or ReasonCode.UNKNOWN).value
            reasons[code] = reasons.get(code, 0) + span.window.duration_ms
        values.append(
            {
                "screen_recording_id": row.id,
                "interaction_id": part.interaction_id,
                "agent_id": row.agent_id,
                "started_at": part.started_at,
                "expected_ms": figures.expected_ms,
                "captured_ms": figures.captured_ms,
                "missing": [
                    [s.window.start, s.window.end, (s.reason or ReasonCode.UNKNOWN).value]
                    for s in figures.missing
                ],
                "reasons": reasons,
            }
        )
    if values:
        await connection.execute(insert(interaction_coverage), values)


# --- reading --------------------------------------------------------------------------------------------------


class GroupBy(StrEnum):
    """What a line of the report is about."""

    DAY = "day"
    TEAM = "team"
    AGENT = "agent"
    REASON = "reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which calls, and how they are put together."""

    start: WallTime  # inclusive, by the begin of the agent's part
    end: WallTime  # exclusive
    group_by: GroupBy
    timezone: str = "UTC"  # in which days begin


def _where(wanted: Wanted, scope: Scope) -> list[ColumnElement[bool]]:
    conditions = [_covered.started_at >= wanted.start, _covered.started_at < wanted.end, _DUE]
    return conditions if scope.everybody else [*conditions, visible(scope)]


def _from() -> Any:
    return interaction_coverage.join(agents, agents.c.id == _covered.agent_id).outerjoin(
        teams, teams.c.id == agents.c.team_id
    )


def _sums() -> list[Any]:
    return [
        func.count().label("interactions"),
        func.sum(_covered.expected_ms).label("expected_ms"),
        func.sum(_covered.captured_ms).label("captured_ms"),
    ]


def report_query(wanted: Wanted, scope: Scope) -> Select[*tuple[Any, ...]]:
    """One row per group."""
    if wanted.group_by is GroupBy.REASON:
        reason = func.jsonb_each_text(_covered.reasons).table_valued("key", "value").alias("reason")
        missing = func.sum(cast(reason.c.value, interaction_coverage.c.expected_ms.type))
        return (
            select(
                reason.c.key.label("key"),
                reason.c.key.label("name"),
                func.count().label("interactions"),
                missing.label("missing_ms"),
            )
            .select_from(_from().join(reason, true()))
            .where(*_where(wanted, scope))
            .group_by(reason.c.key)
            .order_by(missing.desc(), reason.c.key)
        )
    if wanted.group_by is GroupBy.DAY:
        moment = func.to_timestamp(cast(_covered.started_at, SqlFloat) / 1000)
        key: Any = func.to_char(func.timezone(literal(wanted.timezone), moment), "YYYY-MM-DD")
        name: Any = key
    elif wanted.group_by is GroupBy.TEAM:
        key, name = func.coalesce(teams.c.id, ""), func.coalesce(teams.c.name, "")
    else:
        key, name = agents.c.id, agents.c.name
    keys = [key.label("key"), name.label("name")]
    return (
        select(*keys, *_sums())
        .select_from(_from())
        .where(*_where(wanted, scope))
        .group_by(literal_column("1"), literal_column("2"))
        .order_by(literal_column("2"), literal_column("1"))
    )


async def report(context: Context, wanted: Wanted, scope: Scope) -> CoverageReport:
    """Coverage in groups, and over all of them."""
    totals = select(*_sums()).select_from(_from()).where(*_where(wanted, scope))
    async with context.db.begin() as connection:
        rows = (await connection.execute(report_query(wanted, scope))).all()
        total = (await connection.execute(totals)).one()
    expected, captured = int(total.expected_ms or 0), int(total.captured_ms or 0)
    return CoverageReport(
        group_by=wanted.group_by.value,
        interactions=total.interactions,
        expected_ms=expected,
        captured_ms=captured,
        missing_ms=expected - captured,
        coverage=captured / expected if expected else None,
        items=[_group(row, wanted.group_by) for row in rows],
    )


def _group(row: Row[Any], group_by: GroupBy) -> CoverageGroup:
    if group_by is GroupBy.REASON:
        reason = ReasonCode(row.key) if row.key in ReasonCode.__members__.values() else ReasonCode.UNKNOWN
        return CoverageGroup(
            key=row.key,
            name=row.name,
            interactions=row.interactions,
            missing_ms=int(row.missing_ms),
            advice=reason.advice,
        )
    expected, captured = int(row.expected_ms), int(row.captured_ms)
    return CoverageGroup(
        key=row.key,
        name=row.name,
        interactions=row.interactions,
        expected_ms=expected,
        captured_ms=captured,
        missing_ms=expected - captured,
        coverage=captured / expected if expected else None,
    )


async def of_interaction(
    context: Context, interaction_id: InteractionId, scope: Scope
) -> InteractionCoverages:
    """Coverage of one call, by agent.

    Raises:
        NotFoundError: there is no such call, or nothing of it that this person may see.
    """
    query = (
        select(interaction_coverage, agents.c.name)
        .join(agents, agents.c.id == _covered.agent_id)
        .where(and_(_covered.interaction_id == interaction_id, _DUE, visible(scope)))
        .order_by(_covered.started_at)
    )
    known = select(interactions.c.id).where(interactions.c.id == interaction_id)
    async with context.db.begin() as connection:
        rows = (await connection.execute(query)).all()
        if not rows and (not scope.everybody or await connection.scalar(known) is None):
            raise NotFoundError(f"there is no coverage of {interaction_id}")
    return InteractionCoverages(
        items=[
            InteractionCoverage(
                agent=AgentRef(id=row.agent_id, name=row.name),
                screen_recording_id=row.screen_recording_id,
                expected_ms=row.expected_ms,
                captured_ms=row.captured_ms,
                coverage=row.captured_ms / row.expected_ms,
                missing=[
                    MissingStretch(start=start, end=end, reason=code, advice=ReasonCode(code).advice)
                    for start, end, code in row.missing
                ],
            )
            for row in rows
        ]
    )
