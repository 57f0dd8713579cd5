/** How far the way to the gateway goes: does it answer, and is it itself. */

import type { Reached } from "./facts";
import type { Ports } from "./ports";
import { within } from "./within";

const LIMIT_MS = 8000;
const MOST_CHARACTERS = 200;

export async function reach(ports: Ports, address: string, signal: AbortSignal): Promise<Reached> {
  // The browser would refuse before it asks anybody.
  if (ports.secure && address.startsWith("http:")) return { kind: "mixed" };
  const began = ports.now();
  try {
    const answer = await ports.fetch(address, { cache: "no-store", redirect: "manual", signal: within(LIMIT_MS, signal) });
    if (answer.type === "opaqueredirect") return { kind: "unreadable" }; // such as a page to sign in to the network
    const ms = ports.now() - began;
    const body = (await answer.text()).slice(0, MOST_CHARACTERS);
    return { kind: "answer", status: answer.status, body, ms };
  } catch {
    signal.throwIfAborted();
  }
  // Blocked, or answered by somebody who does not let this page read: ask without wanting to read.
  try {
    await ports.fetch(address, { mode: "no-cors", cache: "no-store", signal: within(LIMIT_MS, signal) });
    return { kind: "unreadable" };
  } catch {
    signal.throwIfAborted();
    return { kind: "nothing" };
  }
}
