import { describe, expect, it } from "vitest";

import type { Answers, FormContent, Question } from "./model";
import { choosable, needsComment, shownQuestions } from "./model";

const common = { help: "", na_allowed: true, comment: { when: "never" as const, answers: [] }, auto_fail: null, weight: 1 };
const yesNo: Question = { ...common, kind: "yes_no", id: "q1", text: "Solved?", good: "yes", shown_when: null };
const scale: Extract<Question, { kind: "scale" }> = {
  ...common,
  kind: "scale",
  id: "q2",
  text: "Tone",
  min: 1,
  max: 3,
  min_label: "",
  max_label: "",
  shown_when: { question_id: "q1", answers: ["no"] },
};
const words: Question = { ...common, kind: "text", id: "q3", text: "Why?", required: true, shown_when: { question_id: "q2", answers: [1, 2] } };
const form: FormContent = { sections: [{ id: "s", title: "S", weight: 1, questions: [yesNo, scale, words] }] };

function shown(answers: Answers): string[] {
  return [...shownQuestions(form, answers)];
}

const answer = (value: string | number | string[] | null, na = false) => ({ value, na, comment: "" });

describe("conditional questions", () => {
  it("are asked when the earlier one has one of the answers", () => {
    expect(shown({})).toEqual(["q1"]);
    expect(shown({ q1: answer("yes") })).toEqual(["q1"]);
    expect(shown({ q1: answer("no") })).toEqual(["q1", "q2"]);
    expect(shown({ q1: answer("no"), q2: answer(2) })).toEqual(["q1", "q2", "q3"]);
  });

  it("are not asked when the earlier one is hidden itself or does not apply", () => {
    expect(shown({ q1: answer("yes"), q2: answer(2) })).toEqual(["q1"]);
    expect(shown({ q1: answer("no", true), q2: answer(2) })).toEqual(["q1"]);
  });
});

describe("comments", () => {
  it("are asked for by the rule of the question", () => {
    const strict: Question = { ...scale, comment: { when: "answers", answers: [1] } };
    expect([needsComment(strict, answer(1)), needsComment(strict, answer(2)), needsComment(strict, answer(1, true))]).toEqual([true, false, false]);
    const always: Question = { ...scale, comment: { when: "always", answers: [] } };
    expect([needsComment(always, answer(null)), needsComment(always, answer(null, true))]).toEqual([false, true]);
  });
});

it("a scale that runs away offers no more than a hundred steps", () => {
  expect(choosable({ ...scale, max: 1_000_000 })).toHaveLength(101);
  expect(choosable({ ...scale, max: -5 })).toEqual([1]);
});
