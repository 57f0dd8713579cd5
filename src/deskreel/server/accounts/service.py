"""Reading the account: features, effective recording settings, and an agent's terms of capture over time.

Terms are what the capture session goes by: whether the agent is captured, the session's rules, the percentage of
calls. They are kept with the moment from which they hold, so that a change never rewrites what was recorded
before it. `changes` writes them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.capture_session import SessionRules, UnknownPause
from deskreel.core.eligibility import (
    CallFacts,
    DoNotRecord,
    Refusal,
    RuleKind,
    agent_refusal,
    call_refusal,
)
from deskreel.core.ids import AgentId
from deskreel.core.policy import CapturePolicy
from deskreel.core.time import WallTime, Window
from deskreel.server.accounts.facts import agents_with_facts, facts_of, features_of
from deskreel.server.accounts.model import Origin, SettingValues, initial_values
from deskreel.server.accounts.tables import account, agent_terms, do_not_record, recording_settings
from deskreel.server.context import Context
from deskreel.server.people.tables import agents

ACCOUNT = "account"  # the scope of the account's own recording settings


async def account_row(connection: AsyncConnection) -> Row[Any]:
    """The account."""
    return (await connection.execute(select(account))).one()


# --- recording settings ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """The settings that hold somewhere, and where each comes from."""

    values: SettingValues
    origins: Mapping[str, Origin]


def effective(context: Context, layers: Iterable[tuple[Origin, Mapping[str, Any]]]) -> Effective:
    """The environment's settings with `layers` over them, the last winning."""
    merged = initial_values(context.settings)
    origins = dict.fromkeys(merged, Origin.ENVIRONMENT)
    for origin, values in layers:
        known = {name: value for name, value in values.items() if name in merged}
        merged.update(known)
        origins.update(dict.fromkeys(known, origin))
    return Effective(values=SettingValues(**merged), origins=origins)


async def stored_settings(
    connection: AsyncConnection, scopes: Sequence[str] | None = None
) -> dict[str, Row[Any]]:
    """What is set, by scope; of all scopes or of some."""
    query = select(recording_settings)
    if scopes is not None:
        query = query.where(recording_settings.c.scope.in_(scopes))
    return {row.scope: row for row in (await connection.execute(query)).all()}


def layers_of(
    stored: Mapping[str, Row[Any]], team_id: str | None, agent_id: str | None
) -> list[tuple[Origin, Mapping[str, Any]]]:
    """The layers that apply to a team, or to an agent of it."""
    places = ((Origin.ACCOUNT, ACCOUNT), (Origin.TEAM, team_id), (Origin.AGENT, agent_id))
    return [
        (origin, stored[scope].values) for origin, scope in places if scope is not None and scope in stored
    ]


async def effective_for(context: Context, connection: AsyncConnection, agent_id: AgentId) -> Effective:
    """The settings that hold for an agent."""
    team_id = await connection.scalar(select(agents.c.team_id).where(agents.c.id == agent_id))
    scopes = [scope for scope in (ACCOUNT, team_id, agent_id) if scope is not None]
    return effective(context, layers_of(await stored_settings(connection, scopes), team_id, agent_id))


async def policy_for(context: Context, connection: AsyncConnection, agent_id: AgentId) -> CapturePolicy:
    """How an agent's recorder captures."""
    return (await effective_for(context, connection, agent_id)).values.policy


async def settings_for(
    context: Context, connection: AsyncConnection, agent_ids: Sequence[AgentId]
) -> dict[AgentId, SettingValues]:
    """The settings that hold for each of these agents."""
    query = select(agents.c.id, agents.c.team_id).where(agents.c.id.in_(agent_ids))
    places = {row.id: row.team_id for row in (await connection.execute(query)).all()}
    scopes = {ACCOUNT, *places, *(team_id for team_id in places.values() if team_id is not None)}
    stored = await stored_settings(connection, sorted(scopes))
    cache: dict[tuple[str | None, str | None], SettingValues] = {}
    found: dict[AgentId, SettingValues] = {}
    for agent_id, team_id in places.items():
        place = (team_id if team_id in stored else None, agent_id if agent_id in stored else None)
        if place not in cache:
            cache[place] = effective(context, layers_of(stored, *place)).values
        found[AgentId(agent_id)] = cache[place]
    return found


# --- terms ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How things stand for an agent."""

    refusal: Refusal | None  # why they are not captured
    rules: SessionRules
    percentage: float  # of their calls
    policy: CapturePolicy  # for the recorder; not kept over time
    live_view: bool  # whether somebody may watch live; likewise
    name: str  # likewise

    def stored(self) -> tuple[str | None, dict[str, Any]]:
        """As a row of agent_terms keeps it."""
        rules = self.rules
        terms = {
            "acw": rules.acw,
            "acw_timeout_ms": rules.acw_timeout_ms,
            "max_length_ms": rules.max_length_ms,
            "on_unknown_pause": rules.on_unknown_pause.value,
            "percentage": self.percentage,
        }
        return (None if self.refusal is None else self.refusal.value), terms


