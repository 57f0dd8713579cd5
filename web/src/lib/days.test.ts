import fc from "fast-check";
import { expect, it } from "vitest";

import { dayOf, endOf, lastDays, startOf } from "./days";

const dates = fc.date({ min: new Date(2000, 0, 1), max: new Date(2100, 0, 1), noInvalidDate: true });

it("a day comes back from its begin and from its end", () => {
  fc.assert(
    fc.property(dates, (date) => {
      const day = dayOf(date.getTime());
      const [start, end] = [startOf(day) ?? 0, endOf(day) ?? 0];
      expect([dayOf(start), dayOf(end)]).toEqual([day, day]);
      expect([start <= date.getTime(), end >= date.getTime(), endOf(day)]).toEqual([true, true, (startOf(day, 1) ?? 0) - 1]);
    }),
  );
});

it.each(["", "soon", "2026-1-1", "2026-02-30", "2026-13-01", "0002-11-03", "0020-11-03", "0202-11-03"])("%j is no day", (text) => {
  expect([startOf(text), endOf(text)]).toEqual([null, null]);
});

it("the last days are whole, and today is one of them", () => {
  const { from, to } = lastDays(7, new Date(2026, 10, 22, 13, 5).getTime());
  expect([new Date(from), new Date(to)]).toEqual([new Date(2026, 10, 16), new Date(2026, 10, 23)]);
  fc.assert(
    fc.property(dates, fc.integer({ min: 1, max: 400 }), (now, count) => {
      const range = lastDays(count, now.getTime());
      expect(range.from <= now.getTime() && now.getTime() < range.to).toBe(true);
      expect(Math.round((range.to - range.from) / 86_400_000)).toBe(count);
    }),
  );
});
