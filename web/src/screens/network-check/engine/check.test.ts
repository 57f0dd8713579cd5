import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ApiError } from "../../../api/problem";
import { examine } from "./check";
import type { Facts, Ice, Link, Plan, Relayed, Rung } from "./facts";
import { addressOf } from "./ice";
import { PAGE_BODY, judge } from "./judge";
import { linkOf } from "./link";
import type { Ports } from "./ports";
import type { Row } from "./rows";
import { CHECKS, worst } from "./rows";
import type { Way } from "./testing/fake-peer";
import { FakePeer } from "./testing/fake-peer";

const TURN = { host: "turn.example.com", port: 3478, tlsPort: 443, username: "1:usr", password: "secret" };
const GATEWAY = "https://media.example.com";
const PLAN: Plan = { region: "eu", regions: ["eu"], gatewayUrl: GATEWAY, liveUrls: [GATEWAY], probeId: "prb_1", token: "t", turn: TURN, serverTime: 1_000_000 };
const GOOD_CODEC = { recordings: true, live: true };

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const OPEN: Way = { echoMs: 30, relays: true };

interface World {
  readonly ways?: Readonly<Record<string, Way>>;
  readonly seen?: readonly string[];
  readonly fetch?: (address: string, init?: RequestInit) => Promise<Response>;
  readonly ports?: Partial<Ports>;
}

const ALL_OPEN: Readonly<Record<string, Way>> = {
  ...Object.fromEntries((["turn_udp", "turn_tcp", "turn_tls"] as const).map((rung) => [addressOf(TURN, rung), OPEN])),
  direct: OPEN,
};
const ANSWER = "v=0\r\na=candidate:1 1 udp 1 203.0.113.7 50007 typ host\r\na=candidate:2 1 udp 1 2001:db8::7 50007 typ host\r\n";

/** A gateway that is as it should be, with 8 kbit of way in a millisecond. */
async function gateway(address: string, init?: RequestInit): Promise<Response> {
  const path = address.replace(GATEWAY, "");
  const body = init?.body as Uint8Array | undefined;
  const bytes = body?.length ?? Number(/bytes\/(\d+)/.exec(path)?.[1] ?? 0);
  await new Promise((resolve) => setTimeout(resolve, 20 + bytes / 1000));
  if (path === "/health") return Response.json({ status: "ok", version: "1" });
  if (path === "/") return new Response(PAGE_BODY, { status: 404 });
  if (path.endsWith("/whep")) return new Response(ANSWER, { status: 201, headers: { "Deskreel-Live-Ports": "50000-50299" } });
  if (path.endsWith("/echo")) return new Response(null, { status: 204 });
  if (init?.method === "PUT") return Response.json({ stored_ms: 5 }, { status: 201 });
  return new Response(new Uint8Array(8));
}

async function checked({ ways = ALL_OPEN, seen = ["192.0.2.7"], fetch = gateway, ports = {} }: World = {}): Promise<Facts> {
  FakePeer.waiting.clear();
  FakePeer.open = 0;
  const all: Ports = {
    plan: async () => PLAN,
    fetch,
    now: () => Date.now(),
    wall: () => Date.now(),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    peer: (config) => new FakePeer(config, ways, seen) as unknown as RTCPeerConnection,
    digest: async () => "digest",
    random: (bytes) => new Uint8Array(bytes),
    secure: true,
    codec: () => GOOD_CODEC,
    ...ports,
  };
  const done = examine(all, null, () => undefined, new AbortController().signal);
  await vi.advanceTimersByTimeAsync(120_000);
  return done;
}

function rowsOf(facts: Facts): Readonly<Record<string, Row>> {
  return Object.fromEntries(judge(facts).map((row) => [row.check, row]));
}

