/** A comment that is being written. */

import { useKept } from "../../components/use-kept";
import { randomName } from "../../lib/random-name";

export interface Draft {
  readonly text: string;
  readonly at_ms: number;
  readonly until_ms: number | null;
  /** Its name: sent twice under it, the comment is made once. */
  readonly once: string;
}

export function newName(): string {
  return randomName(16);
}

export function readDraft(stored: string | null): Draft | null {
  if (stored === null) return null;
  try {
    const raw = JSON.parse(stored) as Partial<Record<keyof Draft, unknown>> | null;
    if (typeof raw?.text !== "string" || typeof raw.at_ms !== "number" || typeof raw.once !== "string") return null;
    return { text: raw.text, at_ms: raw.at_ms, until_ms: typeof raw.until_ms === "number" ? raw.until_ms : null, once: raw.once };
  } catch {
    return null;
  }
}

export function useDraft(interaction: string): readonly [Draft | null, (draft: Draft | null) => void] {
  return useKept(`comment.${interaction}`, readDraft);
}
