"""HTTP of evaluations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from deskreel.core.ids import check_id
from deskreel.server.auth import Caller, Ctx, Needs
from deskreel.server.evaluations import assigning, drafting, reading, responding
from deskreel.server.evaluations.form_model import Revision
from deskreel.server.evaluations.model import (
    Acknowledgement,
    AssignmentChange,
    Dispute,
    DraftChange,
    DraftState,
    EvaluationDetails,
    EvaluationPage,
    EvaluatorList,
    Feedback,
    FeedbackChange,
    FeedbackFields,
    NewAssignment,
    OwnEvaluation,
    Review,
)
from deskreel.server.evaluations.query import EvaluationQuery
from deskreel.server.permissions import Permission

router = APIRouter(tags=["evaluations"])
Viewer = Annotated[Caller, Depends(Needs(Permission.EVALUATIONS_VIEW))]
Manager = Annotated[Caller, Depends(Needs(Permission.EVALUATIONS_MANAGE))]
Scorer = Annotated[Caller, Depends(Needs(Permission.EVALUATIONS_SCORE))]
Reviewer = Annotated[Caller, Depends(Needs(Permission.EVALUATIONS_REVIEW))]
Responder = Annotated[Caller, Depends(Needs(Permission.EVALUATIONS_RESPOND))]


def evaluation_id_of(evaluation_id: str) -> str:
    """The id in the path, checked."""
    return check_id("evl", evaluation_id)


EvaluationId = Annotated[str, Depends(evaluation_id_of)]


# --- reading and assigning ------------------------------------------------------------------------------------


@router.get("/evaluations")
async def list_evaluations(
    context: Ctx, caller: Viewer, wanted: Annotated[EvaluationQuery, Query()]
) -> EvaluationPage:
    """Evaluations: agents see what was published about them, others what lies in their scope."""
    return await reading.page(context, caller, wanted)


@router.post("/evaluations", status_code=201)
async def assign_evaluation(wanted: NewAssignment, context: Ctx, caller: Manager) -> EvaluationDetails:
    """Have somebody evaluate a call."""
    return await assigning.assign(context, caller, wanted)


@router.post("/interactions/{interaction_id}/evaluations")
async def begin_evaluation(
    interaction_id: str, wanted: OwnEvaluation, context: Ctx, caller: Scorer
) -> EvaluationDetails:
    """Evaluate a call oneself; gives the evaluation of it that one has to do already, if there is one."""
    return await assigning.begin_own(context, caller, interaction_id, wanted)


@router.get("/evaluators")
async def list_evaluators(context: Ctx, caller: Manager) -> EvaluatorList:
    """Everybody to whom evaluations can be given, by name."""
    return await reading.evaluators(context, caller)


@router.get("/evaluations/{evaluation_id}")
async def get_evaluation(evaluation_id: EvaluationId, context: Ctx, caller: Viewer) -> EvaluationDetails:
    """One evaluation with its form, answers, feedback, history, and what the caller may do with it."""
    return await reading.details(context, caller, evaluation_id)


@router.put("/evaluations/{evaluation_id}/assignment")
async def put_assignment(
    evaluation_id: EvaluationId, change: AssignmentChange, context: Ctx, caller: Manager
) -> EvaluationDetails:
    """Give it to somebody else, who begins anew; or another due time."""
    return await assigning.reassign(context, caller, evaluation_id, change)


@router.delete("/evaluations/{evaluation_id}", status_code=204)
async def delete_evaluation(evaluation_id: EvaluationId, context: Ctx, caller: Manager) -> None:
    """Delete it, published or not; the audit log keeps what it was."""
    await assigning.remove(context, caller, evaluation_id)


# --- the evaluator's work -------------------------------------------------------------------------------------


@router.put("/evaluations/{evaluation_id}/draft")
async def put_draft(
    evaluation_id: EvaluationId, change: DraftChange, context: Ctx, caller: Scorer
) -> DraftState:
    """Save what was said so far. What another window has saved meanwhile is `current` of the problem."""
    return await drafting.save(context, caller, evaluation_id, change)


@router.post("/evaluations/{evaluation_id}/publish")
async def publish_evaluation(
    evaluation_id: EvaluationId, which: Revision, context: Ctx, caller: Scorer
) -> EvaluationDetails:
    """Publish what was saved; what is missing is listed in `problems` of the problem."""
    return await drafting.publish(context, caller, evaluation_id, which.revision)


@router.post("/evaluations/{evaluation_id}/feedback", status_code=201)
async def add_feedback(
    evaluation_id: EvaluationId, fields: FeedbackFields, context: Ctx, caller: Scorer
) -> Feedback:
    """Add a note to a moment or a stretch of the call. Sent twice, it is one."""
    return await drafting.add_feedback(context, caller, evaluation_id, fields)


@router.put("/evaluations/{evaluation_id}/feedback/{feedback_id}")
async def put_feedback(
    evaluation_id: EvaluationId, feedback_id: str, change: FeedbackChange, context: Ctx, caller: Scorer
) -> Feedback:
    """Change a note."""
    checked = check_id("fbk", feedback_id)
    return await drafting.change_feedback(context, caller, evaluation_id, checked, change)


@router.delete("/evaluations/{evaluation_id}/feedback/{feedback_id}", status_code=204)
async def delete_feedback(
    evaluation_id: EvaluationId, feedback_id: str, context: Ctx, caller: Scorer
) -> None:
    """Remove a note."""
    await drafting.remove_feedback(context, caller, evaluation_id, check_id("fbk", feedback_id))


# --- what follows on publication ------------------------------------------------------------------------------


@router.post("/evaluations/{evaluation_id}/acknowledge")
async def acknowledge_evaluation(
    evaluation_id: EvaluationId, said: Acknowledgement, context: Ctx, caller: Responder
) -> EvaluationDetails:
    """The agent takes note."""
    return await responding.acknowledge(context, caller, evaluation_id, said)


@router.post("/evaluations/{evaluation_id}/dispute")
async def dispute_evaluation(
    evaluation_id: EvaluationId, said: Dispute, context: Ctx, caller: Responder
) -> EvaluationDetails:
    """The agent objects."""
    return await responding.dispute(context, caller, evaluation_id, said)


@router.post("/evaluations/{evaluation_id}/review")
async def review_evaluation(
    evaluation_id: EvaluationId, said: Review, context: Ctx, caller: Reviewer
) -> EvaluationDetails:
    """A second reviewer, who is not the evaluator, answers a dispute: keeps it, or changes it."""
    return await responding.review(context, caller, evaluation_id, said)
