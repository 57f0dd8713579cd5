/** One leg as it is watched: when it connected, when its last picture came, how it goes, whether the recorder sends at all. */

import type { Flow, Pace } from "./flow";
import { NO_FLOW, paceOf } from "./flow";
import type { Leg } from "./leg";

const PACE_MS = 2000;
/** No picture for so long: the gateway is asked, and so often again. */
const ASK_MS = 1500;

export class Watch {
  sinceMs = performance.now();
  connectedAtMs: number | null = null;
  frameAtMs: number | null = null;
  /** By the gateway's word; null while pictures come. */
  isPublishing: boolean | null = null;
  pace: Pace | null = null;
  flow: Flow = NO_FLOW;
  private askedAtMs = 0;
  private isAnew = false;
  private paced: { readonly flow: Flow; readonly atMs: number } = { flow: NO_FLOW, atMs: this.sinceMs };

  constructor(readonly leg: Leg) {}

  /** Count from now: what was before tells nothing of what comes. */
  begin(): void {
    this.sinceMs = performance.now();
    this.frameAtMs = null;
    this.isPublishing = null;
    this.pace = null;
    this.isAnew = true;
    this.paced = { flow: this.flow, atMs: this.sinceMs };
  }

  async look(): Promise<void> {
    const flow = await this.leg.sample().catch(() => this.flow);
    const nowMs = performance.now();
    if (this.leg.state === "connected") this.connectedAtMs ??= nowMs;
    // What came unseen, as the last of it does when a pause begins, is no picture of now.
    if (flow.frames > this.flow.frames && !this.isAnew) {
      this.frameAtMs = nowMs;
      this.isPublishing = null;
    }
    this.flow = flow;
    this.isAnew = false;
    if (nowMs - this.paced.atMs < PACE_MS) return;
    this.pace = paceOf(this.paced.flow, flow, nowMs - this.paced.atMs);
    this.paced = { flow, atMs: nowMs };
  }

  hasMovedWithin(ms: number): boolean {
    return this.frameAtMs !== null && performance.now() - this.frameAtMs < ms;
  }

  /** When no picture comes over a good path; true: asked now. */
  askWhy(): boolean {
    const nowMs = performance.now();
    if (this.leg.state !== "connected" || nowMs - Math.max(this.frameAtMs ?? 0, this.sinceMs, this.askedAtMs) < ASK_MS) return false;
    this.askedAtMs = nowMs;
    void this.leg.publishing().then((answer) => {
      if (!this.hasMovedWithin(ASK_MS)) this.isPublishing = answer;
    });
    return true;
  }
}
