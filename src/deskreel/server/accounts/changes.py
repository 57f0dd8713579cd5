"""Changing what capture goes by: each change is one transaction that keeps the agents' new terms beside it.

`changing` is the way in for every capability whose change may matter to capture. When its transaction commits,
the recorders concerned are told; then the sessions of agents whose terms changed are worked out anew.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import delete, exists, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import ConflictError, InvalidInputError, NotFoundError
from deskreel.core.ids import AgentId
from deskreel.core.time import WallTime
from deskreel.server.accounts.facts import features_of
from deskreel.server.accounts.model import (
    FeaturesChange,
    SettingsChange,
)
from deskreel.server.accounts.service import (
    ACCOUNT,
    Terms,
    account_row,
    store_terms,
    stored_settings,
    terms_now,
)
from deskreel.server.accounts.tables import account, agent_terms, recording_settings
from deskreel.server.audit.service import record
from deskreel.server.calls.tables import call_events
from deskreel.server.context import Context
from deskreel.server.db.bus import CHANNEL
from deskreel.server.people.tables import agents, teams
from deskreel.server.recordings.sessions import HORIZON_MS, refold, schedule

LOCK = 727_400_002  # any fixed number: the advisory lock under which settings change


class StaleError(ConflictError):
    """Somebody else changed it meanwhile."""

    code = "changed_meanwhile"
    title = "Somebody else changed this meanwhile"
    hint = "Load it again, look at what changed, and save once more."


class NoticeNotChosenError(InvalidInputError):
    """Screen recording without a word on how agents are told."""

    code = "notice_not_chosen"
    title = "It is not said how agents are told that their screen is recorded"
    hint = "Send `notice`: none, icon, banner or acknowledgement; the law of your place may ask for one."


@asynccontextmanager
async def changing(context: Context) -> AsyncIterator[AsyncConnection]:
    """A transaction in which anything may change that capture goes by."""
    async with context.db.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        before = await terms_now(context, connection)
        await store_terms(connection, before, WallTime(0))  # of agents who have none yet
        yield connection
        after = await terms_now(context, connection)
        now = context.clock()
        new = {a: terms for a, terms in after.items() if a in before and terms.stored() != before[a].stored()}
        await store_terms(connection, new, now)
        await _forget(connection, new, now)
        await _tell(connection, [a for a, terms in after.items() if a in before and terms != before[a]])
        affected = await _with_events(connection, new, now)
    for agent_id in affected:
        async with context.db.begin() as connection:
            outcome = await refold(context, connection, agent_id)
        await schedule(context, outcome)


async def _forget(connection: AsyncConnection, of: Mapping[AgentId, Terms], now: WallTime) -> None:
    """Terms that a later row had replaced long before the horizon matter no more."""
    later = agent_terms.alias()
    await connection.execute(
        delete(agent_terms).where(
            agent_terms.c.agent_id.in_(list(of)),
            exists().where(
                later.c.agent_id == agent_terms.c.agent_id,
                later.c.since > agent_terms.c.since,
                later.c.since < now - 2 * HORIZON_MS,  # a call that goes on may have begun before it
            ),
        )
    )


async def _tell(connection: AsyncConnection, changed: Collection[AgentId]) -> None:
    """Have the recorders of these agents look again, once this commits."""
    if not changed:
        return
    await lock_agents(connection, changed)
    await connection.execute(
        update(agents).where(agents.c.id.in_(changed)).values(desired_version=agents.c.desired_version + 1)
    )
    await connection.execute(
        text("SELECT pg_notify(:channel, agent) FROM unnest(CAST(:agents AS text[])) AS agent"),
        {"channel": CHANNEL, "agents": list(changed)},
    )


async def lock_agents(connection: AsyncConnection, of: Collection[str]) -> None:
    """Take the agents' rows in the order in which batches of call events do, so that none waits for the other."""
    rows = select(agents.c.id).where(agents.c.id.in_(of)).order_by(agents.c.id)
    await connection.execute(rows.with_for_update(key_share=True))


