import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { PlayerEngine } from "./player";
import type { FakeScript } from "./testing/fake-driver";
import { FakeDriver, ManualClock } from "./testing/fake-driver";
import type { Recording } from "./testing/arbitraries";
import { ORIGIN, fragmentsFor, recordings } from "./testing/arbitraries";
import type { AudioTrack, SpanState, Timeline } from "./timeline";
import { layoutSpans, spanAt } from "./timeline";

const TICK_MS = 16;

interface Scene {
  readonly clock: ManualClock;
  readonly engine: PlayerEngine;
  readonly video: FakeDriver;
  readonly audio: FakeDriver | null;
  /** Turn time until the condition holds; fails when it does not within a while. */
  until(condition: () => boolean, limitMs?: number): void;
  run(ms: number, each?: () => void): void;
}

interface Setup {
  readonly audio?: Omit<AudioTrack, "id">;
  readonly live?: boolean;
  readonly videoScript?: FakeScript;
  readonly audioScript?: FakeScript;
}

function stage(recording: Recording, setup: Setup = {}): Scene {
  const clock = new ManualClock();
  const engine = new PlayerEngine(clock.now);
  const timeline: Timeline = {
    originWallMs: ORIGIN,
    durationMs: recording.durationMs,
    live: setup.live ?? false,
    screens: [{ id: "s", agentName: "Ana", spans: recording.spans }],
    audio: setup.audio ? { id: "a", ...setup.audio } : null,
  };
  engine.load(timeline);
  const audio = setup.audio ? new FakeDriver(clock, setup.audio.durationMs, setup.audioScript) : null;
  if (audio) engine.attachAudio(audio);
  const video = new FakeDriver(clock, 0, setup.videoScript);
  video.offer(recording.fragments, !(setup.live ?? false));
  engine.attachScreen("s", video);
  const turn = () => {
    clock.nowMs += TICK_MS;
    engine.tick();
  };
  return {
    clock,
    engine,
    video,
    audio,
    until(condition, limitMs = 300_000) {
      const limit = clock.nowMs + limitMs;
      while (!condition()) {
        if (clock.nowMs > limit) throw new Error(`not within ${String(limitMs)} ms; at ${String(engine.positionMs)}`);
        turn();
      }
    },
    run(ms, each = () => undefined) {
      for (const end = clock.nowMs + ms; clock.nowMs < end; each()) turn();
    },
  };
}

function recording(...parts: [SpanState, number][]): Recording {
  let at = 0;
  const wall = parts.map(([state, lengthMs]) => {
    const start = ORIGIN + at;
    at += lengthMs;
    return { state, start, end: ORIGIN + at, reason: state === "missing" ? "recorder_offline" : null, advice: null };
  });
  const spans = layoutSpans(wall, ORIGIN, at);
  return { spans, fragments: fragmentsFor(spans, 4000), durationMs: at };
}

const state = (scene: Scene) => scene.engine.getSnapshot().state;

