import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { PlayerEngine } from "../player";
import { fragmentsFor, ORIGIN } from "../testing/arbitraries";
import { FakeDriver, ManualClock } from "../testing/fake-driver";
import { layoutSpans, type Timeline } from "../timeline";
import { Follower } from "./follower";
import { Leader } from "./leader";
import type { Channel, Message } from "./messages";
import { isMessage } from "./messages";
import { ClockOffset } from "./offset";

const LENGTH = 600_000;
const spans = layoutSpans([{ state: "recorded", start: ORIGIN, end: ORIGIN + LENGTH, reason: null, advice: null }], ORIGIN, LENGTH);
const timeline = (audio: boolean): Timeline => ({
  originWallMs: ORIGIN,
  durationMs: LENGTH,
  live: false,
  screens: [{ id: "s", agentName: "A", spans }],
  audio: audio ? { id: "a", startMs: 0, durationMs: LENGTH } : null,
});

/** Delivers after a delay that the test chooses, to everyone but the sender. */
class Air {
  private readonly ears = new Set<{ readonly hear: (message: Message) => void }>();
  private waiting: { readonly atMs: number; readonly go: () => void }[] = [];
  constructor(
    private readonly clock: ManualClock,
    private readonly delay: () => number,
  ) {}
  member(): Channel {
    const ear = { hear: (message: Message): void => void message };
    return {
      send: (message) => {
        for (const other of this.ears) {
          if (other === ear) continue;
          this.waiting.push({ atMs: this.clock.nowMs + this.delay(), go: () => this.ears.has(other) && other.hear(message) });
        }
      },
      listen: (listener) => {
        ear.hear = listener;
        this.ears.add(ear);
        return () => this.ears.delete(ear);
      },
    };
  }
  deliver(): void {
    const due = this.waiting.filter(({ atMs }) => atMs <= this.clock.nowMs);
    this.waiting = this.waiting.filter(({ atMs }) => atMs > this.clock.nowMs);
    for (const { go } of due) go();
  }
}

/** Tabs in one browser: each with its own clock that began at another time. */
class Browser {
  readonly clock = new ManualClock();
  readonly air: Air;
  private readonly ticks = new Set<() => void>();
  constructor(delay: () => number = () => 2) {
    this.air = new Air(this.clock, delay);
  }

  leader(id = "player") {
    const base = this.clock.nowMs - 77_000;
    const now = () => this.clock.nowMs - base;
    const { engine, video } = this.engine(now, true);
    let taken = false;
    const leader = new Leader(engine, this.air.member(), id, now, () => (taken = true));
    const close = this.open(engine, () => leader.tick(), () => leader.close());
    return { engine, leader, video, close, isTaken: () => taken };
  }

  follower(id = "screen") {
    const base = this.clock.nowMs + 123_456;
    const now = () => this.clock.nowMs - base;
    const { engine, video } = this.engine(now, false);
    const follower = new Follower(engine, this.air.member(), id, now);
    const close = this.open(engine, () => follower.tick(), () => follower.close());
    return { engine, follower, video, close };
  }

  run(ms: number, look: () => void = () => undefined): void {
    for (let left = ms; left > 0; left -= 16) {
      this.clock.nowMs += 16;
      this.air.deliver();
      for (const tick of this.ticks) tick();
      look();
    }
  }

  private engine(now: () => number, audio: boolean) {
    const engine = new PlayerEngine(now);
    const video = new FakeDriver(this.clock, LENGTH, { startLatencyMs: 40, seekLatencyMs: 120 });
    if (audio) engine.attachAudio(new FakeDriver(this.clock, LENGTH, { startLatencyMs: 110, seekLatencyMs: 60 }));
    engine.attachScreen("s", video);
    engine.load(timeline(audio));
    video.offer(fragmentsFor(spans, 10_000));
    return { engine, video };
  }

  private open(engine: PlayerEngine, tick: () => void, end: () => void) {
    const turn = () => {
      engine.tick();
      tick();
    };
    this.ticks.add(turn);
    return () => {
      this.ticks.delete(turn);
      end();
    };
  }
}

