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
    heard.change(next, now, true);
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

/** An element's time as Chromium 156 reported it, [ms since it was told, media ms]; the sound turned after 75 to 115 ms. */
const CHROMIUM: { from: number; to: number; readings: [number, number][] }[] = [
  {
    from: 1,
    to: 2,
    readings: [
      [-69, -82], [-52, -65], [-33, -45], [-17, -29], [0, 0], [18, 14], [31, 20], [50, 57], [65, 66], [84, 82], [98, 98],
      [117, 128], [131, 156], [148, 188], [167, 223], [183, 253], [198, 281], [215, 313], [233, 348], [249, 396],
    ],
  },
  {
    from: 2,
    to: 0.5,
    readings: [
      [-73, -147], [-56, -96], [-37, -61], [-23, -35], [0, 0], [13, 7], [27, 42], [44, 80], [60, 118], [78, 126], [94, 126],
      [111, 130], [129, 139], [144, 146], [160, 154], [177, 161], [194, 169], [212, 178], [227, 185], [244, 193],
    ],
  },
  {
    from: 0.5,
    to: 3,
    readings: [
      [-72, -55], [-54, -46], [-38, -39], [-22, -31], [0, 0], [11, 20], [29, 35], [45, 35], [62, 35], [82, 35], [95, 74],
      [113, 230], [128, 270], [147, 323], [161, 366], [182, 423], [197, 466], [211, 534], [230, 586], [246, 632],
    ],
  },
  {
    from: 3,
    to: 1.5,
    readings: [
      [-73, -188], [-59, -145], [-39, -89], [-25, -51], [0, 0], [8, 39], [26, 66], [45, 121], [61, 174], [75, 206], [91, 230],
      [108, 250], [128, 276], [142, 295], [158, 316], [174, 341], [191, 365], [210, 390], [226, 427], [241, 450],
    ],
  },
];

describe("the speed that is heard", () => {
  it("changes at once while nothing sounds", () => {
    const heard = new HeardSpeed();
    heard.change(2, 0, false);
    expect(heard.at(1, 0)).toBe(2);
  });

  it("keeps the old one for what is on its way, and forgets that when it stops", () => {
    const heard = new HeardSpeed();
    heard.change(2, 0, true);
    expect(heard.at(10, 10)).toBe(1);
    heard.settle();
    expect(heard.at(11, 11)).toBe(2);
  });

  it("learns how long the tail is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 250 }), (tailMs) => {
        const waited = heardFor(tailMs, [2, 0.5, 3, 1, 2, 0.5, 3, 1, 2, 0.5, 3, 1]);
        expect(Math.abs((waited.at(-1) ?? 0) - tailMs)).toBeLessThanOrEqual(2 * TICK_MS);
      }),
    );
  });

  it.each(CHROMIUM)("is not misled by the jump that an element reports at once: from $from to $to", ({ from, to, readings }) => {
    const heard = new HeardSpeed();
    heard.change(from, -1000, false);
    let waited = 0;
    for (let again = 0; again < 12; again++) {
      const sinceMs = again * 1000;
      heard.settle();
      heard.change(from, sinceMs - 500, false);
      for (const [at, mediaMs] of readings) {
        if (at === 0) heard.change(to, sinceMs, true);
        if (heard.at(sinceMs + at, mediaMs) === from) waited = at;
      }
    }
    expect(waited).toBeGreaterThanOrEqual(60);
    expect(waited).toBeLessThanOrEqual(125);
  });
});
