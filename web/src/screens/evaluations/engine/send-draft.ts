/** Sends a draft and says what became of it, in the keeper's words. */

import { api, unwrap } from "../../../api/client";
import { problemOf } from "../../../api/problem";
import type { Outcome, Saved } from "./draft-keeper";
import type { Answers } from "./model";

export async function sendDraft(evaluationId: string, { revision, content }: Saved): Promise<Outcome> {
  try {
    const state = await unwrap(
      api.PUT("/api/v1/evaluations/{evaluation_id}/draft", {
        params: { path: { evaluation_id: evaluationId } },
        body: { revision, answers: content.answers, comment: content.comment },
      }),
    );
    const { result, problems } = state;
    return { kind: "saved", saved: { revision: state.revision, content, result, problems } };
  } catch (error) {
    return failureOf(error);
  }
}

function failureOf(error: unknown): Outcome {
  const { code, retryable, body } = problemOf(error);
  if (code === "changed_meanwhile") {
    const current = body?.["current"] as { revision: number; answers: Answers; comment: string } | undefined;
    if (current) {
      const { revision, answers, comment } = current;
      return { kind: "changed", current: { revision, content: { answers, comment } } };
    }
  }
  return { kind: retryable ? "later" : "refused", error };
}
