/** Where nothing happens: silence in the call audio, and the arithmetic of stretches that playback leaves out. */

import type { Stretch } from "./skip";

/** Loudness below this part of what is loud in the call counts as silence, and never above LEAST of full scale. */
const SHARE_OF_LOUD = 0.06;
const LEAST = 0.008;
/** Only a silence of this length is worth leaving out: going over it costs a moment too. */
export const MIN_QUIET_MS = 2500;
/** What stays of a silence at either end, so that words keep their breath. */
export const MARGIN_MS = 400;

/** Loudness 0 … 1 per channel, one value each msPerPeak from position startMs on; all channels have to be quiet. */
export function quietStretches(channels: readonly Float32Array[], msPerPeak: number, startMs: number): Stretch[] {
  const count = Math.max(0, ...channels.map((channel) => channel.length));
  const limits = channels.map(limitOf);
  const found: Stretch[] = [];
  let since: number | null = null;
  for (let index = 0; index <= count; index++) {
    const quiet = index < count && channels.every((channel, at) => (channel[index] ?? 0) < (limits[at] as number));
    if (quiet) since ??= index;
    else if (since !== null) {
      found.push({ startMs: startMs + since * msPerPeak, endMs: startMs + index * msPerPeak });
      since = null;
    }
  }
  return found;
}

/** As `quietStretches`, shortened by the margins and without the short ones: what may be left out. */
export function worthLeaving(stretches: readonly Stretch[]): Stretch[] {
  return stretches
    .filter(({ startMs, endMs }) => endMs - startMs >= MIN_QUIET_MS)
    .map(({ startMs, endMs }) => ({ startMs: startMs + MARGIN_MS, endMs: endMs - MARGIN_MS }));
}

/** What is in both. Lists are sorted and without overlaps, and so is the answer. */
export function intersect(a: readonly Stretch[], b: readonly Stretch[]): Stretch[] {
  const both: Stretch[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const one = a[i] as Stretch;
    const other = b[j] as Stretch;
    const startMs = Math.max(one.startMs, other.startMs);
    const endMs = Math.min(one.endMs, other.endMs);
    if (endMs > startMs) both.push({ startMs, endMs });
    if (one.endMs < other.endMs) i++;
    else j++;
  }
  return both;
}

/** Silence, and all the time outside the call audio, in which no one can be heard either. */
export function speechless(quiet: readonly Stretch[], audio: Stretch | null, durationMs: number): Stretch[] {
  if (audio === null) return durationMs > 0 ? [{ startMs: 0, endMs: durationMs }] : [];
  const all = [{ startMs: 0, endMs: audio.startMs }, ...quiet, { startMs: audio.endMs, endMs: durationMs }];
  return all
    .filter(({ startMs, endMs }) => endMs > startMs)
    .reduce<Stretch[]>((joined, next) => {
      const last = joined.at(-1);
      if (last && next.startMs <= last.endMs) joined[joined.length - 1] = { startMs: last.startMs, endMs: Math.max(last.endMs, next.endMs) };
      else joined.push(next);
      return joined;
    }, []);
}

function limitOf(channel: Float32Array): number {
  const sorted = channel.slice().sort();
  const loud = sorted[Math.floor(sorted.length * 0.95)] ?? 0;
  return Math.max(LEAST, loud * SHARE_OF_LOUD);
}
