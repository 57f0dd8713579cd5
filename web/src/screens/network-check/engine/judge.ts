/** From facts to the rows of the report. Pure; the limits are those of `deskreel doctor`. */

import type { Direct, Facts, Failure, Ice, Link, Plan, Reached, Relayed, Rung, Server, Traffic } from "./facts";
import { RUNGS, isFailure } from "./facts";
import type { Advice, Check, Measured, Required, Row, Verdict } from "./rows";

export const PAGE_BODY = "404 page not found";
const PAGE_STATUS = 404;
const MIN_KBPS = 500; // of one recording
const GOOD_KBPS = 1500; // for each client on the network at once, both ways
const MANY_KBPS = 10_000;
const MAX_LOSS_PERCENT = 2;
const MAX_JITTER_MS = 400;
const MAX_CLOCK_MS = 5000;
const KIB = 1024;

/** The rows of what is known so far, in the order of `CHECKS`. */
export function judge(facts: Facts): readonly Row[] {
  const { codec, server, plan, health, page, link, traffic, direct, ice } = facts;
  const rows: Row[] = [];
  if (server !== undefined) rows.push(judgeServer(server));
  if (plan !== undefined && health !== undefined) rows.push(judgeHealth(plan, health));
  if (plan !== undefined && page !== undefined) rows.push(judgePage(plan, page, health));
  if (traffic !== undefined) rows.push(...judgeTraffic(traffic));
  if (link !== undefined) rows.push(...judgeLink(link));
  if (server !== undefined) rows.push(judgeClock(server));
  rows.push(judgeCodec(codec));
  if (direct !== undefined) rows.push(judgeDirect(direct));
  if (plan !== undefined) rows.push(...judgeIce(plan, ice));
  return rows;
}

function row(check: Check, measured: Measured, required: Required, bad: { verdict: Verdict; advice: Advice | null } | null = null): Row {
  return { check, measured, required, verdict: bad?.verdict ?? "ok", advice: bad?.advice ?? null };
}

const skipped = { verdict: "not checked", advice: null } as const;

function judgeServer({ answer }: Server): Row {
  const required = { key: "answer" } as const;
  if (isFailure(answer)) return row("server", failure(answer), required, { verdict: "failed", advice: said(answer, { key: "server" }) });
  return row("server", { key: "answer", values: { ms: answer.ms } }, required);
}

function failure({ failed }: Failure): Measured {
  return failed === "" ? { key: "nothing" } : { key: "failure", values: { text: failed } };
}

/** The other side's advice, where it gave one. */
function said({ hint }: Failure, otherwise: Advice): Advice {
  return hint === "" ? otherwise : { key: "said", values: { text: hint } };
}

// --- the way -----------------------------------------------------------------------------------------------------

function judgeHealth(plan: Plan, found: Reached): Row {
  const required = { key: "answer" } as const;
  if (found.kind !== "answer") return row("gateway", { key: found.kind }, required, unreached(plan, found.kind));
  const measured = { key: "answer", values: { ms: found.ms } } as const;
  if (isHealthy(found.body)) return row("gateway", measured, required);
  return row("gateway", otherPage(found), required, { verdict: "failed", advice: stranger(plan) });
}

function isHealthy(body: string): boolean {
  try {
    const said: unknown = JSON.parse(body);
    return typeof said === "object" && said !== null && "status" in said && said.status === "ok";
  } catch {
    return false;
  }
}

function judgePage(plan: Plan, found: Reached, health: Reached | undefined): Row {
  const required = { key: "page", values: { body: PAGE_BODY } } as const;
  if (found.kind !== "answer") {
    const bad = unreached(plan, found.kind);
    return row("page", { key: found.kind }, required, found.kind === health?.kind ? { ...bad, advice: { key: "above" } } : bad);
  }
  if (found.status === PAGE_STATUS && found.body.trim() === PAGE_BODY) {
    return row("page", { key: "page", values: { body: PAGE_BODY } }, required);
  }
  return row("page", otherPage(found), required, { verdict: "failed", advice: stranger(plan) });
}

function otherPage({ status, body }: { readonly status: number; readonly body: string }): Measured {
  return { key: "otherPage", values: { status: String(status), body: body.trim().slice(0, 40) } };
}

function unreached(plan: Plan, kind: Exclude<Reached["kind"], "answer">): { verdict: Verdict; advice: Advice } {
  if (kind === "mixed") return { verdict: "failed", advice: { key: "mixed" } };
  return { verdict: "failed", advice: kind === "unreadable" ? stranger(plan) : { key: "blocked", values: placeOf(plan) } };
}

