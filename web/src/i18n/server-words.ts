/**
 * What the server says, in the reader's language: its sentences are the keys of `<language>/server.ts`. A sentence
 * that is not there stays as it is, so that a server which is newer than the page is still understood.
 */

import i18next from "i18next";

import type { Problem } from "../api/problem";

export function inReadersWords(problem: Problem): Problem {
  const words = i18next.getResourceBundle(i18next.language, "server") as Readonly<Record<string, string>> | undefined;
  return words ? translated(problem, words) : problem;
}

export function translated(problem: Problem, words: Readonly<Record<string, string>>): Problem {
  const say = (text: string) => words[text] ?? text;
  const { title, detail, hint } = problem;
  return { ...problem, title: say(title), detail: say(detail), hint: hint === null ? null : say(hint) };
}
