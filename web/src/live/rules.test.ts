import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

import type { Attempt, Standing } from "./course";
import { stepOf } from "./course";
import { LiveEdge, edgeStep, wallOf } from "./edge";
import { NO_FLOW, flowOf, paceOf } from "./flow";
import type { Stat } from "./rung";
import { rungOf } from "./rung";

function stats(...all: Stat[]): ReadonlyMap<string, Stat> {
  return new Map(all.map((one) => [one.id, one]));
}

const transport = { id: "T", type: "transport", selectedCandidatePairId: "P" };
const pair = { id: "P", type: "candidate-pair", localCandidateId: "L", currentRoundTripTime: 0.03 };

describe("the rung", () => {
  it.each([
    ["host", undefined, "direct"],
    ["prflx", undefined, "direct"],
    ["relay", "udp", "turn-udp"],
    ["relay", "tcp", "turn-tcp"],
    ["relay", "tls", "turn-tls"],
  ])("is read from the pair in use: %s %s", (candidateType, relayProtocol, rung) => {
    const local = { id: "L", type: "local-candidate", candidateType, relayProtocol };
    expect(rungOf(stats(local, pair, transport))).toBe(rung);
    expect(rungOf(stats(local, { ...pair, selected: true }))).toBe(rung); // Firefox
    expect(rungOf(stats(local, pair))).toBeNull();
  });
});

describe("the figures", () => {
  it("are those of the picture between two looks", () => {
    const video = (framesDecoded: number, more = {}) =>
      stats(pair, transport, {
        id: "V",
        type: "inbound-rtp",
        kind: "video",
        framesDecoded,
        bytesReceived: framesDecoded * 5000,
        totalProcessingDelay: framesDecoded * 0.04,
        packetsReceived: framesDecoded * 9,
        packetsLost: 0,
        ...more,
      });
    const before = flowOf(video(10));
    expect(paceOf(before, flowOf(video(20, { packetsLost: 10 })), 2000)).toEqual({ delayMs: 55, kbps: 200, fps: 5, lossPercent: 10 });
    expect(paceOf(before, before, 2000)).toBeNull();
    expect(flowOf(stats())).toEqual(NO_FLOW);
  });
});

const standing = fc.record({
  attempt: fc.constantFrom<Attempt>("any", "relay", "https"),
  leg: fc.constantFrom<Standing["leg"]>("connecting", "connected", "broken"),
  isRefused: fc.boolean(),
  hasTurn: fc.boolean(),
  isPublishing: fc.constantFrom(true, null),
  recorderCannot: fc.boolean(),
  hadFrame: fc.boolean(),
  connected: fc.boolean(),
  diedAgoMs: fc.option(fc.nat(100_000)),
});

function at(nowMs: number, { hadFrame, connected, diedAgoMs, ...rest }: typeof standing extends fc.Arbitrary<infer T> ? T : never): Standing {
  return {
    ...rest,
    nowMs,
    sinceMs: 0,
    connectedAtMs: connected || hadFrame ? 0 : null,
    frameAtMs: hadFrame ? 0 : null,
    diedAtMs: diedAgoMs === null ? null : nowMs - diedAgoMs,
  };
}

describe("the course", () => {
  it("leaves whatever brings no picture within 5 s, and HTTPS never by itself", () => {
    fc.assert(
      fc.property(standing, (one) => {
        const step = stepOf(at(5000, one));
        if (one.attempt === "https") expect(step).toBeNull();
        else expect(step).not.toBeNull();
      }),
    );
  });

  it("goes up never, and not to TURN where there is none", () => {
    const order = ["any", "relay", "https"];
    fc.assert(
      fc.property(standing, fc.nat(20_000), (one, nowMs) => {
        const step = stepOf(at(nowMs, one));
        if (step === null) return;
        expect(order.indexOf(step.to)).toBeGreaterThanOrEqual(order.indexOf(one.attempt));
        if (step.to === one.attempt) expect(step.died).toBe(true);
        if (step.to === "relay" && one.attempt === "any") expect(one.hasTurn).toBe(true);
      }),
    );
  });
});

describe("the live edge", () => {
  it("is gone to from afar, and else approached in a hurry", () => {
    expect(edgeStep({ mediaMs: 0, seeking: false }, 100_000)).toEqual({ seekMs: 94_000 });
    expect(edgeStep({ mediaMs: 0, seeking: true }, 100_000)).toEqual({ rate: 1.1 });
    expect(edgeStep({ mediaMs: 88_000, seeking: false }, 100_000)).toEqual({ rate: 1.1 });
    expect(edgeStep({ mediaMs: 94_000, seeking: false }, 100_000)).toEqual({ rate: 1 });
  });

  it("is never beyond the end nor before the beginning", () => {
    fc.assert(
      fc.property(fc.nat(1e7), fc.nat(1e7), (mediaMs, edgeMs) => {
        const step = edgeStep({ mediaMs, seeking: false }, edgeMs);
        if ("seekMs" in step) {
          expect(step.seekMs).toBeGreaterThan(mediaMs);
          expect(step.seekMs).toBeLessThan(edgeMs);
        }
      }),
    );
  });

  it("shows nothing of broken media, and begins anew after a while", () => {
    vi.useFakeTimers();
    const sample = { mediaMs: 0, ready: false, seeking: false, ended: false, fault: { code: "media", message: "", hint: null } };
    const nothing = { play: vi.fn(), pause: vi.fn(), seek: vi.fn(), setRate: vi.fn(), subscribe: () => () => undefined };
    const retry = vi.fn();
    const delays: (number | null)[] = [];
    const edge = new LiveEdge({ ...nothing, retry, sample: () => sample }, () => 0, (delayMs) => delays.push(delayMs));
    vi.advanceTimersByTime(4000);
    expect(retry).not.toHaveBeenCalled();
    vi.advanceTimersByTime(7000);
    expect(retry).toHaveBeenCalledTimes(2);
    expect(new Set(delays)).toEqual(new Set([null]));
    edge.dispose();
    vi.advanceTimersByTime(20_000);
    expect(retry).toHaveBeenCalledTimes(2);
    vi.useRealTimers();
  });

  it("knows when its picture was taken, also after a pause", () => {
    const fragments = [
      { mediaStartMs: 0, durationMs: 2000, wallStartMs: 50_000 },
      { mediaStartMs: 2000, durationMs: 2000, wallStartMs: 90_000 },
    ];
    expect(wallOf(500, fragments)).toBe(50_500);
    expect(wallOf(3000, fragments)).toBe(91_000);
    expect(wallOf(9000, fragments)).toBe(92_000);
    expect(wallOf(1, [])).toBeNull();
  });
});
