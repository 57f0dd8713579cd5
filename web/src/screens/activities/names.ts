/** Names of the agents, teams and queues that one can filter by, as far as this person may know them. */

import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import type { InteractionSummary } from "../../api/client";
import { agentChoicesQuery, teamChoicesQuery } from "../../api/queries";
import { useMay } from "../../components/use-may";

export interface Choice {
  readonly value: string;
  readonly label: string;
}

export interface Names {
  readonly agents: readonly Choice[];
  /** Null when this person may not see teams. */
  readonly teams: readonly Choice[] | null;
  readonly queues: readonly string[];
  readonly agentName: (id: string) => string;
  readonly teamName: (id: string) => string;
  /** Look for agents whose names hold this. */
  readonly findAgents: (text: string) => void;
}

/** Those who may see users find all agents; the others find those of the calls that were loaded. */
export function useNames(items: readonly InteractionSummary[], chosen: readonly string[]): Names {
  const may = useMay();
  const mayAsk = may("users.view");
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text, 250);
  const found = useQuery({ ...agentChoicesQuery(asked), enabled: mayAsk, placeholderData: keepPreviousData });
  const teams = useQuery({ ...teamChoicesQuery, enabled: mayAsk });
  return useMemo(() => {
    const agents = new Map<string, string>();
    for (const item of items) for (const agent of item.agents) agents.set(agent.id, agent.name);
    const listed = mayAsk ? (found.data ?? []) : [...agents].map(([value, label]) => ({ value, label }));
    for (const { value, label } of listed) agents.set(value, label);
    const agentName = (id: string) => agents.get(id) ?? id;
    const missing = chosen.filter((id) => !listed.some(({ value }) => value === id));
    const teamNames = new Map(teams.data?.map((team) => [team.id, team.name]));
    return {
      agents: [...listed, ...missing.map((id) => ({ value: id, label: agentName(id) }))].sort((a, b) => a.label.localeCompare(b.label)),
      teams: mayAsk ? [...teamNames].map(([value, label]) => ({ value, label })) : null,
      queues: [...new Set(items.flatMap((item) => (item.queue === null ? [] : [item.queue])))].sort(),
      agentName,
      teamName: (id: string) => teamNames.get(id) ?? id,
      findAgents: setText,
    };
  }, [items, chosen, mayAsk, found.data, teams.data]);
}
