/** A note to the timeline that is being written. */

import { useKept } from "../../../components/use-kept";
import type { Feedback, FeedbackFields } from "../queries";

export interface FeedbackDraft extends FeedbackFields {
  readonly end_ms: number | null;
  readonly rectangle: NonNullable<FeedbackFields["rectangle"]> | null;
  readonly question_id: string | null;
  /** The note that is being changed; null for a new one. */
  readonly changes: Pick<Feedback, "id" | "revision"> | null;
}

export function draftOf({ id, revision, start_ms, end_ms, text, rectangle, question_id }: Feedback): FeedbackDraft {
  return { start_ms, end_ms: end_ms ?? null, text, rectangle: rectangle ?? null, question_id: question_id ?? null, changes: { id, revision } };
}

export function newDraft(start_ms: number): FeedbackDraft {
  return { start_ms, end_ms: null, text: "", rectangle: null, question_id: null, changes: null };
}

export type Fault = "empty" | "long" | "backwards";

/** Why a note cannot be saved as it is. */
export function faultOf({ text, start_ms, end_ms }: FeedbackDraft, longest: number): Fault | null {
  const { length } = [...text.trim()];
  if (length === 0) return "empty";
  if (length > longest) return "long";
  return end_ms !== null && end_ms < start_ms ? "backwards" : null;
}

export function readDraft(stored: string | null): FeedbackDraft | null {
  try {
    const raw = JSON.parse(stored ?? "null") as Partial<FeedbackDraft> | null;
    return typeof raw?.text === "string" && typeof raw.start_ms === "number" && raw.changes !== undefined ? (raw as FeedbackDraft) : null;
  } catch {
    return null;
  }
}

export function useFeedbackDraft(evaluationId: string): readonly [FeedbackDraft | null, (draft: FeedbackDraft | null) => void] {
  return useKept(`feedback.${evaluationId}`, readDraft);
}
