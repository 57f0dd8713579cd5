/** An element that tells its time in steps of 40 ms, read every 17 ms. */

import * as fc from "fast-check";
import { expect, it } from "vitest";

import { SteadyTime } from "./steady-time";

const stepped = (ms: number, rate = 1) => Math.floor(ms / 40) * 40 * rate;

it("runs on between the steps, at any speed and whenever it is read", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.5, max: 3, noNaN: true }), fc.array(fc.integer({ min: 8, max: 30 }), { minLength: 60, maxLength: 60 }), (rate, waits) => {
      const time = new SteadyTime();
      let now = 0;
      let worst = 0;
      for (const [index, wait] of waits.entries()) {
        now += wait;
        const said = time.at(now, stepped(now, rate), rate);
        if (index > 30) worst = Math.max(worst, Math.abs(said - now * rate) / rate);
      }
      expect(worst).toBeLessThanOrEqual(30);
    }),
  );
});

it("is far nearer to the truth than the steps are", () => {
  const time = new SteadyTime();
  const errors = Array.from({ length: 100 }, (_, index) => Math.abs(time.at(index * 17, stepped(index * 17), 1) - index * 17)).slice(20);
  expect(Math.max(...errors)).toBeLessThan(8);
});

it("does not run on where the element has come to a stand, nor before it has begun to move", () => {
  const time = new SteadyTime();
  for (let now = 0; now <= 200; now += 17) expect(time.at(now, 5000, 1)).toBe(5000);
  expect(time.at(220, 5012, 1)).toBe(5012);
  for (let now = 0; now < 400; now += 17) time.at(1000 + now, 5012 + stepped(now), 1);
  expect(time.at(1480, 5012 + 360, 1)).toBe(5012 + 360);
});

it("goes by the speed that it sees, not by the one that was ordered", () => {
  const time = new SteadyTime();
  for (let now = 0; now < 400; now += 17) time.at(now, stepped(now), 1);
  const errors = Array.from({ length: 12 }, (_, index) => 400 + index * 17).map((now) => time.at(now, stepped(now), 3) - now);
  expect(Math.max(...errors)).toBeLessThan(20);
});

it("forgets what was before a seek", () => {
  const time = new SteadyTime();
  for (let now = 0; now < 400; now += 17) time.at(now, 60_000 + stepped(now), 1);
  time.reset();
  expect(time.at(420, 1000, 1)).toBe(1000);
  expect(time.at(425, 1000, 1)).toBe(1000);
});
