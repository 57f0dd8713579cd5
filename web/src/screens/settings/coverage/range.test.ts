import fc from "fast-check";
import { expect, test } from "vitest";

import { lastDays } from "../../../lib/days";
import { dayPoints, daysOf } from "./range";

test("knows the ranges that are offered", () => {
  expect([daysOf("90"), daysOf("12")]).toEqual([90, 30]);
});

test("every day has its point, over changes of the clock too", () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(2020, 0, 1), max: new Date(2030, 0, 1), noInvalidDate: true }), fc.constantFrom(7, 30, 90), (now, days) => {
      const { from, to } = lastDays(days, now.getTime());
      const points = dayPoints([], from, to);
      expect(points).toHaveLength(days);
      expect(new Set(points.map((point) => point.day)).size).toBe(days);
    }),
  );
});

test("a day that lacks a little is not 100", () => {
  const day = new Date(2026, 10, 22).getTime();
  const [point] = dayPoints([{ key: "2026-11-22", coverage: 0.99999, missing_ms: 90_000 }], day, day + 1);
  expect(point).toEqual({ day: "2026-11-22", coverage: 99.9, missing: 1.5 });
});
