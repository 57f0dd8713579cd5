import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { nextMoment, turningPoints } from "./moments";
import { PictureFrames, STILL_BYTES } from "./picture-frames";
import { intersect, quietStretches, speechless, worthLeaving } from "./quiet";
import { leap } from "./skip";
import type { Stretch } from "./skip";
import { FakeDriver, ManualClock } from "./testing/fake-driver";
import { fragmentsFor, ORIGIN } from "./testing/arbitraries";
import { layoutSpans } from "./timeline";

const stretches = fc
  .uniqueArray(fc.integer({ min: 0, max: 5000 }), { minLength: 0, maxLength: 20 })
  .map((edges) => edges.sort((a, b) => a - b))
  .map((edges): Stretch[] =>
    Array.from({ length: Math.floor(edges.length / 2) }, (_, index) => ({
      startMs: edges[2 * index] as number,
      endMs: edges[2 * index + 1] as number,
    })),
  );
const isIn = (list: readonly Stretch[], at: number) => list.some(({ startMs, endMs }) => at >= startMs && at < endMs);

describe("stretches", () => {
  it("intersects point by point", () => {
    fc.assert(
      fc.property(stretches, stretches, fc.integer({ min: 0, max: 5000 }), (a, b, at) => {
        expect(isIn(intersect(a, b), at)).toBe(isIn(a, at) && isIn(b, at));
      }),
    );
  });

  it("leaps out of a stretch and from nowhere else", () => {
    fc.assert(
      fc.property(stretches, fc.integer({ min: 0, max: 5000 }), (list, at) => {
        const to = leap(list, at);
        expect(to !== null).toBe(isIn(list, at));
        if (to !== null) expect(isIn(list, to) && !list.some(({ startMs }) => startMs === to)).toBe(false);
      }),
    );
  });

  it("counts all time outside the audio as speechless, and within it the silences", () => {
    fc.assert(
      fc.property(stretches, fc.integer({ min: 0, max: 6000 }), (quiet, at) => {
        const shifted = quiet.map(({ startMs, endMs }) => ({ startMs: startMs + 500, endMs: endMs + 500 }));
        const audio = { startMs: 400, endMs: 5600 };
        const outside = at < audio.startMs || (at >= audio.endMs && at < 6000);
        expect(isIn(speechless(shifted, audio, 6000), at)).toBe(outside || isIn(shifted, at));
      }),
    );
  });
});

describe("silence", () => {
  it("needs both channels quiet", () => {
    const one = Float32Array.from({ length: 100 }, (_, at) => (at < 30 ? 0.5 : 0.001));
    const other = Float32Array.from({ length: 100 }, (_, at) => (at >= 80 ? 0.3 : 0.002));
    expect(quietStretches([one, other], 100, 1000)).toEqual([{ startMs: 4000, endMs: 9000 }]);
  });

  it("keeps a breath at either end and no short ones", () => {
    expect(worthLeaving([{ startMs: 0, endMs: 2000 }, { startMs: 3000, endMs: 9000 }])).toEqual([{ startMs: 3400, endMs: 8600 }]);
  });
});

describe("moments", () => {
  const moments = [5000, 1000, 9000].map((atMs) => ({ id: String(atMs), atMs }));

  it("goes to the nearest in each direction", () => {
    expect(nextMoment(moments, 1000, 1)?.atMs).toBe(5000);
    expect(nextMoment(moments, 9000, 1)).toBeNull();
    expect(nextMoment(moments, 8000, -1)?.atMs).toBe(5000);
    expect(nextMoment(moments, 5800, -1)?.atMs).toBe(1000); // 5000 was only just passed
  });

  it("counts where After Call Work and losses begin", () => {
    const wall = [
      { state: "recorded", start: 0, end: 4000 },
      { state: "missing", start: 4000, end: 5000 },
      { state: "recorded", start: 5000, end: 7000 },
      { state: "acw", start: 7000, end: 9000 },
    ] as const;
    const spans = layoutSpans(wall.map((span) => ({ ...span, reason: null, advice: null })), 0, 9000);
    const timeline = { originWallMs: 0, durationMs: 9000, live: false, audio: null, screens: [{ id: "s", agentName: "A", spans }] };
    expect(turningPoints(timeline).map(({ atMs }) => atMs)).toEqual([4000, 7000]);
  });
});

describe("frames of the picture", () => {
  const spans = layoutSpans(
    [
      { state: "recorded", start: ORIGIN, end: ORIGIN + 10_000, reason: null, advice: null },
      { state: "paused", start: ORIGIN + 10_000, end: ORIGIN + 20_000, reason: null, advice: null },
      { state: "recorded", start: ORIGIN + 20_000, end: ORIGIN + 30_000, reason: null, advice: null },
    ],
    ORIGIN,
    30_000,
  );
  const loaded = (sizes: (fragment: number, frame: number) => number, which: readonly number[] = [0, 1, 2, 3], earlyMs = 0) => {
    const driver = new FakeDriver(new ManualClock(), 20_000);
    const frames = new PictureFrames(driver);
    frames.retime(spans, ORIGIN);
    driver.offer(fragmentsFor(spans, 5000));
    for (const at of which) {
      const coded = Array.from({ length: 10 }, (_, n) => ({ offsetMs: n * 500, bytes: sizes(at, n), key: n === 0 }));
      driver.show(at * 5000 - earlyMs, coded);
    }
    return frames;
  };

  it("steps over frames, and over a pause", () => {
    const frames = loaded(() => 10);
    expect(frames.beside(700, 1)).toBe(1001);
    expect(frames.beside(1001, 1)).toBe(1501);
    expect(frames.beside(1001, -1)).toBe(501);
    expect(frames.beside(9501, 1)).toBe(20_001);
    expect(frames.beside(20_001, -1)).toBe(9501);
  });

  it("stays on its side of a pause where a fragment was loaded before its begin was learnt exactly", () => {
    const frames = loaded(() => 10, [0, 1, 2, 3], 5);
    expect(frames.beside(20_501, -1)).toBe(20_001);
  });

  it("does not guess where nothing was loaded", () => {
    expect(loaded(() => 10, [0]).beside(6000, 1)).toBeNull();
    expect(loaded(() => 10, []).stillStretches()).toEqual([]);
  });

  it("stands still between changes, and never over a pause", () => {
    const frames = loaded((fragment, frame) => (fragment === 0 && frame === 4 ? STILL_BYTES * 9 : 20));
    const found = frames.stillStretches().map(({ startMs, endMs }) => [startMs, Math.round(endMs)]);
    expect(found).toEqual([
      [0, 1999],
      [2000, 9999],
      [20_000, 29_999],
    ]);
  });
});
