/** How an interaction's state and direction look, everywhere the same. */

import { useTranslation } from "react-i18next";

import type { InteractionSummary } from "../api/client";
import { IconInbound, IconOutbound, IconUnknown } from "./icons";
import classes from "./interaction-bits.module.css";

export function StateBadge({ state }: { readonly state: InteractionSummary["state"] }) {
  const { t } = useTranslation();
  return (
    <span className={classes["state"]} data-state={state}>
      {t(`state.${state}`)}
    </span>
  );
}

const ICONS = { inbound: IconInbound, outbound: IconOutbound, unknown: IconUnknown } as const;

export function Direction({ direction, named = false }: { readonly direction: InteractionSummary["direction"]; readonly named?: boolean }) {
  const { t } = useTranslation();
  const Icon = ICONS[direction];
  const label = t(`direction.${direction}`);
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
