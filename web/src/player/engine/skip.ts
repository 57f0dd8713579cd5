/**
 * The skip rule. A paused instant is never a place to be: landing on one moves to where it ends, and steps of
 * "5 seconds back" count playable time only, so that they cannot bounce off a pause. Missing stretches are real
 * time in which the call went on, so they play; ACW plays too, without call audio.
 */

import type { Span } from "./timeline";
import { spanAt } from "./timeline";

export type Landing =
  | { readonly kind: "here"; readonly positionMs: number }
  /** A pause that is still going on: hold at its beginning until the server says that it ended. */
  | { readonly kind: "hold"; readonly positionMs: number };

/** Where playback really goes when asked for positionMs. */
export function land(spans: readonly Span[], positionMs: number): Landing {
  let at = positionMs;
  for (;;) {
    const span = spanAt(spans, at);
    if (span?.state !== "paused") return { kind: "here", positionMs: at };
    if (span.open) return { kind: "hold", positionMs: lastBefore(spans, span.startMs) };
    at = span.endMs;
  }
}

/** The last whole millisecond before a pause, and before any pause that touches it. */
function lastBefore(spans: readonly Span[], startMs: number): number {
  const before = Math.max(0, startMs - 1);
  const span = spanAt(spans, before);
  if (span?.state === "paused" && span.startMs < startMs) return lastBefore(spans, span.startMs);
  return before;
}

/** Move by deltaMs of playable time from positionMs, within [0, durationMs]. */
export function step(spans: readonly Span[], positionMs: number, deltaMs: number, durationMs: number): number {
  const pauses = spans.filter((span) => span.state === "paused");
  let at = positionMs;
  let left = Math.abs(deltaMs);
  if (deltaMs < 0) {
    for (const pause of pauses.reverse()) {
      if (pause.startMs >= at) continue;
      if (at - left >= pause.endMs) break;
      left -= Math.max(0, at - pause.endMs);
      at = pause.startMs;
    }
    // At the first instant of a pause there is nothing to see: stay just before it.
    const target = Math.max(0, at - left);
    return spanAt(spans, target)?.state === "paused" ? lastBefore(spans, target) : target;
  }
  for (const pause of pauses) {
    if (pause.endMs <= at) continue;
    if (at + left < pause.startMs) break;
    left -= Math.max(0, pause.startMs - at);
    at = pause.endMs;
  }
  return Math.min(durationMs, at + left);
}

/** A stretch that playback may leave out because nothing happens in it. Sorted lists, no overlaps. */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

/** Where to go on from within a stretch that is left out; null when positionMs is in none. */
export function leap(stretches: readonly Stretch[], positionMs: number): number | null {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stretches[middle] as Stretch).startMs <= positionMs) low = middle + 1;
    else high = middle;
  }
  const stretch = stretches[low - 1];
  return stretch && positionMs < stretch.endMs ? stretch.endMs : null;
}
