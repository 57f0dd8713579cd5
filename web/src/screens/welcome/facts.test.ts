import { expect, test } from "vitest";

import type { Recorder } from "../../api/client";
import type { SelectableUser, TelephonySource } from "../settings/queries";
import type { Facts } from "./facts";
import { doneSteps, isUntouched, nextStep } from "./facts";

const OFF = {
  quality_management: false,
  call_recording: false,
  screen_recording: false,
  new_agents: false,
  agents_see_own: false,
  version: 1,
};
const ON = { ...OFF, quality_management: true, call_recording: true, screen_recording: true };
const NOTHING: Facts = { features: OFF, people: [], recorders: [], sources: [], firstCall: null };
const ada = { captured: true } as SelectableUser;
const desk = { online: true } as Recorder;
const heard = { active: true, status: { last_event_at: 5 } } as TelephonySource;

test("the steps follow one another as the account comes along", () => {
  const stages: Facts[] = [
    NOTHING,
    { ...NOTHING, features: ON },
    { ...NOTHING, features: ON, people: [ada] },
    { ...NOTHING, features: ON, people: [ada], recorders: [desk] },
    { ...NOTHING, features: ON, people: [ada], recorders: [desk], sources: [heard] },
    { ...NOTHING, features: ON, people: [ada], recorders: [desk], sources: [heard], firstCall: "int_1" },
  ];
  expect(stages.map((facts) => nextStep(doneSteps(facts)))).toEqual(["features", "agent", "desktop", "telephony", "call", null]);
});

test("a recorder that is offline and a source that was never heard of are not there yet", () => {
  const facts = {
    ...NOTHING,
    recorders: [{ ...desk, online: false }],
    sources: [{ ...heard, status: { last_event_at: null } } as TelephonySource],
  };
  expect(doneSteps(facts).size).toBe(0);
});

test("a recorded call proves the rest, also with the recorder off by now", () => {
  expect(nextStep(doneSteps({ ...NOTHING, firstCall: "int_1" }))).toBeNull();
});

test("an account is untouched until anything is switched on", () => {
  expect(isUntouched(OFF)).toBe(true);
  expect(isUntouched({ ...OFF, call_recording: true })).toBe(false);
});
