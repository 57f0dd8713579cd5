import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { startOfDay } from "../../lib/format";
import type { Filters } from "./filters";
import { DIRECTIONS, NO_FILTERS, RANGES, SORTS, countFilters, fromSaved, isUnfiltered, readFilters, toQuery, toSaved, writeFilters } from "./filters";

const NOON = new Date(2026, 8, 3, 12, 30).getTime();
const value = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !text.includes("\0"));
const flag = fc.constantFrom(null, true, false);
const day = fc
  .date({ min: new Date(1990, 0, 1), max: new Date(2090, 0, 1), noInvalidDate: true })
  .map((at) => `${String(at.getFullYear())}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}`);

const anyFilters: fc.Arbitrary<Filters> = fc
  .record({
    agent: fc.uniqueArray(value, { maxLength: 5 }),
    team: fc.uniqueArray(value, { maxLength: 5 }),
    queue: fc.uniqueArray(value, { maxLength: 5 }),
    live: flag,
    has_screen_recording: flag,
    has_call_recording: flag,
    has_transcript: flag,
    has_evaluation: flag,
    min_duration_ms: fc.option(fc.nat()),
    max_duration_ms: fc.option(fc.nat()),
    min_coverage: fc.option(fc.double({ min: 0, max: 1, noNaN: true }).map(Math.abs)),
    max_coverage: fc.option(fc.double({ min: 0, max: 1, noNaN: true }).map(Math.abs)),
    direction: fc.option(fc.constantFrom(...DIRECTIONS)),
    range: fc.option(fc.constantFrom(...RANGES)),
    from: fc.option(day),
    to: fc.option(day),
    text: fc.string({ maxLength: 200 }).map((text) => text.replaceAll("\0", "")),
    sort: fc.constantFrom(...SORTS),
  })
  .map((filters) => (filters.range === null ? filters : { ...filters, from: null, to: null }));

describe("filters", () => {
  it("survive the address", () => {
    fc.assert(
      fc.property(anyFilters, (filters) => {
        const address = writeFilters(filters).toString();
        expect(readFilters(new URLSearchParams(address))).toEqual(filters);
      }),
    );
  });

  it("read whatever stands in an address", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...Object.keys(NO_FILTERS)), fc.string())), (pairs) => {
        const filters = readFilters(new URLSearchParams(pairs));
        expect(readFilters(writeFilters(filters))).toEqual(filters);
      }),
    );
    const odd = "direction=up&range=7y&from=2026-02-30&to=yesterday&min_coverage=7&has_transcript=1&sort=name&agent=&nothing=1";
    expect(readFilters(new URLSearchParams(odd))).toEqual(NO_FILTERS);
  });

  it("mean whole days of the reader's calendar", () => {
    const at = (...parts: [number, number, number]) => new Date(...parts).getTime();
    const asked = (change: Partial<Filters>) => toQuery({ ...NO_FILTERS, ...change }, NOON);
    expect(asked({ range: "today" })).toEqual({ sort: "-time", since: at(2026, 8, 3) });
    expect(asked({ range: "yesterday" })).toEqual({ sort: "-time", since: at(2026, 8, 2), until: at(2026, 8, 3) });
    expect(asked({ range: "month" })).toEqual({ sort: "-time", since: at(2026, 8, 1) });
    expect(asked({ range: "7d" })).toEqual({ sort: "-time", since: at(2026, 7, 28) });
    expect(asked({ from: "2026-09-01", to: "2026-09-01" })).toEqual({
      sort: "-time",
      since: at(2026, 8, 1),
      until: at(2026, 8, 2),
    });
  });

  it("ask for nothing that is not set", () => {
    expect(toQuery(NO_FILTERS, NOON)).toEqual({ sort: "-time" });
    expect(toQuery({ ...NO_FILTERS, text: "  ", has_evaluation: false, agent: ["agt_1"] }, NOON)).toEqual({
      sort: "-time",
      has_evaluation: false,
      agent: ["agt_1"],
    });
    expect(isUnfiltered({ ...NO_FILTERS, sort: "duration" })).toBe(true);
    expect(isUnfiltered({ ...NO_FILTERS, text: "x" })).toBe(false);
    expect(countFilters({ ...NO_FILTERS, text: "x", sort: "time", agent: ["a", "b"], has_evaluation: false })).toBe(3);
  });

  it("come back from what is saved, the range as a range", () => {
    fc.assert(
      fc.property(anyFilters, (filters) => {
        expect(fromSaved(toSaved(filters))).toEqual({ ...filters, text: filters.text.trim() });
      }),
    );
  });

  it("mean whole days up to the day on which they are opened, whenever they were saved", () => {
    const instant = fc.date({ min: new Date(1990, 0, 1), max: new Date(2090, 0, 1), noInvalidDate: true });
    fc.assert(
      fc.property(fc.constantFrom(...RANGES), instant, (range, opened) => {
        const { since: begins, until } = toQuery(fromSaved(toSaved({ ...NO_FILTERS, range })), opened.getTime());
        const since = begins ?? NaN;
        const midnight = new Date(since);
        expect([midnight.getHours(), midnight.getMinutes(), midnight.getSeconds()]).toEqual([0, 0, 0]);
        const today = startOfDay(opened);
        expect(range === "yesterday" ? until : since).toSatisfy((at: number) => at <= today);
        if (range === "today") expect(since).toBe(today);
        if (range === "yesterday") expect(until).toBe(today);
        if (range === "month") expect([midnight.getDate(), midnight.getMonth()]).toEqual([1, opened.getMonth()]);
        const days = { "7d": 6, "30d": 29 } as const;
        if (range === "7d" || range === "30d") expect(Math.round((today - since) / 86_400_000)).toBe(days[range]);
      }),
    );
  });
});
