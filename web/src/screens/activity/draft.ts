/** A comment that is being written, kept in the tab until it is saved: a reload or a way round loses nothing. */

import { useCallback, useState } from "react";

export interface Draft {
  readonly text: string;
  readonly at_ms: number;
  readonly until_ms: number | null;
  /** Its name: sent twice under it, the comment is made once. */
  readonly once: string;
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
  const key = `deskreel.comment.${interaction}`;
  const [draft, setDraft] = useState(() => readDraft(sessionStorage.getItem(key)));
  const keep = useCallback(
    (next: Draft | null) => {
      setDraft(next);
      try {
        if (next === null) sessionStorage.removeItem(key);
        else sessionStorage.setItem(key, JSON.stringify(next));
      } catch {
        // The tab's store is full: the draft lives as long as the page.
      }
    },
    [key],
  );
  return [draft, keep];
}
