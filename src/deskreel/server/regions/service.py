"""Choosing media regions.

The account chooses; a team or an agent may differ. A recording's region is settled when it begins and stays.
"""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.ids import AgentId, ProbeId, made_at
from deskreel.core.time import WallTime
from deskreel.server.accounts.changes import LOCK, StaleError, require_scope
from deskreel.server.audit.service import record
from deskreel.server.context import PROBE_MS, Context
from deskreel.server.people.service import visible
from deskreel.server.people.tables import agents
from deskreel.server.permissions import Scope
from deskreel.server.regions.choices import ACCOUNT, first_chosen, own_choices, region_of_agent, stored_choice
from deskreel.server.regions.config import Region
from deskreel.server.regions.model import (
    BrowserProbePlan,
    DifferingChoice,
    DifferingChoiceList,
    ProbePlan,
    RegionChange,
    RegionChoice,
    RegionList,
    RegionModel,
    RegionState,
    RegionWarning,
)
from deskreel.server.regions.tables import region_choices
from deskreel.server.regions.turn import turn_server
from deskreel.server.regions.workers import SILENT_MS, workers_seen
from deskreel.storage.layout import PROBES
from deskreel.storage.store import ObjectStore


async def regions(context: Context) -> RegionList:
    """All of them, with whether their workers are there."""
    seen, now = await workers_seen(context), context.clock()
    return RegionList(
        items=[
            RegionState(
                **shown(context, region).model_dump(),
                worker_seen_at=seen.get(region.name),
                warnings=warnings_of(region, seen.get(region.name), now),
            )
            for region in context.regions.by_name.values()
        ]
    )


def warnings_of(region: Region, worker_seen_at: WallTime | None, now: WallTime) -> list[RegionWarning]:
    """What is missing of a region."""
    found: dict[RegionWarning, bool] = {
        "no_gateway_url": region.gateway_url is None,
        "worker_silent": worker_seen_at is None or worker_seen_at < now - SILENT_MS,
        "no_turn": region.turn_host is None,
        "turn_without_secret": region.turn_host is not None and region.turn_secret is None,
    }
    return [warning for warning, holds in found.items() if holds]


def shown(context: Context, region: Region) -> RegionModel:
    """A region, as the API speaks of it."""
    return RegionModel(
        name=region.name,
        home=region.name == context.regions.home,
        gateway_url=region.gateway_url,
        live_urls=list(region.live_urls or filter(None, [region.gateway_url])),
        turn_host=region.turn_host,
        turn_port=region.turn_port,
        turn_tls_port=region.turn_tls_port,
        turn_web_port=region.turn_web_port,
        ipv4=[str(address) for address in region.ipv4],
        ipv6=None if region.ipv6 is None else str(region.ipv6),
    )


async def plan_probe(context: Context, agent_id: AgentId, region: str | None) -> ProbePlan:
    """What an agent's recorder needs to try the way to a region; by default to that of its next recording.

    Raises:
        UnknownRegionError, RegionIncompleteError: no such region, or it is not said where its gateway is.
    """
    if region is None:
        async with context.db.begin() as connection:
            region = await region_of_agent(context, connection, agent_id)
    return _plan(context, region, agent_id)


async def plan_browser_probe(context: Context, user_id: str, region: str | None) -> BrowserProbePlan:
    """What a user's browser needs; by default to where their own calls go, or to the account's region.

    Raises:
        UnknownRegionError, RegionIncompleteError: as `plan_probe`.
    """
    if region is None:
        async with context.db.begin() as connection:
            own = await connection.scalar(select(agents.c.id).where(agents.c.user_id == user_id))
            if own is None:
                region = await first_chosen(context, connection, [ACCOUNT])
            else:
                region = await region_of_agent(context, connection, AgentId(own))
    plan = _plan(context, region, user_id)
    return BrowserProbePlan(**dict(plan), regions=list(context.regions.by_name))


def _plan(context: Context, region: str, subject: str) -> ProbePlan:
    wanted, probe_id = context.regions[region], ProbeId(context.new_id("prb"))
    return ProbePlan(
        region=shown(context, wanted),
        gateway_url=wanted.media_url,
        probe_id=probe_id,
        probe_token=context.probe_token(probe_id, region),
        turn=turn_server(wanted, subject, context.clock(), PROBE_MS),
        server_time=context.clock(),
    )


async def sweep_probes(context: Context, store: ObjectStore) -> None:
    """Remove what probes have left behind whose gateway was killed."""
    old = context.clock() - PROBE_MS
    left = await store.list(PROBES)
    await store.delete([item.key for item in left if made_at(item.key.split("/")[1]) < old])


async def choice(context: Context, scope: str) -> RegionChoice:
    """What is chosen for the account, a team or an agent.

    Raises:
        NotFoundError: no such team or agent.
    """
    async with context.db.begin() as connection:
        await require_scope(connection, scope)
        return await _choice(context, connection, scope)


async def differing(context: Context, scope: Scope) -> DifferingChoiceList:
    """Which teams have chosen for themselves, and which agents in `scope`."""
    async with context.db.begin() as connection:
        rows = await own_choices(connection, visible(scope))
    return DifferingChoiceList(
        items=[DifferingChoice(scope=chosen, name=name, region=region) for chosen, name, region in rows]
    )


async def choose(context: Context, actor: str, scope: str, change: RegionChange) -> RegionChoice:
    """Choose a region, for screen recordings that begin from now on.

    Raises:
        NotFoundError: no such team or agent.
        UnknownRegionError: no such region.
        RegionIncompleteError: recorders could not be told where it is, or for which key to seal.
        StaleError: it changed meanwhile.
    """
    if change.region is not None:
        region = context.regions[change.region]
        _ = region.media_url, region.seal_for
    async with context.db.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        await require_scope(connection, scope)
        before = await _choice(context, connection, scope)
        if change.version != before.version:
            raise StaleError
        new = insert(region_choices).values(
            scope=scope, region=change.region, version=before.version + 1, updated_at=context.clock()
        )
        same = {name: new.excluded[name] for name in ("region", "version", "updated_at")}
        await connection.execute(new.on_conflict_do_update(index_elements=["scope"], set_=same))
        await record(
            connection,
            at=context.clock(),
            actor=actor,
            action="region.chosen",
            subject=scope,
            changes={"region": [before.region, change.region]},
        )
        return await _choice(context, connection, scope)


async def _choice(context: Context, connection: AsyncConnection, scope: str) -> RegionChoice:
    own = await stored_choice(connection, scope)
    if scope.startswith("agt_"):
        effective = await region_of_agent(context, connection, AgentId(scope))
    else:
        effective = await first_chosen(context, connection, [scope, ACCOUNT])
    return RegionChoice(
        scope=scope,
        region=None if own is None else own.region,
        effective=effective,
        version=0 if own is None else own.version,
    )
