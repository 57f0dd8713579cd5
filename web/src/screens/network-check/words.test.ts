import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";

import { network_check as german } from "../../i18n/de/network_check";
import { network_check as english } from "../../i18n/en/network_check";
import type { Facts, Ice, Link, Plan, Reached, Relayed } from "./engine/facts";
import { judge } from "./engine/judge";
import type { Texts } from "./texts";
import { jsonOf, liveOf, overallOf, say, textOf } from "./words";

beforeAll(async () => {
  await i18next.init({
    lng: "en",
    ns: ["network_check"],
    defaultNS: "network_check",
    resources: { en: { network_check: english, server: {} }, de: { network_check: german, server: {} } },
    interpolation: { escapeValue: false },
  });
});

const TURN = { host: "turn.example.com", port: 3478, tlsPort: 443, username: "u", password: "hush-hush" };
const PLAN: Plan = { region: "eu", regions: ["eu"], gatewayUrl: "https://media.example.com", liveUrls: [], probeId: "prb_1", token: "t", turn: TURN, serverTime: 0 };
const LINK: Link = { rttMs: 12.34, jitterMs: 3, lossPercent: 0, count: 40 };
const WEAK: Link = { rttMs: null, jitterMs: 500, lossPercent: 7, count: 40 };
const FAULT = { failed: "No storage", hint: "Look at the bucket" };
const SILENT = { failed: "", hint: "" };
const ECHO: Relayed = { kind: "echo", ms: 80, link: LINK };
const ice = (udp: Relayed, seen: readonly string[] = ["192.0.2.1"]): Ice => ({ seen, rungs: { turn_udp: udp, turn_tcp: { kind: "no-echo" }, turn_tls: ECHO } });
const answer = (status: number, body: string): Reached => ({ kind: "answer", status, body, ms: 9 });
const server = { answer: { ms: 20 }, clockMs: 12, uncertaintyMs: 10 };
const codec = { recordings: true, live: true };

/** Among them every phrase that there is. */
const WORLDS: readonly Facts[] = [
  {
    codec,
    server,
    plan: PLAN,
    health: answer(200, '{"status":"ok"}'),
    page: answer(404, "404 page not found"),
    link: LINK,
    traffic: { chunk: { bytes: 262_144, ms: 90, storedMs: 4 }, upKbps: 20_000, downKbps: 900 },
    direct: { kind: "connected", ms: 41 },
    ice: ice(ECHO, ["192.0.2.1", "2001:db8::1"]),
  },
  {
    codec: { recordings: true, live: false },
    server: { answer: { ms: 1 }, clockMs: 9000, uncertaintyMs: 1 },
    plan: PLAN,
    health: answer(200, "<html>"),
    page: { kind: "unreadable" },
    link: WEAK,
    traffic: { chunk: FAULT, upKbps: FAULT, downKbps: SILENT },
    direct: { kind: "closed", host: "media.example.com", addresses: ["203.0.113.7"], ports: null },
    ice: ice({ kind: "no-address", said: "Unauthorized (401)" }, []),
  },
  {
    codec: { recordings: false, live: false },
    server,
    plan: PLAN,
    health: { kind: "nothing" },
    page: { kind: "mixed" },
    link: { rttMs: 1, jitterMs: null, lossPercent: null, count: 0 },
    traffic: { chunk: SILENT, upKbps: SILENT, downKbps: 100 },
    direct: { kind: "untried" },
    ice: ice({ kind: "no-address", said: "" }, ["2001:db8::1"]),
  },
  { codec, server, plan: { ...PLAN, turn: null }, traffic: { chunk: null, upKbps: null, downKbps: 99_999 }, health: { kind: "mixed" }, page: { kind: "nothing" } },
  { codec, server, plan: PLAN, health: { kind: "nothing" }, page: { kind: "nothing" }, ice: null },
  { codec, server: { answer: SILENT, clockMs: null, uncertaintyMs: 0 } },
];

describe.each(["en", "de"])("rows in %s", (language) => {
  it("have all their words and figures, and every text is the text of some row", () => {
    const t = i18next.getFixedT(language, "network_check") as unknown as Texts;
    const used = new Set<string>();
    for (const row of WORLDS.flatMap((facts) => judge(facts))) {
      for (const text of Object.values(say(row, t))) {
        expect(text).not.toMatch(/\{\{|^(checks|measured|required|advice)\.|undefined|NaN/);
      }
      used.add(`measured.${row.measured.key}`).add(`required.${row.required.key}`);
      if (row.advice) used.add(`advice.${row.advice.key}`);
    }
    const all = (["measured", "required", "advice"] as const).flatMap((group) => Object.keys(english[group]).map((key) => `${group}.${key}`));
    // Seen from this machine by IPv4 alone: in every other world.
    expect(all.filter((key) => !used.has(key))).toEqual(["measured.onlyIpv4"]);
  });
});

describe("the report", () => {
  const [good, bad] = WORLDS as readonly [Facts, Facts, ...Facts[]];

  it("says of recording and of live view how each fares", () => {
    expect(WORLDS.map((facts) => overallOf(judge(facts)))).toEqual(["warning", "failed", "failed", "failed", "failed", "failed"]);
    expect(WORLDS.map(liveOf)).toEqual(["direct", "turn_tls", "turn_tls", "noTurn", "noWebrtc", null]);
    expect(liveOf({ codec, plan: PLAN, ice: { seen: [], rungs: { turn_udp: { kind: "no-echo" }, turn_tcp: { kind: "no-echo" }, turn_tls: { kind: "no-echo" } } } })).toBe("none");
  });

  it("is taken away as text, with what to do below each row", () => {
    const text = textOf({ region: "eu", at: 0, facts: bad, rows: judge(bad) }, i18next.getFixedT("en", "network_check") as unknown as Texts);
    expect(text).toContain("Failed: A chunk is stored: No storage (stored, and found again)\n  → Look at the bucket\n");
    expect(text.startsWith("Network check, Region eu, checked 1970-01-01T00:00:00.000Z\n")).toBe(true);
  });

  it("is taken away as JSON with the verdicts of deskreel doctor, and without secrets", () => {
    const json = jsonOf({ region: "eu", at: 0, facts: good, rows: judge(good) }, i18next.getFixedT("en", "network_check") as unknown as Texts, "Browser/1");
    const document = JSON.parse(json) as { verdict: string; rows: { check: string; verdict: string; advice: string }[] };
    expect(document.verdict).toBe("warning");
    expect(document.rows.find(({ check }) => check === "turn_tcp")).toMatchObject({ verdict: "warning" });
    expect(document.rows[0]).toEqual({ check: "server", title: "Server", measured: "answers in 20 ms", required: "an answer", advice: "", verdict: "ok" });
    expect(json).not.toContain(TURN.password);
  });
});
