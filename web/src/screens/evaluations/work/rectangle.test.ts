import fc from "fast-check";
import { expect, it } from "vitest";

import { MIDDLE, between, clamped, moved } from "./rectangle";

const point = fc.tuple(fc.double({ min: -2, max: 3, noNaN: true }), fc.double({ min: -2, max: 3, noNaN: true }));

it("a rectangle drawn in any direction, also beyond the edge, lies on the picture", () => {
  fc.assert(
    fc.property(point, point, (from, to) => {
      const drawn = between(from, to);
      expect(drawn).toEqual(between(to, from));
      expect(Math.min(drawn.x, drawn.y, drawn.width, drawn.height)).toBeGreaterThanOrEqual(0);
      expect(Math.max(drawn.x + drawn.width, drawn.y + drawn.height)).toBeLessThanOrEqual(1.0001);
    }),
  );
});

it("keys never bring it off the picture or to nothing", () => {
  const keys = fc.array(fc.tuple(fc.constantFrom("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"), fc.boolean()), { maxLength: 200 });
  fc.assert(
    fc.property(keys, (pressed) => {
      const end = pressed.reduce((now, [key, resize]) => clamped(moved(now, key, resize) ?? now), MIDDLE);
      expect(Math.min(end.width, end.height)).toBeGreaterThan(0);
      expect(Math.min(end.x, end.y)).toBeGreaterThanOrEqual(0);
      expect(Math.max(end.x + end.width, end.y + end.height)).toBeLessThanOrEqual(1.0001);
    }),
  );
});

it("other keys are not for it", () => {
  expect(moved(MIDDLE, "Enter", false)).toBeNull();
});
