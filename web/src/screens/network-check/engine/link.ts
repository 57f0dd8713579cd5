/** How good a way is, by the round trips of echoes; null is one that never came. Pure. */

import type { Link } from "./facts";

export const IN_TIME_MS = 1000; // an answer that takes longer counts as lost: a packet of a call would have been
const SMOOTHING = 16; // RFC 3550, section 6.4.1

export function linkOf(roundTrips: readonly (number | null)[]): Link {
  const answered = roundTrips.filter((one) => one !== null);
  const late = roundTrips.filter((one) => one === null || one > IN_TIME_MS).length;
  const count = roundTrips.length;
  return {
    rttMs: median(answered),
    jitterMs: jitter(answered),
    lossPercent: count === 0 ? null : (100 * late) / count,
    count,
  };
}

function jitter(roundTrips: readonly number[]): number | null {
  const [first, ...others] = roundTrips;
  if (first === undefined || others.length === 0) return null;
  let before = first;
  let known = 0;
  for (const one of others) {
    known += (Math.abs(one - before) - known) / SMOOTHING;
    before = one;
  }
  return known;
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const high = sorted[sorted.length >> 1];
  const low = sorted[(sorted.length - 1) >> 1];
  return high === undefined || low === undefined ? null : (low + high) / 2;
}
