"""HTTP of interactions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from deskreel.core.ids import InteractionId, check_id
from deskreel.server.auth import Ctx, CurrentSession
from deskreel.server.interactions import service
from deskreel.server.interactions.model import InteractionDetails, InteractionPage

router = APIRouter(tags=["interactions"])


@router.get("/interactions")
async def list_interactions(
    context: Ctx,
    _session: CurrentSession,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> InteractionPage:
    """Interactions, newest first."""
    return await service.page(context, limit=limit, cursor=cursor)


@router.get("/interactions/{interaction_id}")
async def get_interaction(interaction_id: str, context: Ctx, session: CurrentSession) -> InteractionDetails:
    """One interaction with everything that the player needs."""
    checked = InteractionId(check_id("int", interaction_id))
    return await service.details(context, checked, session.user.id)
