import fc from "fast-check";
import { expect, it } from "vitest";

import { dayOf, endOfDay } from "./day";

it("a day comes back from its end", () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(2000, 0, 1), max: new Date(2100, 0, 1), noInvalidDate: true }), (date) => {
      const day = dayOf(date.getTime());
      const end = endOfDay(day) ?? 0;
      expect([dayOf(end), end >= date.getTime()]).toEqual([day, true]);
    }),
  );
});

it("what is no day has no end", () => {
  expect([endOfDay(""), endOfDay("2026-1-1"), endOfDay("soon")]).toEqual([null, null, null]);
  expect(dayOf(null)).toBe("");
});
