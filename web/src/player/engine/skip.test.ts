import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { land, step } from "./skip";
import type { Span } from "./timeline";
import { spanAt } from "./timeline";
import { recordings } from "./testing/arbitraries";

const pausedAt = (spans: readonly Span[], at: number) => spanAt(spans, at)?.state === "paused";

describe("land", () => {
  it("never lands on a paused instant and never goes back", () => {
    fc.assert(
      fc.property(recordings, fc.double({ min: 0, max: 1, noNaN: true }), ({ spans, durationMs }, share) => {
        const landing = land(spans, share * durationMs);
        expect(pausedAt(spans, landing.positionMs)).toBe(false);
        expect(landing.positionMs).toBeGreaterThanOrEqual(share * durationMs);
      }),
    );
  });

  it("holds just before a pause that is still going on", () => {
    const spans: Span[] = [
      { state: "recorded", startMs: 0, endMs: 400, open: false, reason: null, advice: null },
      { state: "paused", startMs: 400, endMs: 900, open: true, reason: null, advice: null },
    ];
    expect(land(spans, 600)).toEqual({ kind: "hold", positionMs: 399 });
    expect(land(spans, 399)).toEqual({ kind: "here", positionMs: 399 });
  });
});

describe("step", () => {
  const steps = fc.integer({ min: -20_000, max: 20_000 });

  it("ends inside the timeline, outside every pause or at the end of one", () => {
    fc.assert(
      fc.property(recordings, fc.double({ min: 0, max: 1, noNaN: true }), steps, (recording, share, delta) => {
        const { spans, durationMs } = recording;
        const from = land(spans, share * durationMs).positionMs;
        const to = step(spans, from, delta, durationMs);
        expect(to).toBeGreaterThanOrEqual(0);
        expect(to).toBeLessThanOrEqual(durationMs);
        const leading = spans[0]?.state === "paused" && to < spans[0].endMs; // nothing playable before it
        if (!leading) expect(pausedAt(spans, to)).toBe(false);
        if (delta >= 0) expect(to).toBeGreaterThanOrEqual(Math.min(from, durationMs));
        else expect(to).toBeLessThanOrEqual(from);
      }),
    );
  });

  it("counts playable time only", () => {
    const spans: Span[] = [
      { state: "recorded", startMs: 0, endMs: 10_000, open: false, reason: null, advice: null },
      { state: "paused", startMs: 10_000, endMs: 60_000, open: false, reason: null, advice: null },
      { state: "recorded", startMs: 60_000, endMs: 90_000, open: false, reason: null, advice: null },
    ];
    expect(step(spans, 62_000, -5000, 90_000)).toBe(7000);
    expect(step(spans, 7000, 5000, 90_000)).toBe(62_000);
    expect(step(spans, 65_000, -5000, 90_000)).toBe(60_000);
    expect(step(spans, 80_000, 20_000, 90_000)).toBe(90_000);
  });
});
