"""The list of evaluations: who sees which, filters, order. Builds queries, runs none."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select, tuple_

from deskreel.core.errors import InvalidInputError
from deskreel.core.evaluation.flow import OPEN, SHOWN, State
from deskreel.core.time import WallTime
from deskreel.server.auth import Caller
from deskreel.server.evaluations.tables import (
    NEVER,
    calibrations,
    evaluations,
    form_versions,
    sampling_rules,
)
from deskreel.server.paging import LARGEST, decode_cursor, encode_cursor
from deskreel.server.paging import SHOWN as LINES
from deskreel.server.people.service import visible
from deskreel.server.people.tables import agents, users
from deskreel.server.permissions import Permission

_e = evaluations.c
_assigner = users.alias("assigner")
OPEN_STATES = [state.value for state in State if state in OPEN]
SHOWN_STATES = [state.value for state in State if state in SHOWN]
_Ids = Annotated[list[Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")]], Field(max_length=100)]
_Moment = Annotated[int | None, Field(ge=0, le=2**53, description="Wall time in ms.")]


class EvaluationSort(StrEnum):
    """In which order."""

    CREATED_DOWN = "-created"  # newest first
    DUE = "due"  # what is due first; then what has no time
    PUBLISHED_DOWN = "-published"  # last published first

    @property
    def key(self) -> ColumnElement[int]:
        """By which column."""
        if self is EvaluationSort.DUE:
            return func.coalesce(_e.due_at, literal_column(str(NEVER)))
        return (
            _e.created_at
            if self is EvaluationSort.CREATED_DOWN
            else func.coalesce(_e.published_at, literal_column("0"))
        )

    @property
    def down(self) -> bool:
        """From the last to the first."""
        return self.value.startswith("-")


class Kind(StrEnum):
    """For what they are made."""

    USUAL = "usual"
    CALIBRATION = "calibration"
    ANY = "any"


class EvaluationQuery(BaseModel):
    """Filters, all of which must hold; order; page."""

    model_config = ConfigDict(extra="forbid")

    state: list[State] | None = Field(default=None, max_length=10)
    mine: bool = Field(default=False, description="Of which the caller is the evaluator.")
    agent: _Ids | None = None
    team: _Ids | None = Field(default=None, description="Of agents who are in one of them now.")
    evaluator: _Ids | None = None
    form: _Ids | None = None
    interaction: str | None = Field(default=None, max_length=40, pattern=r"^[^\x00]*$")
    calibration: str | None = Field(default=None, max_length=40, pattern=r"^[^\x00]*$")
    kind: Kind = Kind.ANY
    overdue: bool | None = None
    since: _Moment = Field(default=None, description="Published then or later; of what is not, created.")
    until: _Moment = Field(default=None, description="Before.")
    min_score: float | None = Field(default=None, ge=0, le=100)
    max_score: float | None = Field(default=None, ge=0, le=100)
    failed: bool | None = None
    sort: EvaluationSort = EvaluationSort.CREATED_DOWN
    limit: int = Field(default=LINES, ge=1, le=LARGEST)
    cursor: str | None = Field(default=None, max_length=1000)


def seen(caller: Caller) -> ColumnElement[bool]:
    """A condition on `joined`: what this person may see.

    Agents see what was published about them. Others see what lies in their scope; what is not published yet only if
    it is theirs or they assign; of calibrations their own until it is closed.
    """
    if caller.scope.agent is not None or caller.scope.nobody:
        return and_(visible(caller.scope), _e.calibration_id.is_(None), _e.state.in_(SHOWN_STATES))
    mine = _e.evaluator_id == caller.user.id
    conditions = [
        visible(caller.scope),
        or_(mine, _e.calibration_id.is_(None), calibrations.c.closed_at.is_not(None)),
    ]
    if Permission.EVALUATIONS_MANAGE not in caller.permissions:
        conditions.append(or_(mine, _e.state.not_in(OPEN_STATES)))
    return and_(*conditions)


def joined(*more: Any) -> Select[Any]:
    """Evaluations with the names of all that they are about."""
    return select(
        evaluations,
        agents.c.name.label("agent_name"),
        agents.c.team_id.label("team_id"),
        users.c.name.label("evaluator_name"),
        users.c.active.label("evaluator_active"),
        form_versions.c.name.label("form_name"),
        func.coalesce(sampling_rules.c.name, _assigner.c.name, _e.assigned_by).label("assigner_name"),
        *more,
    ).select_from(
        evaluations.join(agents, agents.c.id == _e.agent_id)
        .join(users, users.c.id == _e.evaluator_id)
        .join(
            form_versions,
            and_(form_versions.c.form_id == _e.form_id, form_versions.c.version == _e.form_version),
        )
        .outerjoin(calibrations, calibrations.c.id == _e.calibration_id)
        .outerjoin(sampling_rules, sampling_rules.c.id == _e.sampling_rule_id)
        .outerjoin(_assigner, _assigner.c.id == _e.assigned_by)
    )


def _conditions(wanted: EvaluationQuery, caller: Caller, now: WallTime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [seen(caller)]
    for column, several in (
        (_e.state, wanted.state and [state.value for state in wanted.state]),
        (_e.agent_id, wanted.agent),
        (agents.c.team_id, wanted.team),
        (_e.evaluator_id, wanted.evaluator),
        (_e.form_id, wanted.form),
    ):
        if several is not None:
            found.append(column.in_(several))
    if wanted.mine:
        found.append(_e.evaluator_id == caller.user.id)
    for column, one in (
        (_e.interaction_id, wanted.interaction),
        (_e.calibration_id, wanted.calibration),
        (_e.failed, wanted.failed),
    ):
        if one is not None:
            found.append(column == one)
    if wanted.kind is not Kind.ANY:
        found.append(_e.calibration_id.is_(None) == (wanted.kind is Kind.USUAL))
    if wanted.overdue is not None:
        late = and_(_e.state.in_(OPEN_STATES), _e.due_at.is_not(None), _e.due_at < now)
        found.append(late == wanted.overdue)
    moment = func.coalesce(_e.published_at, _e.created_at)
    found += [] if wanted.since is None else [moment >= wanted.since]
    found += [] if wanted.until is None else [moment < wanted.until]
    found += [] if wanted.min_score is None else [_e.score >= wanted.min_score]
    found += [] if wanted.max_score is None else [_e.score <= wanted.max_score]
    return found


def page_query(wanted: EvaluationQuery, caller: Caller, now: WallTime) -> Select[Any]:
    """The lines of a page, and one more if there are more.

    Raises:
        InvalidInputError: the cursor is not valid, or of another order.
    """
    key = wanted.sort.key
    query = joined(key.label("sort_key")).where(*_conditions(wanted, caller, now))
    if wanted.cursor is not None:
        order, *place = decode_cursor(wanted.cursor, str, int, str)
        if order != wanted.sort.value:
            raise InvalidInputError("the cursor is of another order", hint="Begin again without it.")
        here = tuple_(key, _e.id)
        query = query.where(here < tuple_(*place) if wanted.sort.down else here > tuple_(*place))
    order_by = (key.desc(), _e.id.desc()) if wanted.sort.down else (key, _e.id)
    return query.order_by(*order_by).limit(wanted.limit + 1)


def cursor_behind(sort: EvaluationSort, key: int, evaluation_id: str) -> str:
    """The place behind a line."""
    return encode_cursor(sort.value, int(key), evaluation_id)
