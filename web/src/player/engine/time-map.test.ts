import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { MediaFragment } from "./time-map";
import { TimeMap } from "./time-map";
import type { Span } from "./timeline";
import { isVisible, spanAt } from "./timeline";
import { ORIGIN, recordings } from "./testing/arbitraries";

const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const visible = (spans: readonly Span[]) => spans.filter(isVisible);
const fragment = (mediaStartMs: number, durationMs: number, at: number): MediaFragment => ({
  mediaStartMs,
  durationMs,
  wallStartMs: ORIGIN + at,
});
const recorded = (startMs: number, endMs: number): Span => ({
  state: "recorded",
  startMs,
  endMs,
  open: false,
  reason: null,
  advice: null,
});

describe("TimeMap", () => {
  it("goes there and back on every instant that may be shown", () => {
    fc.assert(
      fc.property(recordings, share, ({ spans, fragments, durationMs }, part) => {
        const map = TimeMap.build(fragments, ORIGIN, visible(spans));
        const at = part * durationMs;
        const media = map.toMedia(at);
        expect(media !== null).toBe(isVisible(spanAt(spans, at)));
        if (media !== null) expect(map.toPosition(media)).toBeCloseTo(at, 4);
      }),
    );
  });

  it("never gives media for a paused instant, whatever the playlist claims", () => {
    const wild = fc.array(
      fc.record({
        mediaStartMs: fc.integer({ min: 0, max: 60_000 }),
        durationMs: fc.integer({ min: 0, max: 20_000 }),
        wallStartMs: fc.integer({ min: -10_000, max: 120_000 }).map((ms) => ORIGIN + ms),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(recordings, wild, share, fc.integer({ min: 0, max: 90_000 }), (recording, fragments, part, media) => {
        const map = TimeMap.build(fragments, ORIGIN, visible(recording.spans));
        const at = part * recording.durationMs;
        if (!isVisible(spanAt(recording.spans, at))) expect(map.toMedia(at)).toBeNull();
        const shown = map.toPosition(media);
        if (shown !== null) expect(isVisible(spanAt(recording.spans, shown + 1e-6)) || isVisible(spanAt(recording.spans, shown))).toBe(true);
      }),
    );
  });

  it("never runs backwards", () => {
    fc.assert(
      fc.property(recordings, share, share, ({ spans, fragments, durationMs }, a, b) => {
        const map = TimeMap.build(fragments, ORIGIN, visible(spans));
        const [first, second] = [Math.min(a, b) * durationMs, Math.max(a, b) * durationMs].map((at) => map.toMedia(at));
        if (typeof first === "number" && typeof second === "number") expect(second).toBeGreaterThanOrEqual(first);
      }),
    );
  });

  it("waits in a hole at the picture that follows it", () => {
    const map = TimeMap.build([fragment(0, 1000, 0), fragment(1000, 1000, 5000)], ORIGIN, [recorded(0, 1000), recorded(5000, 6000)]);
    expect(map.toMedia(3000)).toBeNull();
    expect(map.mediaAtOrAfter(3000)).toBe(1000);
    expect(map.toPosition(1000)).toBe(5000);
    expect(map.mediaAtOrAfter(6000)).toBeNull();
    expect(map.edgeMs).toBe(6000);
  });

  it("takes rounding in the playlist for what it is", () => {
    const map = TimeMap.build([fragment(0, 9994, 0), fragment(9994, 5000, 10_003)], ORIGIN, [recorded(0, 20_000)]);
    expect(map.toMedia(10_000)).toBeCloseTo(9991, 0);
    expect(map.toMedia(10_003)).toBe(9994);
  });

  it("keeps a short loss a loss", () => {
    const map = TimeMap.build([fragment(0, 1000, 0), fragment(1000, 1000, 1200)], ORIGIN, [recorded(0, 5000)]);
    expect(map.toMedia(1100)).toBeNull();
    expect(map.toMedia(1200)).toBe(1000);
  });

  it("cuts a fragment that reaches into a pause", () => {
    const map = TimeMap.build([fragment(0, 2000, 0)], ORIGIN, [recorded(0, 1500)]);
    expect(map.toMedia(1499)).toBe(1499);
    expect(map.toMedia(1500)).toBeNull();
    expect(map.toPosition(1600)).toBeNull();
  });
});
