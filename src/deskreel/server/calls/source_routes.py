"""HTTP of telephony sources."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from deskreel.core.ids import check_id
from deskreel.server.auth import TO_ALL, Caller, Ctx, Needs
from deskreel.server.calls import source_probe, sources
from deskreel.server.calls.schema import call_events_schema
from deskreel.server.calls.source_model import (
    MadeSource,
    NewSource,
    Source,
    SourceChange,
    SourceList,
    SourceTest,
)
from deskreel.server.permissions import Permission

router = APIRouter(tags=["telephony"])
Viewer = Annotated[Caller, Depends(Needs(Permission.SETTINGS_VIEW))]
Manager = Annotated[Caller, Depends(Needs(Permission.SETTINGS_MANAGE))]


@router.get("/call-events/schema", dependencies=[TO_ALL])
async def get_call_events_schema(context: Ctx) -> dict[str, Any]:
    """The JSON Schema of the body of POST /call-events."""
    return call_events_schema(context.settings.base_url)


@router.get("/telephony-sources")
async def list_telephony_sources(context: Ctx, _caller: Viewer) -> SourceList:
    """Every source, by name, and how it stands."""
    return await sources.list_sources(context)


@router.post("/telephony-sources", status_code=201)
async def make_telephony_source(new: NewSource, context: Ctx, caller: Manager) -> MadeSource:
    """Make a source; its signing secret is shown this once."""
    return await sources.make_source(context, caller.actor, new)


@router.get("/telephony-sources/{source_id}")
async def get_telephony_source(source_id: str, context: Ctx, _caller: Viewer) -> Source:
    """One source, and how it stands."""
    return await sources.get_source(context, check_id("src", source_id))


@router.patch("/telephony-sources/{source_id}")
async def patch_telephony_source(
    source_id: str, change: SourceChange, context: Ctx, caller: Manager
) -> Source:
    """Change a source; what is not given stays."""
    return await sources.change_source(context, caller.actor, check_id("src", source_id), change)


@router.post("/telephony-sources/{source_id}/test")
async def probe_telephony_source(source_id: str, context: Ctx, _caller: Manager) -> SourceTest:
    """Sign in to an Asterisk and ask it where things stand; or say when the source was heard of."""
    return await source_probe.probe_source(context, check_id("src", source_id))


@router.post("/telephony-sources/{source_id}/rotate")
async def rotate_telephony_source(source_id: str, context: Ctx, caller: Manager) -> MadeSource:
    """Make a new signing secret; the old one counts for a day, or until it is retired."""
    return await sources.rotate(context, caller.actor, check_id("src", source_id))


@router.delete("/telephony-sources/{source_id}/old-secret")
async def retire_telephony_source_secret(source_id: str, context: Ctx, caller: Manager) -> Source:
    """End a rotation: only the newest secret counts."""
    return await sources.retire_old_secret(context, caller.actor, check_id("src", source_id))


@router.delete("/telephony-sources/{source_id}", status_code=204)
async def delete_telephony_source(source_id: str, context: Ctx, caller: Manager) -> None:
    """Remove a source; its calls stay."""
    await sources.delete_source(context, caller.actor, check_id("src", source_id))
