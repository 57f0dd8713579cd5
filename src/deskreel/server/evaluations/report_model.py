"""What the API speaks of reports on scores."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, Field


class ScoreGroupBy(StrEnum):
    """What a line of the report is about."""

    AGENT = "agent"
    TEAM = "team"
    FORM = "form"
    QUESTION = "question"
    EVALUATOR = "evaluator"
    WEEK = "week"


class ScoreFigures(BaseModel):
    """Of some published evaluations, or of the answers to a question."""

    evaluations: int = Field(description="How many there are.")
    scored: int = Field(description="How many of them have a score.")
    mean: float | None = Field(description="0 to 100; null when none has a score.")
    least: float | None
    most: float | None
    failed: int = Field(description="An answer failed the whole form; of a question: failed form or section.")
    not_applicable: int = Field(description="Of a question: how often it did not apply; else 0.")
    disputed: int
    acknowledged: int


class ScoreGroup(ScoreFigures):
    """A line of the report."""

    key: str = Field(
        description="An id, an ISO week; of a question: form and question, with a colon between."
    )
    name: str


class ScoreReport(ScoreFigures):
    """Scores in groups, and over all evaluations."""

    group_by: ScoreGroupBy
    items: list[ScoreGroup]
