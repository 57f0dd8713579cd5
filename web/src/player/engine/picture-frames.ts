/**
 * The frames of one screen recording, as far as they were loaded: where each begins and how many bytes it took. From
 * this come steps by one frame, and where the picture stands still. What was not loaded is unknown, never "still".
 */

import type { DriverEvent, MediaDriver } from "./driver";
import type { Stretch } from "./skip";
import type { MediaFragment } from "./time-map";
import { TimeMap } from "./time-map";
import type { Span } from "./timeline";
import { isVisible } from "./timeline";

/** One coded frame: where it begins after the first of its fragment, and its size. */
export interface CodedFrame {
  readonly offsetMs: number;
  readonly bytes: number;
  /** Decodes by itself; it comes by the clock as well as by a change, so its size says nothing. */
  readonly key: boolean;
}

/** A frame that repeats the picture before it takes fewer bytes than this, a cursor that blinks included. */
export const STILL_BYTES = 500;
/** A fragment's begin may be learnt anew, better by this much at most. */
const SAME_MS = 60;
/** Into a frame, so that rounding cannot show the one before. */
const INTO_MS = 1;

interface Loaded {
  readonly mediaStartMs: number;
  readonly frames: readonly CodedFrame[];
}

export class PictureFrames {
  private fragments: readonly MediaFragment[] = [];
  private spans: readonly Span[] = [];
  private originWallMs = 0;
  private map = TimeMap.EMPTY;
  private loaded: Loaded[] = [];
  private still: readonly Stretch[] | null = null;
  private readonly unsubscribe: () => void;

  constructor(driver: MediaDriver) {
    this.unsubscribe = driver.subscribe(this.onEvent);
  }

  retime(spans: readonly Span[], originWallMs: number): void {
    this.spans = spans;
    this.originWallMs = originWallMs;
    this.rebuild();
  }

  detach(): void {
    this.unsubscribe();
  }

  /** The position of the frame after or before the one at positionMs; null where that is not known. */
  beside(positionMs: number, direction: 1 | -1): number | null {
    const mediaMs = this.map.toMedia(positionMs);
    const index = mediaMs === null ? -1 : this.indexAt(mediaMs);
    if (mediaMs === null || index < 0) return null;
    const near = [index - 1, index, index + 1].flatMap((at) => this.startsOf(at));
    const current = near.findLastIndex((at) => at <= mediaMs + INTO_MS);
    const target = near[current + direction];
    return target === undefined || current < 0 ? null : this.map.toPosition(target + INTO_MS);
  }

  /** Where nothing changes in the picture, in order. */
  stillStretches(): readonly Stretch[] {
    this.still ??= this.findStill();
    return this.still;
  }

  private onEvent = (event: DriverEvent): void => {
    if (event.kind === "fragments") {
      this.fragments = event.fragments;
      this.rebuild();
    } else if (event.kind === "frames") {
      const others = this.loaded.filter((other) => Math.abs(other.mediaStartMs - event.mediaStartMs) > SAME_MS);
      this.loaded = [...others, event].sort((a, b) => a.mediaStartMs - b.mediaStartMs);
      this.still = null;
    }
  };

  private rebuild(): void {
    this.map = TimeMap.build(this.fragments, this.originWallMs, this.spans.filter(isVisible));
    this.still = null;
  }

  private indexAt(mediaMs: number): number {
    return this.fragments.findLastIndex((fragment) => fragment.mediaStartMs <= mediaMs);
  }

  private framesOf(index: number): Loaded | null {
    const fragment = this.fragments[index];
    if (!fragment) return null;
    return this.loaded.find((one) => Math.abs(one.mediaStartMs - fragment.mediaStartMs) <= SAME_MS) ?? null;
  }

  private startsOf(index: number): readonly number[] {
    // The fragment's own begin, as the map has it: what was noted while loading may be older, and lie before it.
    const mediaStartMs = this.fragments[index]?.mediaStartMs ?? 0;
    return this.framesOf(index)?.frames.map((frame) => mediaStartMs + frame.offsetMs) ?? [];
  }

  private findStill(): Stretch[] {
    const found: Stretch[] = [];
    let since: number | null = null;
    const close = (endMs: number) => {
      if (since !== null) found.push(...this.toStretch(since, endMs));
      since = null;
    };
    this.fragments.forEach((fragment, index) => {
      const loaded = this.framesOf(index);
      if (loaded === null || !follows(this.fragments[index - 1], fragment)) close(fragment.mediaStartMs);
      if (loaded === null) return;
      since ??= fragment.mediaStartMs;
      for (const frame of loaded.frames) {
        if (frame.key || frame.bytes < STILL_BYTES) continue;
        const changedAt = loaded.mediaStartMs + frame.offsetMs;
        close(changedAt);
        since = changedAt;
      }
    });
    const last = this.fragments.at(-1);
    if (last) close(last.mediaStartMs + last.durationMs);
    return found;
  }

  /** None where wall time has a hole that media time has not: something is paused or missing there. */
  private toStretch(fromMs: number, toMs: number): Stretch[] {
    const startMs = this.map.toPosition(fromMs);
    const endMs = this.map.toPosition(toMs - INTO_MS);
    if (startMs === null || endMs === null) return [];
    return Math.abs(endMs - startMs - (toMs - INTO_MS - fromMs)) <= SAME_MS ? [{ startMs, endMs }] : [];
  }
}

/** Whether wall time goes on without a hole from one fragment to the next. */
function follows(before: MediaFragment | undefined, fragment: MediaFragment): boolean {
  return before !== undefined && Math.abs(fragment.wallStartMs - before.wallStartMs - before.durationMs) <= SAME_MS;
}
