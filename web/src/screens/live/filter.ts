/** Which of the calls in progress are shown; the filters stand in the address. Pure. */

import type { LiveCall } from "./queries";

export const STATES = ["recording", "paused", "acw"] as const;
export const LONGEST_TEXT = 200;
/** Agents who belong to no team. */
export const NO_TEAM = "none";

export interface Filter {
  readonly text: string;
  readonly state: LiveCall["state"] | null;
  /** An id, `NO_TEAM`, or null for all. */
  readonly team: string | null;
}

export function readFilter(search: URLSearchParams): Filter {
  return {
    text: (search.get("text") ?? "").slice(0, LONGEST_TEXT),
    state: STATES.find((state) => state === search.get("state")) ?? null,
    team: search.get("team"),
  };
}

export function writeFilter({ text, state, team }: Filter): URLSearchParams {
  const search = new URLSearchParams();
  if (text.trim() !== "") search.set("text", text);
  if (state !== null) search.set("state", state);
  if (team !== null) search.set("team", team);
  return search;
}

export function fits({ agent, team, queue, state }: LiveCall, filter: Filter): boolean {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const said = [agent.name, team?.name, queue].join(" ").toLowerCase();
  const inTeam = filter.team === null || (team?.id ?? NO_TEAM) === filter.team;
  return inTeam && (filter.state === null || filter.state === state) && words.every((word) => said.includes(word));
}

/** The teams of these calls, by name. */
export function teamsOf(calls: readonly LiveCall[]): readonly { readonly id: string; readonly name: string }[] {
  const teams = new Map(calls.flatMap(({ team }) => (team === null ? [] : [[team.id, team]])));
  return [...teams.values()].sort((one, other) => one.name.localeCompare(other.name));
}

/** In the order in which calls began, so that those that stay keep their order; one that began meanwhile comes last. */
export function inOrder(calls: readonly LiveCall[]): readonly LiveCall[] {
  return [...calls].sort(
    (one, other) => one.started_at - other.started_at || (one.screen_recording_id < other.screen_recording_id ? -1 : 1),
  );
}
