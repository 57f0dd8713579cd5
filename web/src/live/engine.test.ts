import i18next from "i18next";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { ApiError } from "../api/problem";
import { LiveEngine } from "./engine";
import { FakeApi, FakeLeg } from "./testing/fakes";

let api: FakeApi;
let legs: FakeLeg[];
let engine: LiveEngine;

beforeAll(async () => {
  await i18next.init({ lng: "en", resources: {} });
});

beforeEach(() => {
  vi.useFakeTimers();
  api = new FakeApi();
  legs = [];
  engine = new LiveEngine(api, (options) => {
    const leg = new FakeLeg(options);
    legs.push(leg);
    return leg;
  });
});

afterEach(() => {
  engine.stop();
  vi.useRealTimers();
});

const now = () => engine.getSnapshot();
const newest = () => legs.at(-1) as FakeLeg;
const after = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const refusal = (status: number, code: string) =>
  new ApiError({ status, code, title: code, detail: "", hint: null, retryable: status >= 500 });

/** Pictures come for a while. */
async function plays(leg: FakeLeg, ms: number, rung: "direct" | "turn-tcp" = "direct"): Promise<void> {
  for (let at = 0; at < ms; at += 250) {
    leg.picture(rung);
    await after(250);
  }
}

async function watching(rung: "direct" | "turn-tcp" = "direct"): Promise<FakeLeg> {
  engine.start();
  await after(0);
  await plays(newest(), 500, rung);
  return newest();
}

describe("a live picture", () => {
  it("is given out once one has come, with its rung and its pace", async () => {
    engine.start();
    expect(now().phase).toBe("opening");
    await after(1000);
    expect(now()).toMatchObject({ phase: "connecting", stream: null });
    await plays(newest(), 3000);
    expect(now()).toMatchObject({ phase: "live", rung: "direct", why: null, stream: newest().stream });
    expect(now().pace?.fps).toBeCloseTo(4, 0);
    expect(legs).toHaveLength(1);
  });

  it("is taken away at once when the call pauses, and comes back with the first new picture only", async () => {
    const leg = await watching();
    api.view = { ...api.view, state: "paused" };
    engine.told("paused");
    expect(now()).toMatchObject({ phase: "paused", stream: null, pace: null });
    await after(45_000); // no deadline counts
    expect(now()).toMatchObject({ phase: "paused", stream: null, attempt: "any" });
    api.view = { ...api.view, state: "recording" };
    engine.told("recording");
    await after(500);
    expect(now()).toMatchObject({ phase: "connecting", stream: null });
    await plays(leg, 500);
    expect(now()).toMatchObject({ phase: "live", stream: leg.stream });
    expect(legs).toEqual([leg]);
  });

  it("does not show what still came when the pause had begun", async () => {
    const leg = await watching();
    engine.told("paused");
    leg.picture();
    engine.told("recording");
    await after(1000);
    expect(now()).toMatchObject({ phase: "connecting", stream: null });
    await plays(leg, 500);
    expect(now().phase).toBe("live");
  });

  it("waits for the end of a pause that was on when it was opened", async () => {
    api.view = { ...api.view, state: "paused" };
    engine.start();
    await after(10_000);
    expect(now().phase).toBe("paused");
    expect(legs).toHaveLength(0);
    engine.told("acw");
    await plays(newest(), 500);
    expect(now().phase).toBe("live");
  });

  it("is covered when it stands still, and the server is asked at once whether it is a pause", async () => {
    const leg = await watching();
    leg.sends = false;
    await after(1750); // sooner than it would be renewed
    expect(api.renewed).toBe(1);
    await after(1500);
    expect(now()).toMatchObject({ phase: "connecting", stream: null });
    expect(legs).toEqual([leg]); // the path is good: the recorder sends nothing
  });

  it("leaves nothing behind at the end, nor when it is left", async () => {
    const leg = await watching();
    engine.told("ended");
    expect(now()).toMatchObject({ phase: "ended", stream: null });
    expect(leg.isClosed).toBe(true);
    expect(api.ended).toEqual(["lvw_1"]);
    engine.start();
    engine.stop(); // before the server has answered
    await after(100);
    expect(api.ended).toEqual(["lvw_1", "lvw_2"]);
    expect(legs).toHaveLength(1);
  });
});