function stranger(plan: Plan): Advice {
  return { key: "stranger", values: placeOf(plan) };
}

function placeOf({ gatewayUrl }: Plan): { readonly host: string; readonly port: string; readonly url: string } {
  const { hostname, port, protocol } = new URL(gatewayUrl);
  return { host: hostname, port: port === "" ? (protocol === "https:" ? "443" : "80") : port, url: `${gatewayUrl}/` };
}

// --- what goes over it -------------------------------------------------------------------------------------------

function judgeTraffic({ chunk, upKbps, downKbps }: Traffic): readonly Row[] {
  return [judgeChunk(chunk), judgeThroughput("up", upKbps), judgeThroughput("down", downKbps)];
}

function judgeChunk(chunk: Traffic["chunk"]): Row {
  const required = { key: "chunk" } as const;
  if (chunk === null) return row("chunk", { key: "noTls" }, required, { verdict: "not checked", advice: { key: "noTls" } });
  if (isFailure(chunk)) return row("chunk", failure(chunk), required, { verdict: "failed", advice: said(chunk, { key: "chunk" }) });
  return row("chunk", { key: "chunk", values: { kib: chunk.bytes / KIB, ms: chunk.ms, stored: chunk.storedMs } }, required);
}

function judgeThroughput(check: "up" | "down", kbps: number | Failure | null): Row {
  const required = { key: "throughput", values: { min: MIN_KBPS, good: GOOD_KBPS } } as const;
  if (kbps === null) return row(check, { key: "noTls" }, required, skipped);
  if (isFailure(kbps)) return row(check, failure(kbps), required, { verdict: "failed", advice: said(kbps, { key: "chunk" }) });
  const measured =
    kbps < MANY_KBPS ? ({ key: "kbps", values: { kbps: Math.round(kbps) } } as const) : ({ key: "mbps", values: { mbps: Math.round(kbps / 1000) } } as const);
  if (kbps >= GOOD_KBPS) return row(check, measured, required);
  return row(check, measured, required, { verdict: kbps < MIN_KBPS ? "failed" : "warning", advice: { key: "throughput" } });
}

function judgeLink({ rttMs, lossPercent, jitterMs }: Link): readonly Row[] {
  return [
    rttMs === null
      ? row("rtt", { key: "noAnswers" }, { key: "information" }, skipped)
      : row("rtt", { key: "ms", values: { ms: rttMs } }, { key: "information" }),
    limited("late", "percent", lossPercent, MAX_LOSS_PERCENT),
    limited("jitter", "ms", jitterMs, MAX_JITTER_MS),
  ];
}

function limited(check: Check, unit: "percent" | "ms", value: number | null, limit: number): Row {
  const required = { key: "below", values: { limit: unit === "ms" ? `${String(limit)} ms` : `${String(limit)} %` } } as const;
  if (value === null) return row(check, { key: "noAnswers" }, required, skipped);
  const measured = unit === "ms" ? ({ key: "ms", values: { ms: value } } as const) : ({ key: "percent", values: { percent: value } } as const);
  return row(check, measured, required, value >= limit ? { verdict: "warning", advice: { key: "link" } } : null);
}

// --- the browser -------------------------------------------------------------------------------------------------

function judgeClock({ clockMs, uncertaintyMs }: Server): Row {
  const required = { key: "clock", values: { seconds: String(MAX_CLOCK_MS / 1000) } } as const;
  if (clockMs === null) return row("clock", { key: "noAnswers" }, required, skipped);
  const measured = { key: "clock", values: { ms: Math.round(clockMs), uncertainty: Math.round(uncertaintyMs) } } as const;
  return row("clock", measured, required, Math.abs(clockMs) > MAX_CLOCK_MS ? { verdict: "warning", advice: { key: "clock" } } : null);
}

function judgeCodec({ recordings, live }: Facts["codec"]): Row {
  const required = { key: "codec" } as const;
  if (!recordings) return row("codec", { key: "noRecordings" }, required, { verdict: "failed", advice: { key: "codec" } });
  if (!live) return row("codec", { key: "noLive" }, required, { verdict: "warning", advice: { key: "codec" } });
  return row("codec", { key: "codecs" }, required);
}

// --- live view ---------------------------------------------------------------------------------------------------

