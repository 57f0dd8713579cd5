"""HTTP of API keys."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from deskreel.core.ids import check_id
from deskreel.server.apikeys import service
from deskreel.server.apikeys.model import ApiKeyPage, MadeApiKey, NewApiKey
from deskreel.server.auth import Caller, Ctx, Needs
from deskreel.server.paging import LARGEST, SHOWN
from deskreel.server.permissions import Permission

router = APIRouter(tags=["api-keys"])
Manager = Annotated[Caller, Depends(Needs(Permission.API_KEYS_MANAGE))]


@router.get("/api-keys")
async def list_api_keys(
    context: Ctx,
    _caller: Manager,
    limit: Annotated[int, Query(ge=1, le=LARGEST)] = SHOWN,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> ApiKeyPage:
    """Every API key, newest first; also those that are over."""
    return await service.list_keys(context, limit=limit, cursor=cursor)


@router.post("/api-keys", status_code=201)
async def make_api_key(new: NewApiKey, context: Ctx, caller: Manager) -> MadeApiKey:
    """Make a key for oneself."""
    return await service.make_key(
        context, actor=caller.actor, user_id=caller.user.id, may=caller.permissions, new=new
    )


@router.delete("/api-keys/{key_id}", status_code=204)
async def revoke_api_key(key_id: str, context: Ctx, caller: Manager) -> None:
    """End a key at once."""
    await service.revoke_key(context, caller.actor, check_id("key", key_id))
