/** Generated screen recordings: spans with holes, and the playlist that a faultless server would write for them. */

import fc from "fast-check";

import type { MediaFragment } from "../time-map";
import type { Span, SpanState, WallSpan } from "../timeline";
import { isVisible, layoutSpans } from "../timeline";

export const ORIGIN = 1_790_000_000_000;

export interface Recording {
  readonly spans: readonly Span[];
  readonly fragments: readonly MediaFragment[];
  readonly durationMs: number;
}

const state = fc.constantFrom<SpanState>("recorded", "paused", "missing", "acw");

export const recordings: fc.Arbitrary<Recording> = fc
  .array(fc.record({ state, lengthMs: fc.integer({ min: 1, max: 30_000 }) }), { minLength: 1, maxLength: 12 })
  .chain((parts) =>
    fc.integer({ min: 200, max: 10_000 }).map((fragmentMs) => {
      let at = 0;
      const wall: WallSpan[] = parts.map((part) => {
        const start = at;
        at += part.lengthMs;
        return { state: part.state, start: ORIGIN + start, end: ORIGIN + at, reason: null, advice: null };
      });
      const spans = layoutSpans(wall, ORIGIN, at);
      return { spans, fragments: fragmentsFor(spans, fragmentMs), durationMs: at };
    }),
  );

/** Packed fragments of at most fragmentMs that cover exactly what may be shown. */
export function fragmentsFor(spans: readonly Span[], fragmentMs: number): MediaFragment[] {
  const fragments: MediaFragment[] = [];
  let mediaStartMs = 0;
  for (const span of spans.filter(isVisible)) {
    for (let start = span.startMs; start < span.endMs; start += fragmentMs) {
      const durationMs = Math.min(fragmentMs, span.endMs - start);
      fragments.push({ mediaStartMs, durationMs, wallStartMs: ORIGIN + start });
      mediaStartMs += durationMs;
    }
  }
  return fragments;
}
