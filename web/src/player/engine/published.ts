/** The last snapshot and who wants to hear of the next: a new one is told only when something in it changed. */

import type { Snapshot } from "./snapshot";
import { sameSnapshot } from "./snapshot";

export class Published {
  private readonly listeners = new Set<() => void>();

  constructor(private snapshot: Snapshot) {}

  get current(): Snapshot {
    return this.snapshot;
  }

  offer(next: Snapshot): void {
    if (sameSnapshot(next, this.snapshot)) return;
    this.snapshot = next;
    for (const listener of this.listeners) listener();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
