import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { framesOf } from "./fragment-frames";

const u32 = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
const box = (kind: string, ...bodies: number[][]) => {
  const body = bodies.flat();
  return [...u32(body.length + 8), ...[...kind].map((letter) => letter.charCodeAt(0)), ...body];
};
interface Sample {
  readonly durationMs: number;
  readonly bytes: number;
  readonly key: boolean;
}
/** As our fragments are: tfdt version 1, one trun with everything written out. */
const moof = (decodeMs: number, samples: readonly Sample[]) =>
  box("moof", box("mfhd", u32(0), u32(1)), box("traf",
    box("tfhd", u32(0x20000), u32(1)),
    box("tfdt", u32(1 << 24), u32(0), u32(decodeMs)),
    box("trun", u32(0x701), u32(samples.length), u32(100), samples.flatMap(({ durationMs, bytes, key }) => [
      ...u32(durationMs), ...u32(bytes), ...u32(key ? 0x2000000 : 0x1010000),
    ])),
  ));
const bytesOf = (...parts: number[][]) => new Uint8Array(parts.flat()).buffer;

describe("framesOf", () => {
  it("reads all chunks of a segment", () => {
    const first = [{ durationMs: 100, bytes: 900, key: true }, { durationMs: 400, bytes: 30, key: false }];
    const second = [{ durationMs: 250, bytes: 70, key: false }];
    expect(framesOf(bytesOf(moof(7000, first), box("mdat", [1, 2, 3]), moof(7500, second), box("mdat")))).toEqual([
      { offsetMs: 0, bytes: 900, key: true },
      { offsetMs: 100, bytes: 30, key: false },
      { offsetMs: 500, bytes: 70, key: false },
    ]);
  });

  it("reads what defaults say", () => {
    const traf = box("traf", box("tfhd", u32(0x20038), u32(1), u32(200), u32(55), u32(0x1010000)),
      box("tfdt", u32(0), u32(10)), box("trun", u32(0x4), u32(3), u32(0x2000000)));
    expect(framesOf(bytesOf(box("moof", traf))).map(({ offsetMs, bytes, key }) => [offsetMs, bytes, key])).toEqual([
      [0, 55, true],
      [200, 55, false],
      [400, 55, false],
    ]);
  });

  it("makes nothing of nonsense, and of what was cut short", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => Array.isArray(framesOf(noise.slice().buffer))));
    const whole = moof(7000, [{ durationMs: 100, bytes: 900, key: true }]);
    for (let length = 0; length < whole.length; length++) framesOf(bytesOf(whole.slice(0, length)));
  });
});
