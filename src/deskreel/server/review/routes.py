"""HTTP of reviewing: comments, saved filters, stills."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from deskreel.core.ids import InteractionId, check_id
from deskreel.server.auth import Caller, Ctx, Needs
from deskreel.server.permissions import Permission
from deskreel.server.review import comments, filters, screenshots
from deskreel.server.review.model import (
    Comment,
    CommentChange,
    CommentList,
    FilterChange,
    FilterContent,
    NewComment,
    NewScreenshot,
    SavedFilter,
    SavedFilterList,
)

router = APIRouter(tags=["review"])
Viewer = Annotated[Caller, Depends(Needs(Permission.INTERACTIONS_VIEW))]
Reader = Annotated[Caller, Depends(Needs(Permission.COMMENTS_VIEW))]
Writer = Annotated[Caller, Depends(Needs(Permission.COMMENTS_WRITE))]
Photographer = Annotated[Caller, Depends(Needs(Permission.RECORDINGS_SCREENSHOT))]


def _interaction(text: str) -> InteractionId:
    return InteractionId(check_id("int", text))


@router.get("/interactions/{interaction_id}/comments")
async def list_comments(interaction_id: str, context: Ctx, caller: Reader) -> CommentList:
    """What reviewers noted on a call, in the order of its timeline."""
    return await comments.list_comments(context, caller, _interaction(interaction_id))


@router.post("/interactions/{interaction_id}/comments", status_code=201)
async def add_comment(interaction_id: str, new: NewComment, context: Ctx, caller: Writer) -> Comment:
    """Note something on a point or range of a call's timeline."""
    return await comments.add_comment(context, caller, _interaction(interaction_id), new)


@router.put("/interactions/{interaction_id}/comments/{comment_id}")
async def change_comment(
    interaction_id: str, comment_id: str, change: CommentChange, context: Ctx, caller: Writer
) -> Comment:
    """Write one's own comment anew."""
    checked = check_id("cmt", comment_id)
    return await comments.change_comment(context, caller, _interaction(interaction_id), checked, change)


@router.delete("/interactions/{interaction_id}/comments/{comment_id}", status_code=204)
async def remove_comment(interaction_id: str, comment_id: str, context: Ctx, caller: Writer) -> None:
    """Remove one's own comment; an admin may remove anybody's."""
    checked = check_id("cmt", comment_id)
    await comments.remove_comment(context, caller, _interaction(interaction_id), checked)


@router.post("/interactions/{interaction_id}/screenshots", status_code=204)
async def take_screenshot(
    interaction_id: str, new: NewScreenshot, context: Ctx, caller: Photographer
) -> None:
    """Ask before a still of a frame is kept; that is written to the audit log."""
    await screenshots.take_screenshot(context, caller, _interaction(interaction_id), new.at_ms)


@router.get("/saved-filters")
async def list_saved_filters(context: Ctx, caller: Viewer) -> SavedFilterList:
    """One's own filters by name, then those that others share."""
    return await filters.list_filters(context, caller)


@router.post("/saved-filters", status_code=201)
async def add_saved_filter(new: FilterContent, context: Ctx, caller: Viewer) -> SavedFilter:
    """Save a filter of the list of interactions."""
    return await filters.add_filter(context, caller, new)


@router.put("/saved-filters/{filter_id}")
async def change_saved_filter(
    filter_id: str, change: FilterChange, context: Ctx, caller: Viewer
) -> SavedFilter:
    """Save one's own filter anew."""
    return await filters.change_filter(context, caller, check_id("flt", filter_id), change)


@router.delete("/saved-filters/{filter_id}", status_code=204)
async def remove_saved_filter(filter_id: str, context: Ctx, caller: Viewer) -> None:
    """Remove one's own filter; an admin may remove shared ones."""
    await filters.remove_filter(context, caller, check_id("flt", filter_id))
