/** A row of the report: what was measured, what is required, how it stands, what to do; as keys of texts and their values. */

export const CHECKS = [
  "server",
  "gateway",
  "page",
  "chunk",
  "up",
  "down",
  "rtt",
  "late",
  "jitter",
  "clock",
  "codec",
  "live_direct",
  "stun",
  "turn_udp",
  "turn_tcp",
  "turn_tls",
  "loss",
  "ipv6",
] as const;
export type Check = (typeof CHECKS)[number];

/** As `deskreel doctor` writes them. */
export type Verdict = "ok" | "warning" | "failed" | "not checked";

type Values = Readonly<Record<string, string | number>>;

export interface Phrase<Key extends string> {
  readonly key: Key;
  readonly values?: Values;
}

export type Measured = Phrase<
  | "answer" | "failure" | "nothing" | "unreadable" | "mixed" | "page" | "otherPage" | "chunk" | "kbps" | "mbps" | "ms" | "percent" | "noAnswers"
  | "clock" | "noTls" | "codecs" | "noRecordings" | "noLive" | "noTurn" | "noWebrtc" | "seen" | "notSeen" | "relayed" | "noEcho" | "noAddress" | "lostOf"
  | "connected" | "notConnected" | "untried" | "noUdp" | "bothFamilies" | "onlyIpv4" | "onlyIpv6" | "noFamily"
>;
export type Required = Phrase<
  "answer" | "page" | "chunk" | "throughput" | "information" | "below" | "clock" | "codec" | "port" | "direct" | "relay" | "family"
>;
export type Advice = Phrase<
  | "server" | "blocked" | "stranger" | "mixed" | "chunk" | "throughput" | "link" | "clock" | "codec" | "openDirect" | "openTurn" | "relay" | "credential" | "noTls" | "said" | "above"
>;

export interface Row {
  readonly check: Check;
  readonly measured: Measured;
  readonly required: Required;
  readonly verdict: Verdict;
  readonly advice: Advice | null;
}

/** What a row says something about: without the first there are no recordings, without the second no live view. */
export function isLive(check: Check): boolean {
  return check === "live_direct" || check === "stun" || check === "loss" || check === "ipv6" || check.startsWith("turn_");
}

const WORST: readonly Verdict[] = ["failed", "warning", "ok"];

export function worst(rows: readonly Row[]): Verdict {
  return WORST.find((verdict) => rows.some((row) => row.verdict === verdict)) ?? "not checked";
}
