"""What the services of this room share: the feature's switch, people, revisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.evaluation.form import Answer, FormContent
from deskreel.core.evaluation.form_rules import answer_problems, kept_answers
from deskreel.core.evaluation.scoring import Score, score
from deskreel.core.ids import AgentId
from deskreel.server.accounts.service import account_row
from deskreel.server.evaluations.errors import EvaluationIncompleteError, EvaluatorUnsuitableError, QmOffError
from deskreel.server.people.model import Role
from deskreel.server.people.tables import agents, user_teams, users
from deskreel.server.permissions import Permission, Scope, permissions_of, scope_of

_SCORERS = [
    role.value for role in Role if Permission.EVALUATIONS_SCORE in permissions_of(role, agents_see_own=False)
]


async def require_qm(connection: AsyncConnection) -> None:
    """See that Quality Management is on.

    Raises:
        QmOffError: it is not.
    """
    if not (await account_row(connection)).quality_management:
        raise QmOffError


def scored(form: FormContent, answers: Mapping[str, Answer]) -> tuple[Score, dict[str, Answer]]:
    """What complete answers score, and those that are kept.

    Raises:
        EvaluationIncompleteError: they are not complete; `problems` lists what is missing.
    """
    problems = answer_problems(form, answers)
    if problems:
        raise EvaluationIncompleteError(
            f"{len(problems)} faults; the first: {problems[0].question_id}: {problems[0].message}",
            problems=[{name: getattr(fault, name) for name in fault.__slots__} for fault in problems],
        )
    kept = kept_answers(form, answers)
    return score(form, kept), kept


def sees_agent(scope: Scope, agent_id: str, team_id: str | None) -> bool:
    """Whether an agent of this team lies in the scope."""
    if scope.nobody:
        return False
    if scope.agent is not None:
        return scope.agent == agent_id
    return scope.teams is None or team_id in scope.teams


def scorers() -> Select[*tuple[Any, ...]]:
    """Active users who may evaluate: id, name, role, the ids of their teams, and the agent that they are."""
    team_ids = (
        select(func.array_agg(user_teams.c.team_id))
        .where(user_teams.c.user_id == users.c.id)
        .scalar_subquery()
    )
    return (
        select(
            users.c.id,
            users.c.name,
            users.c.role,
            team_ids.label("team_ids"),
            agents.c.id.label("own_agent"),
        )
        .select_from(users.outerjoin(agents, agents.c.user_id == users.c.id))
        .where(users.c.active, users.c.role.in_(_SCORERS))
        .order_by(users.c.name, users.c.id)
    )


def may_evaluate(scorer: Row[*tuple[Any, ...]], agent_id: str, team_id: str | None) -> bool:
    """Whether somebody of `scorers` may evaluate an agent: in their scope, and not themselves."""
    own = None if scorer.own_agent is None else AgentId(scorer.own_agent)
    scope = scope_of(Role(scorer.role), scorer.team_ids or (), own)
    return scorer.own_agent != agent_id and sees_agent(scope, agent_id, team_id)


async def require_evaluators(
    connection: AsyncConnection, ids: Iterable[str], agent_id: str, team_id: str | None
) -> None:
    """See that all of these may evaluate an agent.

    Raises:
        EvaluatorUnsuitableError: one of them may not; named in the detail.
    """
    wanted = list(ids)
    rows = (await connection.execute(scorers().where(users.c.id.in_(wanted)))).all()
    known = {row.id: row for row in rows}
    for user_id in wanted:
        row = known.get(user_id)
        if row is None:
            raise EvaluatorUnsuitableError(f"{user_id} is not an active user who may evaluate")
        if not may_evaluate(row, agent_id, team_id):
            raise EvaluatorUnsuitableError(f"{row.name} cannot evaluate {agent_id}")
