/** Rectangles on a picture, in shares of its width and height. */

import type { Rectangle } from "../queries";

const STEP = 0.01;
const LEAST = 0.02;

/** Where it begins that is not drawn with a pointer. */
export const MIDDLE: Rectangle = { x: 0.35, y: 0.35, width: 0.3, height: 0.3 };

type Point = readonly [number, number];

export function between([x1, y1]: Point, [x2, y2]: Point): Rectangle {
  const [left, right] = [within(Math.min(x1, x2)), within(Math.max(x1, x2))];
  const [top, bottom] = [within(Math.min(y1, y2)), within(Math.max(y1, y2))];
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** By an arrow key; with Shift its lower right corner alone. Null for other keys. */
export function moved({ x, y, width, height }: Rectangle, key: string, resize: boolean): Rectangle | null {
  const step = STEPS.get(key);
  if (step === undefined) return null;
  const [dx, dy] = step;
  return resize ? { x, y, width: width + dx, height: height + dy } : { x: x + dx, y: y + dy, width, height };
}

const STEPS: ReadonlyMap<string, Point> = new Map([
  ["ArrowLeft", [-STEP, 0]],
  ["ArrowRight", [STEP, 0]],
  ["ArrowUp", [0, -STEP]],
  ["ArrowDown", [0, STEP]],
]);

/** Wholly on the picture, and large enough to be seen. */
export function clamped({ x, y, width, height }: Rectangle): Rectangle {
  const [w, h] = [Math.min(Math.max(width, LEAST), 1), Math.min(Math.max(height, LEAST), 1)];
  return { x: Math.min(Math.max(x, 0), 1 - w), y: Math.min(Math.max(y, 0), 1 - h), width: w, height: h };
}

function within(share: number): number {
  return Math.min(Math.max(share, 0), 1);
}
