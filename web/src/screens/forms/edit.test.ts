import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { FormContent, Question } from "../evaluations/engine/model";
import { questionsOf } from "../evaluations/engine/model";
import {
  KINDS,
  changeQuestion,
  duplicateQuestion,
  earlierChoices,
  moveQuestion,
  moveSection,
  newOption,
  newQuestion,
  newSection,
  placeQuestion,
  removeSection,
  withKind,
  withQuestion,
  withSection,
} from "./edit";

let last = 0;
const option = () => newOption(`o${String((last += 1))}`);

function form(...sizes: number[]): FormContent {
  return {
    sections: sizes.map((size, at) => ({
      ...newSection(`s${String(at)}`, "S"),
      questions: Array.from({ length: size }, (_, index) => newQuestion("choice", `q${String(at)}${String(index)}`, option)),
    })),
  };
}

const ids = (content: FormContent) => questionsOf(content).map(({ id }) => id);
const shapes = fc.array(fc.nat(4), { minLength: 1, maxLength: 4 });

describe("moving questions", () => {
  it("goes over the borders of sections and stops at the ends", () => {
    const start = form(2, 0, 1);
    const down = moveQuestion(start, "q01", 1);
    expect(down.sections.map((section) => section.questions.map(({ id }) => id))).toEqual([["q00"], ["q01"], ["q20"]]);
    expect(moveQuestion(down, "q01", -1)).toEqual(start);
    expect(moveQuestion(start, "q00", -1)).toEqual(start);
    expect(moveQuestion(start, "q20", 1)).toEqual(start);
  });

  it("neither loses nor doubles any, wherever they are dropped", () => {
    fc.assert(
      fc.property(shapes, fc.nat(20), fc.nat(5), fc.nat(6), (sizes, which, where, index) => {
        const start = form(...sizes);
        const all = ids(start);
        fc.pre(all.length > 0);
        const id = all[which % all.length] ?? "";
        const section = `s${String(where % sizes.length)}`;
        const dropped = placeQuestion(start, id, section, index);
        expect([...ids(dropped)].sort()).toEqual([...all].sort());
        expect(dropped.sections.find((one) => one.id === section)?.questions.some((one) => one.id === id)).toBe(true);
      }),
    );
  });

  it("is undone by moving back, unless it was at an end", () => {
    fc.assert(
      fc.property(shapes, fc.nat(20), (sizes, which) => {
        const start = form(...sizes);
        const all = ids(start);
        fc.pre(all.length > 0);
        const id = all[which % all.length] ?? "";
        const moved = moveQuestion(start, id, 1);
        if (JSON.stringify(moved) !== JSON.stringify(start)) expect(moveQuestion(moved, id, -1)).toEqual(start);
      }),
    );
  });

  it("sections too", () => {
    const start = form(1, 1);
    expect(moveSection(start, "s1", -1).sections.map(({ id }) => id)).toEqual(["s1", "s0"]);
    expect(moveSection(start, "s0", -1)).toEqual(start);
    expect(removeSection(start, "s0").sections).toHaveLength(1);
  });
});

describe("changing questions", () => {
  it("rules lose answers that no longer exist, and nothing else", () => {
    const plain = newQuestion("yes_no", "a", option) as Extract<Question, { kind: "yes_no" }>;
    const asked: Question = { ...plain, auto_fail: { answers: ["no"], fails: "form" }, comment: { when: "answers", answers: ["no"] } };
    const depends: Question = { ...newQuestion("text", "b", option), shown_when: { question_id: "a", answers: ["no"] } };
    const start = withQuestion(withQuestion(withSection({ sections: [] }, newSection("s", "S")), "s", asked), "s", depends);
    expect(changeQuestion(start, { ...asked, text: "New" } as Question).sections[0]?.questions[1]).toEqual(depends);
    const [scale, text] = questionsOf(changeQuestion(start, withKind(asked, "scale", option)));
    expect(scale).toMatchObject({ kind: "scale", auto_fail: { answers: [] }, comment: { when: "answers", answers: [] } });
    expect(text?.shown_when).toEqual({ question_id: "a", answers: [] });
  });

  it("another kind keeps text and weight; options pass between choice and multiple", () => {
    const choice = { ...newQuestion("choice", "a", option), text: "Which?", weight: 7 } as Extract<Question, { kind: "choice" }>;
    expect(withKind(choice, "multiple", option)).toMatchObject({ text: "Which?", weight: 7, options: choice.options });
    for (const kind of KINDS) expect(withKind(choice, kind, option)).toMatchObject({ id: "a", kind, text: "Which?" });
  });

  it("a copy stands after its original and can depend on it", () => {
    const copied = duplicateQuestion(form(2), "q00", "copy");
    expect(ids(copied)).toEqual(["q00", "copy", "q01"]);
    expect(earlierChoices(copied, "copy").map(({ id }) => id)).toEqual(["q00"]);
  });
});
