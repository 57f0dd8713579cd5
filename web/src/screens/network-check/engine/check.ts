/** The check from begin to end; what is found out is told at once. */

import { examineDirect } from "./direct";
import type { Direct, Facts, Ice, Plan, Server, Turn } from "./facts";
import { examineIce } from "./ice";
import type { Ports } from "./ports";
import { reach } from "./reach";
import { Probe, failureOf } from "./traffic";

/** Ends with all facts, or rejects when `signal` is aborted. Without a plan, or without a way to the gateway, it ends there. */
export async function examine(ports: Ports, region: string | null, tell: (facts: Facts) => void, signal: AbortSignal): Promise<Facts> {
  let facts: Facts = { codec: ports.codec() };
  const found = (more: Partial<Facts>) => {
    signal.throwIfAborted();
    facts = { ...facts, ...more };
    tell(facts);
  };
  found({});
  const { server, plan } = await ask(ports, region);
  found({ server, ...(plan === null ? {} : { plan }) });
  if (plan === null) return facts;
  const ways = Promise.all([reach(ports, `${plan.gatewayUrl}/health`, signal), reach(ports, `${plan.gatewayUrl}/`, signal)]);
  const [health, page] = await ways;
  found({ health, page });
  const probe = new Probe(ports, plan, signal);
  // Before the way is filled with traffic: these are about delays and losses.
  await Promise.all([
    plan.turn !== null && iceOf(ports, plan.turn, signal).then((ice) => { found({ ice }); }),
    health.kind === "answer" && directOf(ports, plan, signal).then((direct) => { found({ direct }); }),
    health.kind === "answer" && probe.echoes().then((link) => { found({ link }); }),
  ]);
  if (health.kind === "answer") found({ traffic: await probe.traffic() });
  return facts;
}

/** A browser that forbids WebRTC may say so by throwing; the rest is measured all the same. */
async function iceOf(ports: Ports, turn: Turn, signal: AbortSignal): Promise<Ice | null> {
  try {
    return await examineIce(ports, turn, signal);
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

async function directOf(ports: Ports, plan: Plan, signal: AbortSignal): Promise<Direct | null> {
  try {
    return await examineDirect(ports, plan, signal);
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

async function ask(ports: Ports, region: string | null): Promise<{ readonly server: Server; readonly plan: Plan | null }> {
  const [sentAt, began] = [ports.wall(), ports.now()];
  try {
    const plan = await ports.plan(region);
    const ms = ports.now() - began;
    return { plan, server: { answer: { ms }, clockMs: plan.serverTime - (sentAt + ms / 2), uncertaintyMs: ms / 2 } };
  } catch (error) {
    return { plan: null, server: { answer: failureOf(error), clockMs: null, uncertaintyMs: 0 } };
  }
}
