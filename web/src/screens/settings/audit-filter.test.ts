import { expect, test } from "vitest";

import { detailLines, filterOf } from "./audit-filter";

test("days of the address become moments, the last one whole", () => {
  const filter = filterOf(new URLSearchParams("since=2026-11-01&until=2026-11-30&actor= usr_1 &action=&x=1"));
  expect(filter).toEqual({
    actor: "usr_1",
    since: new Date(2026, 10, 1).getTime(),
    until: new Date(2026, 11, 1).getTime(),
  });
});

test("what is no day is left out", () => {
  expect(filterOf(new URLSearchParams("since=soon&until=2026-02-30"))).toEqual({});
});

test("changes read as old and new", () => {
  expect(detailLines({ changes: { role: ["agent", "admin"], name: [null, "Ada"], teams: [["a"], []] }, count: 3 })).toEqual([
    "role: agent → admin",
    "name: Ada",
    'teams: ["a"] → []',
    "count: 3",
  ]);
});
