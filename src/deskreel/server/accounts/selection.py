"""Who is captured: the whole selection for screen recording, and who is enabled in Quality Management."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.eligibility import Refusal, selection_refusal
from deskreel.core.errors import InvalidInputError, NotFoundError
from deskreel.server.accounts.changes import StaleError, changing, lock_agents
from deskreel.server.accounts.facts import agents_with_facts, facts_of, features_of
from deskreel.server.accounts.model import QmSelection, Selection
from deskreel.server.accounts.service import account_row
from deskreel.server.accounts.tables import account
from deskreel.server.audit.service import record
from deskreel.server.context import Context
from deskreel.server.people.tables import agents, teams


class CannotBeSelectedError(InvalidInputError):
    """Users who cannot be chosen for screen recording."""

    code = "cannot_be_selected"
    title = "Some of these users cannot be selected for screen recording"
    hint = "`refused` names each of them and the reason."


async def select_for_screen_recording(context: Context, actor: str, selection: Selection) -> None:
    """Make this the whole selection.

    Raises:
        StaleError: it changed meanwhile.
        NotFoundError: an agent or a team is not there.
        CannotBeSelectedError: somebody is not enabled in Quality Management, or not active.
    """
    async with changing(context) as connection:
        await new_selection_version(connection, selection.version)
        wanted, chosen_teams = set(selection.agent_ids), set(selection.team_ids)
        rows = {row.id: row for row in (await connection.execute(agents_with_facts())).all()}
        _all_there("agent", wanted, rows)
        known = (await connection.execute(select(teams.c.id, teams.c.screen_recording))).all()
        _all_there("team", chosen_teams, {row.id for row in known})
        features = features_of(await account_row(connection))
        refused = {
            agent_id: refusal
            for agent_id in wanted
            if (refusal := selection_refusal(features, facts_of(rows[agent_id]))) is not None
        }
        refuse_selection(refused, {agent_id: rows[agent_id].name for agent_id in refused})
        before = {agent_id for agent_id, row in rows.items() if row.enabled}
        teams_before = {row.id for row in known if row.screen_recording}
        await lock_agents(connection, wanted ^ before)
        await connection.execute(
            update(agents).values(enabled=agents.c.id.in_(wanted)).where(agents.c.id.in_(wanted ^ before))
        )
        await connection.execute(
            update(teams)
            .values(screen_recording=teams.c.id.in_(chosen_teams))
            .where(teams.c.id.in_(chosen_teams ^ teams_before))
        )
        await record(
            connection,
            at=context.clock(),
            actor=actor,
            action="selection.changed",
            subject="screen_recording",
            added=sorted(wanted - before),
            removed=sorted(before - wanted),
            teams_added=sorted(chosen_teams - teams_before),
            teams_removed=sorted(teams_before - chosen_teams),
        )


async def select_for_qm(context: Context, actor: str, selection: QmSelection) -> None:
    """Make these the ones who are enabled in Quality Management.

    Raises:
        StaleError: the selection changed meanwhile.
        NotFoundError: an agent is not there.
    """
    async with changing(context) as connection:
        await new_selection_version(connection, selection.version)
        wanted = set(selection.agent_ids)
        rows = (await connection.execute(select(agents.c.id, agents.c.in_qm))).all()
        _all_there("agent", wanted, {row.id for row in rows})
        before = {row.id for row in rows if row.in_qm}
        await lock_agents(connection, wanted ^ before)
        await connection.execute(
            update(agents).values(in_qm=agents.c.id.in_(wanted)).where(agents.c.id.in_(wanted ^ before))
        )
        await record(
            connection,
            at=context.clock(),
            actor=actor,
            action="selection.changed",
            subject="quality_management",
            added=sorted(wanted - before),
            removed=sorted(before - wanted),
        )


def refuse_selection(refused: Mapping[str, Refusal], names: Mapping[str, str]) -> None:
    """Say who cannot be selected, if anybody.

    Raises:
        CannotBeSelectedError: somebody cannot.
    """
    if refused:
        first = min(refused, key=lambda agent_id: names[agent_id])
        more = f", and {len(refused) - 1} more" if len(refused) > 1 else ""
        raise CannotBeSelectedError(
            f"{names[first]}{more}: {refused[first].words}",
            refused=[
                {"agent_id": agent_id, "name": names[agent_id], "reason": why.value, "advice": why.words}
                for agent_id, why in sorted(refused.items())[:100]
            ],
        )


async def new_selection_version(connection: AsyncConnection, version: int | None = None) -> None:
    """Count a change of who is selected up, on top of `version` if one is given.

    Raises:
        StaleError: another version stands.
    """
    stands = await connection.scalar(
        update(account)
        .values(selection_version=account.c.selection_version + 1)
        .returning(account.c.selection_version)
    )
    if version is not None and stands != version + 1:
        raise StaleError


def _all_there(kind: str, wanted: Collection[str], known: Collection[str]) -> None:
    missing = [one for one in wanted if one not in known]
    if missing:
        raise NotFoundError(f"there is no {kind} {min(missing)[:60]}")
