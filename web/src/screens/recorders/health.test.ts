import fc from "fast-check";
import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";

import type { Recorder, RecorderHealth } from "../../api/client";
import { recorders as english } from "../../i18n/en/recorders";
import {
  backlogOf,
  backlogText,
  fitsFilter,
  formatAge,
  formatKbps,
  formatUserCode,
  healthFacts,
  isUserCode,
  linkText,
  monitorSizes,
  since,
  stateOf,
} from "./health";
import type { Texts } from "./texts";

let t: Texts;
beforeAll(async () => {
  await i18next.init({
    lng: "en",
    ns: ["recorders"],
    defaultNS: "recorders",
    resources: { en: { recorders: english } },
    interpolation: { escapeValue: false },
  });
  t = i18next.getFixedT("en", "recorders") as unknown as Texts;
});

const HEALTH: RecorderHealth = { encoder: "", encoder_why: "", frames: 0, dropped_slots: {}, adaptations: [] };

function recorder(observed: Partial<NonNullable<Recorder["observed"]>> | null, change: Partial<Recorder> = {}): Recorder {
  return {
    id: "rcd_1",
    agent: { id: "agt_1", name: "Ada" },
    hostname: "desk-7",
    platform: "linux-x11",
    version: "1",
    enrolled_at: 0,
    credential_expires_at: 0,
    online: true,
    online_since: 1000,
    last_seen_at: 5000,
    problem_hint: null,
    last_check: null,
    observed:
      observed === null
        ? null
        : {
            version: 1,
            phase: "idle",
            screen_recording_id: null,
            problem_detail: "",
            backlog: [],
            monitors: [],
            type: "observed",
            health: HEALTH,
            ...observed,
          },
    ...change,
  };
}

describe("recorders", () => {
  it("have one state each, the worst first", () => {
    expect(stateOf(recorder(null))).toBe("never");
    expect(stateOf(recorder({ phase: "recording" }, { online: false }))).toBe("offline");
    expect(stateOf(recorder({ phase: "recording", problem: "no_display" }))).toBe("problem");
    expect(stateOf(recorder({ phase: "acw" }))).toBe("acw");
  });

  it("are online since they connected, offline since they were heard of", () => {
    expect(since(recorder({}))).toBe(1000);
    expect(since(recorder({}, { online: false }))).toBe(5000);
    expect(since(recorder(null, { online: false, last_seen_at: null }))).toBeNull();
  });

  it("sum up what waits", () => {
    const waiting = recorder({
      backlog: [
        { screen_recording_id: "scr_1", chunks: 2, bytes: 100 },
        { screen_recording_id: "scr_2", chunks: 3, bytes: 50 },
      ],
      health: { ...HEALTH, oldest_backlog_ms: 240_000, backlog_eta_s: 30 },
    });
    expect(backlogOf(waiting)).toEqual({ chunks: 5, bytes: 150 });
    expect(backlogText(waiting, t)).toBe("oldest 4 min, done in 30 s");
    expect(backlogText(recorder({ health: { ...HEALTH, oldest_backlog_ms: 1 } }), t)).toBe("");
  });

  it("leave out what is not known", () => {
    expect(linkText(undefined, t)).toBe("");
    expect(linkText({ ...HEALTH, rtt_ms: 12.4, jitter_ms: 0.25 }, t)).toBe("jitter 0.3 ms");
    expect(linkText({ ...HEALTH, loss_percent: 2, jitter_ms: 40.4 }, t)).toBe("loss 2.0 %, jitter 40 ms");
    expect(healthFacts(HEALTH, t)).toEqual([["Frames", "0"]]);
    expect(healthFacts({ ...HEALTH, cpu_percent: 0, dropped_slots: { busy: 3 } }, t)).toEqual([
      ["CPU of the recorder", "0.0 % of a core"],
      ["Frames", "0"],
      ["Dropped: busy", "3"],
    ]);
  });

  it("list the monitor in the picture first", () => {
    const monitor = (name: string, width: number, active: boolean) =>
      ({ name, x: 0, y: 0, width, height: 1080, primary: !active, active }) as const;
    expect(monitorSizes(recorder({ monitors: [monitor("A", 1280, false), monitor("B", 1920, true)] }))).toEqual([
      "1920 × 1080",
      "1280 × 1080",
    ]);
    expect(monitorSizes(recorder(null))).toEqual([]);
  });

  it("tell ages and rates as roughly as they are needed", () => {
    expect([0, 61_000, 3_900_000, 90_000_000, 200_000_000].map((ms) => formatAge(ms, t))).toEqual([
      "under 1 min",
      "1 min",
      "1 h 5 min",
      "25 h",
      "2 days",
    ]);
    expect([499.6, 1500, null].map(formatKbps)).toEqual(["500 kbit/s", "1.5 Mbit/s", "–"]);
  });
});

describe("the list's filter", () => {
  it("looks at agent and host, and at how the recorder is", () => {
    const shown = (text: string, show: "all" | "online" | "offline" | "problem", one: Recorder) => fitsFilter(one, { text, show });
    expect(shown("ADA", "all", recorder({}))).toBe(true);
    expect(shown("desk", "online", recorder({}))).toBe(true);
    expect(shown("cy", "all", recorder({}))).toBe(false);
    expect(shown("", "offline", recorder({}))).toBe(false);
    expect(shown("", "offline", recorder(null, { online: false }))).toBe(true);
    expect(shown("", "problem", recorder({}))).toBe(false);
    expect(shown("", "problem", recorder({ problem: "no_display" }))).toBe(true);
  });
});

describe("user codes", () => {
  it("are grouped while they are typed", () => {
    expect(["", "wdjb", "wdjbm", "WDJB - MJHT", "wdjb-mjht-xx"].map(formatUserCode)).toEqual([
      "",
      "WDJB",
      "WDJB-M",
      "WDJB-MJHT",
      "WDJB-MJHT",
    ]);
  });

  it("stay as they are once written, whatever was typed", () => {
    fc.assert(
      fc.property(fc.string(), (typed) => {
        const code = formatUserCode(typed);
        expect(formatUserCode(code)).toBe(code);
        expect(formatUserCode(typed.toLowerCase())).toBe(formatUserCode(typed.toLowerCase().toUpperCase()));
        expect(isUserCode(code)).toBe(code.length === 9);
      }),
    );
  });
});
