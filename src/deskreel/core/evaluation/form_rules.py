"""Whether a form makes sense, and whether answers to it are complete. Every fault is named, not the first alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from deskreel.core.evaluation.form import (
    Answer,
    Choice,
    Choosable,
    CommentWhen,
    FormContent,
    FreeText,
    Multiple,
    Scale,
    Scorable,
    choosable,
    chosen,
    is_answer,
)
from deskreel.core.evaluation.scoring import shown

MAX_QUESTIONS = 300
MAX_STEPS = 100  # of a scale


class FormFault(StrEnum):
    """What keeps a form from being published."""

    NO_QUESTIONS = "no_questions"
    TOO_MANY_QUESTIONS = "too_many_questions"
    DUPLICATE_ID = "duplicate_id"
    EMPTY_TEXT = "empty_text"
    BAD_SCALE = "bad_scale"
    TOO_FEW_OPTIONS = "too_few_options"
    DUPLICATE_OPTION = "duplicate_option"
    NO_POINTS = "no_points"
    CONDITION_NOT_EARLIER = "condition_not_earlier"
    BAD_CONDITION = "bad_condition"
    BAD_AUTO_FAIL = "bad_auto_fail"
    BAD_COMMENT_RULE = "bad_comment_rule"

    @property
    def words(self) -> str:
        """One sentence."""
        return _WORDS[self]


_WORDS = {
    FormFault.NO_QUESTIONS: "There is nothing to answer here.",
    FormFault.TOO_MANY_QUESTIONS: f"A form has at most {MAX_QUESTIONS} questions.",
    FormFault.DUPLICATE_ID: "Another section or question has the same id.",
    FormFault.EMPTY_TEXT: "The text is missing.",
    FormFault.BAD_SCALE: f"A scale goes upwards, by at most {MAX_STEPS} steps.",
    FormFault.TOO_FEW_OPTIONS: "There must be at least two options (one, where several can be chosen).",
    FormFault.DUPLICATE_OPTION: "Two options have the same id.",
    FormFault.NO_POINTS: "The question has a weight, but none of its options has points.",
    FormFault.CONDITION_NOT_EARLIER: "The condition is about a question that does not come before this one.",
    FormFault.BAD_CONDITION: "The condition names no answer, or one that the other question does not have.",
    FormFault.BAD_AUTO_FAIL: "The automatic failure names no answer, or one that the question does not have.",
    FormFault.BAD_COMMENT_RULE: "The rule for comments names no answer, or one that the question does not have.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FormProblem:
    """Something that is wrong with a form."""

    code: FormFault
    section_id: str | None  # where; null: the form as a whole
    question_id: str | None
    message: str


def form_problems(form: FormContent) -> list[FormProblem]:
    """All that keeps a form from being published, in the order of the form."""
    found: list[FormProblem] = []

    def note(code: FormFault, section: str | None = None, question: str | None = None) -> None:
        found.append(FormProblem(code=code, section_id=section, question_id=question, message=code.words))

    if not form.sections:
        note(FormFault.NO_QUESTIONS)
    if len(form.questions) > MAX_QUESTIONS:
        note(FormFault.TOO_MANY_QUESTIONS)
    sections: set[str] = set()
    earlier: dict[str, Scorable | FreeText] = {}
    for section in form.sections:
        if section.id in sections:
            note(FormFault.DUPLICATE_ID, section.id)
        sections.add(section.id)
        if not section.title.strip():
            note(FormFault.EMPTY_TEXT, section.id)
        if not section.questions:
            note(FormFault.NO_QUESTIONS, section.id)
        for question in section.questions:
            for code in (*_question_faults(question), *_reference_faults(question, earlier)):
                note(code, section.id, question.id)
            if question.id in earlier:
                note(FormFault.DUPLICATE_ID, section.id, question.id)
            earlier[question.id] = question
    return found


def _question_faults(question: Scorable | FreeText) -> Iterator[FormFault]:
    if not question.text.strip():
        yield FormFault.EMPTY_TEXT
    if isinstance(question, Scale) and not question.min < question.max <= question.min + MAX_STEPS:
        yield FormFault.BAD_SCALE
    if isinstance(question, Choice | Multiple):
        ids = [option.id for option in question.options]
        if len(ids) < (2 if isinstance(question, Choice) else 1):
            yield FormFault.TOO_FEW_OPTIONS
        if len(set(ids)) < len(ids):
            yield FormFault.DUPLICATE_OPTION
        if any(not option.text.strip() for option in question.options):
            yield FormFault.EMPTY_TEXT
        if question.weight and ids and not any(option.points for option in question.options):
            yield FormFault.NO_POINTS


def _reference_faults(
    question: Scorable | FreeText, earlier: Mapping[str, Scorable | FreeText]
) -> Iterator[FormFault]:
    own = choosable(question)
    if question.shown_when is not None:
        about = earlier.get(question.shown_when.question_id)
        if about is None:
            yield FormFault.CONDITION_NOT_EARLIER
        elif not _are_of(question.shown_when.answers, choosable(about)):
            yield FormFault.BAD_CONDITION
    if question.comment.when is CommentWhen.ANSWERS and not _are_of(question.comment.answers, own):
        yield FormFault.BAD_COMMENT_RULE
    rule = None if isinstance(question, FreeText) else question.auto_fail
    if rule is not None and not _are_of(rule.answers, own):
        yield FormFault.BAD_AUTO_FAIL


def _are_of(named: Iterable[Choosable], possible: Iterable[Choosable]) -> bool:
    wanted = set(named)
    return bool(wanted) and wanted <= set(possible)


# --- answers --------------------------------------------------------------------------------------------------


class AnswerFault(StrEnum):
    """What keeps an evaluation from being published."""

    MISSING = "missing"
    NOT_AN_ANSWER = "not_an_answer"
    NA_NOT_ALLOWED = "na_not_allowed"
    COMMENT_REQUIRED = "comment_required"
    UNKNOWN_QUESTION = "unknown_question"

    @property
    def words(self) -> str:
        """One sentence."""
        return _ANSWER_WORDS[self]


_ANSWER_WORDS = {
    AnswerFault.MISSING: "The question is not answered.",
    AnswerFault.NOT_AN_ANSWER: "This is not one of the question's answers.",
    AnswerFault.NA_NOT_ALLOWED: "This question always applies.",
    AnswerFault.COMMENT_REQUIRED: "This answer needs a comment.",
    AnswerFault.UNKNOWN_QUESTION: "The form has no such question.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerProblem:
    """Something that is wrong with an answer, or missing."""

    code: AnswerFault
    question_id: str
    message: str


def answer_problems(form: FormContent, answers: Mapping[str, Answer]) -> list[AnswerProblem]:
    """All that keeps these answers from being published, in the order of the form. Hidden questions have none."""
    asked = shown(form, answers)
    faults = [
        (code, question.id)
        for question in form.questions
        if question.id in asked
        for code in _answer_faults(question, answers.get(question.id, Answer()))
    ]
    known = {question.id for question in form.questions}
    faults += [(AnswerFault.UNKNOWN_QUESTION, name) for name in sorted(answers.keys() - known)]
    return [AnswerProblem(code=code, question_id=name, message=code.words) for code, name in faults]


def _answer_faults(question: Scorable | FreeText, answer: Answer) -> Iterator[AnswerFault]:
    given = is_answer(question, answer.value)
    optional = isinstance(question, FreeText) and not question.required
    if answer.na:
        if not question.na_allowed:
            yield AnswerFault.NA_NOT_ALLOWED
    elif not given and answer.value not in (None, ""):
        yield AnswerFault.NOT_AN_ANSWER
    elif not given and not optional:
        yield AnswerFault.MISSING
    rule = question.comment
    needed = rule.when is CommentWhen.ALWAYS or (
        rule.when is CommentWhen.ANSWERS and bool(chosen(question, answer) & set(rule.answers))
    )
    if needed and not answer.comment.strip():
        yield AnswerFault.COMMENT_REQUIRED


def kept_answers(form: FormContent, answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """What is published: answers to the questions that are asked, in the order of the form."""
    asked = shown(form, answers)
    return {q.id: answers[q.id] for q in form.questions if q.id in asked and q.id in answers}