async def _with_events(
    connection: AsyncConnection, of: Mapping[AgentId, Terms], now: WallTime
) -> list[AgentId]:
    """Those whose sessions there are."""
    query = (
        select(call_events.c.agent_id)
        .distinct()
        .where(call_events.c.agent_id.in_(list(of)), call_events.c.occurred_at >= now - HORIZON_MS)
    )
    return sorted(AgentId(agent_id) for agent_id in (await connection.scalars(query)).all())


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What changed, for the audit log: `{name: [old, new]}`."""
    names = sorted({*before, *after})
    return {n: [before.get(n), after.get(n)] for n in names if before.get(n) != after.get(n)}


# --- features -------------------------------------------------------------------------------------------------


async def set_features(context: Context, actor: str, change: FeaturesChange) -> None:
    """Switch features on or off.

    Raises:
        ScreenRecordingNeedsQmError: screen recording without Quality Management.
        NoticeNotChosenError: screen recording goes on, and nobody said how agents are told.
        StaleError: it changed meanwhile.
    """
    wanted = change.model_dump(exclude_none=True, exclude={"version", "notice"})
    async with changing(context) as connection:
        row = await account_row(connection)
        if change.version != row.version:
            raise StaleError
        before = {name: getattr(row, name) for name in wanted}
        stored = (await stored_settings(connection, [ACCOUNT])).get(ACCOUNT)
        said = change.notice is not None or (stored is not None and "notice" in stored.values)
        if wanted.get("screen_recording") and not row.screen_recording and not said:
            raise NoticeNotChosenError
        updated = update(account).values(**wanted, version=account.c.version + 1).returning(*account.c)
        features_of((await connection.execute(updated)).one())  # refuses what does not go together
        if change.notice is not None:
            values = {**(stored.values if stored is not None else {}), "notice": change.notice.value}
            await _write_settings(context, connection, ACCOUNT, values)
            before["notice"] = None if stored is None else stored.values.get("notice")
            wanted["notice"] = change.notice.value
        await record(
            connection,
            at=context.clock(),
            actor=actor,
            action="features.changed",
            subject=ACCOUNT,
            changes=difference(before, wanted),
        )


# --- recording settings ---------------------------------------------------------------------------------------


async def set_recording_settings(context: Context, actor: str, scope: str, change: SettingsChange) -> None:
    """Make these the settings of the account, a team or an agent; what is left out is inherited.

    Raises:
        StaleError: they changed meanwhile.
        NotFoundError: no such team or agent.
        NoticeNotChosenError: the account's notice is taken back while screen recording is on.
    """
    values = change.values.model_dump(mode="json", exclude_unset=True)
    async with changing(context) as connection:
        await require_scope(connection, scope)
        stored = (await stored_settings(connection, [scope])).get(scope)
        if change.version != (0 if stored is None else stored.version):
            raise StaleError
        before = {} if stored is None else stored.values
        if scope == ACCOUNT and "notice" in before and "notice" not in values:
            raise NoticeNotChosenError("the account's notice was chosen, and cannot be left out again")
        await _write_settings(context, connection, scope, values)
        await record(
            connection,
            at=context.clock(),
            actor=actor,
            action="recording_settings.changed",
            subject=scope,
            changes=difference(before, values),
        )


async def require_scope(connection: AsyncConnection, scope: str) -> None:
    """See that there is this team or agent.

    Raises:
        NotFoundError: there is none.
    """
    if scope == ACCOUNT:
        return
    table = teams if scope.startswith("tea_") else agents
    if await connection.scalar(select(table.c.id).where(table.c.id == scope)) is None:
        raise NotFoundError(f"there is no {scope}")


async def _write_settings(
    context: Context, connection: AsyncConnection, scope: str, values: Mapping[str, Any]
) -> None:
    new = insert(recording_settings).values(
        scope=scope, values=dict(values), version=1, updated_at=context.clock()
    )
    await connection.execute(
        new.on_conflict_do_update(
            index_elements=["scope"],
            set_={
                "values": new.excluded["values"],
                "version": recording_settings.c.version + 1,
                "updated_at": new.excluded.updated_at,
            },
        )
    )
