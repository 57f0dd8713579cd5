import fc from "fast-check";
import { expect, test } from "vitest";

import type { SelectableUser } from "../queries";
import { choiceOf, fitsSelection, isCovered, selectionBody, switchable } from "./model";

function user(id: string, more: Partial<SelectableUser> = {}): SelectableUser {
  return {
    user_id: `usr_${id}`,
    agent_id: `agt_${id}`,
    name: `User ${id}`,
    email: `${id}@example.com`,
    team: null,
    quality_management: true,
    selected: false,
    team_selected: false,
    can_be_selected: true,
    reason: null,
    advice: null,
    captured: false,
    not_captured_reason: null,
    not_captured_advice: null,
    ...more,
  };
}

const service = { id: "tea_1", name: "Service" };

test("what is read and not touched is saved as it was", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 30 }), fc.subarray(["tea_1", "tea_2", "tea_3"]), (selected, teams) => {
      const items = selected.map((on, index) => user(String(index), { selected: on }));
      const body = selectionBody(choiceOf({ items, teamIds: teams, version: 4 }, ["tea_1", "tea_2"]), 4);
      expect(body.version).toBe(4);
      expect(new Set(body.agent_ids)).toEqual(new Set(items.filter((one) => one.selected).map((one) => one.agent_id)));
      expect(new Set(body.team_ids)).toEqual(new Set(teams));
    }),
  );
});

test("somebody without an agent is neither sent nor switched", () => {
  const nobody = user("x", { agent_id: null, can_be_selected: false });
  expect(choiceOf({ items: [nobody], teamIds: [], version: 0 }, [])).toEqual({});
  expect(switchable([nobody], {})).toEqual([]);
  expect(isCovered(nobody, {})).toBe(false);
});

test("the box over the column leaves out who cannot be selected, unless they are", () => {
  const [free, barred, left] = [user("1"), user("2", { can_be_selected: false }), user("3", { can_be_selected: false })];
  expect(switchable([free, barred, left], { agt_3: true })).toEqual(["agt_1", "agt_3"]);
});

test("filters", () => {
  const ada = user("1", { name: "Ada", team: service });
  const filter = { text: "", team: null, show: "all" } as const;
  expect(fitsSelection(ada, { tea_1: true }, { ...filter, show: "selected" })).toBe(true);
  expect(fitsSelection(ada, {}, { ...filter, show: "selected" })).toBe(false);
  expect(fitsSelection(ada, {}, { ...filter, show: "free" })).toBe(true);
  expect(fitsSelection(ada, {}, { ...filter, show: "impossible" })).toBe(false);
  expect(fitsSelection(ada, {}, { ...filter, text: "serv" })).toBe(true);
  expect(fitsSelection(ada, {}, { ...filter, team: "tea_2" })).toBe(false);
});
