/**
 * Zoom into a picture. A view is a scale and the offset of the picture's upper left corner, in parts of the frame's
 * width and height; the frame is always filled.
 */

export interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export const WHOLE: View = { scale: 1, x: 0, y: 0 };
export const MAX_SCALE = 8;

/** Scale by a factor around a point of the frame (0 … 1), which stays where it is as far as the edges let it. */
export function zoomAt(view: View, factor: number, x: number, y: number): View {
  const scale = Math.max(1, Math.min(MAX_SCALE, view.scale * factor));
  const grown = scale / view.scale;
  return inside({ scale, x: x - (x - view.x) * grown, y: y - (y - view.y) * grown });
}

/** Move by parts of the frame. */
export function moveBy(view: View, dx: number, dy: number): View {
  return inside({ ...view, x: view.x + dx, y: view.y + dy });
}

function inside(view: View): View {
  const least = 1 - view.scale;
  const clamp = (value: number) => Math.max(least, Math.min(0, value)) + 0; // no -0
  return { scale: view.scale, x: clamp(view.x), y: clamp(view.y) };
}
