/** Changes to a form as it is built: each takes a form and gives another. Ids of sections and questions never change. */

import { randomName } from "../../lib/random-name";
import type { Choosable, FormContent, Option, Question, Section } from "../evaluations/engine/model";
import { choosable, questionsOf } from "../evaluations/engine/model";

export type Kind = Question["kind"];
export const KINDS = ["yes_no", "scale", "choice", "multiple", "text"] as const satisfies readonly Kind[];

/** Short, and unlike any other. */
export function newId(): string {
  return randomName(6);
}

export function newSection(id: string, title: string): Section {
  return { id, title, weight: 1, questions: [] };
}

export function newQuestion(kind: Kind, id: string, option: () => Option): Question {
  return asKind({ id, text: "", help: "", na_allowed: false, comment: { when: "never", answers: [] }, shown_when: null }, kind, option, {
    weight: 1,
    auto_fail: null,
  });
}

export function newOption(id: string): Option {
  return { id, text: "", points: 0 };
}

type Common = Pick<Question, "id" | "text" | "help" | "na_allowed" | "comment" | "shown_when">;
type Scored = Pick<Extract<Question, { kind: "yes_no" }>, "weight" | "auto_fail">;

function asKind(common: Common, kind: Kind, option: () => Option, scored: Scored): Question {
  switch (kind) {
    case "yes_no":
      return { ...common, ...scored, kind, good: "yes" };
    case "scale":
      return { ...common, ...scored, kind, min: 1, max: 5, min_label: "", max_label: "" };
    case "choice":
    case "multiple":
      return { ...common, ...scored, kind, options: [{ ...option(), points: 1 }, option()] };
    case "text":
      return { ...common, kind, required: false };
  }
}

/** The same question, answered in another way: what still makes sense stays, options between choice and multiple too. */
export function withKind(question: Question, kind: Kind, option: () => Option): Question {
  if (question.kind === kind) return question;
  const { id, text, help, na_allowed, comment, shown_when } = question;
  const scored: Scored = question.kind === "text" ? { weight: 1, auto_fail: null } : { weight: question.weight, auto_fail: question.auto_fail };
  const next = asKind({ id, text, help, na_allowed, comment, shown_when }, kind, option, scored);
  const isChoice = (one: Question) => one.kind === "choice" || one.kind === "multiple";
  return isChoice(question) && isChoice(next) && "options" in question ? ({ ...next, options: question.options } as Question) : next;
}

export function withSection(form: FormContent, section: Section): FormContent {
  return { sections: [...form.sections, section] };
}

export function changeSection(form: FormContent, id: string, more: Partial<Pick<Section, "title" | "weight">>): FormContent {
  return { sections: form.sections.map((section) => (section.id === id ? { ...section, ...more } : section)) };
}

export function removeSection(form: FormContent, id: string): FormContent {
  return { sections: form.sections.filter((section) => section.id !== id) };
}

export function moveSection(form: FormContent, id: string, by: -1 | 1): FormContent {
  const from = form.sections.findIndex((section) => section.id === id);
  return { sections: swapped(form.sections, from, from + by) };
}

export function withQuestion(form: FormContent, sectionId: string, question: Question): FormContent {
  return {
    sections: form.sections.map((section) => (section.id === sectionId ? { ...section, questions: [...section.questions, question] } : section)),
  };
}

/** Rules that speak of an answer that no longer exists lose it, here and in the questions that depend on it. */
export function changeQuestion(form: FormContent, question: Question): FormContent {
  const possible = choosable(question);
  return mapQuestions(form, (one) => {
    const next = one.id === question.id ? prunedRules(question, possible) : one;
    const { shown_when: condition } = next;
    if (condition?.question_id !== question.id) return next;
    return { ...next, shown_when: { ...condition, answers: kept(condition.answers, possible) } };
  });
}

export function removeQuestion(form: FormContent, id: string): FormContent {
  return { sections: form.sections.map((section) => ({ ...section, questions: section.questions.filter((question) => question.id !== id) })) };
}

/** Right after the original, under an id of its own. */
export function duplicateQuestion(form: FormContent, id: string, copyId: string): FormContent {
  return {
    sections: form.sections.map((section) => ({
      ...section,
      questions: section.questions.flatMap((question) => (question.id === id ? [question, { ...question, id: copyId }] : [question])),
    })),
  };
}

/** One place up or down, over the borders of sections. */
export function moveQuestion(form: FormContent, id: string, by: -1 | 1): FormContent {
  const at = form.sections.findIndex((section) => section.questions.some((question) => question.id === id));
  const section = form.sections[at];
  if (section === undefined) return form;
  const from = section.questions.findIndex((question) => question.id === id);
  const to = from + by;
  if (to >= 0 && to < section.questions.length) {
    const questions = swapped(section.questions, from, to);
    return { sections: form.sections.map((one) => (one === section ? { ...one, questions } : one)) };
  }
  const next = form.sections[at + by];
  return next === undefined ? form : placeQuestion(form, id, next.id, by < 0 ? next.questions.length : 0);
}

/** Into a section, before its question number `index` as they stand now. */
export function placeQuestion(form: FormContent, id: string, sectionId: string, index: number): FormContent {
  const question = questionsOf(form).find((one) => one.id === id);
  if (question === undefined || !form.sections.some((section) => section.id === sectionId)) return form;
  return {
    sections: form.sections.map((section) => {
      const before = section.questions.slice(0, section.id === sectionId ? index : 0).filter((one) => one.id !== id);
      const after = section.questions.slice(section.id === sectionId ? index : 0).filter((one) => one.id !== id);
      return { ...section, questions: section.id === sectionId ? [...before, question, ...after] : after };
    }),
  };
}

/** The questions before this one that can decide whether it is asked. */
export function earlierChoices(form: FormContent, id: string): readonly Question[] {
  const all = questionsOf(form);
  return all.slice(0, all.findIndex((question) => question.id === id)).filter((question) => question.kind !== "text");
}

export function mapQuestions(form: FormContent, change: (question: Question) => Question): FormContent {
  return { sections: form.sections.map((section) => ({ ...section, questions: section.questions.map(change) })) };
}

function prunedRules(question: Question, possible: readonly Choosable[]): Question {
  const comment = { ...question.comment, answers: kept(question.comment.answers, possible) };
  if (question.kind === "text") return { ...question, comment };
  const { auto_fail: fail } = question;
  return { ...question, comment, auto_fail: fail === null ? null : { ...fail, answers: kept(fail.answers, possible) } };
}

function kept(answers: readonly Choosable[], possible: readonly Choosable[]): Choosable[] {
  return answers.filter((answer) => possible.includes(answer));
}

function swapped<T>(items: readonly T[], from: number, to: number): T[] {
  const result = [...items];
  const [one, other] = [items[from], items[to]];
  if (one !== undefined && other !== undefined) [result[from], result[to]] = [other, one];
  return result;
}
