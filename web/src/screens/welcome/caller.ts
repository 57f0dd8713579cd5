/**
 * Makes a test call from the browser: a telephony source of its own, whose secret never leaves this page, and signed
 * events at their times. The call goes on when one looks at other pages; after a reload `openCall` knows of it.
 */

import { api, serverTime, unwrap } from "../../api/client";
import { problemOf } from "../../api/problem";
import { signedHeaders } from "./sign";
import type { CallEvent, TestCall } from "./test-call";
import { ACW_S, available, beginning, ending } from "./test-call";

export const SOURCE = "first-steps";
const OPEN = "deskreel.welcome.call";
const ATTEMPTS = 5;
/** A difference of clocks below this is the answer's rounding. */
const CLOCK_ROUNDING_MS = 1500;

interface Line {
  readonly secret: string;
  /** Server minus browser. */
  readonly offsetMs: number;
}

export interface Progress {
  readonly phase: "talking" | "acw";
  /** Browser time. */
  readonly until: number;
}

/** The call that was begun here and not ended, if there is one: the page was reloaded meanwhile. */
export function openCall(): TestCall | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(OPEN) ?? "null") as Partial<TestCall> | null;
    return typeof kept?.callId === "string" && typeof kept.agent === "string" ? { callId: kept.callId, agent: kept.agent } : null;
  } catch {
    return null;
  }
}

/** One recorded call of `agent` and its After Call Work; ends early when `hangUp` does. */
export async function makeCall(agent: string, seconds: number, hangUp: AbortSignal, onProgress: (progress: Progress) => void): Promise<void> {
  const line = await openLine();
  const call: TestCall = { callId: `test-${crypto.randomUUID()}`, agent };
  sessionStorage.setItem(OPEN, JSON.stringify(call));
  await send(line, beginning(call, Date.now() + line.offsetMs));
  onProgress({ phase: "talking", until: Date.now() + seconds * 1000 });
  await pass(seconds * 1000, hangUp);
  await finish(line, call, hangUp, onProgress);
}

/** End a call that a reload left open. */
export async function endCall(call: TestCall): Promise<void> {
  await finish(await openLine(), call, AbortSignal.abort(), () => undefined);
}

async function finish(line: Line, call: TestCall, hangUp: AbortSignal, onProgress: (progress: Progress) => void): Promise<void> {
  await send(line, ending(call, Date.now() + line.offsetMs));
  onProgress({ phase: "acw", until: Date.now() + ACW_S * 1000 });
  await pass(ACW_S * 1000, hangUp);
  await send(line, available(call, Date.now() + line.offsetMs));
  sessionStorage.removeItem(OPEN);
}

/** The source of the test calls, made or with a new secret: secrets are shown once, and this page keeps none. */
async function openLine(): Promise<Line> {
  const { items } = await unwrap(api.GET("/api/v1/telephony-sources"));
  const known = items.find((one) => one.name === SOURCE);
  const answer = known
    ? api.POST("/api/v1/telephony-sources/{source_id}/rotate", { params: { path: { source_id: known.id } } })
    : api.POST("/api/v1/telephony-sources", { body: { name: SOURCE, kind: "call_events" } });
  const made = await unwrap(answer);
  if (made.secret === null) throw new Error(`The source ${SOURCE} has no signing secret.`);
  const difference = serverTime((await answer).response) - Date.now();
  return { secret: made.secret, offsetMs: Math.abs(difference) < CLOCK_ROUNDING_MS ? 0 : difference };
}

/** Sends one batch; the same again if the network fails, for events are known by their ids. */
async function send(line: Line, events: readonly CallEvent[]): Promise<void> {
  const body = JSON.stringify({ events });
  for (let attempt = 1; ; attempt += 1) {
    try {
      const headers = await signedHeaders(line.secret, crypto.randomUUID(), Math.floor((Date.now() + line.offsetMs) / 1000), body);
      await unwrap(
        api.POST("/api/v1/call-events", {
          params: { query: { source: SOURCE } },
          headers,
          body: body as unknown as Record<string, never>,
          bodySerializer: (text: unknown) => text as string,
        }),
      );
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !problemOf(error).retryable) throw error;
      await pass(1000 * attempt, new AbortController().signal);
    }
  }
}

function pass(ms: number, until: AbortSignal): Promise<void> {
  if (until.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    until.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      resolve();
    }
  });
}
