/** What two windows, or two people, made of the same draft: brought together where they changed different questions. */

import type { Answer, Answers } from "./model";
import { answerTo } from "./model";

export interface Content {
  readonly answers: Answers;
  /** On the call as a whole. */
  readonly comment: string;
}

/** Stands for the comment beside the questions' ids, of which none has a colon. */
export const COMMENT = ":comment";

export type Side = "mine" | "theirs";

export interface Merged {
  readonly content: Content;
  /** Question ids, or COMMENT: changed on both sides, in different ways. */
  readonly clashes: readonly string[];
}

/** `base` is what both began with. Where both changed the same, `choose` says whose holds. */
export function merge(base: Content, mine: Content, theirs: Content, choose: (key: string) => Side = () => "mine"): Merged {
  const answers: Record<string, Answer> = {};
  const clashes: string[] = [];
  const side = (key: string, iChanged: boolean, theyChanged: boolean, differ: boolean): Side => {
    if (!differ || !theyChanged) return "mine";
    if (!iChanged) return "theirs";
    clashes.push(key);
    return choose(key);
  };
  const keys = new Set([...Object.keys(base.answers), ...Object.keys(mine.answers), ...Object.keys(theirs.answers)]);
  for (const key of keys) {
    const [was, one, other] = [base, mine, theirs].map((content) => answerTo(content.answers, key)) as [Answer, Answer, Answer];
    const holds = side(key, !isSameAnswer(was, one), !isSameAnswer(was, other), !isSameAnswer(one, other));
    const from = holds === "mine" ? mine : theirs;
    const answer = from.answers[key];
    if (answer !== undefined) answers[key] = answer;
  }
  const holds = side(COMMENT, mine.comment !== base.comment, theirs.comment !== base.comment, mine.comment !== theirs.comment);
  return { content: { answers, comment: (holds === "mine" ? mine : theirs).comment }, clashes };
}

export function isSameAnswer(one: Answer, other: Answer): boolean {
  return one.na === other.na && one.comment === other.comment && JSON.stringify(one.value) === JSON.stringify(other.value);
}

export function isSame(one: Content, other: Content): boolean {
  if (one.comment !== other.comment) return false;
  const keys = new Set([...Object.keys(one.answers), ...Object.keys(other.answers)]);
  return [...keys].every((key) => isSameAnswer(answerTo(one.answers, key), answerTo(other.answers, key)));
}
