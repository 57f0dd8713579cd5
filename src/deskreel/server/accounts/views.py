"""What the pages of settings show: features, the Users tab, recording settings with their origins, rules."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, and_, func, or_, select, true, tuple_

from deskreel.core.eligibility import Features, Refusal, agent_refusal, selection_refusal
from deskreel.core.ids import AgentId
from deskreel.server.accounts.changes import require_scope
from deskreel.server.accounts.facts import facts_of, features_of
from deskreel.server.accounts.model import (
    FeaturesState,
    RecordingSettings,
    Rule,
    RulePage,
    SelectableUser,
    SelectionPage,
    SelectionState,
)
from deskreel.server.accounts.service import (
    ACCOUNT,
    account_row,
    effective,
    layers_of,
    stored_settings,
)
from deskreel.server.accounts.tables import do_not_record
from deskreel.server.context import Context
from deskreel.server.paging import decode_cursor, encode_cursor
from deskreel.server.people.model import TeamRef
from deskreel.server.people.service import visible
from deskreel.server.people.tables import agents, teams, users
from deskreel.server.permissions import Scope


async def features(context: Context) -> FeaturesState:
    """What the account has switched on."""
    async with context.db.begin() as connection:
        row = await account_row(connection)
    return FeaturesState(**{name: getattr(row, name) for name in FeaturesState.model_fields})


async def selection_state(context: Context) -> SelectionState:
    """How much is selected."""
    async with context.db.begin() as connection:
        version = (await account_row(connection)).selection_version
        selected = await connection.scalar(select(func.count()).select_from(agents).where(agents.c.enabled))
        chosen = await connection.scalar(
            select(func.count()).select_from(teams).where(teams.c.screen_recording)
        )
    return SelectionState(version=version, selected=selected or 0, teams=chosen or 0)


# --- the Users tab --------------------------------------------------------------------------------------------

_ID = func.coalesce(users.c.id, agents.c.id)
_NAME = func.coalesce(users.c.name, agents.c.name)


def _people() -> Any:
    """Everybody: users, and agents whom the telephony alone knows; one line for a user who is an agent."""
    return select(
        _ID.label("line_id"),
        _NAME.label("shown_name"),
        users.c.id.label("user_id"),
        users.c.email,
        users.c.active.label("user_active"),
        agents.c.id.label("agent_id"),
        func.coalesce(agents.c.in_qm, False).label("in_qm"),
        func.coalesce(agents.c.enabled, False).label("enabled"),
        teams.c.id.label("team_id"),
        teams.c.name.label("team_name"),
        teams.c.screen_recording.label("team_selected"),
    ).select_from(
        agents.join(users, users.c.id == agents.c.user_id, full=True).outerjoin(
            teams, teams.c.id == agents.c.team_id
        )
    )


async def selectable_users(
    context: Context, scope: Scope, *, limit: int, cursor: str | None, q: str | None, team_id: str | None
) -> SelectionPage:
    """A page of the Users tab, by name."""
    query = _people().order_by(_NAME, _ID).limit(limit + 1)
    if cursor is not None:
        query = query.where(tuple_(_NAME, _ID) > tuple_(*decode_cursor(cursor, str, str)))
    if not scope.everybody:
        query = query.where(and_(agents.c.id.is_not(None), visible(scope)))
    if q:
        query = query.where(
            or_(*(column.icontains(q, autoescape=True) for column in (_NAME, users.c.email, agents.c.key)))
        )
    if team_id is not None:
        query = query.where(agents.c.team_id == team_id)
    async with context.db.begin() as connection:
        account = await account_row(connection)
        rows = (await connection.execute(query)).all()
        chosen = (
            await connection.scalars(
                select(teams.c.id)
                .where(
                    teams.c.screen_recording, true() if scope.teams is None else teams.c.id.in_(scope.teams)
                )
                .order_by(teams.c.id)
            )
        ).all()
    on = features_of(account)
    shown = rows[:limit]
    more = len(rows) > limit
    return SelectionPage(
        items=[_selectable(on, row) for row in shown],
        team_ids=list(chosen),
        version=account.selection_version,
        next_cursor=encode_cursor(shown[-1].shown_name, shown[-1].line_id) if more else None,
    )


def _selectable(on: Features, row: Row[Any]) -> SelectableUser:
    facts = facts_of(row)
    no_agent = Refusal.NO_AGENT if row.agent_id is None else None
    reason = no_agent or selection_refusal(on, facts)
    not_captured = no_agent or agent_refusal(on, facts)
    return SelectableUser(
        user_id=row.user_id,
        agent_id=row.agent_id,
        name=row.shown_name,
        email=row.email,
        team=None if row.team_id is None else TeamRef(id=row.team_id, name=row.team_name),
        quality_management=row.in_qm,
        selected=row.enabled,
        team_selected=row.team_selected is True,
        can_be_selected=reason is None,
        reason=reason,
        advice=None if reason is None else reason.words,
        captured=not_captured is None,
        not_captured_reason=not_captured,
        not_captured_advice=None if not_captured is None else not_captured.words,
    )


# --- recording settings and rules -----------------------------------------------------------------------------


async def recording_settings(context: Context, scope: str) -> RecordingSettings:
    """The settings of the account, of a team, or of an agent.

    Raises:
        NotFoundError: no such team or agent.
    """
    async with context.db.begin() as connection:
        await require_scope(connection, scope)
        agent_id = AgentId(scope) if scope.startswith("agt_") else None
        team_id = scope if scope.startswith("tea_") else None
        if agent_id is not None:
            team_id = await connection.scalar(select(agents.c.team_id).where(agents.c.id == agent_id))
        scopes = [one for one in (ACCOUNT, team_id, agent_id) if one is not None]
        stored = await stored_settings(connection, scopes)
    holds = effective(context, layers_of(stored, team_id, agent_id))
    own = stored.get(scope)
    return RecordingSettings(
        values=holds.values,
        origins=dict(holds.origins),
        overrides={} if own is None else own.values,
        version=0 if own is None else own.version,
    )


async def rules(context: Context, *, limit: int, cursor: str | None, rule_id: str | None = None) -> RulePage:
    """The do-not-record rules in force, newest first; or one of them."""
    rows = do_not_record.c
    query = (
        select(do_not_record)
        .where(rows.removed_at.is_(None))
        .order_by(rows.created_at.desc(), rows.id.desc())
        .limit(limit + 1)
    )
    if rule_id is not None:
        query = query.where(rows.id == rule_id)
    if cursor is not None:
        query = query.where(tuple_(rows.created_at, rows.id) < tuple_(*decode_cursor(cursor, int, str)))
    async with context.db.begin() as connection:
        found = (await connection.execute(query)).all()
    shown = found[:limit]
    more = len(found) > limit
    return RulePage(
        items=[Rule(**{name: getattr(row, name) for name in Rule.model_fields}) for row in shown],
        next_cursor=encode_cursor(shown[-1].created_at, shown[-1].id) if more else None,
    )
