import { expect, it } from "vitest";

import { periodOf, queryOf, readAsk, weekName } from "./ask";

it("reads the address, and takes what it does not know for nothing", () => {
  expect(readAsk(new URLSearchParams("days=30&by=question&form=f1"))).toEqual({ days: 30, by: "question", filters: { form: "f1", team: null, agent: null } });
  expect(readAsk(new URLSearchParams("days=7&by=week"))).toEqual({ days: 90, by: "agent", filters: { form: null, team: null, agent: null } });
});

it("a period is of whole days and ends with today, whatever the time is", () => {
  const [morning, evening] = [new Date(2026, 10, 22, 7, 3).getTime(), new Date(2026, 10, 22, 23, 59).getTime()];
  const { from, to } = periodOf(30, morning, "UTC");
  expect([new Date(from), new Date(to)]).toEqual([new Date(2026, 9, 24), new Date(2026, 10, 23)]);
  expect(periodOf(30, evening, "UTC")).toEqual(periodOf(30, morning, "UTC"));
});

it("asks the server only for what is narrowed", () => {
  const period = { from: 1, to: 2, timezone: "UTC" };
  expect(queryOf(period, { form: null, team: "", agent: null })).toEqual({ ...period, team: [""] });
});

it("names weeks, with the year where there are two", () => {
  expect([weekName("2026-W05", false), weekName("2026-W47", true)]).toEqual(["W5", "W47 2026"]);
});
