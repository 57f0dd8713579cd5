import { expect, test } from "vitest";

import type { UserDetails } from "../queries";
import { NEW_USER, bodyOf, draftOf, faultsOf, fits } from "./draft";

const ada: UserDetails = {
  version: "v1",
  id: "usr_1",
  name: "Ada Lovelace",
  email: "ada@example.com",
  role: "agent",
  active: true,
  has_password: false,
  created_at: 0,
  teams: [{ id: "tea_1", name: "Service" }],
  agent: {
    id: "agt_1",
    key: "1001",
    identities: [{ kind: "extension", value: "1001", source: null }],
    quality_management: true,
    screen_recording: false,
  },
};

test("a user goes through the form unchanged", () => {
  expect(bodyOf(draftOf(ada))).toEqual({
    name: "Ada Lovelace",
    email: "ada@example.com",
    role: "agent",
    active: true,
    teams: ["tea_1"],
    identities: [{ kind: "extension", value: "1001", source: null }],
    quality_management: true,
  });
});

test("what cannot be saved is named", () => {
  expect([...faultsOf(NEW_USER)]).toEqual(["name", "email"]);
  const twice = { ...draftOf(ada), teams: ["tea_1", "tea_2"], identities: [{ kind: "extension" as const, value: " " }] };
  expect([...faultsOf(twice)]).toEqual(["teams", "identities"]);
  expect(faultsOf({ ...twice, role: "supervisor", identities: [] }).size).toBe(0);
});

test("only people who take calls are sent to Quality Management", () => {
  expect(bodyOf({ ...draftOf(ada), role: "supervisor", identities: [] }).quality_management).toBeNull();
});

test("the search looks at names, addresses and identities", () => {
  const all = { text: "", role: null, team: null, active: null };
  expect(fits(ada, { ...all, text: "LOVE" })).toBe(true);
  expect(fits(ada, { ...all, text: "1001" })).toBe(true);
  expect(fits(ada, { ...all, text: "cy" })).toBe(false);
  expect(fits(ada, { ...all, team: "tea_2" })).toBe(false);
  expect(fits(ada, { ...all, role: "agent", active: true, team: "tea_1" })).toBe(true);
});
