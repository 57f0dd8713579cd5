"""HTTP of forms."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from deskreel.core.ids import check_id
from deskreel.server.auth import Caller, Ctx, Needs
from deskreel.server.evaluations import form_versions, forms
from deskreel.server.evaluations.form_model import (
    FormChange,
    FormDetails,
    FormFields,
    FormPage,
    FormState,
    FormVersion,
    Revision,
    ScorePreview,
    ScoreRequest,
)
from deskreel.server.paging import LARGEST, SHOWN
from deskreel.server.permissions import Permission

router = APIRouter(tags=["forms"])
Viewer = Annotated[Caller, Depends(Needs(Permission.FORMS_VIEW))]
Manager = Annotated[Caller, Depends(Needs(Permission.FORMS_MANAGE))]


def form_id_of(form_id: str) -> str:
    """The id in the path, checked."""
    return check_id("frm", form_id)


FormId = Annotated[str, Depends(form_id_of)]


@router.get("/forms")
async def list_forms(
    context: Ctx,
    _caller: Viewer,
    *,
    state: FormState | None = None,
    q: Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="In the name.")] = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST)] = SHOWN,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> FormPage:
    """Forms, by name."""
    return await forms.page(context, state=state, q=q, limit=limit, cursor=cursor)


@router.post("/forms", status_code=201)
async def make_form(fields: FormFields, context: Ctx, caller: Manager) -> FormDetails:
    """Make a form; its draft may be half-done."""
    return await forms.create(context, caller.actor, fields)


@router.get("/forms/{form_id}")
async def get_form(form_id: FormId, context: Ctx, _caller: Viewer) -> FormDetails:
    """One form, with its draft."""
    return await forms.details(context, form_id)


@router.put("/forms/{form_id}")
async def put_form(form_id: FormId, change: FormChange, context: Ctx, caller: Manager) -> FormDetails:
    """Save the draft. If somebody else has saved meanwhile, their form is `current` of the problem."""
    return await forms.change(context, caller.actor, form_id, change)


@router.delete("/forms/{form_id}", status_code=204)
async def delete_form(form_id: FormId, context: Ctx, caller: Manager) -> None:
    """Delete a form that was never published."""
    await forms.remove(context, caller.actor, form_id)


@router.post("/forms/{form_id}/publish")
async def publish_form(form_id: FormId, which: Revision, context: Ctx, caller: Manager) -> FormDetails:
    """Make the draft a version, with which calls are evaluated from now on."""
    return await forms.publish(context, caller.actor, form_id, which.revision)


@router.post("/forms/{form_id}/archive")
async def archive_form(form_id: FormId, context: Ctx, caller: Manager) -> FormDetails:
    """Nothing new can be evaluated with it; what was assigned goes on."""
    return await forms.set_archived(context, caller.actor, form_id, archived=True)


@router.post("/forms/{form_id}/restore")
async def restore_form(form_id: FormId, context: Ctx, caller: Manager) -> FormDetails:
    """Take it out of the archive."""
    return await forms.set_archived(context, caller.actor, form_id, archived=False)


@router.get("/forms/{form_id}/versions/{version}")
async def get_form_version(
    form_id: FormId, version: Annotated[int, Path(ge=1, le=1_000_000)], context: Ctx, _caller: Viewer
) -> FormVersion:
    """What a published version says."""
    return await form_versions.version(context, form_id, version)


@router.post("/forms/{form_id}/score")
async def score_form(form_id: FormId, asked: ScoreRequest, context: Ctx, _caller: Viewer) -> ScorePreview:
    """What answers would score; changes nothing."""
    return await form_versions.try_out(context, form_id, asked)
