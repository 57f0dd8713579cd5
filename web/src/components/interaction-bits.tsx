/** How an interaction's state and direction look, everywhere the same. */

import type { InteractionSummary } from "../api/client";
import { IconInbound, IconOutbound, IconUnknown } from "./icons";
import classes from "./interaction-bits.module.css";

const STATES = { in_progress: "In progress", after_call_work: "After Call Work", ended: "Ended" } as const;

export function StateBadge({ state }: { readonly state: InteractionSummary["state"] }) {
  return (
    <span className={classes["state"]} data-state={state}>
      {STATES[state]}
    </span>
  );
}

const DIRECTIONS = {
  inbound: { label: "Inbound", Icon: IconInbound },
  outbound: { label: "Outbound", Icon: IconOutbound },
  unknown: { label: "Unknown", Icon: IconUnknown },
} as const;

export function Direction({ direction, named = false }: { readonly direction: InteractionSummary["direction"]; readonly named?: boolean }) {
  const { label, Icon } = DIRECTIONS[direction];
  return (
    <span className="with-icon" title={label}>
      <Icon size={16} />
      {named ? label : <span className="visually-hidden">{label}</span>}
    </span>
  );
}

export function agentNames(interaction: Pick<InteractionSummary, "agents">): string {
  return interaction.agents.map((agent) => agent.name).join(", ") || "–";
}
