/** Drafts that are kept on this computer until the server has them: one for each window, so that none overwrites another. */

import type { Kept } from "./draft-keeper";
import type { Content } from "./merge";
import { merge } from "./merge";

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

const PREFIX = "deskreel.evaluation.";

interface Entry extends Kept {
  /** When it was kept, in ms. */
  readonly at: number;
}

export class KeptDrafts {
  private readonly own: string;
  private readonly adopted: readonly string[];
  /** What this and other windows left behind, brought together; the later one holds where they differ. */
  readonly left: Kept | null;

  constructor(
    private readonly store: Store,
    evaluationId: string,
    window: string,
  ) {
    const prefix = `${PREFIX}${evaluationId}.`;
    this.own = prefix + window;
    const keys = Array.from({ length: store.length }, (_, index) => store.key(index)).filter((key) => key?.startsWith(prefix));
    const entries = keys.flatMap((key) => {
      const entry = key === null || key === undefined ? null : readEntry(store.getItem(key));
      return key === null || key === undefined || entry === null ? [] : [{ key, entry }];
    });
    entries.sort((one, other) => other.entry.at - one.entry.at);
    this.adopted = entries.map(({ key }) => key);
    this.left = entries.reduce<Kept | null>(
      (newer, { entry }) =>
        newer === null
          ? { base: entry.base, content: entry.content }
          : { base: newer.base, content: merge(entry.base.content, newer.content, entry.content).content },
      null,
    );
  }

  readonly keep = (kept: Kept | null): void => {
    try {
      if (kept === null) for (const key of [this.own, ...this.adopted]) this.store.removeItem(key);
      else this.store.setItem(this.own, JSON.stringify({ ...kept, at: Date.now() } satisfies Entry));
    } catch {
      // The store is full or forbidden: the draft lives as long as the page, and is sent a moment later anyway.
    }
  };
}

function readEntry(stored: string | null): Entry | null {
  try {
    const raw = JSON.parse(stored ?? "null") as Partial<Entry> | null;
    if (raw === null || typeof raw.at !== "number" || typeof raw.base?.revision !== "number") return null;
    return isContent(raw.base.content) && isContent(raw.content) ? (raw as Entry) : null;
  } catch {
    return null;
  }
}

function isContent(raw: Partial<Content> | undefined): raw is Content {
  return typeof raw?.comment === "string" && typeof raw.answers === "object";
}
