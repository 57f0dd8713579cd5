/** A second look that is being written, kept in the tab: going back or a reload loses nothing. */

import { useState } from "react";

import type { Answers } from "../engine/model";
import type { Evaluation } from "../queries";

export interface ReviewDraft {
  readonly decision: "kept" | "changed";
  readonly text: string;
  readonly answers: Answers;
  readonly comment: string;
}

export function useKeptReview({ id, revision, answers, comment }: Evaluation): readonly [ReviewDraft, (draft: ReviewDraft | null) => void] {
  const key = `deskreel.review.${id}.${String(revision)}`;
  const fresh: ReviewDraft = { decision: "kept", text: "", answers, comment };
  const [draft, setDraft] = useState(() => readReview(sessionStorage.getItem(key)) ?? fresh);
  const keep = (next: ReviewDraft | null) => {
    setDraft(next ?? fresh);
    try {
      if (next === null) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, JSON.stringify(next));
    } catch {
      // The tab's store is full: it lives as long as the page.
    }
  };
  return [draft, keep];
}

export function readReview(stored: string | null): ReviewDraft | null {
  try {
    const raw = JSON.parse(stored ?? "null") as Partial<ReviewDraft> | null;
    const isOne = raw !== null && typeof raw.text === "string" && typeof raw.comment === "string" && typeof raw.answers === "object";
    return isOne && (raw.decision === "kept" || raw.decision === "changed") ? (raw as ReviewDraft) : null;
  } catch {
    return null;
  }
}
