/** The check's ports in a real browser. */

import { api, unwrap } from "../../../api/client";
import type { Codec, Plan } from "./facts";
import type { Ports } from "./ports";

const PLAN_LIMIT_MS = 15_000;
const RANDOM_AT_ONCE = 65_536; // more is refused

export function browserPorts(): Ports {
  return {
    plan,
    fetch: (address, init) => fetch(address, { ...init, credentials: "omit" }),
    now: () => performance.now(),
    wall: () => Date.now(),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    peer: typeof RTCPeerConnection === "function" ? (config) => new RTCPeerConnection(config) : null,
    digest: globalThis.isSecureContext ? digest : null,
    random,
    secure: location.protocol === "https:",
    codec,
  };
}

async function plan(region: string | null): Promise<Plan> {
  const query = region === null ? {} : { region };
  const { region: shown, regions, gateway_url, probe_id, probe_token, turn, server_time } = await unwrap(
    api.POST("/api/v1/network-check", { params: { query }, signal: AbortSignal.timeout(PLAN_LIMIT_MS) }),
  );
  return {
    region: shown.name,
    regions,
    gatewayUrl: gateway_url,
    liveUrls: shown.live_urls,
    probeId: probe_id,
    token: probe_token,
    turn: turn === null ? null : { host: turn.host, port: turn.port, tlsPort: turn.tls_port, username: turn.username, password: turn.password },
    serverTime: server_time,
  };
}

async function digest(data: Uint8Array<ArrayBuffer>): Promise<string> {
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-256", data))));
}

function random(bytes: number): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += RANDOM_AT_ONCE) crypto.getRandomValues(made.subarray(at, at + RANDOM_AT_ONCE));
  return made;
}

function codec(): Codec {
  const live = typeof RTCRtpReceiver === "function" ? (RTCRtpReceiver.getCapabilities("video")?.codecs ?? []) : [];
  return {
    recordings: "MediaSource" in globalThis && MediaSource.isTypeSupported('video/mp4; codecs="avc1.64002a"'),
    live: live.some(({ mimeType }) => mimeType.toLowerCase() === "video/h264"),
  };
}