describe("PlayerEngine", () => {
  it("loads, plays to the end and starts again from the beginning", () => {
    const scene = stage(recording(["recorded", 5000]), { audio: { startMs: 0, durationMs: 5000 } });
    scene.engine.tick();
    expect(state(scene)).toBe("paused");
    scene.engine.play();
    expect(state(scene)).toBe("playing");
    expect(scene.engine.getSnapshot().master).toBe("audio");
    scene.until(() => state(scene) === "ended", 6000);
    expect(scene.engine.positionMs).toBe(5000);
    scene.engine.play();
    expect(scene.engine.positionMs).toBeLessThan(100);
  });

  it("waits for both media before either runs", () => {
    const scene = stage(recording(["recorded", 5000]), { audio: { startMs: 0, durationMs: 5000 } });
    scene.audio?.stall(true);
    scene.engine.play();
    scene.run(2000);
    expect(state(scene)).toBe("waiting");
    expect(scene.engine.getSnapshot().waitingFor).toBe("media");
    expect(scene.engine.positionMs).toBe(0);
    expect(scene.video.isPlaying).toBe(false);
    scene.audio?.stall(false);
    scene.until(() => state(scene) === "playing", 100);
  });

  it("skips a pause, and moves audio with it", () => {
    const scene = stage(recording(["recorded", 3000], ["paused", 60_000], ["recorded", 3000]), {
      audio: { startMs: 0, durationMs: 66_000 },
      audioScript: { seekLatencyMs: 120 },
    });
    scene.engine.play();
    const from = scene.clock.nowMs;
    scene.until(() => state(scene) === "ended", 10_000);
    expect(scene.clock.nowMs - from).toBeLessThan(7000);
    expect(scene.audio?.seeks).toContain(63_000);
    expect(scene.video.seeks).toEqual([]); // element time is packed: the picture just goes on
  });

  it("lets time run on through a missing stretch with the picture held", () => {
    const scene = stage(recording(["recorded", 2000], ["missing", 4000], ["recorded", 2000]), {
      audio: { startMs: 0, durationMs: 8000 },
    });
    scene.engine.play();
    scene.until(() => scene.engine.positionMs > 4000, 5000);
    expect(scene.engine.getSnapshot().span?.reason).toBe("recorder_offline");
    expect(state(scene)).toBe("playing");
    expect(scene.video.isPlaying).toBe(false);
    expect(scene.video.sample().mediaMs).toBeCloseTo(2000, -2);
    scene.until(() => scene.engine.positionMs > 7000, 5000);
    expect(Math.abs(scene.engine.syncErrorMs ?? NaN)).toBeLessThan(30);
  });

  it("plays ACW on the virtual clock after the audio has ended", () => {
    const scene = stage(recording(["recorded", 3000], ["acw", 3000]), {
      audio: { startMs: 0, durationMs: 3000 },
      videoScript: { startLatencyMs: 60 },
    });
    scene.engine.play();
    scene.until(() => scene.engine.positionMs > 4000, 5000);
    expect(scene.engine.getSnapshot()).toMatchObject({ master: "clock", state: "playing" });
    expect(scene.engine.getSnapshot().span?.state).toBe("acw");
    expect(scene.audio?.isPlaying).toBe(false);
    scene.until(() => state(scene) === "ended", 5000);
  });

  it("hands over to audio that begins later, without going back", () => {
    const scene = stage(recording(["recorded", 6000]), {
      audio: { startMs: 2000, durationMs: 4000 },
      audioScript: { startLatencyMs: 80 },
    });
    scene.engine.play();
    let last = 0;
    scene.run(5000, () => {
      expect(scene.engine.positionMs).toBeGreaterThanOrEqual(last - 40);
      last = scene.engine.positionMs;
    });
    expect(scene.engine.getSnapshot().master).toBe("audio");
  });

  it("keeps 95 % of samples within 50 ms although media start late, skew and stall", () => {
    const scripts = fc.record({
      startLatencyMs: fc.integer({ min: 0, max: 120 }),
      seekLatencyMs: fc.integer({ min: 0, max: 400 }),
      skew: fc.double({ min: 0.99, max: 1.01, noNaN: true }),
    });
    fc.assert(
      fc.property(scripts, fc.constantFrom(0.5, 1, 2, 3), fc.integer({ min: 2000, max: 100_000 }), (script, rate, at) => {
        const scene = stage(recording(["recorded", 300_000]), {
          audio: { startMs: 0, durationMs: 300_000 },
          videoScript: script,
          audioScript: { startLatencyMs: 40, seekLatencyMs: 100 },
        });
        scene.engine.setRate(rate);
        scene.engine.play();
        scene.run(5000);
        scene.engine.seek(at);
        scene.run(10_000);
        scene.video.stall(true);
        scene.run(900);
        scene.video.stall(false);
        scene.run(45_000);
        const report = scene.engine.syncReport();
        expect(report.samples).toBeGreaterThan(1000);
        expect(report.p95Ms).toBeLessThanOrEqual(50);
      }),
      { numRuns: 40 },
    );
  });

  it("never stands or runs on a paused instant, whatever is asked of it", () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant("seek" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ kind: fc.constant("step" as const), share: fc.double({ min: -1, max: 1, noNaN: true }) }),
      fc.record({ kind: fc.constant("run" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ kind: fc.constant("toggle" as const), share: fc.constant(0) }),
    );
    fc.assert(
      fc.property(recordings, fc.array(action, { maxLength: 8 }), (generated, actions) => {
        const scene = stage(generated, { videoScript: { seekLatencyMs: 90 } });
        scene.engine.play();
        const check = () => {
          if (state(scene) === "loading" || state(scene) === "paused") return; // not asked to play yet
          expect(spanAt(generated.spans, Math.floor(scene.engine.positionMs - TICK_MS * 1.1))?.state === "paused" &&
            spanAt(generated.spans, scene.engine.positionMs)?.state === "paused").toBe(false);
        };
        for (const { kind, share } of actions) {
          if (kind === "seek") scene.engine.seek(share * generated.durationMs);
          else if (kind === "step") scene.engine.step(share * 20_000);
          else if (kind === "toggle") scene.engine.toggle();
          else scene.run(share * 3000, check);
          check();
        }
      }),
      { numRuns: 60 },
    );
  });

  it("stops at the live edge and goes on when more arrives, then flows into the end", () => {
    const first = recording(["recorded", 6000]);
    const scene = stage(first, { live: true });
    scene.engine.play();
    scene.until(() => state(scene) === "waiting", 8000);
    expect(scene.engine.getSnapshot().waitingFor).toBe("live");
    const at = scene.engine.positionMs;
    const second = recording(["recorded", 12_000]);
    scene.engine.load({
      originWallMs: ORIGIN,
      durationMs: second.durationMs,
      live: true,
      screens: [{ id: "s", agentName: "Ana", spans: second.spans }],
      audio: null,
    });
    scene.video.offer(second.fragments, false);
    scene.until(() => state(scene) === "playing", 500);
    expect(scene.engine.positionMs).toBeGreaterThanOrEqual(at);
    expect(scene.video.seeks.filter((seek) => seek < at - 100)).toEqual([]);
    scene.engine.load({
      originWallMs: ORIGIN,
      durationMs: second.durationMs,
      live: false,
      screens: [{ id: "s", agentName: "Ana", spans: second.spans }],
      audio: null,
    });
    scene.video.offer(second.fragments, true);
    scene.until(() => state(scene) === "ended", 8000);
  });

  it("holds before a pause that is still going on and leaps when it ends", () => {
    const open = layoutSpans(
      [
        { state: "recorded", start: ORIGIN, end: ORIGIN + 2000, reason: null, advice: null },
        { state: "paused", start: ORIGIN + 2000, end: null, reason: null, advice: null },
      ],
      ORIGIN,
      9000,
    );
    const scene = stage({ spans: open, fragments: fragmentsFor(open, 4000), durationMs: 9000 }, { live: true });
    scene.engine.play();
    scene.until(() => scene.engine.getSnapshot().waitingFor === "pause", 4000);
    expect(scene.engine.positionMs).toBe(1999);
    const closed = recording(["recorded", 2000], ["paused", 10_000], ["recorded", 4000]);
    scene.engine.load({
      originWallMs: ORIGIN,
      durationMs: 16_000,
      live: true,
      screens: [{ id: "s", agentName: "Ana", spans: closed.spans }],
      audio: null,
    });
    scene.video.offer(closed.fragments, false);
    scene.until(() => scene.engine.positionMs >= 12_000, 2000);
  });

  it("plays the call without a picture when the picture fails", () => {
    const scene = stage(recording(["recorded", 5000]), { audio: { startMs: 0, durationMs: 5000 } });
    scene.video.fail({ code: "media_gone", message: "Gone", hint: "Ask the administrator." });
    scene.engine.play();
    scene.run(1000);
    expect(scene.engine.positionMs).toBeGreaterThan(900);
    expect(scene.engine.getSnapshot().screenFault?.hint).toBe("Ask the administrator.");
  });

  it("plays the picture on the virtual clock when the audio fails on the way", () => {
    const scene = stage(recording(["recorded", 5000]), { audio: { startMs: 0, durationMs: 5000 } });
    scene.engine.play();
    scene.run(1000);
    scene.audio?.fail({ code: "media_gone", message: "Gone", hint: null });
    scene.run(1000);
    expect(scene.engine.getSnapshot()).toMatchObject({ master: "clock", state: "playing" });
    expect(scene.engine.positionMs).toBeGreaterThan(1800);
  });

  it("pauses when the browser stops it", () => {
    const scene = stage(recording(["recorded", 5000]), { audio: { startMs: 0, durationMs: 5000 } });
    scene.engine.play();
    scene.run(500);
    scene.audio?.stop();
    expect(scene.engine.getSnapshot()).toMatchObject({ state: "paused", stopped: true });
  });

  it("keeps the sound going when the screen is hidden, and finds its place when it is shown", () => {
    const scene = stage(recording(["recorded", 20_000]), { audio: { startMs: 0, durationMs: 20_000 } });
    scene.engine.play();
    scene.run(1000);
    scene.engine.showScreen(false);
    scene.run(4000);
    expect(scene.video.isPlaying).toBe(false);
    expect(scene.engine.positionMs).toBeGreaterThan(4500);
    scene.engine.showScreen(true);
    scene.run(1000);
    expect(scene.video.isPlaying).toBe(true);
    expect(Math.abs(scene.engine.syncErrorMs ?? NaN)).toBeLessThan(30);
  });
});
