/**
 * One screen recording as a follower of the master: owns its time map and its drift control, and tells its driver
 * to stand, to run or to catch up. It never decides about the master's time.
 */

import { DriftControl } from "./drift";
import type { DriverEvent, MediaDriver, MediaFault } from "./driver";
import type { Monotonic } from "./clock";
import type { MediaFragment } from "./time-map";
import { TimeMap } from "./time-map";
import type { Span } from "./timeline";
import { isVisible, spanAt } from "./timeline";

/** Standing still, a picture this near is the right one. */
const PLACED_MS = 15;

export interface Following {
  /** Picture minus master while both run, in the reviewer's time; null while there is nothing to measure. */
  readonly errorMs: number | null;
  /** Should be running and cannot. */
  readonly starved: boolean;
}

const NOTHING: Following = { errorMs: null, starved: false };

export class ScreenFollower {
  private fragments: readonly MediaFragment[] = [];
  private complete = false;
  private known = false;
  private spans: readonly Span[] = [];
  private originWallMs = 0;
  private map = TimeMap.EMPTY;
  private readonly drift = new DriftControl();
  private running = false;
  private rate = 1;
  private seekOrderedAt: number | null = null;
  private readonly unsubscribe: () => void;

  constructor(
    private readonly driver: MediaDriver,
    private readonly now: Monotonic,
    private readonly onEvent: (event: DriverEvent) => void,
  ) {
    this.unsubscribe = driver.subscribe((event) => {
      if (event.kind === "fragments") this.learn(event.fragments, event.complete);
      this.onEvent(event);
    });
  }

  /** The position up to which there is media. */
  get edgeMs(): number {
    return this.map.edgeMs;
  }

  get fault(): MediaFault | null {
    return this.driver.sample().fault;
  }

  retime(spans: readonly Span[], originWallMs: number): void {
    this.spans = spans;
    this.originWallMs = originWallMs;
    this.rebuild();
  }

  /** Stand still on the picture of a position, or on the next one if it has none. */
  place(positionMs: number): void {
    this.stop();
    const target = this.map.mediaAtOrAfter(positionMs);
    if (target === null) return;
    const sample = this.driver.sample();
    if (Math.abs(sample.mediaMs - target) > PLACED_MS) this.driver.seek(target);
  }

  /** Nothing here keeps the master from running on. */
  isReadyAt(positionMs: number): boolean {
    const sample = this.driver.sample();
    if (sample.fault !== null || !isVisible(spanAt(this.spans, positionMs))) return true;
    if (!this.known || this.isBeyondEdge(positionMs)) return false;
    if (this.map.toMedia(positionMs) === null) return true;
    return (sample.ready && !sample.seeking) || sample.ended;
  }

  /** The playlist is still growing and has not reached this position. */
  isBeyondEdge(positionMs: number): boolean {
    return this.known && !this.complete && positionMs >= this.map.edgeMs && isVisible(spanAt(this.spans, positionMs));
  }

  /** Keep up with the master. Call on every tick while it runs. */
  follow(positionMs: number, rate: number): Following {
    const target = this.map.toMedia(positionMs);
    if (target === null) {
      this.place(positionMs);
      return { errorMs: null, starved: this.isBeyondEdge(positionMs) };
    }
    const before = this.driver.sample();
    if (before.fault !== null || before.ended) return NOTHING;
    if (!this.running) {
      this.running = true;
      this.drift.reset();
      this.driver.play();
    }
    if (before.seeking || !before.ready) return { errorMs: null, starved: true };
    if (this.seekOrderedAt !== null) {
      this.drift.learnSeekLatency(this.now() - this.seekOrderedAt);
      this.seekOrderedAt = null;
    }
    const errorMs = before.mediaMs - target;
    const correction = this.drift.decide(errorMs, rate, this.now());
    if (correction.kind === "seek") {
      this.seekOrderedAt = this.now();
      this.driver.seek(target + correction.aheadMs);
      return NOTHING;
    }
    this.applyRate(correction.rate);
    return { errorMs: errorMs / rate, starved: false };
  }

  stop(): void {
    if (this.running) this.driver.pause();
    this.running = false;
    this.seekOrderedAt = null;
  }

  detach(): void {
    this.unsubscribe();
  }

  private applyRate(rate: number): void {
    if (rate === this.rate) return;
    this.rate = rate;
    this.driver.setRate(rate);
  }

  private learn(fragments: readonly MediaFragment[], complete: boolean): void {
    this.fragments = fragments;
    this.complete = complete;
    this.known = true;
    this.rebuild();
  }

  private rebuild(): void {
    this.map = TimeMap.build(this.fragments, this.originWallMs, this.spans.filter(isVisible));
  }
}
