/** A user as the form holds them, and the body that saves it. Pure. */

import type { Identity, UserDetails, UserFields } from "../queries";

export interface UserDraft {
  readonly name: string;
  readonly email: string;
  readonly role: UserFields["role"];
  readonly active: boolean;
  readonly teams: readonly string[];
  readonly identities: readonly Identity[];
  readonly qualityManagement: boolean;
}

export const NEW_USER: UserDraft = {
  name: "",
  email: "",
  role: "agent",
  active: true,
  teams: [],
  identities: [],
  qualityManagement: false,
};

export function draftOf(user: UserDetails): UserDraft {
  return {
    name: user.name,
    email: user.email,
    role: user.role,
    active: user.active,
    teams: user.teams.map((team) => team.id),
    identities: user.agent?.identities ?? [],
    qualityManagement: user.agent?.quality_management ?? false,
  };
}

/** A user with an identity, or with the role agent, takes calls. */
export function takesCalls(draft: UserDraft): boolean {
  return draft.role === "agent" || draft.identities.length > 0;
}

export function bodyOf(draft: UserDraft): UserFields {
  return {
    name: draft.name.trim(),
    email: draft.email.trim(),
    role: draft.role,
    active: draft.active,
    teams: [...draft.teams],
    identities: draft.identities.map((one) => ({ ...one, value: one.value.trim() })),
    quality_management: takesCalls(draft) ? draft.qualityManagement : null,
  };
}

/** Which fields keep the draft from being saved. */
export function faultsOf(draft: UserDraft): ReadonlySet<"name" | "email" | "teams" | "identities"> {
  const faults = new Set<"name" | "email" | "teams" | "identities">();
  if (draft.name.trim() === "") faults.add("name");
  if (!/^[^@\s]+@[^@\s]+$/.test(draft.email.trim())) faults.add("email");
  if (draft.role === "agent" && draft.teams.length > 1) faults.add("teams");
  if (draft.identities.some((one) => one.value.trim() === "")) faults.add("identities");
  return faults;
}

export interface UserFilter {
  readonly text: string;
  readonly role: string | null;
  readonly team: string | null;
  /** Null: both. */
  readonly active: boolean | null;
}

export function fits(user: UserDetails, filter: UserFilter): boolean {
  if (filter.role !== null && user.role !== filter.role) return false;
  if (filter.active !== null && user.active !== filter.active) return false;
  if (filter.team !== null && !user.teams.some((team) => team.id === filter.team)) return false;
  const wanted = filter.text.trim().toLowerCase();
  if (wanted === "") return true;
  const texts = [user.name, user.email, user.agent?.key ?? "", ...(user.agent?.identities ?? []).map((one) => one.value)];
  return texts.some((text) => text.toLowerCase().includes(wanted));
}
