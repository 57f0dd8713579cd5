/** Who is selected for screen recording, as the Users tab holds it: one yes or no for each agent and each team. Pure. */

import type { SelectableUser, Selection } from "../queries";

/** Key of an agent or team → selected. */
export type Choice = Readonly<Record<string, boolean>>;

export function choiceOf(selection: Selection, teamIds: readonly string[]): Choice {
  const chosen = new Set(selection.teamIds);
  return Object.fromEntries([
    ...selection.items.flatMap((one) => (one.agent_id === null ? [] : [[one.agent_id, one.selected] as const])),
    // also selected teams that were made since the list of teams was read
    ...[...new Set([...teamIds, ...selection.teamIds])].map((id) => [id, chosen.has(id)] as const),
  ]);
}

/** The whole selection, as Save changes sends it. */
export function selectionBody(choice: Choice, version: number): { version: number; agent_ids: string[]; team_ids: string[] } {
  const on = Object.keys(choice).filter((key) => choice[key] === true);
  return { version, agent_ids: on.filter((key) => key.startsWith("agt_")), team_ids: on.filter((key) => key.startsWith("tea_")) };
}

/** Selected by themselves or with their team. */
export function isCovered(user: SelectableUser, choice: Choice): boolean {
  if (user.agent_id === null) return false;
  return choice[user.agent_id] === true || (user.team !== null && choice[user.team.id] === true);
}

export interface SelectionFilter {
  readonly text: string;
  readonly team: string | null;
  readonly show: "all" | "selected" | "free" | "impossible";
}

export function fitsSelection(user: SelectableUser, choice: Choice, filter: SelectionFilter): boolean {
  if (filter.team !== null && user.team?.id !== filter.team) return false;
  if (filter.show === "selected" && !isCovered(user, choice)) return false;
  if (filter.show === "free" && (isCovered(user, choice) || !user.can_be_selected)) return false;
  if (filter.show === "impossible" && user.can_be_selected) return false;
  const wanted = filter.text.trim().toLowerCase();
  return [user.name, user.email ?? "", user.team?.name ?? ""].some((text) => text.toLowerCase().includes(wanted));
}

/** Those of the shown that the box over the column switches: who can be selected, or is and may be taken out. */
export function switchable(shown: readonly SelectableUser[], choice: Choice): string[] {
  return shown.flatMap((user) => {
    if (user.agent_id === null) return [];
    return user.can_be_selected || choice[user.agent_id] === true ? [user.agent_id] : [];
  });
}