describe("the check", () => {
  it("finds all well where all is open, and has a row for each check", async () => {
    const facts = await checked();
    const rows = judge(facts);
    expect(rows.map((row) => row.check)).toEqual(CHECKS);
    expect(rows.filter((row) => row.verdict !== "ok")).toEqual([]);
    expect(worst(rows)).toBe("ok");
    expect(facts.ice?.rungs.turn_udp).toMatchObject({ kind: "echo", link: { lossPercent: 0, count: 100, rttMs: 30 } });
    expect(facts.traffic?.upKbps).toBeGreaterThan(7000);
    expect(FakePeer.open).toBe(0); // all are closed
  });

  it("tells as soon as something is known", async () => {
    const told: Facts[] = [];
    const ports = { plan: async () => ({ ...PLAN, turn: null }) };
    FakePeer.open = 0;
    const done = examine(
      {
        ...ports,
        fetch: gateway,
        now: () => Date.now(),
        wall: () => Date.now(),
        wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        peer: null,
        digest: null,
        random: (bytes) => new Uint8Array(bytes),
        secure: true,
        codec: () => GOOD_CODEC,
      },
      null,
      (facts) => told.push(facts),
      new AbortController().signal,
    );
    await vi.advanceTimersByTimeAsync(60_000);
    await done;
    const counts = told.map((facts) => judge(facts).length);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(new Set(counts).size).toBeGreaterThan(3);
  });

  it("ends at a server that does not answer, or refuses", async () => {
    const refusal = new ApiError({ status: 404, code: "unknown_region", title: "none", detail: "no such", hint: "name another", retryable: false });
    const facts = await checked({ ports: { plan: () => Promise.reject(refusal) } });
    expect(rowsOf(facts)["server"]).toMatchObject({ verdict: "failed", advice: { key: "said", values: { text: "name another" } } });
    expect(Object.keys(rowsOf(facts))).toEqual(["server", "clock", "codec"]);
    const dead = await checked({ ports: { plan: () => Promise.reject(new TypeError("Failed to fetch")) } });
    expect(rowsOf(dead)["server"]).toMatchObject({ measured: { key: "nothing" }, advice: { key: "server" } });
  });

  it("tells a blocked gateway from a stranger in its place and from one that no page over TLS may ask", async () => {
    const blocked = await checked({ fetch: () => Promise.reject(new TypeError("Failed to fetch")) });
    expect(rowsOf(blocked)["gateway"]).toMatchObject({ measured: { key: "nothing" }, advice: { key: "blocked", values: { port: "443" } } });
    expect(blocked.traffic).toBeUndefined();
    const hidden = await checked({
      fetch: (_, init) => (init?.mode === "no-cors" ? Promise.resolve(new Response()) : Promise.reject(new TypeError("Failed to fetch"))),
    });
    expect(rowsOf(hidden)["gateway"]).toMatchObject({ verdict: "failed", measured: { key: "unreadable" }, advice: { key: "stranger" } });
    const proxy = await checked({ fetch: async () => new Response("<html>Sign in</html>", { status: 200 }) });
    expect(rowsOf(proxy)["gateway"]).toMatchObject({ verdict: "failed", measured: { key: "otherPage" } });
    const mixed = await checked({ ports: { plan: async () => ({ ...PLAN, gatewayUrl: "http://media.example.com" }) } });
    expect(rowsOf(mixed)["gateway"]).toMatchObject({ advice: { key: "mixed" } });
  });

  it("says in the gateway's words why a chunk is refused, and measures the way down all the same", async () => {
    const facts = await checked({
      fetch: async (address, init) =>
        init?.method === "PUT"
          ? Response.json({ code: "storage_unavailable", title: "No storage", hint: "Look at the bucket", status: 503 }, { status: 503 })
          : gateway(address, init),
    });
    const rows = rowsOf(facts);
    expect(rows["chunk"]).toMatchObject({ verdict: "failed", advice: { key: "said", values: { text: "Look at the bucket" } } });
    expect(rows["up"]?.verdict).toBe("failed");
    expect(rows["down"]?.verdict).toBe("ok");
  });

  it("does not call a page without TLS a fault of the network", async () => {
    const rows = rowsOf(await checked({ ports: { digest: null } }));
    expect([rows["chunk"]?.verdict, rows["up"]?.verdict, rows["down"]?.verdict]).toEqual(["not checked", "not checked", "ok"]);
  });

  it("tells for each rung how far it goes", async () => {
    const facts = await checked({
      seen: [],
      ways: {
        [addressOf(TURN, "turn_tcp")]: { echoMs: null, relays: true },
        [addressOf(TURN, "turn_tls")]: { echoMs: null, relays: false, refuses: "Unauthorized" },
      },
    });
    const rows = rowsOf(facts);
    expect(rows["stun"]).toMatchObject({ verdict: "warning", measured: { key: "notSeen" } });
    expect(rows["turn_udp"]).toMatchObject({ verdict: "warning", measured: { key: "noAddress" }, advice: { key: "openTurn", values: { port: "UDP/3478" } } });
    expect(rows["turn_tcp"]).toMatchObject({ verdict: "warning", measured: { key: "noEcho" }, advice: { key: "relay" } });
    expect(rows["turn_tls"]).toMatchObject({ measured: { values: { said: ": Unauthorized (401)" } }, advice: { key: "credential" } });
    expect(rows["loss"]?.verdict).toBe("not checked");
    expect(worst(judge(facts))).toBe("warning"); // recordings need none of them
    expect(FakePeer.open).toBe(0);
  });

  it("tries live view straight to the gateway", async () => {
    const closed = await checked({ ways: { ...ALL_OPEN, direct: { echoMs: null, relays: false } } });
    expect(rowsOf(closed)["live_direct"]).toMatchObject({
      verdict: "warning",
      measured: { key: "notConnected" },
      advice: { key: "openDirect", values: { host: "media.example.com", addresses: "203.0.113.7, 2001:db8::7", ports: "50000-50299" } },
    });
    expect(FakePeer.open).toBe(0);
    const answering = (status: number, code: string) => async (address: string, init?: RequestInit) =>
      address.endsWith("/whep") ? Response.json({ code, title: "No", detail: "", hint: "Do so", status }, { status }) : gateway(address, init);
    expect(rowsOf(await checked({ fetch: answering(503, "live_busy") }))["live_direct"]).toMatchObject({ verdict: "not checked", measured: { key: "untried" } });
    expect(rowsOf(await checked({ fetch: answering(404, "no_route") }))["live_direct"]).toMatchObject({ verdict: "not checked" });
    expect(rowsOf(await checked({ fetch: answering(403, "token_invalid") }))["live_direct"]).toMatchObject({ verdict: "warning", advice: { key: "said", values: { text: "Do so" } } });
    const two = await checked({ ports: { plan: async () => ({ ...PLAN, turn: null, liveUrls: [GATEWAY, "https://media-2.example.com"] }) } });
    expect(two.direct).toMatchObject({ kind: "connected", ms: 30 });
  });

  it("counts what is lost over UDP", async () => {
    const facts = await checked({ ways: { ...ALL_OPEN, [addressOf(TURN, "turn_udp")]: { ...OPEN, loses: 10 } } });
    expect(rowsOf(facts)["loss"]).toMatchObject({ verdict: "warning", measured: { values: { percent: 10, count: 100 } } });
  });

  it("asks no TURN server where there is none, nor a browser without WebRTC", async () => {
    const none = rowsOf(await checked({ ports: { plan: async () => ({ ...PLAN, turn: null }) } }));
    expect(none["turn_udp"]).toMatchObject({ verdict: "not checked", measured: { key: "noTurn" } });
    expect(rowsOf(await checked({ ports: { peer: null } }))["stun"]).toMatchObject({ measured: { key: "noWebrtc" } });
    const forbidden = () => {
      throw new DOMException("WebRTC is disabled", "NotAllowedError");
    };
    const rows = rowsOf(await checked({ ports: { peer: forbidden } }));
    expect(rows["stun"]).toMatchObject({ verdict: "not checked", measured: { key: "noWebrtc" } });
    expect(rows["down"]?.verdict).toBe("ok");
  });

  it("stops when it is left", async () => {
    const stop = new AbortController();
    const told: Facts[] = [];
    const ports: Ports = {
      plan: async () => PLAN,
      fetch: gateway,
      now: () => Date.now(),
      wall: () => Date.now(),
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      peer: (config) => new FakePeer(config, {}, []) as unknown as RTCPeerConnection,
      digest: async () => "digest",
      random: (bytes) => new Uint8Array(bytes),
      secure: true,
      codec: () => GOOD_CODEC,
    };
    FakePeer.open = 0;
    const done = examine(ports, null, (facts) => told.push(facts), stop.signal).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1000);
    const before = told.length;
    stop.abort();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await done).toMatchObject({ name: "AbortError" });
    expect(told.length).toBe(before);
    expect(FakePeer.open).toBeLessThanOrEqual(0);
  });
});

