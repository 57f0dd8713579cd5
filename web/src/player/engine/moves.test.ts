import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Course } from "./course";
import { PlayerEngine } from "./player";
import { FakeDriver, ManualClock } from "./testing/fake-driver";
import { fragmentsFor, ORIGIN } from "./testing/arbitraries";
import { layoutSpans } from "./timeline";

const LENGTH = 120_000;
const spans = layoutSpans([{ state: "recorded", start: ORIGIN, end: ORIGIN + LENGTH, reason: null, advice: null }], ORIGIN, LENGTH);

function stage() {
  const clock = new ManualClock();
  const engine = new PlayerEngine(clock.now);
  const audio = new FakeDriver(clock, LENGTH, { startLatencyMs: 100, seekLatencyMs: 50 });
  const screen = () => {
    const video = new FakeDriver(clock, LENGTH, { startLatencyMs: 30, seekLatencyMs: 150 });
    const detach = engine.attachScreen("s", video);
    return { video, detach };
  };
  engine.load({
    originWallMs: ORIGIN,
    durationMs: LENGTH,
    live: false,
    screens: [{ id: "s", agentName: "Ana", spans }],
    audio: { id: "a", startMs: 0, durationMs: LENGTH },
  });
  engine.attachAudio(audio);
  const first = screen();
  first.video.offer(fragmentsFor(spans, 10_000));
  const run = (ms: number, each: () => void = () => undefined) => {
    for (const end = clock.nowMs + ms; clock.nowMs < end; each()) {
      clock.nowMs += 16;
      engine.tick();
    }
  };
  return { clock, engine, audio, screen, first, run };
}

describe("a loop", () => {
  it("is never left while it plays, at any speed", () => {
    const loops = fc.record({
      startMs: fc.integer({ min: 0, max: 60_000 }),
      lengthMs: fc.integer({ min: 1500, max: 8000 }),
      rate: fc.constantFrom(0.5, 1, 2, 3),
    });
    fc.assert(
      fc.property(loops, ({ startMs, lengthMs, rate }) => {
        const { engine, run } = stage();
        engine.setRate(rate);
        engine.setLoop({ startMs, endMs: startMs + lengthMs });
        engine.seek(startMs);
        engine.play();
        let turns = 0;
        let before = startMs;
        run(30_000, () => {
          expect(engine.positionMs).toBeGreaterThanOrEqual(startMs - 25); // sound this near is in place
          expect(engine.positionMs).toBeLessThanOrEqual(startMs + lengthMs + 200);
          if (engine.positionMs < before - 500) turns += 1;
          before = engine.positionMs;
        });
        expect(turns).toBeGreaterThan(0);
      }),
      { numRuns: 30 },
    );
  });

  it("closes where its end lies in what is left out, or in a pause", () => {
    const course = new Course();
    const paused = layoutSpans(
      [
        { state: "recorded", start: ORIGIN, end: ORIGIN + 20_000, reason: null, advice: null },
        { state: "paused", start: ORIGIN + 20_000, end: ORIGIN + 30_000, reason: null, advice: null },
        { state: "recorded", start: ORIGIN + 30_000, end: ORIGIN + LENGTH, reason: null, advice: null },
      ],
      ORIGIN,
      LENGTH,
    );
    course.timeline = { originWallMs: ORIGIN, durationMs: LENGTH, live: false, screens: [{ id: "s", agentName: "Ana", spans: paused }], audio: null };
    course.leftOut = [{ startMs: 3000, endMs: 4000 }, { startMs: 8000, endMs: 12_000 }];
    course.loop = { startMs: 2000, endMs: 10_000 };
    expect([course.onward(2990, 3010), course.onward(7990, 8010), course.onward(9990, 10_010)]).toEqual([4000, null, 2000]);
    expect(course.onward(10_990, 11_000), "beyond the loop, what is left out is gone over").toBe(12_000);
    course.loop = { startMs: 15_000, endMs: 25_000 };
    expect(course.onward(19_990, 20_010)).toBe(15_000);
  });

  it("is never left in mid silence, even where all of it is silent", () => {
    const { engine, run } = stage();
    engine.leaveOut([{ startMs: 4000, endMs: 60_000 }]);
    engine.setLoop({ startMs: 5000, endMs: 8000 });
    engine.seek(5000);
    engine.play();
    const seen: number[] = [];
    run(12_000, () => seen.push(engine.positionMs));
    expect(Math.max(...seen)).toBeLessThan(8200);
    expect(seen.some((at) => at > 7500)).toBe(true);
  });

  it("does not hold whoever seeks beyond it, and has a length", () => {
    const { engine, run } = stage();
    engine.setLoop({ startMs: 5000, endMs: 5000 });
    expect(engine.getSnapshot().loop).toBeNull();
    engine.setLoop({ startMs: 5000, endMs: 9000 });
    engine.seek(50_000);
    engine.play();
    run(5000);
    expect(engine.positionMs).toBeGreaterThan(53_000);
  });
});

it("leaves out what it is told to, and plays the rest", () => {
  const { engine, run } = stage();
  engine.leaveOut([{ startMs: 3000, endMs: 20_000 }, { startMs: 22_000, endMs: 60_000 }]);
  engine.play();
  const seen: number[] = [];
  run(9000, () => seen.push(engine.positionMs));
  expect(seen.filter((at) => (at > 3200 && at < 20_000) || (at > 22_200 && at < 60_000))).toEqual([]);
  expect(seen.some((at) => at > 21_000 && at < 22_000)).toBe(true);
  expect(engine.positionMs).toBeGreaterThan(60_000);
  engine.pause();
  engine.seek(10_000);
  expect(engine.positionMs).toBe(10_000); // standing in one is allowed
});

describe("a screen that is shown again", () => {
  it("joins in without stopping the sound, and is in step", () => {
    const { engine, audio, first, screen, run } = stage();
    engine.play();
    run(5000);
    engine.showScreen(false);
    first.detach();
    run(5000);
    const seeks = audio.seeks.length;
    engine.showScreen(true);
    const { video } = screen(); // knows nothing yet
    run(1000);
    video.offer(fragmentsFor(spans, 10_000));
    let stood = 0;
    run(4000, () => {
      if (!audio.isPlaying) stood += 1;
    });
    expect([stood, audio.seeks.length]).toEqual([0, seeks]);
    expect(Math.abs(video.sample().mediaMs - engine.positionMs)).toBeLessThanOrEqual(50);
    expect(video.seeks.length, "it is placed where the call is, not at the beginning").toBeGreaterThan(0);
  });

  it("does not wait for ever for one that never comes", () => {
    const { engine, first, screen, run } = stage();
    engine.play();
    run(2000);
    first.detach();
    const { video } = screen();
    video.stall(true);
    video.offer(fragmentsFor(spans, 10_000));
    run(9000);
    expect(engine.getSnapshot().state).toBe("playing");
    run(9000);
    expect(engine.getSnapshot().waitingFor).toBe("media");
  });
});

describe("a gate", () => {
  it("holds everything ready, and lets it run from there", () => {
    const { engine, run } = stage();
    engine.play();
    run(3000);
    engine.gate(true);
    const at = engine.positionMs;
    run(2000);
    expect([engine.positionMs, engine.isRunning, engine.isMoving]).toEqual([at, true, false]);
    engine.gate(false);
    run(1000);
    expect(engine.positionMs).toBeGreaterThan(at + 500);
  });
});
