import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { HeardSpeed } from "./heard-speed";

const TICK_MS = 16;

/** Changes of speed of an element whose sound runs on for `tailMs`; how long each was said to be heard at the old one. */
function heardFor(tailMs: number, speeds: readonly number[]): number[] {
  const heard = new HeardSpeed();
  let now = 0;
  let mediaMs = 0;
  let speed = 1;
  return speeds.map((next) => {
    const from = speed;
    const changedAt = now;
    heard.change(next, now, mediaMs, true);
    speed = next;
    let waited = 0;
    for (let tick = 0; tick < 60; tick++) {
      if (heard.at(now, mediaMs) === from) waited = now - changedAt + TICK_MS;
      const old = Math.max(0, Math.min(TICK_MS, changedAt + tailMs - now));
      mediaMs += old * from + (TICK_MS - old) * next;
      now += TICK_MS;
    }
    return waited;
  });
}

describe("the speed that is heard", () => {
  it("changes at once while nothing sounds", () => {
    const heard = new HeardSpeed();
    heard.change(2, 0, 0, false);
    expect(heard.at(1, 0)).toBe(2);
  });

  it("keeps the old one for what is on its way, and forgets that when it stops", () => {
    const heard = new HeardSpeed();
    heard.change(2, 0, 0, true);
    expect(heard.at(10, 10)).toBe(1);
    heard.settle();
    expect(heard.at(11, 11)).toBe(2);
  });

  it("learns how long the tail is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 250 }), (tailMs) => {
        const waited = heardFor(tailMs, [2, 0.5, 3, 1, 2, 0.5, 3, 1, 2, 0.5, 3, 1]);
        expect(Math.abs((waited.at(-1) ?? 0) - tailMs)).toBeLessThanOrEqual(3 * TICK_MS);
      }),
    );
  });
});
