/** Forms and answers as the API speaks of them, and what follows from answers without asking the server. */

import type { components } from "../../../api/schema";

export type FormContent = components["schemas"]["FormContent-Output"];
export type Section = FormContent["sections"][number];
export type Question = Section["questions"][number];
export type Option = components["schemas"]["Option-Output"];
export type Answer = components["schemas"]["Answer-Output"];
export type Answers = Readonly<Record<string, Answer>>;
export type Score = components["schemas"]["Score"];
export type QuestionScore = components["schemas"]["QuestionScore"];
export type AnswerProblem = components["schemas"]["AnswerProblem"];
export type Choosable = string | number;

export const LONGEST_TEXT = 4000;
export const NO_ANSWER: Answer = { value: null, na: false, comment: "" };

export function answerTo(answers: Answers, questionId: string): Answer {
  return answers[questionId] ?? NO_ANSWER;
}

export function questionsOf(content: FormContent): readonly Question[] {
  return content.sections.flatMap((section) => section.questions);
}

/** What can be chosen; nothing where the answer is words. */
export function choosable(question: Question): readonly Choosable[] {
  switch (question.kind) {
    case "yes_no":
      return ["yes", "no"];
    case "scale": {
      const steps = Math.max(0, Math.min(question.max - question.min, 100));
      return Array.from({ length: steps + 1 }, (_, step) => question.min + step);
    }
    case "choice":
    case "multiple":
      return question.options.map((option) => option.id);
    case "text":
      return [];
  }
}

/** What an answer chooses; nothing where the question does not apply. */
function chosen(question: Question, { value, na }: Answer): readonly Choosable[] {
  if (na || value === null || question.kind === "text") return [];
  const possible = choosable(question);
  return (Array.isArray(value) ? value : [value]).filter((one) => possible.includes(one));
}

function meets(question: Question, answer: Answer, wanted: readonly Choosable[]): boolean {
  return chosen(question, answer).some((one) => wanted.includes(one));
}

/** The questions that are asked, given what is answered: the server's rule, so that a page need not wait for it. */
export function shownQuestions(content: FormContent, answers: Answers): ReadonlySet<string> {
  const earlier = new Map<string, Question>();
  const shown = new Set<string>();
  for (const question of questionsOf(content)) {
    const { shown_when: condition } = question;
    const about = condition === null ? undefined : earlier.get(condition.question_id);
    if (
      condition === null ||
      (about !== undefined && shown.has(about.id) && meets(about, answerTo(answers, about.id), condition.answers))
    ) {
      shown.add(question.id);
    }
    earlier.set(question.id, question);
  }
  return shown;
}

/** Whether the form asks for a comment on this answer. */
export function needsComment(question: Question, answer: Answer): boolean {
  if (question.comment.when === "never") return false;
  if (question.comment.when === "always") return answer.na || isAnswered(answer);
  return meets(question, answer, question.comment.answers);
}

export function isAnswered({ value, na }: Answer): boolean {
  return na || (typeof value === "string" ? value.trim() !== "" : value !== null);
}
