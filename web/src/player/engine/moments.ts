/** Moments on the timeline that a reviewer jumps to: events, marks, notes, the edges of After Call Work and of losses. */

import type { Timeline } from "./timeline";

export interface Moment {
  readonly id: string;
  readonly atMs: number;
}

/** Backwards, a moment that has only just passed is left behind, or one could never get before it. */
const PAST_MS = 1500;

/** Where spans of another kind begin; a pause has events of its own. */
export function turningPoints(timeline: Timeline): Moment[] {
  return timeline.screens.flatMap((screen) =>
    screen.spans
      .filter((span, index) => index > 0 && (span.state === "acw" || span.state === "missing"))
      .map((span) => ({ id: `${screen.id}-${String(span.startMs)}`, atMs: span.startMs })),
  );
}

/** The next moment in a direction, or null. Moments may come in any order. */
export function nextMoment<M extends Moment>(moments: readonly M[], positionMs: number, direction: 1 | -1): M | null {
  const candidates = moments.filter(({ atMs }) => (direction > 0 ? atMs > positionMs + 1 : atMs < positionMs - PAST_MS));
  const better = (a: M, b: M) => (direction > 0 ? b.atMs < a.atMs : b.atMs > a.atMs);
  return candidates.reduce<M | null>((best, next) => (best === null || better(best, next) ? next : best), null);
}
