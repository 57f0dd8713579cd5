/**
 * An element's time between two of its steps. Firefox moves `currentTime` on every 40 ms; read in between, it is up to
 * 40 ms too early, picture and sound each by their own, and the picture's speed would be bent for nothing. So the time
 * that is read runs on from the steps of late. Nothing runs on that has not stepped for a while.
 */

/** As long as this an element may stand and be taken to run: one step and the wait until it is seen. */
const STEP_MS = 60;
/** Steps are remembered for so long. */
const KEEP_MS = 400;
/** Fewer tell nothing: an element that begins to play stands a while after the first. */
const LEAST = 3;

interface Step {
  readonly at: number;
  readonly mediaMs: number;
}

export class SteadyTime {
  private steps: Step[] = [];
  private rate = 1;

  /** Its place changed, or it stands. */
  reset(): void {
    this.steps = [];
  }

  /** Where it is now, as it says itself that it is at `mediaMs` and was told to play at `rate`. */
  at(now: number, mediaMs: number, rate: number): number {
    if (rate !== this.rate) this.steps = this.steps.slice(-1);
    this.rate = rate;
    const last = this.steps.at(-1);
    if (last === undefined || mediaMs < last.mediaMs) this.steps = [{ at: now, mediaMs }];
    else if (mediaMs > last.mediaMs) this.steps.push({ at: now, mediaMs });
    while ((this.steps[0]?.at ?? now) < now - KEEP_MS) this.steps.shift();
    const newest = this.steps.at(-1);
    if (newest === undefined || this.steps.length < LEAST || now - newest.at > STEP_MS) return mediaMs;
    // By its own speed: told another, the sound goes on at the old one for a while.
    const oldest = this.steps[0] ?? newest;
    const speed = (newest.mediaMs - oldest.mediaMs) / (newest.at - oldest.at);
    // A step is seen late, never early: the one that was seen soonest is the nearest to the truth.
    const reached = Math.max(...this.steps.map((step) => step.mediaMs + (now - step.at) * speed));
    return Math.max(mediaMs, Math.min(reached, mediaMs + STEP_MS * speed));
  }
}

/** Whether this browser is one that steps; others tell an element's time to the millisecond. */
export function doesStep(element: HTMLMediaElement): boolean {
  return "mozCaptureStream" in element;
}
