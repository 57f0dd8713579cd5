"""HTTP of calibration and of sampling rules."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from deskreel.core.ids import check_id
from deskreel.server.auth import Caller, Ctx, Needs
from deskreel.server.evaluations import calibrating, sampling, sampling_rules
from deskreel.server.evaluations.planning_model import (
    CalibrationDetails,
    CalibrationPage,
    NewCalibration,
    RunRequest,
    SamplingRule,
    SamplingRuleChange,
    SamplingRuleFields,
    SamplingRuleList,
    SamplingRun,
)
from deskreel.server.paging import LARGEST, SHOWN
from deskreel.server.permissions import Permission

router = APIRouter(tags=["evaluations"])
Viewer = Annotated[Caller, Depends(Needs(Permission.EVALUATIONS_VIEW))]
Manager = Annotated[Caller, Depends(Needs(Permission.EVALUATIONS_MANAGE))]


@router.get("/calibrations")
async def list_calibrations(
    context: Ctx,
    caller: Viewer,
    *,
    closed: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST)] = SHOWN,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> CalibrationPage:
    """Calibrations in which one takes part, or that are closed; who assigns sees all of the scope."""
    return await calibrating.page(context, caller, closed=closed, limit=limit, cursor=cursor)


@router.post("/calibrations", status_code=201)
async def make_calibration(wanted: NewCalibration, context: Ctx, caller: Manager) -> CalibrationDetails:
    """Have several people evaluate one call, each without seeing the others."""
    return await calibrating.create(context, caller, wanted)


@router.get("/calibrations/{calibration_id}")
async def get_calibration(calibration_id: str, context: Ctx, caller: Viewer) -> CalibrationDetails:
    """Who takes part and how far they are; once it is closed, how far they are apart."""
    return await calibrating.details(context, caller, check_id("cal", calibration_id))


@router.post("/calibrations/{calibration_id}/close")
async def close_calibration(calibration_id: str, context: Ctx, caller: Manager) -> CalibrationDetails:
    """End it: what is not published is cancelled, and all see all."""
    return await calibrating.close(context, caller, check_id("cal", calibration_id))


@router.get("/sampling-rules")
async def list_sampling_rules(context: Ctx, caller: Manager) -> SamplingRuleList:
    """Every rule of the caller's scope, by name."""
    return await sampling_rules.rules(context, caller)


@router.post("/sampling-rules", status_code=201)
async def make_sampling_rule(fields: SamplingRuleFields, context: Ctx, caller: Manager) -> SamplingRule:
    """Make a rule, which chooses calls of each week when it is over."""
    return await sampling_rules.create(context, caller, fields)


@router.put("/sampling-rules/{rule_id}")
async def put_sampling_rule(
    rule_id: str, change: SamplingRuleChange, context: Ctx, caller: Manager
) -> SamplingRule:
    """Change a rule; weeks that it has had stay as they are."""
    return await sampling_rules.change(context, caller, check_id("smp", rule_id), change)


@router.delete("/sampling-rules/{rule_id}", status_code=204)
async def delete_sampling_rule(rule_id: str, context: Ctx, caller: Manager) -> None:
    """Delete a rule; what it has assigned stays."""
    await sampling_rules.remove(context, caller, check_id("smp", rule_id))


@router.post("/sampling-rules/{rule_id}/run")
async def run_sampling_rule(rule_id: str, wanted: RunRequest, context: Ctx, caller: Manager) -> SamplingRun:
    """Have it choose of a week that is over; if it has done so before, what it chose then."""
    return await sampling.run_by_hand(context, caller, check_id("smp", rule_id), wanted.week)
