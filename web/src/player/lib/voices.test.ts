import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { voicesOf } from "./voices";

const MS = 10;
const said = (speaker: string | null, startMs: number, endMs: number) => ({ speaker, startMs, endMs });
/** A second of sound for each letter: l on the left, r on the right, b on both, anything else on none. */
function sound(pattern: string) {
  const channel = (loud: string) => Float32Array.from({ length: pattern.length * 100 }, (_, at) => (loud.includes(pattern.charAt(Math.floor(at / 100))) ? 0.5 : 0.01));
  return { msPerPeak: MS, channels: [channel("lb"), channel("rb")] };
}

describe("voices", () => {
  it("are where they are loud, also when the audio begins later than the call", () => {
    const talk = [said("Customer", 2000, 3000), said("Agent", 3000, 4000), said("Customer", 4000, 6000)];
    expect(voicesOf(sound("rlrr"), 2000, talk)).toEqual([["Agent"], ["Customer"]]);
    expect(voicesOf(sound("rlrr"), 2000, [...talk, said("Second agent", 3000, 3500)])).toEqual([["Agent", "Second agent"], ["Customer"]]);
  });

  it("stay unknown without a clear difference, a name, or two channels", () => {
    expect(voicesOf(sound("bb"), 0, [said("A", 0, 1000), said("B", 1000, 2000)])).toEqual([[], []]);
    expect(voicesOf(sound("l"), 0, [said(null, 0, 1000)])).toEqual([[], []]);
    expect(voicesOf(sound(".."), 0, [said("A", 5000, 9000), said("B", -3000, -1000)])).toEqual([[], []]);
    expect(voicesOf({ msPerPeak: MS, channels: [new Float32Array(9).fill(1)] }, 0, [said("A", 0, 90)])).toEqual([]);
  });

  it("change sides with the channels, and none is on both", () => {
    const talk = fc.array(
      fc.tuple(fc.constantFrom("A", "B", "C", null), fc.integer({ min: -2000, max: 9000 }), fc.nat(3000)).map(([who, at, ms]) => said(who, at, at + ms)),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("l", "r", "b", "."), maxLength: 8 }), talk, fc.integer({ min: -500, max: 500 }), (pattern, segments, startMs) => {
        const { channels, msPerPeak } = sound(pattern);
        const here = voicesOf({ channels, msPerPeak }, startMs, segments);
        expect(voicesOf({ channels: [...channels].reverse(), msPerPeak }, startMs, segments)).toEqual([...here].reverse());
        expect(new Set(here.flat()).size).toBe(here.flat().length);
      }),
    );
  });
});
