"""What is to be evaluated: which agent of which call, and with which version of a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import NotFoundError
from deskreel.core.ids import InteractionId, check_id
from deskreel.server.evaluations.errors import AgentNeededError, AgentNotInQmError, FormUnusableError
from deskreel.server.evaluations.tables import forms
from deskreel.server.interactions.service import require_seen as require_interaction
from deskreel.server.interactions.tables import EVERYBODY, interaction_lines
from deskreel.server.people.service import visible
from deskreel.server.people.tables import agents
from deskreel.server.permissions import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is to be evaluated."""

    interaction: Row[Any]  # of `interactions`
    agent: Row[*tuple[Any, ...]]  # id, name, team_id, in_qm
    form_id: str
    form_version: int  # the newest


async def subject_of(
    connection: AsyncConnection, scope: Scope, interaction_id: str, agent_id: str | None, form_id: str
) -> Subject:
    """What is meant by these ids; within the scope.

    Raises:
        NotFoundError: there is no such interaction or form; or the agent took no part, or is out of the scope.
        AgentNeededError: several agents took part, and none is named.
        AgentNotInQmError: the agent is not enabled in Quality Management.
        FormUnusableError: the form is archived, or was never published.
    """
    checked = InteractionId(check_id("int", interaction_id))
    interaction = await require_interaction(connection, checked, scope)
    lines = interaction_lines.c
    took_part = (
        select(lines.whose)
        .where(lines.interaction_id == interaction_id, lines.whose != EVERYBODY)
        .scalar_subquery()
    )
    found = (
        await connection.execute(
            select(agents.c.id, agents.c.name, agents.c.team_id, agents.c.in_qm)
            .where(agents.c.id.in_(took_part), visible(scope))
            .order_by(agents.c.name, agents.c.id)
        )
    ).all()
    if agent_id is None and len(found) > 1:
        raise AgentNeededError(
            f"{len(found)} agents took part", agents=[{"id": a.id, "name": a.name} for a in found]
        )
    chosen = [agent for agent in found if agent_id in (None, agent.id)]
    if not chosen:
        raise NotFoundError("no such agent took part in this call")
    if not chosen[0].in_qm:
        raise AgentNotInQmError(f"{chosen[0].name} is not enabled in Quality Management")
    version = await usable_version(connection, form_id)
    return Subject(interaction=interaction, agent=chosen[0], form_id=form_id, form_version=version)


async def usable_version(connection: AsyncConnection, form_id: str) -> int:
    """The newest version of a form; the form stays as it is until the transaction ends.

    Raises:
        NotFoundError: there is no such form.
        FormUnusableError: it is archived, or was never published.
    """
    check_id("frm", form_id)
    query = select(forms).where(forms.c.id == form_id).with_for_update(read=True)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no form {form_id}")
    if row.archived_at is not None or row.published_version is None:
        raise FormUnusableError(f"{row.name} is {'archived' if row.archived_at else 'not published yet'}")
    return int(row.published_version)
