/** Live view straight to each gateway that carries it: a real connection over UDP, with nothing in it. */

import { ApiError, problemOfResponse } from "../../../api/problem";
import type { Direct, Plan } from "./facts";
import type { Ports } from "./ports";
import { failureOf } from "./traffic";
import { within } from "./within";

const ADDRESS_LIMIT_MS = 2000;
const ANSWER_LIMIT_MS = 5000;
const CONNECT_LIMIT_MS = 4000;
const UNTRIED = new Set(["live_busy", "no_route", "method_not_allowed"]); // the gateway has enough to do, or is older

/** Of the gateway that fares worst; null: this browser has no WebRTC. */
export async function examineDirect(ports: Ports, plan: Plan, signal: AbortSignal): Promise<Direct | null> {
  const { peer } = ports;
  if (peer === null) return null;
  const ways = await Promise.all(plan.liveUrls.map((url) => direct(ports, peer, { ...plan, gatewayUrl: url }, signal)));
  return ways.toSorted((one, other) => BADNESS[other.kind] - BADNESS[one.kind])[0] ?? null;
}

const BADNESS: Readonly<Record<Direct["kind"], number>> = { connected: 0, untried: 1, refused: 2, closed: 3 };

async function direct(ports: Ports, make: NonNullable<Ports["peer"]>, plan: Plan, signal: AbortSignal): Promise<Direct> {
  const peer = make({});
  const close = () => {
    peer.close();
  };
  signal.addEventListener("abort", close);
  try {
    return await connect(ports, peer, plan, signal);
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

async function connect(ports: Ports, peer: RTCPeerConnection, plan: Plan, signal: AbortSignal): Promise<Direct> {
  const { hostname } = new URL(plan.gatewayUrl);
  const gathered = new Promise<void>((resolve) => {
    peer.onicecandidate = ({ candidate }) => {
      if (candidate === null) resolve();
    };
  });
  const connected = new Promise<"connected">((resolve) => {
    peer.onconnectionstatechange = () => {
      if (peer.connectionState === "connected") resolve("connected");
    };
  });
  peer.addTransceiver("video", { direction: "recvonly" });
  await peer.setLocalDescription();
  await Promise.race([gathered, ports.wait(ADDRESS_LIMIT_MS)]);
  const offered = await offer(ports, plan, peer.localDescription?.sdp ?? "", signal);
  if ("kind" in offered) return offered;
  const began = ports.now();
  await peer.setRemoteDescription({ type: "answer", sdp: offered.answer });
  if ((await Promise.race([connected, ports.wait(CONNECT_LIMIT_MS)])) === "connected") return { kind: "connected", ms: ports.now() - began };
  signal.throwIfAborted();
  return { kind: "closed", host: hostname, addresses: addressesIn(offered.answer), ports: offered.ports };
}

async function offer(ports: Ports, plan: Plan, sdp: string, signal: AbortSignal): Promise<Direct | { readonly answer: string; readonly ports: string | null }> {
  try {
    const answer = await ports.fetch(`${plan.gatewayUrl}/v1/probes/${plan.probeId}/whep`, {
      method: "POST",
      headers: { "Authorization": `Bearer ${plan.token}`, "Content-Type": "application/sdp" },
      body: sdp,
      signal: within(ANSWER_LIMIT_MS, signal),
    });
    if (answer.ok) return { answer: await answer.text(), ports: answer.headers.get("Deskreel-Live-Ports") };
    const error = new ApiError(problemOfResponse(answer.status, answer.statusText, await answer.json().catch(() => null)));
    return UNTRIED.has(error.problem.code) ? { kind: "untried" } : { kind: "refused", ...failureOf(error) };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "refused", ...failureOf(error) };
  }
}

/** Where a description says that its side is reached. */
export function addressesIn(sdp: string): readonly string[] {
  const found = sdp.split(/\r?\n/).filter((line) => line.startsWith("a=candidate:"));
  return [...new Set(found.map((line) => line.split(" ")[4] ?? "").filter((address) => address !== ""))];
}
