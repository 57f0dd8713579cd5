"""HTTP of the audit log: read, filter, export. Nothing changes it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import StreamingResponse

from deskreel.server.audit import service
from deskreel.server.audit.model import AuditPage
from deskreel.server.audit.service import AuditFilter
from deskreel.server.auth import Caller, Ctx, Needs
from deskreel.server.paging import LARGEST, SHOWN
from deskreel.server.permissions import Permission

router = APIRouter(tags=["audit"])
Reader = Annotated[Caller, Depends(Needs(Permission.AUDIT_VIEW))]
_Text = Annotated[str | None, Query(max_length=200)]
_Moment = Annotated[int | None, Query(ge=0, description="Wall time in ms.")]


def audit_filter(
    actor: _Text = None,
    action: Annotated[
        str | None, Query(max_length=200, description="`user.created`; `user.` is all that begin so.")
    ] = None,
    subject: _Text = None,
    since: _Moment = None,
    until: _Moment = None,
) -> AuditFilter:
    """Which entries."""
    return AuditFilter(actor=actor, action=action, subject=subject, since=since, until=until)


Wanted = Annotated[AuditFilter, Depends(audit_filter)]


@router.get("/audit")
async def list_audit(
    context: Ctx,
    _caller: Reader,
    wanted: Wanted,
    limit: Annotated[int, Query(ge=1, le=LARGEST)] = SHOWN,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> AuditPage:
    """Who did what, newest first."""
    return await service.page(context, wanted, limit=limit, cursor=cursor)


@router.get(
    "/audit/export",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}},
)
async def export_audit(context: Ctx, caller: Reader, wanted: Wanted) -> StreamingResponse:
    """The same entries as JSON lines, oldest first."""
    before = await service.begin_export(context, caller.actor, wanted)
    return StreamingResponse(
        service.export_lines(context, wanted, before),
        media_type="application/x-ndjson",
        headers={"content-disposition": 'attachment; filename="audit.jsonl"'},
    )
