/** How far an account has come: read off the server each time, so that the first steps can be left and come back to. Pure. */

import type { Recorder } from "../../api/client";
import type { Features, SelectableUser, TelephonySource } from "../settings/queries";

export const STEPS = ["features", "agent", "desktop", "telephony", "call"] as const;
export type Step = (typeof STEPS)[number];

export interface Facts {
  readonly features: Features;
  readonly people: readonly SelectableUser[];
  readonly recorders: readonly Recorder[];
  readonly sources: readonly TelephonySource[];
  /** Of the newest call whose screen was recorded. */
  readonly firstCall: string | null;
}

export function allOn(features: Features): boolean {
  return features.quality_management && features.call_recording && features.screen_recording;
}

/** Nothing was ever switched on: an account as it is made. */
export function isUntouched(features: Features): boolean {
  return !features.quality_management && !features.call_recording && !features.screen_recording;
}

/** Whoever is recorded in their calls: selected, and nothing stands against it. */
export function captured(people: readonly SelectableUser[]): readonly SelectableUser[] {
  return people.filter((one) => one.captured);
}

export function doneSteps(facts: Facts): ReadonlySet<Step> {
  const done = new Set<Step>();
  if (allOn(facts.features)) done.add("features");
  if (captured(facts.people).length > 0) done.add("agent");
  if (facts.recorders.some((one) => one.online)) done.add("desktop");
  if (facts.sources.some((one) => one.active && one.status.last_event_at !== null)) done.add("telephony");
  if (facts.firstCall !== null) done.add("call");
  return done;
}

/** The first step that is not done; null when there is none. A recorded call proves all the others. */
export function nextStep(done: ReadonlySet<Step>): Step | null {
  if (done.has("call")) return null;
  return STEPS.find((step) => !done.has(step)) ?? null;
}
