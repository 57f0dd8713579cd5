/**
 * A media element that exists only in time: it plays, seeks and stalls with scripted latencies on a hand-turned
 * clock. It starts late, drifts, and overshoots just as elements do, so that the engine has something to correct.
 */

import type { DriverEvent, DriverSample, MediaDriver, MediaFault } from "../driver";
import type { CodedFrame } from "../picture-frames";
import type { MediaFragment } from "../time-map";

export class ManualClock {
  nowMs = 1000;
  now = (): number => this.nowMs;
}

export interface FakeScript {
  /** From play() to the first media that moves. */
  readonly startLatencyMs?: number;
  readonly seekLatencyMs?: number;
  /** Media per real millisecond, besides the rate: 1.001 runs fast. */
  readonly skew?: number;
  /** What is on its way out runs on at the old rate for so long. */
  readonly tailMs?: number;
}

export class FakeDriver implements MediaDriver {
  readonly seeks: number[] = [];
  rate = 1;
  isPlaying = false;
  private mediaMs = 0;
  private movedAt: number;
  private startsAt = 0;
  private seekDoneAt = -Infinity;
  private stalled = false;
  private fault: MediaFault | null = null;
  private oldRate = 1;
  private turnsAt = -Infinity;
  private listeners = new Set<(event: DriverEvent) => void>();
  private fragments: readonly MediaFragment[] | null = null;
  private complete = true;

  constructor(
    private readonly clock: ManualClock,
    private durationMs: number,
    private readonly script: FakeScript = {},
  ) {
    this.movedAt = clock.nowMs;
  }

  play(): void {
    this.advance();
    this.isPlaying = true;
    this.startsAt = this.clock.nowMs + (this.script.startLatencyMs ?? 0);
  }

  pause(): void {
    this.advance();
    this.isPlaying = false;
  }

  seek(mediaMs: number): void {
    this.advance();
    this.mediaMs = Math.max(0, Math.min(this.durationMs, mediaMs));
    this.seeks.push(mediaMs);
    this.seekDoneAt = this.clock.nowMs + (this.script.seekLatencyMs ?? 0);
  }

  setRate(rate: number): void {
    this.advance();
    this.oldRate = this.clock.nowMs < this.turnsAt ? this.oldRate : this.rate;
    this.turnsAt = this.clock.nowMs + (this.isPlaying ? (this.script.tailMs ?? 0) : 0);
    this.rate = rate;
  }

  sample(): DriverSample {
    this.advance();
    const seeking = this.clock.nowMs < this.seekDoneAt;
    const ended = this.complete && this.mediaMs >= this.durationMs;
    return { mediaMs: this.mediaMs, ready: this.canRun && !seeking, seeking, ended, fault: this.fault };
  }

  subscribe(listener: (event: DriverEvent) => void): () => void {
    this.listeners.add(listener);
    if (this.fragments) listener({ kind: "fragments", fragments: this.fragments, complete: this.complete });
    return () => this.listeners.delete(listener);
  }

  // --- what the test scripts

  offer(fragments: readonly MediaFragment[], complete = true): void {
    this.advance();
    this.fragments = fragments;
    this.complete = complete;
    const last = fragments.at(-1);
    this.durationMs = last ? last.mediaStartMs + last.durationMs : 0;
    this.emit({ kind: "fragments", fragments, complete });
  }

  /** The frames of a fragment became known. */
  show(mediaStartMs: number, frames: readonly CodedFrame[]): void {
    this.emit({ kind: "frames", mediaStartMs, frames });
  }

  stall(stalled: boolean): void {
    this.advance();
    this.stalled = stalled;
  }

  fail(fault: MediaFault): void {
    this.fault = fault;
    this.emit({ kind: "change" });
  }

  stop(): void {
    this.pause();
    this.emit({ kind: "stopped" });
  }

  private get canRun(): boolean {
    return !this.stalled && this.fault === null && this.mediaMs < this.durationMs;
  }

  private advance(): void {
    const from = Math.max(this.movedAt, this.seekDoneAt, this.startsAt);
    const runs = this.isPlaying && this.canRun && this.clock.nowMs > from;
    if (runs) {
      const old = Math.max(0, Math.min(this.clock.nowMs, this.turnsAt) - from);
      const moved = (old * this.oldRate + (this.clock.nowMs - from - old) * this.rate) * (this.script.skew ?? 1);
      this.mediaMs = Math.min(this.durationMs, this.mediaMs + moved);
    }
    this.movedAt = this.clock.nowMs;
  }

  private emit(event: DriverEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
