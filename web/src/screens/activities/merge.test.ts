import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { mergeHead } from "./merge";

interface Call {
  readonly id: string;
  readonly state: string;
}

const call = (number: number, state = "old"): Call => ({ id: `int_${String(number)}`, state });
const LIVE = { take: true, newestFirst: true };

describe("the newest page over the list", () => {
  it("renews what is there and puts what is new in front", () => {
    const pages = [{ items: [call(3), call(2)], next: "a" }, { items: [call(1)], next: null }];
    const { pages: merged, fresh, gap } = mergeHead(pages, [call(4, "new"), call(3, "new")], LIVE);
    expect(merged).toEqual([
      { items: [call(4, "new"), call(3, "new"), call(2)], next: "a" },
      { items: [call(1)], next: null },
    ]);
    expect([fresh, gap]).toEqual([1, false]);
  });

  it("counts what is new while someone reads further down", () => {
    const pages = [{ items: [call(3)] }];
    expect(mergeHead(pages, [call(5), call(4), call(3, "new")], { ...LIVE, take: false })).toEqual({
      pages: [{ items: [call(3, "new")] }],
      fresh: 2,
      gap: false,
    });
  });

  it("says when it no longer reaches the list, and adds nothing then", () => {
    expect(mergeHead([{ items: [call(1)] }], [call(9), call(8)], LIVE)).toMatchObject({ pages: [{ items: [call(1)] }], gap: true });
    expect(mergeHead([{ items: [] }], [call(9)], LIVE)).toMatchObject({ pages: [{ items: [call(9)] }], gap: false });
    expect(mergeHead([{ items: [call(1)] }], [call(9)], { take: true, newestFirst: false })).toMatchObject({ fresh: 0, gap: false });
  });

  it("never loses, doubles or reorders an item", () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(20), fc.integer({ min: 1, max: 20 }), fc.boolean(), (loaded, more, size, take) => {
        const all = Array.from({ length: loaded + more }, (_, index) => call(loaded + more - index));
        const before = all.slice(more);
        const pages = [{ items: before.slice(0, 30) }, { items: before.slice(30) }];
        const { pages: merged, fresh, gap } = mergeHead(pages, all.slice(0, size), { take, newestFirst: true });
        const after = merged.flatMap((page) => page.items);
        expect(after).toEqual(take && !gap ? [...all.slice(0, fresh), ...before] : before);
        expect(gap).toBe(loaded > 0 && more >= size);
      }),
    );
  });
});
