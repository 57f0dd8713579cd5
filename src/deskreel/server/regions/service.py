"""Choosing media regions.

The account chooses; a team or an agent may differ. A recording's region is settled when it begins and stays.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.ids import AgentId, ProbeId, made_at
from deskreel.server.accounts.changes import LOCK, StaleError, require_scope
from deskreel.server.audit.service import record
from deskreel.server.context import PROBE_MS, Context
from deskreel.server.regions.choices import ACCOUNT, first_chosen, region_of_agent, stored_choice
from deskreel.server.regions.config import Region
from deskreel.server.regions.model import ProbePlan, RegionChange, RegionChoice, RegionList, RegionModel
from deskreel.server.regions.tables import region_choices
from deskreel.storage.layout import PROBES
from deskreel.storage.store import ObjectStore


def regions(context: Context) -> RegionList:
    """All of them."""
    return RegionList(items=[_shown(context, region) for region in context.regions.by_name.values()])


def _shown(context: Context, region: Region) -> RegionModel:
    return RegionModel(
        name=region.name,
        home=region.name == context.regions.home,
        gateway_url=region.gateway_url,
        turn_host=region.turn_host,
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
    wanted, probe_id = context.regions[region], ProbeId(context.new_id("prb"))
    return ProbePlan(
        region=_shown(context, wanted),
        gateway_url=wanted.media_url,
        probe_id=probe_id,
        probe_token=context.probe_token(probe_id, region),
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
