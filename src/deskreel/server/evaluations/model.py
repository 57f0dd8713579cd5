"""What the API speaks of evaluations."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from deskreel.core.evaluation.flow import Action, State
from deskreel.core.evaluation.form import MAX_COMMENT, Answers, FormContent, Key, Paragraph
from deskreel.core.evaluation.form_rules import AnswerProblem
from deskreel.core.evaluation.scoring import Score
from deskreel.server.people.model import AgentRef

LONGEST_MS = 7 * 86_400_000  # of an interaction: bounds moments of its timeline
Said = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_COMMENT, pattern=r"^[^\x00]*$"),
]
Moment = Annotated[int, Field(ge=0, le=2**53)]


class PersonRef(BaseModel):
    """A user, by name."""

    id: str
    name: str
    active: bool = Field(description="Can sign in.")


class FormRef(BaseModel):
    """A version of a form."""

    id: str
    version: int
    name: str


# --- making and assigning -------------------------------------------------------------------------------------


class NewAssignment(BaseModel):
    """Somebody is to evaluate a call."""

    model_config = ConfigDict(extra="forbid")

    interaction_id: str
    form_id: str
    evaluator_id: str
    agent_id: str | None = Field(default=None, description="Needed when several agents took part.")
    due_at: Moment | None = None


class OwnEvaluation(BaseModel):
    """One begins to evaluate a call oneself."""

    model_config = ConfigDict(extra="forbid")

    form_id: str
    agent_id: str | None = Field(default=None, description="Needed when several agents took part.")


class AssignmentChange(BaseModel):
    """To whom an evaluation is given, and until when."""

    model_config = ConfigDict(extra="forbid")

    evaluator_id: str
    due_at: Moment | None


# --- working on it --------------------------------------------------------------------------------------------


class DraftChange(BaseModel):
    """All that an evaluator has said so far; saved as one types."""

    model_config = ConfigDict(extra="forbid")

    revision: int = Field(description="The one that was read or last saved.")
    answers: Answers
    comment: Paragraph = ""


class DraftState(BaseModel):
    """A saved draft."""

    revision: int = Field(description="Send it back with the next change.")
    state: State
    answers: Answers
    comment: str
    saved_at: int
    result: Score = Field(description="Of what is answered so far.")
    problems: list[AnswerProblem] = Field(description="All that keeps it from being published.")


class Rectangle(BaseModel):
    """A part of the picture; 0 to 1 of its width and height, from the upper left corner."""

    model_config = ConfigDict(extra="forbid")

    x: float = Field(ge=0, le=1)
    y: float = Field(ge=0, le=1)
    width: float = Field(gt=0, le=1)
    height: float = Field(gt=0, le=1)

    @model_validator(mode="after")
    def _within(self) -> Self:
        if self.x + self.width > 1.0001 or self.y + self.height > 1.0001:
            raise ValueError("the rectangle reaches beyond the picture")
        return self


class FeedbackFields(BaseModel):
    """A note to a moment or a stretch of the call."""

    model_config = ConfigDict(extra="forbid")

    start_ms: int = Field(ge=0, le=LONGEST_MS, description="Since the interaction began.")
    end_ms: int | None = Field(default=None, ge=0, le=LONGEST_MS, description="Null: a point.")
    text: Said
    rectangle: Rectangle | None = None
    question_id: Key | None = Field(default=None, description="Which question it speaks to.")

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.end_ms is not None and self.end_ms < self.start_ms:
            raise ValueError("the end comes before the start")
        return self


class FeedbackChange(FeedbackFields):
    """A note, changed."""

    revision: int = Field(description="The one that was read.")


class Feedback(FeedbackFields):
    """A note."""

    id: str
    revision: int
    created_at: int
    updated_at: int


# --- answers to it --------------------------------------------------------------------------------------------


class Acknowledgement(BaseModel):
    """The agent takes note."""

    model_config = ConfigDict(extra="forbid")

    text: Paragraph = ""


class Dispute(BaseModel):
    """The agent objects."""

    model_config = ConfigDict(extra="forbid")

    text: Said


class ReviewDecision(StrEnum):
    """What a second reviewer does with a disputed evaluation."""

    KEPT = "kept"
    CHANGED = "changed"


class Review(BaseModel):
    """A second reviewer's answer to a dispute."""

    model_config = ConfigDict(extra="forbid")

    decision: ReviewDecision
    text: Said
    answers: Answers | None = Field(default=None, description="All of them; when it is changed.")
    comment: Paragraph | None = Field(default=None, description="On the call as a whole, when it is changed.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.answers is not None) != (self.decision is ReviewDecision.CHANGED):
            raise ValueError("answers come with `changed`, and with nothing else")
        return self


# --- reading --------------------------------------------------------------------------------------------------


class EvaluationSummary(BaseModel):
    """A line of the list of evaluations."""

    id: str
    interaction_id: str | None = Field(description="Null: the call was deleted.")
    interaction_started_at: int
    agent: AgentRef
    form: FormRef
    evaluator: PersonRef
    state: State
    due_at: int | None
    overdue: bool
    score: float | None = Field(
        description="0 to 100; of a draft, so far; null while hidden or nothing counts."
    )
    failed: bool = Field(description="An answer failed the whole form.")
    assigned_by: str = Field(description="A user's or rule's name, or an id.")
    sampled: bool = Field(description="Chosen by a sampling rule.")
    calibration_id: str | None
    created_at: int
    updated_at: int
    published_at: int | None


class EvaluationPage(BaseModel):
    """Some evaluations."""

    items: list[EvaluationSummary]
    next_cursor: str | None


class HistoryEntry(BaseModel):
    """Something that was done to an evaluation."""

    number: int
    at: int
    actor: str
    actor_name: str | None
    action: str
    state: State = Field(description="Afterwards.")
    text: str
    score: float | None = Field(description="Afterwards.")
    content: dict[str, Any] | None = Field(
        description="`answers`, `comment` and `feedback` as they were from then on; null: unchanged."
    )


class DisputeState(BaseModel):
    """An agent's objection, and what came of it."""

    text: str
    at: int
    reviewer: PersonRef | None
    decision: ReviewDecision | None
    answer: str | None
    answered_at: int | None


class EvaluationDetails(EvaluationSummary):
    """An evaluation, whole."""

    content: FormContent = Field(description="The form, in its version.")
    answers: Answers
    comment: str
    revision: int
    result: Score
    problems: list[AnswerProblem] = Field(description="All that keeps it from being published.")
    feedback: list[Feedback] = Field(description="In the order of the timeline.")
    acknowledged_at: int | None
    acknowledgement: str | None
    dispute: DisputeState | None
    history: list[HistoryEntry] = Field(description="Oldest first; agents see it from its publication on.")
    may: list[Action] = Field(description="What the caller can do now.")


class Evaluator(BaseModel):
    """Somebody to whom evaluations can be given."""

    id: str
    name: str
    role: Literal["admin", "supervisor", "evaluator"]
    open: int = Field(description="Evaluations that they have to do.")


class EvaluatorList(BaseModel):
    """Everybody who may evaluate, by name."""

    items: list[Evaluator]
