import { expect, it } from "vitest";

import { participantsOf } from "./participants";

const ada = { id: "agt_1", name: "Ada" };
const ben = { id: "agt_2", name: "Ben" };
let count = 0;
const event = (kind: string, at: number, agent_id: string | null) => ({ id: `e${String(count++)}`, kind, at, agent_id, attributes: {} });

it("tells a transfer from one agent to the next, in whatever order it was reported", () => {
  const events = [event("call.answered", 70, ben.id), event("call.transferred", 60, ada.id), event("call.answered", 10, ada.id), event("call.ended", 99, ben.id)];
  expect(participantsOf({ agents: [ben, ada], events, ended_at: 100 })).toEqual([
    { ...ada, stretches: [{ start: 10, end: 60 }] },
    { ...ben, stretches: [{ start: 70, end: 99 }] },
  ]);
});

it("ends with the call what no event ended, and says when it lasts", () => {
  const events = [event("call.answered", 10, ada.id)];
  expect(participantsOf({ agents: [ada], events, ended_at: 100 })[0]?.stretches).toEqual([{ start: 10, end: 100 }]);
  expect(participantsOf({ agents: [ada], events, ended_at: null })[0]?.stretches).toEqual([{ start: 10, end: null }]);
  expect(participantsOf({ agents: [ada], events: [...events, event("call.ended", 50, null)], ended_at: 100 })[0]?.stretches).toEqual([{ start: 10, end: 50 }]);
});

it("lists agents of whom no event tells", () => {
  const events = [event("call.answered", 10, ben.id), event("call.ended", 20, ben.id), event("call.answered", 30, ben.id)];
  expect(participantsOf({ agents: [ada, ben], events, ended_at: null }).map(({ name, stretches }) => [name, stretches.length])).toEqual([
    ["Ben", 2],
    ["Ada", 0],
  ]);
});
