/** Keeps a media driver at the live edge of a growing playlist, and says how far behind that is. */

import type { DriverSample, MediaDriver } from "../player/engine/driver";
import type { MediaFragment } from "../player/engine/time-map";

/** Chunks come every 2 to 5 s: closer to the edge there would be nothing to play now and then. */
const HOLD_MS = 6000;
const TOO_FAR_MS = 20_000;
const SLACK_MS = 3000;
const HURRY = 1.1;
const LOOK_MS = 500;
/** After a fault of the media it begins anew, no sooner. */
const AGAIN_MS = 5000;

export type EdgeStep = { readonly seekMs: number } | { readonly rate: number };

export function edgeStep({ mediaMs, seeking }: Pick<DriverSample, "mediaMs" | "seeking">, edgeMs: number): EdgeStep {
  const behindMs = edgeMs - mediaMs;
  if (!seeking && behindMs > TOO_FAR_MS) return { seekMs: Math.max(0, edgeMs - HOLD_MS) };
  return { rate: behindMs > HOLD_MS + SLACK_MS ? HURRY : 1 };
}

/** Wall time of a place in the media; null where nothing is. */
export function wallOf(mediaMs: number, fragments: readonly MediaFragment[]): number | null {
  const at = fragments.findLast(({ mediaStartMs }) => mediaStartMs <= mediaMs);
  return at ? at.wallStartMs + Math.min(at.durationMs, mediaMs - at.mediaStartMs) : null;
}

export class LiveEdge {
  private fragments: readonly MediaFragment[] = [];
  private rate = 1;
  private begunAtMs = performance.now();
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly unsubscribe: () => void;

  constructor(
    private readonly driver: MediaDriver & { retry(): void },
    private readonly serverNow: () => number,
    /** How old what is shown is; null while there is nothing to show. */
    private readonly onDelay: (delayMs: number | null) => void,
  ) {
    this.unsubscribe = driver.subscribe((event) => {
      if (event.kind !== "fragments") return;
      const isFirst = this.fragments.length === 0;
      this.fragments = event.fragments;
      if (isFirst) this.look(); // before it loads the whole call from its beginning
    });
    this.timer = setInterval(() => {
      this.look();
    }, LOOK_MS);
    driver.play();
  }

  dispose(): void {
    clearInterval(this.timer);
    this.unsubscribe();
  }

  private look(): void {
    const sample = this.driver.sample();
    if (sample.fault !== null) {
      this.onDelay(null);
      if (performance.now() - this.begunAtMs < AGAIN_MS) return;
      this.begunAtMs = performance.now();
      this.driver.retry();
      return;
    }
    const last = this.fragments.at(-1);
    if (!last) return;
    const step = edgeStep(sample, last.mediaStartMs + last.durationMs);
    if ("seekMs" in step) this.driver.seek(step.seekMs);
    else if (step.rate !== this.rate) {
      this.rate = step.rate;
      this.driver.setRate(step.rate);
    }
    const wall = sample.seeking || "seekMs" in step ? null : wallOf(sample.mediaMs, this.fragments);
    this.onDelay(wall === null ? null : this.serverNow() - wall);
  }
}
