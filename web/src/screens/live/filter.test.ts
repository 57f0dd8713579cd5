import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { NO_TEAM, STATES, fits, inOrder, readFilter, teamsOf, writeFilter } from "./filter";
import type { LiveCall } from "./queries";

function call(change: Partial<LiveCall>): LiveCall {
  return {
    screen_recording_id: "scr_1",
    interaction_id: "int_1",
    agent: { id: "agt_1", name: "Jörg Ärmel" },
    team: { id: "tea_1", name: "Support" },
    queue: "Billing",
    started_at: 0,
    call_ended_at: null,
    state: "recording",
    coverage: 1,
    expected_ms: 1,
    captured_ms: 1,
    missing: [],
    paused_ms: 0,
    picture: null,
    watchers: 0,
    may_watch: true,
    region: "eu",
    recorder_online: true,
    recorder: null,
    ...change,
  };
}

describe("the wall's filter", () => {
  it.each([
    ["ärmel", true],
    ["billing JÖRG", true],
    ["support sales", false],
    ["  ", true],
  ])("looks for every word: %s", (text, shown) => {
    expect(fits(call({}), { text, state: null, team: null })).toBe(shown);
  });

  it("takes a state, and a team or none", () => {
    expect(fits(call({ state: "paused" }), { text: "", state: "acw", team: null })).toBe(false);
    expect(fits(call({}), { text: "", state: null, team: "tea_1" })).toBe(true);
    expect(fits(call({ team: null }), { text: "", state: null, team: NO_TEAM })).toBe(true);
    expect(fits(call({}), { text: "", state: null, team: NO_TEAM })).toBe(false);
    expect(teamsOf([call({}), call({ team: null }), call({ team: { id: "t", name: "Back office" } }), call({})])).toEqual([
      { id: "t", name: "Back office" },
      { id: "tea_1", name: "Support" },
    ]);
  });

  it("survives the address", () => {
    const filters = fc.record({
      text: fc.string({ maxLength: 200 }).filter((text) => text === "" || text.trim() !== ""),
      state: fc.option(fc.constantFrom(...STATES)),
      team: fc.option(fc.string()),
    });
    fc.assert(
      fc.property(filters, (filter) => {
        expect(readFilter(new URLSearchParams(writeFilter(filter).toString()))).toEqual(filter);
      }),
    );
    expect(readFilter(new URLSearchParams("state=bad"))).toEqual({ text: "", state: null, team: null });
  });

  it("keeps the order of the calls that stay, however the server lists them", () => {
    const calls = fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(50)), { selector: ([, id]) => id });
    fc.assert(
      fc.property(calls, fc.infiniteStream(fc.boolean()), (all, stay) => {
        const made = all.map(([started_at, id]) => call({ started_at, screen_recording_id: `scr_${String(id)}` }));
        const left = made.filter(() => stay.next().value);
        expect(inOrder([...left].reverse())).toEqual(inOrder(made).filter((one) => left.includes(one)));
      }),
    );
  });
});