async def terms_now(
    context: Context, connection: AsyncConnection, only: AgentId | None = None
) -> dict[AgentId, Terms]:
    """The terms by what stands in the tables at this moment; of every agent, or of one."""
    features = features_of(await account_row(connection))
    stored = await stored_settings(connection)
    query = agents_with_facts()
    if only is not None:
        query = query.where(agents.c.id == only)
    cache: dict[tuple[str | None, str | None], SettingValues] = {}
    found: dict[AgentId, Terms] = {}
    for row in (await connection.execute(query)).all():
        place = (row.team_id if row.team_id in stored else None, row.id if row.id in stored else None)
        if place not in cache:
            cache[place] = effective(context, layers_of(stored, *place)).values
        values = cache[place]
        found[AgentId(row.id)] = Terms(
            refusal=agent_refusal(features, facts_of(row)),
            rules=values.rules,
            percentage=values.percentage,
            policy=values.policy,
            live_view=values.live_view,
            name=row.name,
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """An agent's terms over the time that still matters."""

    enabled: tuple[Window, ...]  # when they were captured
    rules: SessionRules  # at first
    later: tuple[tuple[WallTime, SessionRules], ...]
    percentages: tuple[tuple[WallTime, float], ...]  # from when which; the first from ever

    def percentage_at(self, at: int) -> float:
        """Of calls that began then."""
        return [share for since, share in self.percentages if since <= max(0, at)][-1]


async def history_of(
    context: Context, connection: AsyncConnection, agent_id: AgentId, since: WallTime
) -> History:
    """The agent's terms since `since`; an agent who has none gets those of now, as if for ever."""
    rows = await _terms_rows(connection, agent_id, since)
    if not rows:
        terms = (await terms_now(context, connection, agent_id))[agent_id]
        await store_terms(connection, {agent_id: terms}, WallTime(0))
        rows = await _terms_rows(connection, agent_id, since)
    starts = [WallTime(0), *(WallTime(row.since) for row in rows[1:])]
    enabled: list[Window] = []
    for (start, row), end in itertools.zip_longest(zip(starts, rows, strict=True), starts[1:]):
        if row.refusal is not None:
            continue
        if enabled and enabled[-1].end == start:
            enabled[-1] = Window(enabled[-1].start, end)
        else:
            enabled.append(Window(start, end))
    rules = [_rules(row.terms) for row in rows]
    changes = zip(starts[1:], itertools.pairwise(rules), strict=True)
    return History(
        enabled=tuple(enabled),
        rules=rules[0],
        later=tuple((at, after) for at, (before, after) in changes if after != before),
        percentages=tuple((at, row.terms["percentage"]) for at, row in zip(starts, rows, strict=True)),
    )


async def _terms_rows(connection: AsyncConnection, agent_id: AgentId, since: WallTime) -> Sequence[Row[Any]]:
    """The rows that hold at `since` or later, in the order of time."""
    query = select(agent_terms).where(agent_terms.c.agent_id == agent_id).order_by(agent_terms.c.since)
    rows = (await connection.execute(query)).all()
    first = max((index for index, row in enumerate(rows) if row.since <= since), default=0)
    return rows[first:]


def _rules(stored: Mapping[str, Any]) -> SessionRules:
    rules = {name: value for name, value in stored.items() if name != "percentage"}
    return SessionRules(**{**rules, "on_unknown_pause": UnknownPause(stored["on_unknown_pause"])})


async def store_terms(connection: AsyncConnection, terms: Mapping[AgentId, Terms], since: WallTime) -> None:
    """Keep these terms as those from `since` on. Terms from ever (0) never take another's place."""
    if not terms:
        return
    rows = [
        {"agent_id": agent_id, "since": since, "refusal": refusal, "terms": stored}
        for agent_id, (refusal, stored) in ((a, t.stored()) for a, t in terms.items())
    ]
    new = insert(agent_terms)
    keep = new.on_conflict_do_nothing()
    replace = new.on_conflict_do_update(
        index_elements=["agent_id", "since"],
        set_={"refusal": new.excluded.refusal, "terms": new.excluded.terms},
    )
    await connection.execute(keep if since == 0 else replace, rows)


# --- calls ----------------------------------------------------------------------------------------------------


async def excluded_calls(
    connection: AsyncConnection,
    agent_id: AgentId,
    history: History,
    calls: Sequence[Row[Any]],
    events: Iterable[Row[Any]],
) -> dict[str, Refusal]:
    """Which of these interactions are not captured, and why; by the rules in force when each began."""
    said: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for event in events:
        if event.call_id is not None:
            said.setdefault((event.source_id, event.call_id), []).append(event.attributes)
    begun = min((call.started_at for call in calls), default=None)
    if begun is None:
        return {}
    rules = do_not_record.c
    rows = (
        await connection.execute(
            select(do_not_record).where(or_(rules.removed_at.is_(None), rules.removed_at > begun))
        )
    ).all()
    refused: dict[str, Refusal] = {}
    for call in calls:
        facts = [call._mapping, *said.get((call.source_id, call.call_id), ())]
        in_force = [
            DoNotRecord(kind=RuleKind(row.kind), value=row.value)
            for row in rows
            if row.created_at <= call.started_at
            and (row.removed_at is None or row.removed_at > call.started_at)
        ]
        refusal = call_refusal(
            CallFacts(
                call_id=call.call_id,
                agent_id=agent_id,
                numbers=tuple({str(f[name]) for f in facts for name in ("caller", "callee") if f.get(name)}),
                queues=tuple({str(f["queue"]) for f in facts if f.get("queue")}),
            ),
            in_force,
            history.percentage_at(call.started_at),
        )
        if refusal is not None:
            refused[call.id] = refusal
    return refused