/** The best way, tried first; live view has others. */
function judgeDirect(direct: Direct | null): Row {
  const required = { key: "direct" } as const;
  if (direct === null) return row("live_direct", { key: "noWebrtc" }, required, skipped);
  switch (direct.kind) {
    case "connected":
      return row("live_direct", { key: "connected", values: { ms: direct.ms } }, required);
    case "untried":
      return row("live_direct", { key: "untried" }, required, skipped);
    case "refused":
      return row("live_direct", failure(direct), required, { verdict: "warning", advice: said(direct, { key: "above" }) });
    case "closed": {
      const { host, addresses, ports } = direct;
      const values = { host, addresses: addresses.join(", "), ports: ports ?? "DESKREEL_LIVE_PORTS" };
      return row("live_direct", { key: "notConnected" }, required, { verdict: "warning", advice: { key: "openDirect", values } });
    }
  }
}

function judgeIce(plan: Plan, ice: Ice | null | undefined): readonly Row[] {
  const { turn } = plan;
  const why = turn === null ? "noTurn" : ice === null ? "noWebrtc" : null;
  const port = { stun: "UDP/3478", turn_udp: "UDP/3478", turn_tcp: "TCP/3478", turn_tls: "TLS/443" };
  if (turn !== null) {
    const [plain, secure] = [String(turn.port), String(turn.tlsPort)];
    Object.assign(port, { stun: `UDP/${plain}`, turn_udp: `UDP/${plain}`, turn_tcp: `TCP/${plain}`, turn_tls: `TLS/${secure}` });
  }
  if (why !== null) {
    const nothing = (check: Check, required: Required) => row(check, { key: why }, required, skipped);
    return [
      nothing("stun", { key: "port", values: { port: port.stun } }),
      ...RUNGS.map((rung) => nothing(rung, { key: "relay", values: { port: port[rung] } })),
      nothing("loss", { key: "below", values: { limit: `${String(MAX_LOSS_PERCENT)} %` } }),
      nothing("ipv6", { key: "family" }),
    ];
  }
  if (turn === null || ice === null || ice === undefined) return [];
  const place = (rung: "stun" | Rung) => ({ port: port[rung], host: turn.host });
  return [
    ice.seen.length > 0
      ? row("stun", { key: "seen", values: { addresses: ice.seen.join(", ") } }, { key: "port", values: { port: port.stun } })
      : row("stun", { key: "notSeen" }, { key: "port", values: { port: port.stun } }, { verdict: "warning", advice: { key: "openTurn", values: place("stun") } }),
    ...RUNGS.map((rung) => judgeRung(rung, ice.rungs[rung], place(rung))),
    judgeLoss(ice.rungs.turn_udp),
    judgeFamilies(ice.seen),
  ];
}

/** A rung that is closed is a warning: recordings need none of them, and live view falls back to the next. */
function judgeRung(rung: Rung, found: Relayed, place: { readonly port: string; readonly host: string }): Row {
  const required = { key: "relay", values: { port: place.port } } as const;
  switch (found.kind) {
    case "echo":
      return row(rung, { key: "relayed", values: { ms: found.ms, rtt: found.link.rttMs ?? 0 } }, required);
    case "no-echo":
      return row(rung, { key: "noEcho" }, required, { verdict: "warning", advice: { key: "relay", values: place } });
    case "no-address": {
      const refused = found.said.includes("401");
      return row(rung, { key: "noAddress", values: { said: found.said === "" ? "" : `: ${found.said}` } }, required, {
        verdict: "warning",
        advice: refused ? { key: "credential", values: place } : { key: "openTurn", values: place },
      });
    }
  }
}

function judgeLoss(udp: Relayed): Row {
  const required = { key: "below", values: { limit: `${String(MAX_LOSS_PERCENT)} %` } } as const;
  if (udp.kind !== "echo" || udp.link.lossPercent === null) return row("loss", { key: "noUdp" }, required, skipped);
  const { lossPercent, jitterMs, count } = udp.link;
  const measured = { key: "lostOf", values: { percent: lossPercent, count, jitter: jitterMs ?? 0 } } as const;
  return row("loss", measured, required, lossPercent >= MAX_LOSS_PERCENT ? { verdict: "warning", advice: { key: "link" } } : null);
}

function judgeFamilies(seen: readonly string[]): Row {
  const required = { key: "family" } as const;
  const six = seen.some((address) => address.includes(":"));
  const four = seen.some((address) => !address.includes(":"));
  if (!six && !four) return row("ipv6", { key: "noFamily" }, required, skipped);
  return row("ipv6", { key: six && four ? "bothFamilies" : six ? "onlyIpv6" : "onlyIpv4" }, required);
}
