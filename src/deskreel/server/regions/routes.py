"""HTTP of media regions: which there are, and choosing one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from deskreel.core.ids import AgentId, check_id
from deskreel.server.auth import TO_RECORDERS, Caller, Ctx, Needs
from deskreel.server.permissions import Permission
from deskreel.server.recorders.routes import CurrentRecorder
from deskreel.server.regions import network, service
from deskreel.server.regions.choices import ACCOUNT
from deskreel.server.regions.model import (
    BrowserProbePlan,
    DifferingChoiceList,
    ProbePlan,
    RegionChange,
    RegionChoice,
    RegionList,
)
from deskreel.server.regions.network_model import NetworkReport

router = APIRouter(tags=["settings"])
Viewer = Annotated[Caller, Depends(Needs(Permission.SETTINGS_VIEW))]
Manager = Annotated[Caller, Depends(Needs(Permission.SETTINGS_MANAGE))]
Anyone = Annotated[Caller, Depends(Needs(Permission.ACCOUNT_OWN))]


@router.get("/regions")
async def list_regions(context: Ctx, _caller: Viewer) -> RegionList:
    """The media regions, with what admins of networks need to know."""
    return await service.regions(context)


@router.get("/network")
async def get_network(context: Ctx, _caller: Viewer) -> NetworkReport:
    """What a company network has to let through, made from the settings; and what this installation measured."""
    return await network.report(context)


@router.get("/media-region")
async def get_account_region(context: Ctx, _caller: Viewer) -> RegionChoice:
    """The account's media region."""
    return await service.choice(context, ACCOUNT)


@router.put("/media-region")
async def put_account_region(change: RegionChange, context: Ctx, caller: Manager) -> RegionChoice:
    """Choose the account's media region, for screen recordings that begin from now on."""
    return await service.choose(context, caller.actor, ACCOUNT, change)


@router.get("/media-region/differing")
async def list_differing_regions(context: Ctx, caller: Viewer) -> DifferingChoiceList:
    """The teams that have chosen a media region of their own, and such agents within the scope."""
    return await service.differing(context, caller.scope)


@router.get("/media-region/teams/{team_id}")
async def get_team_region(team_id: str, context: Ctx, _caller: Viewer) -> RegionChoice:
    """A team's media region."""
    return await service.choice(context, check_id("tea", team_id))


@router.put("/media-region/teams/{team_id}")
async def put_team_region(team_id: str, change: RegionChange, context: Ctx, caller: Manager) -> RegionChoice:
    """Choose a team's media region; null: the account's."""
    return await service.choose(context, caller.actor, check_id("tea", team_id), change)


@router.get("/media-region/agents/{agent_id}")
async def get_agent_region(agent_id: str, context: Ctx, _caller: Viewer) -> RegionChoice:
    """An agent's media region."""
    return await service.choice(context, check_id("agt", agent_id))


@router.put("/media-region/agents/{agent_id}")
async def put_agent_region(
    agent_id: str, change: RegionChange, context: Ctx, caller: Manager
) -> RegionChoice:
    """Choose an agent's media region; null: their team's, or the account's."""
    return await service.choose(context, caller.actor, check_id("agt", agent_id), change)


@router.post("/recorder/probe", dependencies=[TO_RECORDERS])
async def plan_probe(
    context: Ctx,
    recorder: CurrentRecorder,
    region: Annotated[str | None, Query(max_length=60, description="By default the agent's.")] = None,
) -> ProbePlan:
    """What the connectivity check of a desktop needs to try the way to a media region."""
    return await service.plan_probe(context, AgentId(recorder.agent_id), region)


@router.post("/network-check")
async def plan_network_check(
    context: Ctx,
    caller: Anyone,
    region: Annotated[
        str | None, Query(max_length=60, description="By default that of one's own calls, or the account's.")
    ] = None,
) -> BrowserProbePlan:
    """What the connectivity check of a browser needs to try the way to a media region."""
    return await service.plan_browser_probe(context, caller.user.id, region)
