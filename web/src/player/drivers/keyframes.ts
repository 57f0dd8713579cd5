/**
 * Seeking in a growing playlist. It lists each chunk by itself, and decoding can only begin at those that are marked
 * ("-key" in the address); a browser that gets a chunk without the ones before it shows nothing until the next mark.
 */

/** One address of the playlist. */
export interface Entry {
  readonly startMs: number;
  readonly key: boolean;
}

/** Buffers may begin and end a little beside what the playlist says. */
const SLACK_MS = 60;

export function entryOf(fragment: { readonly start: number; readonly relurl?: string | undefined }): Entry {
  return { startMs: fragment.start * 1000, key: fragment.relurl?.endsWith("-key.m4s") === true };
}

/** Null: seek to the place itself. Else the keyframe before it, and from there once the buffer reaches the place. */
export function wayTo(mediaMs: number, entries: readonly Entry[], buffered: TimeRanges): number | null {
  const keyMs = entries.findLast((entry) => entry.key && entry.startMs <= mediaMs)?.startMs;
  if (keyMs === undefined || mediaMs - keyMs <= SLACK_MS) return null;
  for (let index = 0; index < buffered.length; index += 1) {
    const fromMs = buffered.start(index) * 1000;
    const toMs = buffered.end(index) * 1000;
    if (fromMs <= keyMs + SLACK_MS && mediaMs <= toMs) return null;
  }
  return keyMs;
}
