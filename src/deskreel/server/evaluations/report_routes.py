"""HTTP of reports on scores."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import StreamingResponse

from deskreel.server.asked_range import asked_range, check_timezone
from deskreel.server.auth import Caller, Ctx, Needs
from deskreel.server.evaluations import reports
from deskreel.server.evaluations.report_model import ScoreGroupBy, ScoreReport
from deskreel.server.permissions import Permission

router = APIRouter(tags=["reports"])
Viewer = Annotated[Caller, Depends(Needs(Permission.REPORTS_VIEW))]
_Ids = Annotated[
    list[Annotated[str, Query(max_length=40, pattern=r"^[^\x00]*$")]] | None, Query(max_length=100)
]
_Moment = Annotated[int | None, Query(ge=0, lt=2**53, description="Wall time in ms.")]


def scores_wanted(
    context: Ctx,
    *,
    from_: Annotated[
        int | None,
        Query(alias="from", ge=0, lt=2**53, description="Begin in ms, inclusive; 90 days ago if not given."),
    ] = None,
    to: _Moment = None,
    timezone: Annotated[
        str, Query(max_length=60, description="In which weeks begin, such as Europe/Berlin.")
    ] = "UTC",
    agent: _Ids = None,
    team: _Ids = None,
    form: _Ids = None,
    evaluator: _Ids = None,
) -> reports.ScoresWanted:
    """Which evaluations, by their publication."""
    start, end = asked_range(from_, to, now=context.clock(), days=90)
    return reports.ScoresWanted(
        start=start,
        end=end,
        timezone=check_timezone(timezone),
        agents=None if agent is None else tuple(agent),
        teams=None if team is None else tuple(team),
        forms=None if form is None else tuple(form),
        evaluators=None if evaluator is None else tuple(evaluator),
    )


Wanted = Annotated[reports.ScoresWanted, Depends(scores_wanted)]


@router.get("/reports/scores")
async def get_scores(
    context: Ctx, caller: Viewer, wanted: Wanted, group_by: ScoreGroupBy = ScoreGroupBy.AGENT
) -> ScoreReport:
    """Scores of published evaluations, in groups."""
    return await reports.report(context, caller, wanted, group_by)


@router.get(
    "/reports/evaluations.csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def get_evaluations_csv(context: Ctx, caller: Viewer, wanted: Wanted) -> StreamingResponse:
    """Every published evaluation as CSV."""
    return StreamingResponse(
        reports.csv_lines(context, caller, wanted),
        media_type="text/csv",
        headers={"content-disposition": 'attachment; filename="evaluations.csv"'},
    )
