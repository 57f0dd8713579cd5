"""What the choice of whom to capture goes by, out of the rows and into `core.eligibility`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from deskreel.core.eligibility import AgentFacts, Features
from deskreel.server.people.tables import agents, teams, users


def features_of(row: Row[Any]) -> Features:
    """What the account has switched on."""
    return Features(
        quality_management=row.quality_management,
        call_recording=row.call_recording,
        screen_recording=row.screen_recording,
    )


def facts_of(row: Row[Any]) -> AgentFacts:
    """The facts in a row of `agents_with_facts`."""
    return AgentFacts(
        active=row.user_active is not False,
        in_qm=row.in_qm,
        selected=row.enabled,
        team_selected=row.team_selected is True,
    )


def agents_with_facts() -> Any:
    """A query of agents with what their choice goes by."""
    return select(
        agents,
        users.c.active.label("user_active"),
        teams.c.screen_recording.label("team_selected"),
    ).select_from(
        agents.outerjoin(users, users.c.id == agents.c.user_id).outerjoin(
            teams, teams.c.id == agents.c.team_id
        )
    )
