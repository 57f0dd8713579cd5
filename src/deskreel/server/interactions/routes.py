"""HTTP of interactions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from deskreel.core.ids import InteractionId, check_id
from deskreel.server.auth import Caller, Ctx, Needs
from deskreel.server.interactions import listing, service
from deskreel.server.interactions.asked import InteractionQuery
from deskreel.server.interactions.listing import Question
from deskreel.server.interactions.model import InteractionDetails, InteractionPage
from deskreel.server.permissions import Permission

router = APIRouter(tags=["interactions"])
Viewer = Annotated[Caller, Depends(Needs(Permission.INTERACTIONS_VIEW))]


@router.get("/interactions")
async def list_interactions(
    context: Ctx, caller: Viewer, asked: Annotated[InteractionQuery, Query()]
) -> InteractionPage:
    """Interactions that the caller may see, newest first unless sorted otherwise."""
    question = Question(wanted=asked.wanted, text=asked.text, sort=asked.sort, count=asked.count)
    play = Permission.RECORDINGS_PLAY in caller.permissions
    return await listing.page(
        context, caller.scope, question, limit=asked.limit, cursor=asked.cursor, play=play
    )


@router.get("/interactions/{interaction_id}")
async def get_interaction(interaction_id: str, context: Ctx, caller: Viewer) -> InteractionDetails:
    """One interaction with everything that the player needs, as far as the caller may see and play it."""
    checked = InteractionId(check_id("int", interaction_id))
    return await service.details(
        context, checked, caller.actor, caller.scope, play=Permission.RECORDINGS_PLAY in caller.permissions
    )
