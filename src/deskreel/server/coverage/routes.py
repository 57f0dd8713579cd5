"""HTTP of coverage."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import StreamingResponse

from deskreel.core.ids import InteractionId, check_id
from deskreel.server.asked_range import asked_range, check_timezone
from deskreel.server.auth import Caller, Ctx, Needs
from deskreel.server.coverage import service
from deskreel.server.coverage.as_csv import csv_lines
from deskreel.server.coverage.model import CoverageReport, InteractionCoverages
from deskreel.server.permissions import Permission

router = APIRouter(tags=["coverage"])
Viewer = Annotated[Caller, Depends(Needs(Permission.INTERACTIONS_VIEW))]


def coverage_wanted(
    context: Ctx,
    from_: Annotated[
        int | None,
        Query(alias="from", ge=0, lt=2**53, description="Begin in ms, inclusive; 30 days ago if not given."),
    ] = None,
    to: Annotated[
        int | None, Query(ge=0, lt=2**53, description="End in ms, exclusive; now if not given.")
    ] = None,
    group_by: service.GroupBy = service.GroupBy.DAY,
    timezone: Annotated[
        str, Query(max_length=60, description="In which days begin, such as Europe/Berlin.")
    ] = "UTC",
) -> service.Wanted:
    """Which calls, and how they are put together."""
    start, end = asked_range(from_, to, now=context.clock(), days=30)
    return service.Wanted(start=start, end=end, group_by=group_by, timezone=check_timezone(timezone))


Asked = Annotated[service.Wanted, Depends(coverage_wanted)]


@router.get("/coverage")
async def get_coverage(context: Ctx, caller: Viewer, wanted: Asked) -> CoverageReport:
    """How much of what should have been captured was, in groups."""
    return await service.report(context, wanted, caller.scope)


@router.get(
    "/coverage.csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def get_coverage_csv(context: Ctx, caller: Viewer, wanted: Asked) -> StreamingResponse:
    """The same as CSV."""
    return StreamingResponse(
        csv_lines(context, wanted, caller.scope),
        media_type="text/csv",
        headers={"content-disposition": f'attachment; filename="coverage-{wanted.group_by}.csv"'},
    )


@router.get("/interactions/{interaction_id}/coverage")
async def get_interaction_coverage(interaction_id: str, context: Ctx, caller: Viewer) -> InteractionCoverages:
    """Coverage of one call: expected, captured, and every missing stretch with its reason."""
    checked = InteractionId(check_id("int", interaction_id))
    return await service.of_interaction(context, checked, caller.scope)
