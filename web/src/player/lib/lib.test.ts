import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { KEPT, PLAIN, keepPlace, keepTaste, recallPlace, recallTaste } from "./keep";
import { linkTo, readMoment } from "./moment-link";
import { MAX_SCALE, WHOLE, moveBy, zoomAt } from "./zoom";

function memory(): Pick<Storage, "getItem" | "setItem"> & { readonly values: Map<string, string> } {
  const values = new Map<string, string>();
  return { values, getItem: (key) => values.get(key) ?? null, setItem: (key, value) => void values.set(key, value) };
}

describe("links to a moment", () => {
  it("reads seconds, minutes and hours, and nothing else", () => {
    expect([readMoment("75.5"), readMoment("12:30"), readMoment("1:02:03")]).toEqual([75_500, 750_000, 3_723_000]);
    for (const nonsense of [null, "", "-3", "abc", "1e9", "999999", "1:2:3:4"]) expect(readMoment(nonsense)).toBeNull();
  });

  it("comes back to the tenth of a second", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 80_000_000 }), (ms) => {
        const link = new URL(linkTo("https://a.example/activities/int_1?q=x&t=4#top", ms));
        expect(Math.abs((readMoment(link.searchParams.get("t")) ?? NaN) - ms)).toBeLessThanOrEqual(50);
        expect([link.searchParams.get("q"), link.hash]).toEqual(["x", "#top"]);
      }),
    );
  });
});

describe("what is kept", () => {
  it("knows the last places, a bounded number of them", () => {
    const storage = memory();
    for (let n = 0; n < KEPT + 10; n++) keepPlace(storage, `int_${String(n)}`, 60_000 + n, 600_000);
    expect(recallPlace(storage, "int_5")).toBeNull();
    expect(recallPlace(storage, `int_${String(KEPT + 9)}`)).toBe(60_000 + KEPT + 9);
    expect((JSON.parse([...storage.values.values()][0] ?? "") as unknown[]).length).toBe(KEPT);
  });

  it("forgets a place at either end", () => {
    const storage = memory();
    keepPlace(storage, "a", 60_000, 600_000);
    keepPlace(storage, "a", 599_000, 600_000);
    expect(recallPlace(storage, "a")).toBeNull();
  });

  it("stands storage that is tampered with or forbidden", () => {
    const storage = memory();
    keepTaste(storage, { ...PLAIN, volume: 0.5, captions: true });
    expect(recallTaste(storage)).toEqual({ ...PLAIN, volume: 0.5, captions: true });
    for (const value of ["{", "7", '{"volume":9,"muted":"yes"}', "[[1,2]]"]) {
      const broken = { getItem: () => value, setItem: () => { throw new Error("full"); } };
      expect(recallTaste(broken)).toEqual(PLAIN);
      expect(recallPlace(broken, "a")).toBeNull();
      keepPlace(broken, "a", 60_000, 600_000);
    }
  });
});

describe("zoom", () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const step = fc.oneof(
    fc.record({ factor: fc.double({ min: 0.2, max: 5, noNaN: true }), x: share, y: share }),
    fc.record({ dx: fc.double({ min: -2, max: 2, noNaN: true }), dy: fc.double({ min: -2, max: 2, noNaN: true }) }),
  );

  it("always fills the frame", () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const view = steps.reduce(
          (at, one) => ("factor" in one ? zoomAt(at, one.factor, one.x, one.y) : moveBy(at, one.dx, one.dy)),
          WHOLE,
        );
        expect(view.scale).toBeGreaterThanOrEqual(1);
        expect(view.scale).toBeLessThanOrEqual(MAX_SCALE);
        for (const at of [view.x, view.y]) {
          expect(at).toBeLessThanOrEqual(0);
          expect(at + view.scale).toBeGreaterThanOrEqual(1 - 1e-9);
        }
      }),
    );
  });

  it("keeps the point under the pointer when it zooms in", () => {
    fc.assert(
      fc.property(share, share, fc.double({ min: 1, max: MAX_SCALE, noNaN: true }), (x, y, factor) => {
        const view = zoomAt(WHOLE, factor, x, y);
        expect(view.x + x * view.scale).toBeCloseTo(x, 6);
        expect(view.y + y * view.scale).toBeCloseTo(y, 6);
      }),
    );
  });
});
