import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { VirtualClock } from "./clock";
import { DriftControl, MAX_NUDGE, SEEK_COOLDOWN_MS, SEEK_FROM_MS } from "./drift";
import { transition } from "./state";
import { SyncMeter } from "./sync-meter";

describe("transition", () => {
  it("plays only after waiting, so that everything starts together", () => {
    expect(transition("paused", "play")).toBe("waiting");
    expect(transition("waiting", "resume")).toBe("playing");
    expect(transition("paused", "resume")).toBe("paused");
    expect(transition("idle", "play")).toBe("idle");
  });
});

describe("VirtualClock", () => {
  it("keeps its position when the rate changes", () => {
    let now = 0;
    const clock = new VirtualClock(() => now);
    clock.run(100);
    now = 50;
    clock.setRate(2);
    expect(clock.positionMs).toBe(150);
    now = 60;
    expect(clock.positionMs).toBe(170);
    clock.hold(5);
    now = 1000;
    expect(clock.positionMs).toBe(5);
  });
});

describe("DriftControl", () => {
  it("bends towards the master, within the limit, and seeks only far off", () => {
    fc.assert(
      fc.property(fc.double({ min: -3000, max: 3000, noNaN: true }), fc.constantFrom(0.5, 1, 2, 3), (error, rate) => {
        const correction = new DriftControl().decide(error, rate, 0);
        if (correction.kind === "seek") {
          expect(Math.abs(error)).toBeGreaterThan(SEEK_FROM_MS);
          return;
        }
        expect(Math.abs(correction.rate / rate - 1)).toBeLessThanOrEqual(MAX_NUDGE + 1e-9);
        if (correction.rate !== rate) expect(Math.sign(correction.rate - rate)).toBe(-Math.sign(error));
      }),
    );
  });

  it("leaves a small error alone until it grows, then finishes the job", () => {
    const drift = new DriftControl();
    expect(drift.decide(20, 1, 0)).toEqual({ kind: "rate", rate: 1 });
    expect(drift.decide(30, 1, 0)).not.toEqual({ kind: "rate", rate: 1 });
    expect(drift.decide(20, 1, 0)).not.toEqual({ kind: "rate", rate: 1 });
    expect(drift.decide(8, 1, 0)).toEqual({ kind: "rate", rate: 1 });
  });

  it("does not seek twice in a row, and aims ahead by what seeking costs", () => {
    const drift = new DriftControl();
    expect(drift.decide(900, 1, 0).kind).toBe("seek");
    expect(drift.decide(900, 1, SEEK_COOLDOWN_MS - 1).kind).toBe("rate");
    for (let i = 0; i < 50; i++) drift.learnSeekLatency(300);
    const again = drift.decide(900, 1, SEEK_COOLDOWN_MS);
    expect(again.kind === "seek" && again.aheadMs).toBeCloseTo(300, 0);
  });
});

describe("SyncMeter", () => {
  it("reports nothing before it has measured", () => {
    expect(new SyncMeter().report()).toEqual({ lastMs: null, p50Ms: null, p95Ms: null, maxMs: null, samples: 0 });
  });

  it("keeps sign of the last and size of the rest, and forgets the oldest", () => {
    const meter = new SyncMeter(100);
    meter.add(9999);
    for (let i = 1; i <= 100; i++) meter.add(-i);
    expect(meter.report()).toEqual({ lastMs: -100, p50Ms: 50, p95Ms: 95, maxMs: 100, samples: 100 });
  });
});
