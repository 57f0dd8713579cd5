"""What answers score: docs/reference/scoring.md has the formula, with examples that are tested.

Exact fractions inside, rounded once on the way out; so the order of questions and sections changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import floor

from deskreel.core.evaluation.form import (
    Answer,
    Choice,
    Fails,
    FormContent,
    FreeText,
    Multiple,
    Scale,
    Scorable,
    Section,
    Value,
    YesNo,
    chosen,
    is_answer,
)


class Outcome(StrEnum):
    """What became of a question."""

    SCORED = "scored"
    NOT_APPLICABLE = "not_applicable"
    HIDDEN = "hidden"  # its condition does not hold
    UNANSWERED = "unanswered"
    UNSCORED = "unscored"  # answered, but has no score: words, or options without points


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionScore:
    """Of one question."""

    question_id: str
    section_id: str
    outcome: Outcome
    score: float | None  # 0 to 100; null unless scored
    auto_failed: bool  # the answer fails its section or the form


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionScore:
    """Of one section."""

    section_id: str
    score: float | None  # 0 to 100; null when nothing in it counts
    failed: bool  # an answer in it failed it


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Of a whole form."""

    total: float | None  # 0 to 100; null when nothing counts
    failed: bool  # an answer failed the whole form
    sections: tuple[SectionScore, ...]
    questions: tuple[QuestionScore, ...]


def percent(share: Fraction) -> float:
    """0 to 1 as 0 to 100 with two decimals, half up."""
    return floor(share * 10_000 + Fraction(1, 2)) / 100


def shown(form: FormContent, answers: Mapping[str, Answer]) -> frozenset[str]:
    """Ids of the questions that are asked, given what is answered.

    A condition on a question that is itself hidden, comes later or is not there does not hold.
    """
    picked: dict[str, frozenset[str | int]] = {}
    for question in form.questions:
        when = question.shown_when
        if when is None or picked.get(when.question_id, frozenset()) & set(when.answers):
            picked[question.id] = chosen(question, answers.get(question.id))
    return frozenset(picked)


def share(question: Scorable | FreeText, value: Value) -> Fraction | None:
    """What a valid answer is worth, 0 to 1; None if it has no worth."""
    match question:
        case YesNo():
            return Fraction(int(value == question.good))
        case Scale():
            if not isinstance(value, int) or question.max <= question.min:
                return None
            return Fraction(value - question.min, question.max - question.min)
        case Choice():
            best = max((option.points for option in question.options), default=0)
            return _points(question, {value}, best)
        case Multiple():
            every = sum(option.points for option in question.options)
            return _points(question, value if isinstance(value, tuple) else (), every)
        case FreeText():
            return None


def _points(question: Choice | Multiple, picked: Iterable[object], of: int) -> Fraction | None:
    taken = set(picked)
    return Fraction(sum(o.points for o in question.options if o.id in taken), of) if of else None


def score(form: FormContent, answers: Mapping[str, Answer]) -> Score:
    """The score of these answers; of what is answered so far while some are missing."""
    asked = shown(form, answers)
    sections: list[SectionScore] = []
    questions: list[QuestionScore] = []
    counted: list[tuple[int, Fraction]] = []
    form_failed = False
    for section in form.sections:
        found, failures, result = _section(section, answers, asked)
        questions += found
        form_failed |= Fails.FORM in failures
        if Fails.SECTION in failures:
            result = Fraction(0)
        if result is not None:
            counted.append((section.weight, result))
        sections.append(
            SectionScore(
                section_id=section.id,
                score=None if result is None else percent(result),
                failed=Fails.SECTION in failures,
            )
        )
    total = Fraction(0) if form_failed else _mean(counted)
    return Score(
        total=None if total is None else percent(total),
        failed=form_failed,
        sections=tuple(sections),
        questions=tuple(questions),
    )


def _section(
    section: Section, answers: Mapping[str, Answer], asked: frozenset[str]
) -> tuple[list[QuestionScore], set[Fails], Fraction | None]:
    """Its questions, what failed, and its share."""
    found: list[QuestionScore] = []
    failures: set[Fails] = set()
    counted: list[tuple[int, Fraction]] = []
    for question in section.questions:
        answer = answers.get(question.id)
        worth, failure = None, None
        if question.id not in asked:
            outcome = Outcome.HIDDEN
        elif answer is not None and answer.na and question.na_allowed:
            outcome = Outcome.NOT_APPLICABLE
        elif answer is None or answer.na or not is_answer(question, answer.value):
            outcome = Outcome.UNANSWERED
        else:
            worth = share(question, answer.value)
            outcome = Outcome.UNSCORED if worth is None else Outcome.SCORED
            rule = None if isinstance(question, FreeText) else question.auto_fail
            if rule is not None and chosen(question, answer) & set(rule.answers):
                failure = rule.fails
                failures.add(failure)
            if worth is not None and not isinstance(question, FreeText):
                counted.append((question.weight, worth))
        found.append(
            QuestionScore(
                question_id=question.id,
                section_id=section.id,
                outcome=outcome,
                score=None if worth is None else percent(worth),
                auto_failed=failure is not None,
            )
        )
    return found, failures, _mean(counted)


def _mean(counted: Iterable[tuple[int, Fraction]]) -> Fraction | None:
    """The weighted mean; None when nothing has weight."""
    known = [(weight, value) for weight, value in counted if weight]
    whole = sum(weight for weight, _ in known)
    return sum((weight * value for weight, value in known), Fraction(0)) / whole if whole else None
