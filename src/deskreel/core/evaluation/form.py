"""What a form is: sections of questions, as plain values that are also the JSON of the API and of the database.

Reading JSON checks the shape and the sizes. Whether the form makes sense is for `form_rules`, so that a draft can
be kept half-done.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StrictInt, StringConstraints, TypeAdapter

_NO_NUL = r"^[^\x00]*$"  # PostgreSQL keeps no NUL
_CONFIG = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)
MAX_COMMENT = 4000  # characters of a comment, a dispute, a piece of feedback
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Line = Annotated[str, StringConstraints(max_length=500, pattern=_NO_NUL)]
Paragraph = Annotated[str, StringConstraints(max_length=MAX_COMMENT, pattern=_NO_NUL)]
Weight = Annotated[StrictInt, Field(ge=0, le=1000)]
_Number = Annotated[StrictInt, Field(ge=-1_000_000, le=1_000_000)]
Choosable = Key | _Number  # what one chooses: "yes", "no", a number of the scale, an option's id
Choices = Annotated[tuple[Choosable, ...], Field(max_length=100)]


class Fails(StrEnum):
    """How much an automatic failure takes with it."""

    FORM = "form"
    SECTION = "section"


class CommentWhen(StrEnum):
    """When an answer needs a comment."""

    NEVER = "never"
    ALWAYS = "always"  # also when the question does not apply
    ANSWERS = "answers"  # on some answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A question is shown when an earlier one has one of these answers."""

    __pydantic_config__ = _CONFIG

    question_id: Key
    answers: Choices


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoFail:
    """Answers that fail the whole form, or their section."""

    __pydantic_config__ = _CONFIG

    answers: Choices
    fails: Fails = Fails.FORM


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentRule:
    """When a comment must be given."""

    __pydantic_config__ = _CONFIG

    when: CommentWhen = CommentWhen.NEVER
    answers: Choices = ()  # those that need one, if `when` says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Something to choose."""

    __pydantic_config__ = _CONFIG

    id: Key
    text: Line
    points: Weight = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What every question has."""

    __pydantic_config__ = _CONFIG

    id: Key  # stays the same over versions, so that reports can compare
    text: Line
    help: Paragraph = ""  # for the evaluator: what to look for
    na_allowed: bool = False  # "not applicable" is an answer
    comment: CommentRule = CommentRule()
    shown_when: Condition | None = None  # null: always


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scored(_Asked):
    """What every question with a score has."""

    weight: Weight = 1  # within the section; 0: counts for nothing
    auto_fail: AutoFail | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class YesNo(_Scored):
    """Answered "yes" or "no"."""

    kind: Literal["yes_no"]
    good: Literal["yes", "no"] = "yes"  # the answer that scores 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale(_Scored):
    """Answered by a whole number from `min` (scores 0) to `max` (scores 100)."""

    kind: Literal["scale"]
    min: _Number = 1
    max: _Number = 5
    min_label: Line = ""
    max_label: Line = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(_Scored):
    """Answered by one option; the one with the most points scores 100."""

    kind: Literal["choice"]
    options: Annotated[tuple[Option, ...], Field(max_length=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiple(_Scored):
    """Answered by any options, none included; all that have points together score 100."""

    kind: Literal["multiple"]
    options: Annotated[tuple[Option, ...], Field(max_length=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeText(_Asked):
    """Answered in words; has no score."""

    kind: Literal["text"]
    required: bool = False


Scorable = YesNo | Scale | Choice | Multiple
Question = Annotated[Scorable | FreeText, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Questions that belong together."""

    __pydantic_config__ = _CONFIG

    id: Key
    title: Line
    weight: Weight = 1  # within the form; 0: counts for nothing
    questions: Annotated[tuple[Question, ...], Field(max_length=300)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormContent:
    """All that a form asks."""

    __pydantic_config__ = _CONFIG

    sections: Annotated[tuple[Section, ...], Field(max_length=50)] = ()

    @property
    def questions(self) -> tuple[Scorable | FreeText, ...]:
        """In the order in which they are asked."""
        return tuple(question for section in self.sections for question in section.questions)


FORM: TypeAdapter[FormContent] = TypeAdapter(FormContent)


# --- answers --------------------------------------------------------------------------------------------------

_Words = Annotated[str, StringConstraints(max_length=10_000, pattern=_NO_NUL)]
Value = _Words | _Number | Annotated[tuple[Key, ...], Field(max_length=100)] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an evaluator says to a question."""

    __pydantic_config__ = _CONFIG

    value: Value = (
        None  # "yes", "no", a number, an option's id, several options' ids, or words; null: none yet
    )
    na: bool = False  # does not apply; `value` then counts for nothing
    comment: Paragraph = ""


Answers = Annotated[dict[Key, Answer], Field(max_length=500)]  # by question
ANSWERS: TypeAdapter[dict[str, Answer]] = TypeAdapter(Answers)


def choosable(question: Scorable | FreeText) -> tuple[Choosable, ...]:
    """What can be chosen; nothing where the answer is words."""
    match question:
        case YesNo():
            return ("yes", "no")
        case Scale():
            return tuple(range(question.min, min(question.max, question.min + 1000) + 1))
        case Choice() | Multiple():
            return tuple(option.id for option in question.options)
        case FreeText():
            return ()


def is_answer(question: Scorable | FreeText, value: Value) -> bool:
    """Whether `value` answers the question; None does not."""
    if isinstance(question, FreeText):
        return isinstance(value, str) and bool(value.strip())
    if isinstance(question, Multiple):
        return (
            isinstance(value, tuple)
            and len(set(value)) == len(value)
            and set(value) <= set(choosable(question))
        )
    return isinstance(value, str | int) and value in choosable(question)


def chosen(question: Scorable | FreeText, answer: Answer | None) -> frozenset[Choosable]:
    """What an answer chooses; nothing without a valid one, and where the question does not apply."""
    if answer is None or answer.na or not is_answer(question, answer.value):
        return frozenset()
    if isinstance(answer.value, tuple):
        return frozenset(answer.value)
    return (
        frozenset() if answer.value is None or isinstance(question, FreeText) else frozenset({answer.value})
    )
