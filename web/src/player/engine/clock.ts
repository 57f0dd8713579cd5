/**
 * The virtual clock: master wherever the call has no audio (before it, after it, in ACW, while a call is live).
 * It only knows a monotonic source handed to it, so tests turn it by hand.
 */

/** Monotonic milliseconds, for instance performance.now. */
export type Monotonic = () => number;

export class VirtualClock {
  private anchorMs = 0;
  private anchorNow = 0;
  private running = false;
  private speed = 1;

  constructor(private readonly now: Monotonic) {}

  get positionMs(): number {
    return this.running ? this.anchorMs + (this.now() - this.anchorNow) * this.speed : this.anchorMs;
  }

  /** Stand at a position. */
  hold(positionMs: number): void {
    this.anchorMs = positionMs;
    this.running = false;
  }

  /** Run on from a position. */
  run(positionMs: number): void {
    this.anchorMs = positionMs;
    this.anchorNow = this.now();
    this.running = true;
  }

  setRate(rate: number): void {
    const positionMs = this.positionMs;
    this.speed = rate;
    this.anchorMs = positionMs;
    this.anchorNow = this.now();
  }
}
