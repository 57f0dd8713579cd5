/**
 * Drift control: how the picture is kept on the master's time.
 *
 * Error is picture minus master, in media milliseconds; what counts is how long it is for the person in front of it,
 * who has 20 ms of the recording go by in 40 ms at half speed. The picture is silent, so bending its speed is free; a
 * seek costs a visible stop. Thresholds, in the reviewer's time:
 *
 *   |error| ≤ 8 ms           leave it
 *   8 … 20 ms                leave it unless a correction is running (hysteresis)
 *   20 … 400 ms              bend the speed so that most of the error is gone in an eighth of a second, at most ±80 %
 *   > 400 ms                 seek, ahead by the seek latency learnt so far, at most one per second
 *
 * At less than normal speed a seek waits for 400 ms of the recording, for it takes as long as ever.
 * Target: 95 % of samples within 50 ms.
 */

export const SETTLED_MS = 8;
export const NUDGE_FROM_MS = 20;
export const SEEK_FROM_MS = 400;
export const NUDGE_OVER_MS = 120;
export const MAX_NUDGE = 0.8;
export const SEEK_COOLDOWN_MS = 1000;

export type Correction =
  | { readonly kind: "rate"; readonly rate: number }
  /** Seek to the master's place plus aheadMs. */
  | { readonly kind: "seek"; readonly aheadMs: number };

export class DriftControl {
  private correcting = false;
  private lastSeekAt = -Infinity;
  private seekLatencyMs = 80;

  decide(errorMs: number, rate: number, now: number): Correction {
    const size = Math.abs(errorMs) / rate;
    if (size > SEEK_FROM_MS * Math.max(1, 1 / rate) && now - this.lastSeekAt >= SEEK_COOLDOWN_MS) {
      this.correcting = false;
      this.lastSeekAt = now;
      return { kind: "seek", aheadMs: this.seekLatencyMs * rate };
    }
    this.correcting = size > (this.correcting ? SETTLED_MS : NUDGE_FROM_MS);
    if (!this.correcting) return { kind: "rate", rate };
    const bend = Math.max(-MAX_NUDGE, Math.min(MAX_NUDGE, -errorMs / (NUDGE_OVER_MS * rate)));
    // Steps of 1/50: setting the speed of a media element is not free.
    return { kind: "rate", rate: rate * (1 + Math.round(bend * 50) / 50) };
  }

  /** A corrective seek took this long from the order to the picture moving again. */
  learnSeekLatency(ms: number): void {
    this.seekLatencyMs += 0.3 * (Math.min(ms, 1000) - this.seekLatencyMs);
  }

  reset(): void {
    this.correcting = false;
  }
}
