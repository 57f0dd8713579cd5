"""Scores: examples of the reference page, and what holds of every form."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from deskreel.core.evaluation.flow import BY, TRANSITIONS, Action, State, WrongStateError, after
from deskreel.core.evaluation.form import (
    ANSWERS,
    FORM,
    Answer,
    AutoFail,
    Choice,
    Condition,
    Fails,
    FormContent,
    FreeText,
    Multiple,
    Option,
    Scale,
    Scorable,
    Section,
    YesNo,
    choosable,
    is_answer,
)
from deskreel.core.evaluation.form_rules import answer_problems, form_problems, kept_answers
from deskreel.core.evaluation.scoring import Outcome, Score, score, shown

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "scoring.md"


# --- forms and answers ----------------------------------------------------------------------------------------


@st.composite
def options(draw: st.DrawFn) -> tuple[Option, ...]:
    points = draw(st.lists(st.integers(0, 9), min_size=2, max_size=4).filter(any))
    return tuple(Option(id=f"o{n}", text="x", points=p) for n, p in enumerate(points))


@st.composite
def questions(draw: st.DrawFn, name: str) -> Scorable | FreeText:
    common: dict[str, Any] = {"id": name, "text": name, "na_allowed": draw(st.booleans())}
    kind = draw(st.sampled_from(["yes_no", "scale", "choice", "multiple", "text"]))
    if kind == "text":
        return FreeText(kind="text", **common)
    common["weight"] = draw(st.integers(0, 5))
    if kind == "yes_no":
        return YesNo(kind="yes_no", good=draw(st.sampled_from(["yes", "no"])), **common)
    if kind == "scale":
        low = draw(st.integers(-3, 3))
        return Scale(kind="scale", min=low, max=low + draw(st.integers(1, 9)), **common)
    if kind == "choice":
        return Choice(kind="choice", options=draw(options()), **common)
    return Multiple(kind="multiple", options=draw(options()), **common)


@st.composite
def forms(draw: st.DrawFn, *, conditions: bool = True, failures: bool = True) -> FormContent:
    """A form that can be published."""
    sections: list[Section] = []
    earlier: list[Scorable | FreeText] = []
    for number in range(draw(st.integers(1, 3))):
        inside: list[Scorable | FreeText] = []
        for place in range(draw(st.integers(1, 4))):
            question = draw(questions(f"q{number}{place}"))
            about = [one for one in earlier if choosable(one)]
            if conditions and about and draw(st.booleans()):
                other = draw(st.sampled_from(about))
                answers = draw(st.sets(st.sampled_from(choosable(other)), min_size=1))
                when = Condition(question_id=other.id, answers=tuple(answers))
                question = replace(question, shown_when=when)
            if failures and not isinstance(question, FreeText) and draw(st.booleans()):
                answers = draw(st.sets(st.sampled_from(choosable(question)), min_size=1, max_size=1))
                fails = draw(st.sampled_from(list(Fails)))
                question = replace(question, auto_fail=AutoFail(answers=tuple(answers), fails=fails))
            inside.append(question)
            earlier.append(question)
        weight = draw(st.integers(0, 5))
        sections.append(Section(id=f"s{number}", title="x", weight=weight, questions=tuple(inside)))
    return FormContent(sections=tuple(sections))


def values(question: Scorable | FreeText) -> st.SearchStrategy[Any]:
    if isinstance(question, FreeText):
        return st.just("words")
    if isinstance(question, Multiple):
        return st.sets(st.sampled_from([o.id for o in question.options])).map(lambda s: tuple(sorted(s)))
    return st.sampled_from(choosable(question))


@st.composite
def answered(draw: st.DrawFn, **limits: bool) -> tuple[FormContent, dict[str, Answer]]:
    """A form and answers to some of its questions."""
    form = draw(forms(**limits))
    answers: dict[str, Answer] = {}
    for question in form.questions:
        how = draw(st.sampled_from(["answer", "answer", "answer", "na", "nothing"]))
        if how == "answer":
            answers[question.id] = Answer(value=draw(values(question)))
        elif how == "na" and question.na_allowed:
            answers[question.id] = Answer(na=True)
    return form, answers


# --- what holds of every form ---------------------------------------------------------------------------------


@given(answered())
def test_every_score_lies_between_0_and_100(case: tuple[FormContent, dict[str, Answer]]) -> None:
    form, answers = case
    assert form_problems(form) == []
    result = score(form, answers)
    scores = [result.total, *(s.score for s in result.sections), *(q.score for q in result.questions)]
    assert all(one is None or 0 <= one <= 100 for one in scores)
    assert [q.question_id for q in result.questions] == [q.id for q in form.questions]
    if result.failed:
        assert result.total == 0


@given(answered(conditions=False), st.randoms())
def test_the_order_of_questions_and_sections_changes_nothing(
    case: tuple[FormContent, dict[str, Answer]], order: random.Random
) -> None:
    form, answers = case
    sections = [
        replace(s, questions=tuple(order.sample(s.questions, len(s.questions)))) for s in form.sections
    ]
    order.shuffle(sections)
    shuffled = score(FormContent(sections=tuple(sections)), answers)
    plain = score(form, answers)
    assert (shuffled.total, shuffled.failed) == (plain.total, plain.failed)
    assert {s.section_id: s.score for s in shuffled.sections} == {
        s.section_id: s.score for s in plain.sections
    }


@given(answered(), st.data())
def test_what_does_not_apply_counts_as_if_it_were_not_asked(
    case: tuple[FormContent, dict[str, Answer]], data: st.DataObject
) -> None:
    form, answers = case
    name = data.draw(st.sampled_from([question.id for question in form.questions]))
    assume(all(q.shown_when is None or q.shown_when.question_id != name for q in form.questions))
    without = FormContent(
        sections=tuple(
            replace(s, questions=tuple(q for q in s.questions if q.id != name)) for s in form.sections
        )
    )
    form = FormContent(
        sections=tuple(
            replace(
                s, questions=tuple(replace(q, na_allowed=True) if q.id == name else q for q in s.questions)
            )
            for s in form.sections
        )
    )
    left_out = score(without, {key: one for key, one in answers.items() if key != name})
    assert score(form, {**answers, name: Answer(na=True)}).total == left_out.total


@given(answered(conditions=False, failures=False), st.data())
def test_a_better_answer_never_lowers_the_score(
    case: tuple[FormContent, dict[str, Answer]], data: st.DataObject
) -> None:
    form, answers = case
    named = [q for q in form.questions if not isinstance(q, FreeText)]
    assume(named)
    question = data.draw(st.sampled_from(named))
    results: list[tuple[float, Score]] = []
    for value in (data.draw(values(question)), data.draw(values(question))):
        result = score(form, {**answers, question.id: Answer(value=value)})
        worth = next(q.score for q in result.questions if q.question_id == question.id)
        results.append((0 if worth is None else worth, result))
    (low, worse), (high, better) = sorted(results, key=lambda one: one[0])
    assert low <= high
    assert (worse.total is None) == (better.total is None)
    assert (worse.total or 0) <= (better.total or 0)


@given(answered())
def test_answers_to_hidden_questions_count_for_nothing(
    case: tuple[FormContent, dict[str, Answer]],
) -> None:
    form, answers = case
    asked = shown(form, answers)
    kept = kept_answers(form, answers)
    assert kept.keys() == answers.keys() & asked
    assert score(form, kept) == score(form, answers)
    hidden = {q.question_id for q in score(form, answers).questions if q.outcome is Outcome.HIDDEN}
    assert hidden == {q.id for q in form.questions} - asked
    assert {p.question_id for p in answer_problems(form, answers)} <= asked


@given(answered())
def test_what_is_complete_has_no_problem_and_what_is_missing_is_named(
    case: tuple[FormContent, dict[str, Answer]],
) -> None:
    form, answers = case
    missing = {p.question_id for p in answer_problems(form, answers)}
    unanswered = {
        q.question_id for q in score(form, answers).questions if q.outcome is Outcome.UNANSWERED
    } - {q.id for q in form.questions if isinstance(q, FreeText)}
    assert missing == unanswered


@given(answered())
def test_forms_and_answers_come_back_from_json_as_they_were(
    case: tuple[FormContent, dict[str, Answer]],
) -> None:
    form, answers = case
    assert FORM.validate_python(json.loads(FORM.dump_json(form))) == form
    assert ANSWERS.validate_python(json.loads(ANSWERS.dump_json(answers))) == answers


# --- examples -------------------------------------------------------------------------------------------------


def examples() -> list[tuple[str, dict[str, Any]]]:
    """The worked examples of the reference page: heading and JSON."""
    found = re.findall(r"^### (.+?)$.*?^```json\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [(title, json.loads(body)) for title, body in found]


@pytest.mark.parametrize(("title", "example"), examples(), ids=[title for title, _ in examples()])
def test_the_examples_of_the_reference_are_true(title: str, example: dict[str, Any]) -> None:
    form = FORM.validate_python(example["form"])
    assert form_problems(form) == [], title
    result = score(form, ANSWERS.validate_python(example["answers"]))
    assert {section.section_id: section.score for section in result.sections} == example["sections"]
    assert (result.total, result.failed) == (example["total"], example["failed"])


def test_the_reference_has_examples_for_every_rule() -> None:
    assert len(examples()) >= 5


def test_the_transitions_of_the_reference_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| ([\w ]+?) \| `(\w+)` \|", PAGE.read_text(), re.MULTILINE)
    assert rows == [
        (state.value, action.value, BY[action].value, then.value)
        for (state, action), then in TRANSITIONS.items()
    ]


def test_what_was_published_is_never_worked_on_again() -> None:
    for state in State:
        for action in (Action.SAVE, Action.PUBLISH, Action.REASSIGN):
            if state in (State.ASSIGNED, State.DRAFT):
                assert after(state, action) in State
            else:
                with pytest.raises(WrongStateError):
                    after(state, action)


def _form(*questions_: dict[str, Any]) -> FormContent:
    return FORM.validate_python({"sections": [{"id": "s", "title": "S", "questions": list(questions_)}]})


YES_NO = {"kind": "yes_no", "id": "a", "text": "?"}
FAULTY = [
    ({"kind": "yes_no", "id": "q", "text": " "}, "empty_text"),
    ({"kind": "scale", "id": "q", "text": "?", "min": 5, "max": 5}, "bad_scale"),
    ({"kind": "scale", "id": "q", "text": "?", "min": 0, "max": 1000}, "bad_scale"),
    ({"kind": "choice", "id": "q", "text": "?", "options": []}, "too_few_options"),
    (
        {"kind": "multiple", "id": "q", "text": "?", "options": [{"id": "x", "text": "x"}]},
        "no_points",
    ),
    (
        {
            "kind": "multiple",
            "id": "q",
            "text": "?",
            "options": [{"id": "x", "text": "x", "points": 1}, {"id": "x", "text": "y"}],
        },
        "duplicate_option",
    ),
    ({**YES_NO, "id": "a"}, "duplicate_id"),
    ({**YES_NO, "id": "q", "shown_when": {"question_id": "q", "answers": ["yes"]}}, "condition_not_earlier"),
    ({**YES_NO, "id": "q", "shown_when": {"question_id": "z", "answers": ["yes"]}}, "condition_not_earlier"),
    ({**YES_NO, "id": "q", "shown_when": {"question_id": "a", "answers": ["maybe"]}}, "bad_condition"),
    ({**YES_NO, "id": "q", "shown_when": {"question_id": "a", "answers": []}}, "bad_condition"),
    ({**YES_NO, "id": "q", "auto_fail": {"answers": [1]}}, "bad_auto_fail"),
    ({**YES_NO, "id": "q", "comment": {"when": "answers"}}, "bad_comment_rule"),
]


@pytest.mark.parametrize(("question", "code"), FAULTY, ids=[code for _, code in FAULTY])
def test_faulty_forms_are_named_by_question(question: dict[str, Any], code: str) -> None:
    problems = form_problems(_form(YES_NO, question))
    assert [(p.code.value, p.question_id) for p in problems] == [(code, question["id"])]


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        (YES_NO, ["yes", "no"], [None, "", "Yes", 1, ("yes",)]),
        ({"kind": "scale", "id": "q", "text": "?"}, [1, 5], [None, 0, 6, "1", (1,)]),
        (
            {"kind": "choice", "id": "q", "text": "?", "options": [{"id": "x", "text": "x", "points": 1}]},
            ["x"],
            [None, "y", ("x",)],
        ),
        (
            {"kind": "multiple", "id": "q", "text": "?", "options": [{"id": "x", "text": "x", "points": 1}]},
            [(), ("x",)],
            [None, "x", ("y",), ("x", "x")],
        ),
        ({"kind": "text", "id": "q", "text": "?"}, ["a"], [None, "", " \n", 3]),
    ],
    ids=["yes_no", "scale", "choice", "multiple", "text"],
)
def test_what_answers_a_question(question: dict[str, Any], right: list[Any], wrong: list[Any]) -> None:
    (parsed,) = _form(question).questions
    assert [value for value in right if not is_answer(parsed, value)] == []
    assert [value for value in wrong if is_answer(parsed, value)] == []
