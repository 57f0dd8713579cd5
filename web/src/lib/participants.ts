/** Who took part in a call, and when, as the call events tell it. Pure. */

import type { InteractionDetails } from "../api/client";

export interface Participant {
  readonly id: string;
  readonly name: string;
  /** Stretches of the call, wall ms; the end is null while it lasts or when nobody told. */
  readonly stretches: readonly { readonly start: number; readonly end: number | null }[];
}

const ENDS = new Set(["call.ended", "call.transferred"]);

/** Agents in the order in which they answered; those of whom no event tells come last. */
export function participantsOf({ agents, events, ended_at }: Pick<InteractionDetails, "agents" | "events" | "ended_at">): readonly Participant[] {
  const inOrder = [...events].sort((a, b) => a.at - b.at);
  const people = agents.map(({ id, name }) => {
    const stretches: { start: number; end: number | null }[] = [];
    for (const { kind, at, agent_id } of inOrder) {
      const open = stretches.at(-1);
      const isOpen = open !== undefined && open.end === null;
      if (agent_id === id && kind === "call.answered" && !isOpen) stretches.push({ start: at, end: null });
      // The end of the call ends it for everybody, whoever it is told of.
      if (isOpen && ENDS.has(kind) && (agent_id === id || agent_id === null)) open.end = at;
    }
    return { id, name, stretches: stretches.map(({ start, end }) => ({ start, end: end ?? ended_at })) };
  });
  return people.sort((a, b) => (a.stretches[0]?.start ?? Infinity) - (b.stretches[0]?.start ?? Infinity));
}
