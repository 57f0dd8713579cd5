"""What the API speaks of calibration and of sampling rules."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from deskreel.core.evaluation.flow import State
from deskreel.core.evaluation.form import FormContent, Value
from deskreel.core.evaluation.scoring import Outcome
from deskreel.core.evaluation.spread import Spread
from deskreel.server.evaluations.form_model import FormName
from deskreel.server.evaluations.model import LONGEST_MS, FormRef, Moment, PersonRef
from deskreel.server.people.model import AgentRef

_Ids = list[Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")]]


class NewCalibration(BaseModel):
    """Several people are to evaluate the same call, each without seeing the others."""

    model_config = ConfigDict(extra="forbid")

    name: FormName
    interaction_id: str
    form_id: str
    evaluator_ids: _Ids = Field(min_length=2, max_length=50)
    agent_id: str | None = Field(default=None, description="Needed when several agents took part.")
    due_at: Moment | None = None


class CalibrationSummary(BaseModel):
    """A line of the list of calibrations."""

    id: str
    name: str
    interaction_id: str | None = Field(description="Null: the call was deleted.")
    agent: AgentRef
    form: FormRef
    created_at: int
    created_by: str = Field(description="A user's name, or an id.")
    due_at: int | None
    closed_at: int | None = Field(description="From then on all see all.")
    participants: int
    published: int


class CalibrationPage(BaseModel):
    """Some calibrations, newest first."""

    items: list[CalibrationSummary]
    next_cursor: str | None


class Participant(BaseModel):
    """Somebody who takes part in a calibration."""

    evaluator: PersonRef
    state: State
    evaluation_id: str | None = Field(description="Null while it is hidden from the caller.")
    score: float | None = Field(description="Null while it is hidden from the caller, or nothing counts.")
    failed: bool | None = Field(description="Null while it is hidden from the caller.")


class GivenAnswer(BaseModel):
    """What one evaluator said to a question."""

    evaluator_id: str
    outcome: Outcome
    value: Value
    comment: str
    score: float | None


class QuestionSpread(BaseModel):
    """How far evaluators are apart on a question."""

    question_id: str
    section_id: str
    text: str
    agreed: bool = Field(description="All gave the same answer.")
    spread: Spread
    answers: list[GivenAnswer]


class CalibrationResult(BaseModel):
    """What a calibration came to, over the evaluations that were published."""

    total: Spread
    failed: int = Field(description="Evaluations in which an answer failed the form.")
    questions: list[QuestionSpread] = Field(description="In the order of the form.")


class CalibrationDetails(CalibrationSummary):
    """A calibration."""

    content: FormContent
    people: list[Participant] = Field(description="By name.")
    result: CalibrationResult | None = Field(description="Null until it is closed.")
    may_close: bool


# --- sampling -------------------------------------------------------------------------------------------------


class SamplingRuleFields(BaseModel):
    """Which calls of each week are to be evaluated, by whom."""

    model_config = ConfigDict(extra="forbid")

    name: FormName
    form_id: str
    per_agent: int = Field(ge=1, le=50, description="Calls of each agent and week.")
    team_ids: _Ids | None = Field(default=None, min_length=1, max_length=500, description="Null: all.")
    direction: Literal["inbound", "outbound"] | None = None
    min_duration_ms: int | None = Field(default=None, ge=0, le=LONGEST_MS)
    screen_only: bool = Field(default=False, description="Only calls with a screen recording.")
    evaluator_ids: _Ids = Field(min_length=1, max_length=100, description="Who takes turns.")
    due_days: int = Field(default=7, ge=1, le=90, description="After the calls were chosen.")
    active: bool = True


class SamplingRuleChange(SamplingRuleFields):
    """A rule, changed."""

    revision: int = Field(description="The one that was read.")


class SamplingRun(BaseModel):
    """What a rule chose of a week."""

    week: str = Field(description="ISO, in UTC: 2026-W47.")
    at: int
    assigned: int
    without_evaluator: int = Field(description="Chosen, but nobody of the pool may evaluate this agent.")


class SamplingRule(SamplingRuleFields):
    """A sampling rule."""

    id: str
    revision: int
    form_name: str
    form_usable: bool = Field(description="Else nothing is chosen: the form is archived or not published.")
    created_at: int
    last_run: SamplingRun | None


class SamplingRuleList(BaseModel):
    """Every rule that the caller may see, by name."""

    items: list[SamplingRule]


class RunRequest(BaseModel):
    """Which week."""

    model_config = ConfigDict(extra="forbid")

    week: str | None = Field(default=None, max_length=10, description="2026-W47; null: the last one.")