describe("the way's figures", () => {
  it("are those of the echoes", () => {
    expect(linkOf([10, 20, 30])).toMatchObject({ rttMs: 20, lossPercent: 0, count: 3 });
    expect(linkOf([10, null, 1500, 10])).toMatchObject({ lossPercent: 50 });
    expect(linkOf([null, null])).toMatchObject({ rttMs: null, jitterMs: null, lossPercent: 100 });
    expect(linkOf([])).toMatchObject({ lossPercent: null });
  });

  it("lie within what was measured", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.double({ min: 0, max: 5000, noNaN: true })), { minLength: 1 }), (trips) => {
        const { rttMs, jitterMs, lossPercent } = linkOf(trips);
        const known = trips.filter((one) => one !== null);
        if (rttMs !== null) expect(rttMs >= Math.min(...known) && rttMs <= Math.max(...known)).toBe(true);
        if (jitterMs !== null) expect(jitterMs).toBeLessThanOrEqual(Math.max(...known) - Math.min(...known) + 1e-9);
        expect(lossPercent).toBeGreaterThanOrEqual(0);
        expect(lossPercent).toBeLessThanOrEqual(100);
      }),
    );
  });

  it("are judged by the limits of the product, at any value", () => {
    const link = (more: Partial<Link>): Link => ({ rttMs: 1, jitterMs: 0, lossPercent: 0, count: 10, ...more });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), fc.double({ min: 0, max: 3000, noNaN: true }), fc.double({ min: 0, max: 1e5, noNaN: true }), (loss, jitter, kbps) => {
        const echo: Relayed = { kind: "echo", ms: 1, link: link({ lossPercent: loss }) };
        const rungs: Readonly<Record<Rung, Relayed>> = { turn_udp: echo, turn_tcp: echo, turn_tls: echo };
        const ice: Ice = { seen: ["2001:db8::1"], rungs };
        const traffic = { chunk: { bytes: 1, ms: 1, storedMs: 1 }, upKbps: kbps, downKbps: kbps };
        const rows = rowsOf({ codec: GOOD_CODEC, plan: PLAN, ice, link: link({ lossPercent: loss, jitterMs: jitter }), traffic });
        expect(rows["late"]?.verdict).toBe(loss < 2 ? "ok" : "warning");
        expect(rows["loss"]?.verdict).toBe(loss < 2 ? "ok" : "warning");
        expect(rows["jitter"]?.verdict).toBe(jitter < 400 ? "ok" : "warning");
        expect(rows["up"]?.verdict).toBe(kbps >= 1500 ? "ok" : kbps >= 500 ? "warning" : "failed");
        expect(Object.values(rows).every(({ verdict, advice }) => (verdict === "ok") === (advice === null))).toBe(true);
      }),
    );
  });
});