describe("the way down", () => {
  it("goes by TURN alone to HTTPS within 8 s where nothing gets through", async () => {
    engine.start();
    await after(3500);
    expect(now().attempt).toBe("relay");
    expect(newest().options.relayOnly).toBe(true);
    await after(4000);
    expect(now()).toMatchObject({ phase: "live", attempt: "https", rung: "https", why: "no-path", stream: null });
    expect(legs.every(({ isClosed }) => isClosed)).toBe(true);
  });

  it("spares TURN where there is none", async () => {
    api.view = { ...api.view, turn: null };
    engine.start();
    await after(4500);
    expect(now()).toMatchObject({ attempt: "https", why: "no-path" });
  });

  it("ends at once at a gateway that refuses, and keeps what it said", async () => {
    engine.start();
    await after(0);
    newest().fault = refusal(503, "live_full");
    newest().state = "broken";
    await after(300);
    expect(now()).toMatchObject({ attempt: "https", why: "refused", fault: { problem: { code: "live_full" } } });
  });

  it("connects anew when a picture died, within 5 s, and goes on down when it dies again", async () => {
    const first = await watching();
    await after(4500);
    expect(first.isClosed).toBe(true);
    expect(now().attempt).toBe("any");
    await plays(newest(), 1000);
    expect(now().phase).toBe("live");
    newest().state = "broken"; // disconnected
    await after(500);
    expect(now()).toMatchObject({ attempt: "relay", why: "died" });
  });

  it("is by HTTPS within 8 s when the network closes in mid picture", async () => {
    await watching();
    await after(8000);
    expect(now()).toMatchObject({ phase: "live", attempt: "https", why: "no-path" });
  });

  it("follows a recorder that has no way itself, and comes back with it", async () => {
    engine.start();
    await after(0);
    newest().state = "connected";
    const off = { state: "off", rung: null, why: "UDP is blocked" } as const;
    api.view = { ...api.view, recorder: off };
    await after(4000);
    expect(now().attempt).toBe("any"); // it may be of before
    await after(3000);
    expect(now()).toMatchObject({ attempt: "https", why: "recorder", recorder: off });
    api.view = { ...api.view, recorder: { state: "connecting", rung: "turn-tls" } };
    await after(3000);
    await plays(newest(), 500, "turn-tcp");
    expect(now()).toMatchObject({ attempt: "any", rung: "turn-tcp", why: null, stream: newest().stream });
  });

  it("waits for a recorder that does not send yet, but not for ever", async () => {
    engine.start();
    await after(0);
    newest().state = "connected";
    newest().sends = false;
    await after(9000);
    expect(now()).toMatchObject({ attempt: "any", phase: "connecting" });
    await after(5000);
    expect(now()).toMatchObject({ attempt: "https", why: "recorder" });
  });
});

describe("the way up", () => {
  it("is tried every minute, beside the picture that is there", async () => {
    const low = await watching("turn-tcp");
    await plays(low, 60_000, "turn-tcp");
    expect(legs).toHaveLength(2);
    expect(now()).toMatchObject({ stream: low.stream, rung: "turn-tcp" });
    newest().picture("direct");
    await plays(newest(), 500);
    expect(low.isClosed).toBe(true);
    expect(now()).toMatchObject({ rung: "direct", stream: newest().stream });
  });

  it("gives up a try that is no better", async () => {
    const low = await watching("turn-tcp");
    await plays(low, 60_000, "turn-tcp");
    newest().picture("turn-tcp");
    await plays(low, 500, "turn-tcp");
    expect(newest().isClosed).toBe(true);
    expect(now()).toMatchObject({ rung: "turn-tcp", stream: low.stream });
  });

  it("starts from HTTPS, too", async () => {
    api.view = { ...api.view, turn: null };
    engine.start();
    await after(5000);
    expect(now().attempt).toBe("https");
    await after(61_000);
    await plays(newest(), 500);
    expect(now()).toMatchObject({ attempt: "any", phase: "live", rung: "direct", why: null });
  });
});

describe("the lease", () => {
  it("is renewed every few seconds, and the gateway told every 20 s", async () => {
    const leg = await watching();
    await plays(leg, 60_000);
    expect(api.renewed).toBeGreaterThanOrEqual(20);
    expect(leg.tokens).toHaveLength(3);
  });

  it("is opened anew when it was lost, and asked for again when nobody answered", async () => {
    const leg = await watching();
    api.problem = new TypeError("network");
    await plays(leg, 2500);
    expect(now().phase).toBe("live");
    await plays(leg, 2000);
    expect(api.renewed).toBe(2);
    api.problem = refusal(404, "not_found");
    await plays(leg, 2500);
    expect(api.opened).toBe(2);
    expect(leg.isClosed).toBe(true);
    await plays(newest(), 500);
    expect(now()).toMatchObject({ phase: "live", view: { id: "lvw_2" } });
  });

  it("covers the picture when it is over unrenewed, asks on, and comes back", async () => {
    const leg = await watching();
    const renewal = vi.spyOn(api, "renew").mockImplementation(() => new Promise(() => undefined)); // a session that has ended
    await plays(leg, 59_000);
    expect(now().phase).toBe("live");
    await plays(leg, 2000);
    expect(now()).toMatchObject({ phase: "opening", stream: null });
    expect(leg.isClosed).toBe(true);
    expect(legs).toHaveLength(1); // and nothing is tried
    renewal.mockRestore();
  });

  it("is asked for on when nobody answers for longer than it lasts", async () => {
    const leg = await watching();
    const renewal = vi.spyOn(api, "renew").mockRejectedValue(new TypeError("network"));
    await plays(leg, 70_000);
    expect(now()).toMatchObject({ phase: "opening", stream: null });
    expect(renewal.mock.calls.length).toBeLessThan(12);
    renewal.mockRestore();
    api.problem = refusal(404, "not_found");
    await after(10_000);
    await plays(newest(), 500);
    expect(now()).toMatchObject({ phase: "live", view: { id: "lvw_2" } });
  });

  it("ends with the permission", async () => {
    const leg = await watching();
    api.problem = refusal(403, "forbidden");
    await plays(leg, 2750);
    expect(now()).toMatchObject({ phase: "failed", stream: null, error: { problem: { code: "forbidden" } } });
    expect(leg.isClosed).toBe(true);
  });
});

it.each(["no-webrtc", "no-h264"] as const)("a browser that cannot play it live has HTTPS at once: %s", async (why) => {
  engine = new LiveEngine(api, why);
  engine.start();
  await after(1000);
  expect(now()).toMatchObject({ phase: "live", attempt: "https", why });
});
