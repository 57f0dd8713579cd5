import fc from "fast-check";
import { expect, it } from "vitest";

import { STATES, VIEWS, isNarrowed, readFilters, toQuery, writeFilters } from "./filters";

const some = fc.option(fc.string({ minLength: 1 }), { nil: null });
const filters = fc.record({
  view: fc.constantFrom(...VIEWS),
  states: fc.subarray([...STATES]),
  form: some,
  agent: some,
  evaluator: some,
  overdue: fc.boolean(),
  failed: fc.boolean(),
});

it("filters come back from the address as they were", () => {
  fc.assert(
    fc.property(filters, (wanted) => {
      expect(readFilters(new URLSearchParams(writeFilters(wanted).toString()), "all")).toEqual(wanted);
    }),
  );
});

it("an address that says nothing, or nonsense, shows the page's own view", () => {
  const found = readFilters(new URLSearchParams("view=x&state=y&overdue=1"), "mine");
  expect([found.view, isNarrowed(found)]).toEqual(["mine", false]);
});

it("one's own are those to do, with calibrations among them, by when they are due", () => {
  const mine = readFilters(new URLSearchParams(), "mine");
  expect(toQuery(mine)).toEqual({ kind: "any", sort: "due", mine: true, state: ["assigned", "draft"] });
  expect(toQuery({ ...mine, states: ["published"] })).toMatchObject({ mine: true, state: ["published"] });
  expect(toQuery({ ...mine, view: "all" })).toEqual({ kind: "usual", sort: "-created" });
});