const apart = (a: { video: FakeDriver }, b: { video: FakeDriver }) => Math.abs(a.video.sample().mediaMs - b.video.sample().mediaMs);
const p95 = (values: number[]) => values.sort((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? NaN;

describe("two tabs", () => {
  it("stay within 100 ms over play, seek, speed and pause from either", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            what: fc.constantFrom("play", "pause", "seek", "rate"),
            who: fc.constantFrom("leader", "follower"),
            to: fc.integer({ min: 1000, max: 500_000 }),
            forMs: fc.integer({ min: 3000, max: 8000 }),
          }),
          { minLength: 3, maxLength: 8 },
        ),
        fc.integer({ min: 0, max: 8 }),
        (script, latency) => {
          let turn = 0;
          const browser = new Browser(() => (turn++ * 7) % (latency + 1));
          const player = browser.leader();
          const screen = browser.follower();
          browser.run(1500);
          expect(screen.follower.company).toBe("together");
          player.engine.play();
          const off: number[] = [];
          for (const { what, who, to, forMs } of script) {
            const order =
              what === "seek" ? { kind: what, positionMs: to } : what === "rate" ? { kind: what, rate: 0.5 + (to % 6) / 2 } : { kind: what };
            if (who === "follower") screen.follower.order(order as Parameters<Follower["order"]>[0]);
            else if (what === "seek") player.engine.seek(to);
            else if (what === "rate") player.engine.setRate(0.5 + (to % 6) / 2);
            else player.engine[what]();
            browser.run(1500); // what a move costs is another matter
            browser.run(forMs, () => off.push(apart(player, screen)));
            expect(screen.engine.isRunning).toBe(player.engine.isRunning);
            expect(screen.engine.getSnapshot().rate).toBe(player.engine.getSnapshot().rate);
          }
          expect(p95(off)).toBeLessThanOrEqual(100);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("survive a reload of the player: it comes back where the screen went on", () => {
    const browser = new Browser();
    const first = browser.leader();
    const screen = browser.follower();
    browser.run(1000);
    first.engine.seek(60_000);
    first.engine.setRate(2);
    first.engine.play();
    browser.run(4000);
    first.close();
    browser.run(3000);
    expect(screen.follower.company).toBe("alone");
    const before = screen.engine.positionMs;
    expect(before).toBeGreaterThan(70_000);
    const second = browser.leader("player-again");
    browser.run(4000);
    expect(screen.follower.company).toBe("together");
    expect(second.engine.isRunning).toBe(true);
    expect(second.engine.getSnapshot().rate).toBe(2);
    expect(second.engine.positionMs).toBeGreaterThan(before);
    expect(apart(second, screen)).toBeLessThanOrEqual(100);
  });

  it("survive a quick reload of the player, which the screen would not have noticed", () => {
    const browser = new Browser();
    const first = browser.leader();
    const screen = browser.follower();
    browser.run(1000);
    first.engine.seek(60_000);
    first.engine.play();
    browser.run(3000);
    first.close();
    const second = browser.leader("player-again");
    browser.run(2500);
    expect(second.engine.positionMs).toBeGreaterThan(60_000);
    expect(apart(second, screen)).toBeLessThanOrEqual(100);
  });

  it("survive a reload of the screen: it comes back where the player is", () => {
    const browser = new Browser();
    const player = browser.leader();
    const screen = browser.follower();
    browser.run(1000);
    player.engine.seek(60_000);
    player.engine.play();
    browser.run(2000);
    screen.close();
    browser.run(300);
    const again = browser.follower("screen-again");
    browser.run(3000);
    expect(player.engine.positionMs).toBeGreaterThan(64_000);
    expect(apart(player, again)).toBeLessThanOrEqual(100);
  });

  it("play on alone, each by its own buttons", () => {
    const browser = new Browser();
    const screen = browser.follower();
    browser.run(500);
    expect(screen.follower.company).toBe("new");
    screen.follower.order({ kind: "play" });
    screen.follower.order({ kind: "seek", positionMs: 9000 });
    browser.run(3000);
    expect(screen.engine.positionMs).toBeGreaterThan(11_000);
  });

  it("do not fight: a second player on the same channel is told so", () => {
    const browser = new Browser();
    const first = browser.leader();
    browser.run(1000);
    const second = browser.leader("copy");
    browser.run(1000);
    expect([first.isTaken(), second.isTaken()]).toEqual([false, true]);
  });

  it("tells the player how far apart they are", () => {
    const browser = new Browser();
    const player = browser.leader();
    const screen = browser.follower();
    browser.run(1000);
    player.engine.play();
    browser.run(4000);
    expect(Math.abs(player.leader.followed?.apartMs ?? NaN)).toBeLessThanOrEqual(100);
    screen.close();
    browser.run(3000);
    expect(player.leader.followed).toBeNull();
  });
});

describe("clock offset", () => {
  it("is right to within what it says, whatever the ways there and back take", () => {
    const way = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e6 }), fc.array(fc.tuple(way, way), { minLength: 1, maxLength: 30 }), (truth, ways) => {
        const offset = new ClockOffset();
        let now = 5000;
        for (const [there, back] of ways) {
          offset.add(now, now + there + truth, now + there + back);
          now += 200;
        }
        expect(Math.abs((offset.offsetMs ?? NaN) - truth)).toBeLessThanOrEqual((offset.withinMs ?? NaN) + 1e-9);
      }),
    );
  });
});

it("takes only messages for messages", () => {
  expect([null, 7, {}, { kind: "ask" }, { kind: "dance", from: "x" }].map(isMessage)).toEqual([false, false, false, false, false]);
  expect(isMessage({ kind: "hello", from: "x" })).toBe(true);
});
