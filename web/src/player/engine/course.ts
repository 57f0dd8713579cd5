/**
 * Where playback may be and where it goes next: the timeline with its pauses, whose screen is looked at, the loop, and
 * what is left out. Knows positions only, no media and no clock.
 */

import type { Stretch } from "./skip";
import { land, leap, step } from "./skip";
import type { Loop } from "./snapshot";
import type { ScreenTrack, Timeline } from "./timeline";
import { screenAt } from "./timeline";

const NO_TIMELINE: Timeline = { originWallMs: 0, durationMs: 0, live: false, screens: [], audio: null };

export class Course {
  timeline = NO_TIMELINE;
  /** One agent's screen, or null for the one that fits the moment. */
  choice: string | null = null;
  /** Stretches in which nothing happens. */
  leftOut: readonly Stretch[] = [];
  private looped: Loop | null = null;

  get loop(): Loop | null {
    return this.looped;
  }

  /** A loop without length is none. */
  set loop(loop: Loop | null) {
    this.looped = loop !== null && loop.endMs > loop.startMs ? loop : null;
  }

  trackAt(positionMs: number): ScreenTrack | null {
    return screenAt(this.timeline.screens, positionMs, this.choice);
  }

  /** Where one really is when one asks for a position: never in a pause. */
  landed(positionMs: number): number {
    return land(this.spansAt(positionMs), positionMs).positionMs;
  }

  /** From here on it is paused, and the pause is still going on. */
  isHeldAt(positionMs: number): boolean {
    return land(this.spansAt(positionMs), positionMs + 1).kind === "hold";
  }

  /** Where playback goes instead of on from positionMs, having come from fromMs; null: on. */
  onward(fromMs: number, positionMs: number): number | null {
    const landing = land(this.spansAt(positionMs), positionMs);
    const { looped } = this;
    // A pause may lie over the loop's end.
    if (looped !== null && fromMs < looped.endMs && landing.positionMs >= looped.endMs) return this.landed(looped.startMs);
    if (landing.kind === "hold" || landing.positionMs !== positionMs) return landing.positionMs;
    const after = leap(this.leftOut, positionMs);
    // What is left out as far as the loop's end or beyond it plays: the loop closes there.
    if (after === null || (looped !== null && positionMs < looped.endMs && after >= looped.endMs)) return null;
    return after < this.timeline.durationMs ? this.landed(after) : null;
  }

  /** A place deltaMs of playable time away. */
  stepFrom(positionMs: number, deltaMs: number): number {
    return step(this.spansAt(positionMs), positionMs, deltaMs, this.timeline.durationMs);
  }

  private spansAt(positionMs: number): ScreenTrack["spans"] {
    return this.trackAt(positionMs)?.spans ?? [];
  }
}
