/** A second look that is being written. */

import { useKept } from "../../../components/use-kept";
import type { Answers } from "../engine/model";
import type { Evaluation } from "../queries";

export interface ReviewDraft {
  readonly decision: "kept" | "changed";
  readonly text: string;
  readonly answers: Answers;
  readonly comment: string;
}

export function useKeptReview({ id, revision, answers, comment }: Evaluation): readonly [ReviewDraft, (draft: ReviewDraft | null) => void] {
  const [kept, keep] = useKept(`review.${id}.${String(revision)}`, readReview);
  return [kept ?? { decision: "kept", text: "", answers, comment }, keep];
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
