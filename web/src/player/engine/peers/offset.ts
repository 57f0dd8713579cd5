/**
 * How another tab's clock relates to this one's, by Cristian's method: the answer was written between the question
 * and its receipt. The exchange with the shortest round trip of the last few says it best.
 */

const KEPT = 10;

interface Exchange {
  readonly offsetMs: number;
  readonly roundTripMs: number;
}

export class ClockOffset {
  private exchanges: Exchange[] = [];

  add(sentMs: number, theirMs: number, receivedMs: number): void {
    const roundTripMs = receivedMs - sentMs;
    if (roundTripMs < 0) return;
    const offsetMs = theirMs - (sentMs + receivedMs) / 2;
    this.exchanges = [...this.exchanges, { offsetMs, roundTripMs }].slice(-KEPT);
  }

  /** Their clock minus ours; null before the first exchange. */
  get offsetMs(): number | null {
    return this.best?.offsetMs ?? null;
  }

  /** The offset is right to within this. */
  get withinMs(): number | null {
    return this.best === null ? null : this.best.roundTripMs / 2;
  }

  /** The other tab is another one now, with another clock. */
  forget(): void {
    this.exchanges = [];
  }

  private get best(): Exchange | null {
    return this.exchanges.reduce<Exchange | null>(
      (best, next) => (best === null || next.roundTripMs <= best.roundTripMs ? next : best),
      null,
    );
  }
}
