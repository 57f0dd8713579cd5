import { expect, it } from "vitest";

import { periodOf, queryOf, readAsk, weekName } from "./ask";

it("reads the address, and takes what it does not know for nothing", () => {
  expect(readAsk(new URLSearchParams("days=30&by=question&form=f1"))).toEqual({ days: 30, by: "question", filters: { form: "f1", team: null, agent: null } });
  expect(readAsk(new URLSearchParams("days=7&by=week"))).toEqual({ days: 90, by: "agent", filters: { form: null, team: null, agent: null } });
});

it("a period ends with this minute and is the same for all of it", () => {
  const now = 1_700_000_000_000;
  expect(periodOf(30, now, "UTC")).toEqual(periodOf(30, now + 1, "UTC"));
  const { from, to } = periodOf(30, now, "UTC");
  expect([to - from, to >= now]).toEqual([30 * 86_400_000, true]);
});

it("asks the server only for what is narrowed", () => {
  const period = { from: 1, to: 2, timezone: "UTC" };
  expect(queryOf(period, { form: null, team: "", agent: null })).toEqual({ ...period, team: [""] });
});

it("names weeks, with the year where there are two", () => {
  expect([weekName("2026-W05", false), weekName("2026-W47", true)]).toEqual(["W5", "W47 2026"]);
});
