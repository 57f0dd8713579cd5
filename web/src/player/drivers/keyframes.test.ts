import { describe, expect, it } from "vitest";

import { entryOf, wayTo } from "./keyframes";

const ranges = (...pairs: [number, number][]): TimeRanges => ({
  length: pairs.length,
  start: (index) => (pairs[index]?.[0] ?? 0) / 1000,
  end: (index) => (pairs[index]?.[1] ?? 0) / 1000,
});
const entries = [
  { startMs: 0, key: true },
  { startMs: 2000, key: false },
  { startMs: 4000, key: true },
  { startMs: 6000, key: false },
];

describe("wayTo", () => {
  it("goes by the keyframe before the place", () => {
    expect(wayTo(3000, entries, ranges())).toBe(0);
    expect(wayTo(7000, entries, ranges([0, 3000]))).toBe(4000);
  });

  it("goes straight to a keyframe, and to what is buffered from one on", () => {
    expect(wayTo(4000, entries, ranges())).toBeNull();
    expect(wayTo(7000, entries, ranges([4000, 8000]))).toBeNull();
    expect(wayTo(7000, entries, ranges([6000, 8000]))).toBe(4000);
  });

  it("has no other way in a playlist that is complete", () => {
    expect(wayTo(7000, [], ranges())).toBeNull();
  });
});

it("knows keyframes by their address", () => {
  expect(entryOf({ start: 1.5, relurl: "parts/7-key.m4s" })).toEqual({ startMs: 1500, key: true });
  expect(entryOf({ start: 1.5, relurl: "parts/7.m4s" })).toEqual({ startMs: 1500, key: false });
});
