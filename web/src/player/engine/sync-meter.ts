/** Measured sync error of the picture against the master, in the reviewer's time, over a sliding window. */

export interface SyncReport {
  /** Signed: positive means that the picture is ahead. */
  readonly lastMs: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly maxMs: number | null;
  readonly samples: number;
}

export class SyncMeter {
  private readonly ring: Float64Array;
  private count = 0;
  private last: number | null = null;

  constructor(capacity = 3600) {
    this.ring = new Float64Array(capacity);
  }

  add(errorMs: number): void {
    this.last = errorMs;
    this.ring[this.count % this.ring.length] = Math.abs(errorMs);
    this.count += 1;
  }

  get lastMs(): number | null {
    return this.last;
  }

  report(): SyncReport {
    const samples = Math.min(this.count, this.ring.length);
    const sorted = this.ring.slice(0, samples).sort();
    const rank = (share: number) => (samples === 0 ? null : (sorted[Math.ceil(share * samples) - 1] ?? sorted[0] ?? null));
    return { lastMs: this.last, p50Ms: rank(0.5), p95Ms: rank(0.95), maxMs: rank(1), samples };
  }
}
