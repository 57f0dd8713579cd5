"""HTTP of live views and of calls in progress."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from deskreel.core.ids import LiveViewId, ScreenRecordingId, check_id
from deskreel.server.auth import Caller, Ctx, Needs
from deskreel.server.live import service, wall
from deskreel.server.live.model import LiveCallList, LiveCallNow, LiveView
from deskreel.server.permissions import Permission

router = APIRouter(tags=["live"])
Watcher = Annotated[Caller, Depends(Needs(Permission.LIVE_WATCH))]


@router.get("/live-calls")
async def list_live_calls(
    context: Ctx, caller: Watcher, limit: Annotated[int, Query(ge=1, le=1000)] = 500
) -> LiveCallList:
    """The calls in progress that are captured, within the scope."""
    return await wall.live_calls(context, caller, limit=limit)


@router.get("/live-calls/{recording_id}")
async def get_live_call(recording_id: str, context: Ctx, caller: Watcher) -> LiveCallNow:
    """The call in progress that this screen recording captures, within the scope."""
    return await wall.live_call(context, caller, ScreenRecordingId(check_id("scr", recording_id)))


@router.post("/screen-recordings/{recording_id}/live", status_code=201)
async def open_live_view(recording_id: str, context: Ctx, caller: Watcher) -> LiveView:
    """Watch a screen recording live; it is written to the audit log."""
    return await service.open_view(context, caller, ScreenRecordingId(check_id("scr", recording_id)))


@router.put("/live-views/{view_id}")
async def renew_live_view(view_id: str, context: Ctx, caller: Watcher) -> LiveView:
    """Go on watching, with fresh tokens; every 20 s."""
    return await service.renew_view(context, caller, LiveViewId(check_id("lvw", view_id)))


@router.delete("/live-views/{view_id}", status_code=204)
async def end_live_view(view_id: str, context: Ctx, caller: Watcher) -> None:
    """Stop watching. Harmless when repeated."""
    await service.end_view(context, caller, LiveViewId(check_id("lvw", view_id)))
