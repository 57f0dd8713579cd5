/** The agent with whom the first call is made: whoever was chosen here, else the first who is recorded. */

import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";

import type { SelectableUser } from "../settings/queries";
import { usersQuery } from "../settings/queries";
import { captured } from "./facts";

export interface Candidate {
  readonly agentId: string;
  readonly name: string;
  /** Of the agent, as recorders are enrolled for. */
  readonly key: string;
  /** As call events name them. */
  readonly identity: string;
}

export interface Candidates {
  readonly chosen: Candidate | null;
  readonly all: readonly Candidate[];
  readonly choose: (agentId: string) => void;
}

export function useCandidate(people: readonly SelectableUser[]): Candidates {
  const users = useQuery(usersQuery);
  const [search, setSearch] = useSearchParams();
  const known = new Map((users.data ?? []).map((user) => [user.id, user]));
  const all = captured(people).flatMap((one): Candidate[] => {
    if (one.agent_id === null) return [];
    const agent = one.user_id === null ? null : (known.get(one.user_id)?.agent ?? null);
    // Somebody whom the telephony alone knows has the name that it uses.
    const key = agent?.key ?? one.name;
    return [{ agentId: one.agent_id, name: one.name, key, identity: agent?.identities[0]?.value ?? key }];
  });
  const wanted = search.get("agent");
  return {
    chosen: all.find((one) => one.agentId === wanted) ?? all[0] ?? null,
    all,
    choose: (agentId) => {
      setSearch({ agent: agentId }, { replace: true });
    },
  };
}
