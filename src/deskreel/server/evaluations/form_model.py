"""What the API speaks of forms."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from deskreel.core.evaluation.form import Answers, FormContent, Paragraph
from deskreel.core.evaluation.form_rules import AnswerProblem, FormProblem
from deskreel.core.evaluation.scoring import Score

FormName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00]*$"),
]


class FormState(StrEnum):
    """Where a form stands."""

    DRAFT = "draft"  # no version published yet
    PUBLISHED = "published"  # can be evaluated with
    ARCHIVED = "archived"  # no longer, but for what was assigned before


class FormFields(BaseModel):
    """A form, as it is edited."""

    model_config = ConfigDict(extra="forbid")

    name: FormName
    description: Paragraph = ""
    content: FormContent = Field(default_factory=FormContent)


class FormChange(FormFields):
    """A form's new draft."""

    revision: int = Field(description="The one that was read.")


class Revision(BaseModel):
    """Which state of a thing is meant."""

    model_config = ConfigDict(extra="forbid")

    revision: int = Field(description="The one that was read.")


class FormSummary(BaseModel):
    """A line of the list of forms."""

    id: str
    name: str
    description: str
    state: FormState
    revision: int
    published_version: int | None = Field(description="The newest.")
    has_changes: bool = Field(description="The draft is not what the newest version says.")
    questions: int
    created_at: int
    updated_at: int
    archived_at: int | None


class FormPage(BaseModel):
    """Some forms, by name."""

    items: list[FormSummary]
    next_cursor: str | None


class VersionRef(BaseModel):
    """A published version."""

    version: int
    name: str
    published_at: int
    published_by: str = Field(description="A user's name, or an id.")
    evaluations: int = Field(description="How many use it.")


class FormDetails(FormSummary):
    """A form with its draft."""

    content: FormContent
    problems: list[FormProblem] = Field(description="All that keeps the draft from being published.")
    versions: list[VersionRef] = Field(description="Newest first.")


class FormVersion(BaseModel):
    """What a version says; it never changes."""

    form_id: str
    version: int
    name: str
    content: FormContent
    published_at: int


class ScoreRequest(BaseModel):
    """Answers to try out."""

    model_config = ConfigDict(extra="forbid")

    answers: Answers = Field(default_factory=dict)
    content: FormContent | None = Field(default=None, description="A form that is not saved yet.")
    version: int | None = Field(default=None, description="A published version; else the draft.")


class ScorePreview(BaseModel):
    """What answers would score."""

    score: Score
    problems: list[AnswerProblem] = Field(description="All that would keep them from being published.")
