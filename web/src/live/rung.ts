/** The ways that a live picture can come, the best first, and which one the browser's statistics say is in use. Pure. */

export const RUNGS = ["direct", "turn-udp", "turn-tcp", "turn-tls", "https"] as const;
export type Rung = (typeof RUNGS)[number];

/** One entry of an RTCStatsReport, as far as it is read here. */
export interface Stat {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

export type Stats = ReadonlyMap<string, Stat>;

export function isBetter(one: Rung, other: Rung): boolean {
  return RUNGS.indexOf(one) < RUNGS.indexOf(other);
}

/** The candidate pair that media goes over; null as long as there is none. */
export function pairOf(stats: Stats): Stat | null {
  for (const stat of stats.values()) {
    const chosen = stat.type === "transport" ? stats.get(String(stat["selectedCandidatePairId"])) : undefined;
    if (chosen) return chosen;
  }
  // Firefox marks the pair itself.
  for (const stat of stats.values()) if (stat.type === "candidate-pair" && stat["selected"] === true) return stat;
  return null;
}

/** The browser's own part of the way; the recorder's part has a rung of its own. */
export function rungOf(stats: Stats): Rung | null {
  const local = stats.get(String(pairOf(stats)?.["localCandidateId"]));
  if (!local) return null;
  if (local["candidateType"] !== "relay") return "direct";
  const protocol = local["relayProtocol"];
  return protocol === "tls" ? "turn-tls" : protocol === "tcp" ? "turn-tcp" : "turn-udp";
}
